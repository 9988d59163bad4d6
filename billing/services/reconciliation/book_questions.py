"""The questions that our own books are asked: one statement each, and the sentence for each row of its answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from billing.services.ways import name_of
from saas.core.money import format_money

Row = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """`sql` answers with one row for each difference; `say` makes a sentence of it."""

    kind: str
    sql: str
    say: Callable[[Row], str]


def _money(row: Row, name: str) -> str:
    return format_money(row[name], row["currency"], "en")


def _both(row: Row, balance: str, debt: str) -> str:
    """“$47.00”, with the debt where there is one on either side of the comparison."""
    is_about_debt = any(value for name, value in row.items() if name.startswith("debt"))
    owed = f" and a debt of {_money(row, debt)}" if is_about_debt else ""
    return _money(row, balance) + owed


BALANCE_SUM = Question(
    "balance_sum",
    """
    SELECT t.id AS tenant_id, t.name, coalesce(a.currency, s.currency) AS currency,
           coalesce(a.balance, 0) AS balance, coalesce(a.debt, 0) AS debt,
           coalesce(s.balance, 0) AS balance_sum, coalesce(s.debt, 0) AS debt_sum
    FROM billing_balanceaccount a
    FULL JOIN (SELECT tenant_id, sum(amount)::bigint AS balance, sum(debt_amount)::bigint AS debt,
                      min(currency) AS currency
               FROM billing_balanceentry GROUP BY tenant_id) s USING (tenant_id)
    JOIN tenants_tenant t ON t.id = tenant_id
    WHERE (coalesce(a.balance, 0), coalesce(a.debt, 0))
          <> (coalesce(s.balance, 0), coalesce(s.debt, 0))
    ORDER BY t.id
    """,
    lambda row: (
        f"{row['name']} has {_both(row, 'balance', 'debt')}; "
        f"the movements come to {_both(row, 'balance_sum', 'debt_sum')}."
    ),
)
SEQ_GAP = Question(
    "seq_gap",
    """
    SELECT t.id AS tenant_id, t.name, coalesce(a.seq, 0) AS seq, coalesce(s.there, 0) AS there
    FROM billing_balanceaccount a
    FULL JOIN (SELECT tenant_id, count(*) AS there, max(seq) AS last
               FROM billing_balanceentry GROUP BY tenant_id) s USING (tenant_id)
    JOIN tenants_tenant t ON t.id = tenant_id
    WHERE coalesce(a.seq, 0) <> coalesce(s.there, 0) OR coalesce(s.there, 0) <> coalesce(s.last, 0)
    ORDER BY t.id
    """,
    lambda row: (
        f"{row['name']} has had {row['seq']} movements, and {row['there']} are there: "
        "their numbers have a gap."
    ),
)
CHAIN_BROKEN = Question(
    "chain_broken",
    """
    SELECT DISTINCT ON (e.tenant_id) e.tenant_id, t.name, e.seq, e.currency, e.payment_id,
           e.balance_after, e.debt_after, e.balance_due, e.debt_due
    FROM (SELECT tenant_id, seq, currency, payment_id, balance_after, debt_after,
                 coalesce(lag(balance_after) OVER own, 0) + amount AS balance_due,
                 coalesce(lag(debt_after) OVER own, 0) + debt_amount AS debt_due,
                 coalesce(lag(seq) OVER own, 0) AS before
          FROM billing_balanceentry WINDOW own AS (PARTITION BY tenant_id ORDER BY seq)) e
    JOIN tenants_tenant t ON t.id = e.tenant_id
    WHERE e.before = e.seq - 1
      AND (e.balance_after, e.debt_after) <> (e.balance_due, e.debt_due)
    ORDER BY e.tenant_id, e.seq
    """,
    lambda row: (
        f"{row['name']}: after movement {row['seq']} it says {_both(row, 'balance_after', 'debt_after')}, "
        f"and {_both(row, 'balance_due', 'debt_due')} follows from the one before."
    ),
)
NO_EFFECT = Question(
    "no_effect",
    """
    SELECT p.id AS payment_id, p.tenant_id, t.name, p.title, p.amount, p.currency, p.problem
    FROM billing_payment p JOIN tenants_tenant t ON t.id = p.tenant_id
    WHERE p.status = 'paid' AND p.fulfilled_at IS NULL AND p.seen_at IS NULL
    ORDER BY p.id
    """,
    lambda row: (
        f"{row['name']} has paid {_money(row, 'amount')} for {row['title']}, and it did nothing. "
        f"{row['problem']}".strip()
    ),
)
EFFECT_MISSING = Question(
    "effect_missing",
    """
    SELECT p.id AS payment_id, p.tenant_id, t.name, p.title, p.amount, p.currency,
           CASE WHEN p.gateway = 'balance' AND coalesce(paid.moved, 0) <> -p.amount
                THEN 'is not taken off the balance'
                WHEN p.purpose = 'funds' THEN 'is not put on the balance'
                ELSE 'has no subscription' END AS lack
    FROM billing_payment p
    JOIN tenants_tenant t ON t.id = p.tenant_id
    LEFT JOIN (SELECT payment_id, sum(amount) AS moved FROM billing_balanceentry
               WHERE kind = 'payment' GROUP BY payment_id) paid ON paid.payment_id = p.id
    LEFT JOIN (SELECT payment_id, sum(amount - debt_amount) AS moved FROM billing_balanceentry
               WHERE kind = 'funds' GROUP BY payment_id) funds ON funds.payment_id = p.id
    WHERE p.paid_at IS NOT NULL AND (
        (p.gateway = 'balance' AND coalesce(paid.moved, 0) <> -p.amount)
        OR (p.fulfilled_at IS NOT NULL AND p.purpose = 'funds'
            AND coalesce(funds.moved, 0) <> p.amount)
        OR (p.fulfilled_at IS NOT NULL AND p.purpose IN ('plan', 'renewal')
            AND p.subscription_id IS NULL))
    ORDER BY p.id
    """,
    lambda row: f"{row['title']} of {row['name']}: {_money(row, 'amount')} {row['lack']}.",
)
UNPAID_MOVEMENT = Question(
    "unpaid_effect",
    """
    SELECT e.tenant_id, e.payment_id, t.name, e.seq, e.amount - e.debt_amount AS moved, e.currency
    FROM billing_balanceentry e
    JOIN tenants_tenant t ON t.id = e.tenant_id
    LEFT JOIN billing_payment p ON p.id = e.payment_id AND p.tenant_id = e.tenant_id
    WHERE e.kind IN ('funds', 'payment')
      AND (p.paid_at IS NULL OR (e.kind = 'funds' AND p.fulfilled_at IS NULL))
    ORDER BY e.tenant_id, e.seq
    """,
    lambda row: (
        f"Movement {row['seq']} of {row['name']} ({_money(row, 'moved')}) belongs to no payment "
        "that came in."
    ),
)
UNPAID_PLAN = Question(
    "unpaid_effect",
    r"""
    SELECT c.tenant_id, p.id AS payment_id, t.name, coalesce(plan.name, 'a deleted plan') AS plan, c.at
    FROM tenants_planchange c
    JOIN tenants_tenant t ON t.id = c.tenant_id
    LEFT JOIN plans_plan plan ON plan.id = c.to_plan_id
    LEFT JOIN billing_payment p ON c.cause = 'payment:' || p.id AND p.tenant_id = c.tenant_id
    WHERE c.reason = 'paid' AND c.cause LIKE 'payment:%%' AND p.fulfilled_at IS NULL
    ORDER BY c.id
    """,
    lambda row: (
        f"{row['name']} came onto {row['plan']} on {row['at']:%Y-%m-%d} as if it had paid, "
        "and there is no payment for it."
    ),
)
UNPAID_SUBSCRIPTION = Question(
    "unpaid_effect",
    """
    SELECT s.id AS subscription_id, s.tenant_id, t.name, s.plan_name, s.cycle
    FROM billing_subscription s
    JOIN tenants_tenant t ON t.id = s.tenant_id
    WHERE s.standing <> 'ended' AND NOT EXISTS (
        SELECT 1 FROM billing_payment p
        WHERE p.subscription_id = s.id AND p.fulfilled_at IS NOT NULL)
    ORDER BY s.id
    """,
    lambda row: (
        f"{row['plan_name']}, {row['cycle']}, of {row['name']} goes on without a payment "
        "that it began with."
    ),
)
NO_INVOICE = Question(
    "no_invoice",
    """
    SELECT p.id AS payment_id, p.tenant_id, t.name, p.title, p.amount, p.currency
    FROM billing_payment p
    JOIN tenants_tenant t ON t.id = p.tenant_id
    LEFT JOIN billing_invoice i ON i.payment_id = p.id
    WHERE p.fulfilled_at IS NOT NULL AND i.id IS NULL
    ORDER BY p.id
    """,
    lambda row: f"{row['title']} of {row['name']} ({_money(row, 'amount')}) has no invoice.",
)
INVOICE_GAP = Question(
    "invoice_gap",
    """
    SELECT previous + 1 AS first, serial - 1 AS last FROM (
        SELECT serial, lag(serial) OVER (ORDER BY serial) AS previous FROM (
            SELECT serial FROM billing_invoice
            UNION ALL
            SELECT next_invoice FROM billing_billingsettings
            WHERE EXISTS (SELECT 1 FROM billing_invoice)) numbers) pairs
    WHERE serial - 1 > previous
    ORDER BY first
    """,
    lambda row: (
        f"There is no invoice {row['first']}."
        if row["first"] == row["last"]
        else f"There are no invoices {row['first']} to {row['last']}."
    ),
)
REFUNDED_SUM = Question(
    "refunded_sum",
    """
    SELECT p.id AS payment_id, p.tenant_id, t.name, p.title, p.refunded, p.currency, p.status,
           coalesce(r.gone, 0)::bigint AS gone
    FROM billing_payment p
    JOIN tenants_tenant t ON t.id = p.tenant_id
    LEFT JOIN (SELECT payment_id, sum(amount) AS gone FROM billing_refund
               WHERE reversed_at IS NULL GROUP BY payment_id) r ON r.payment_id = p.id
    WHERE p.refunded <> coalesce(r.gone, 0) OR (p.status = 'refunded') <> (p.refunded = p.amount)
    ORDER BY p.id
    """,
    lambda row: (
        f"{row['title']} of {row['name']} is {row['status']} and says that {_money(row, 'refunded')} "
        f"went back; its refunds come to {_money(row, 'gone')}."
    ),
)
TWO_SUBSCRIPTIONS = Question(
    "two_subscriptions",
    """
    SELECT s.tenant_id, t.name, count(*) AS live, string_agg(s.plan_name, ', ' ORDER BY s.id) AS names
    FROM billing_subscription s JOIN tenants_tenant t ON t.id = s.tenant_id
    WHERE s.standing <> 'ended' GROUP BY s.tenant_id, t.name HAVING count(*) > 1
    ORDER BY s.tenant_id
    """,
    lambda row: (
        f"{row['live']} subscriptions of {row['name']} go on at the same time: {row['names']}."
    ),
)
OTHER_PLAN = Question(
    "other_plan",
    """
    SELECT s.id AS subscription_id, s.tenant_id, t.name, s.plan_name, plan.name AS plan
    FROM billing_subscription s
    JOIN tenants_tenant t ON t.id = s.tenant_id
    JOIN plans_plan plan ON plan.id = t.plan_id
    WHERE s.standing <> 'ended' AND t.plan_id NOT IN (s.plan_id, coalesce(s.next_plan_id, s.plan_id))
      AND NOT EXISTS (SELECT 1 FROM tenants_planchange c
                      WHERE c.tenant_id = t.id AND c.at > %(before)s)
    ORDER BY s.id
    """,
    lambda row: f"{row['name']} is on {row['plan']}, and pays for {row['plan_name']}.",
)
PUSH_OVERDUE = Question(
    "push_overdue",
    """
    SELECT s.id AS subscription_id, s.tenant_id, t.name, s.plan_name, s.gateway, s.push_error,
           s.push_attempts
    FROM billing_subscription s JOIN tenants_tenant t ON t.id = s.tenant_id
    WHERE s.push_due_at <= %(before)s
       OR (s.push_due_at IS NOT NULL AND s.push_attempts >= %(often)s)
    ORDER BY s.id
    """,
    lambda row: (
        f"What was changed about {row['plan_name']} of {row['name']} has not reached {name_of(row['gateway'])} "
        f"after {row['push_attempts']} tries. {row['push_error']}".strip()
    ),
)
QUESTIONS = [
    BALANCE_SUM, SEQ_GAP, CHAIN_BROKEN, NO_EFFECT, EFFECT_MISSING, UNPAID_MOVEMENT, UNPAID_PLAN,
    UNPAID_SUBSCRIPTION, NO_INVOICE, INVOICE_GAP, REFUNDED_SUM, TWO_SUBSCRIPTIONS, OTHER_PLAN,
    PUSH_OVERDUE,
]  # fmt: skip
"""In the order in which they are asked. Apps above add theirs."""


def register(*questions: Question) -> None:
    """They are asked, too, after those that are known. Raises ValueError for one that is asked already."""
    for question in questions:
        if question in QUESTIONS:
            raise ValueError(f"It is asked already: {question.kind}")
        QUESTIONS.append(question)
