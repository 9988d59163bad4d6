"""What the nightly comparison of the books asks about credits: whether accounts, ledgers and payments agree."""

from django.utils.translation import gettext_lazy as _

from billing.services.reconciliation.book_questions import Question, Row, register
from billing.services.reconciliation.findings import add_kinds
from saas.core.money import format_money
from tenants import metering

KINDS = {
    "credit_sum": _("Purchased credits are not the sum of their movements"),
    "credit_gap": _("A movement of credits is missing"),
    "credit_chain": _("A movement of credits does not follow from the one before"),
    "credit_month": _("What a month has used is not what its movements say"),
    "credit_missing": _("Credits that were paid for are not all there"),
    "credit_unpaid": _("Credits were put on that nobody has paid for"),
}


def _whose(row: Row) -> str:
    """“SMS credits of Salon Aurora”."""
    known = metering.channels.get(row["channel"])
    return f"{known.label if known else row['channel']} credits of {row['name']}"


def _held(row: Row, left: str, debt: str) -> str:
    """“1,240”, with what is owed where there is anything on either side."""
    is_about_debt = any(value for name, value in row.items() if name.startswith("debt"))
    return f"{row[left]:,}" + (f" and {row[debt]:,} owed" if is_about_debt else "")


CREDIT_SUM = Question(
    "credit_sum",
    """
    SELECT a.tenant_id, t.name, a.channel, a.purchased_left, a.debt,
           coalesce(s.purchased, 0) AS purchased_sum, coalesce(s.debt, 0) AS debt_sum
    FROM credits_creditaccount a
    JOIN tenants_tenant t ON t.id = a.tenant_id
    LEFT JOIN (SELECT account_id, sum(purchased)::bigint AS purchased,
                      sum(debt_amount)::bigint AS debt
               FROM credits_creditentry GROUP BY account_id) s ON s.account_id = a.id
    WHERE (a.purchased_left, a.debt) <> (coalesce(s.purchased, 0), coalesce(s.debt, 0))
    ORDER BY a.id
    """,
    lambda row: (
        f"{_whose(row)}: the account says {_held(row, 'purchased_left', 'debt')}; "
        f"the movements come to {_held(row, 'purchased_sum', 'debt_sum')}."
    ),
)
CREDIT_GAP = Question(
    "credit_gap",
    """
    SELECT a.tenant_id, t.name, a.channel, a.seq, coalesce(s.there, 0) AS there
    FROM credits_creditaccount a
    JOIN tenants_tenant t ON t.id = a.tenant_id
    LEFT JOIN (SELECT account_id, count(*) AS there, max(seq) AS last
               FROM credits_creditentry GROUP BY account_id) s ON s.account_id = a.id
    WHERE a.seq <> coalesce(s.there, 0) OR coalesce(s.there, 0) <> coalesce(s.last, 0)
    ORDER BY a.id
    """,
    lambda row: (
        f"{_whose(row)} have had {row['seq']:,} movements, and {row['there']:,} are there: "
        "their numbers have a gap."
    ),
)
CREDIT_CHAIN = Question(
    "credit_chain",
    """
    SELECT DISTINCT ON (e.account_id) a.tenant_id, t.name, a.channel, e.seq,
           e.monthly_used_after, e.purchased_after, e.debt_after,
           e.used_due, e.purchased_due, e.debt_due
    FROM (
        SELECT account_id, seq, before, monthly_used_after, purchased_after, debt_after,
               purchased_due, debt_due,
               CASE WHEN before = 0 OR (kind = 'returned' AND monthly = 0 AND monthly_used_after = 0)
                    THEN monthly_used_after
                    WHEN month > month_before THEN -monthly
                    ELSE used_before - monthly END AS used_due
        FROM (
            SELECT account_id, seq, kind, monthly, monthly_used_after, purchased_after, debt_after,
                   coalesce(lag(seq) OVER own, 0) AS before,
                   coalesce(lag(purchased_after) OVER own, 0) + purchased AS purchased_due,
                   coalesce(lag(debt_after) OVER own, 0) + debt_amount AS debt_due,
                   lag(monthly_used_after) OVER own AS used_before,
                   max(window_start) OVER own AS month,
                   max(window_start) OVER (own ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
                       AS month_before
            FROM credits_creditentry WINDOW own AS (PARTITION BY account_id ORDER BY seq)) pair) e
    JOIN credits_creditaccount a ON a.id = e.account_id
    JOIN tenants_tenant t ON t.id = a.tenant_id
    WHERE e.before = e.seq - 1
      AND (e.monthly_used_after, e.purchased_after, e.debt_after)
          <> (e.used_due, e.purchased_due, e.debt_due)
    ORDER BY e.account_id, e.seq
    """,
    lambda row: (
        f"{_whose(row)}: after movement {row['seq']:,} it says {_held(row, 'purchased_after', 'debt_after')}, "
        f"with {row['monthly_used_after']:,} of the month used, and {_held(row, 'purchased_due', 'debt_due')} "
        f"with {row['used_due']:,} follows from the one before."
    ),
)
"""A month's use may begin above zero: the account may have been taken over with what was counted before.

From its first movement on, every one goes on from the one before, or from zero in a new month. A message of a month
that is over comes back without a month's part, and may be the first that the new month hears of.
"""
CREDIT_MONTH = Question(
    "credit_month",
    """
    SELECT a.tenant_id, t.name, a.channel, a.monthly_used,
           CASE WHEN a.window_start > s.month THEN 0 ELSE last.monthly_used_after END AS used_due
    FROM credits_creditaccount a
    JOIN tenants_tenant t ON t.id = a.tenant_id
    JOIN (SELECT account_id, max(window_start) AS month, max(seq) AS seq
          FROM credits_creditentry GROUP BY account_id) s ON s.account_id = a.id
    JOIN credits_creditentry last ON last.account_id = a.id AND last.seq = s.seq
    WHERE a.window_start < s.month
       OR a.monthly_used <> CASE WHEN a.window_start > s.month THEN 0
                                 ELSE last.monthly_used_after END
    ORDER BY a.id
    """,
    lambda row: (
        f"{_whose(row)}: the account says that {row['monthly_used']:,} of this month are used; "
        f"its movements say {row['used_due']:,}."
    ),
)
CREDIT_MISSING = Question(
    "credit_missing",
    """
    SELECT pay.tenant_id, pay.id AS payment_id, t.name, pay.title, pay.amount, pay.currency,
           coalesce(p.channel, pay.ordered ->> 'channel', '') AS channel,
           p.credits::bigint * p.quantity AS bought, pay.refunded,
           coalesce(e.there, 0) AS there
    FROM billing_payment pay
    JOIN tenants_tenant t ON t.id = pay.tenant_id
    LEFT JOIN credits_packpurchase p ON p.payment_id = pay.id AND p.tenant_id = pay.tenant_id
    LEFT JOIN (SELECT e.purchase_id, a.tenant_id, a.channel,
                      sum(e.purchased - e.debt_amount)::bigint AS there
               FROM credits_creditentry e JOIN credits_creditaccount a ON a.id = e.account_id
               WHERE e.purchase_id IS NOT NULL
               GROUP BY e.purchase_id, a.tenant_id, a.channel) e
           ON e.purchase_id = p.id AND e.tenant_id = p.tenant_id AND e.channel = p.channel
    WHERE pay.purpose = 'credits' AND pay.fulfilled_at IS NOT NULL
      AND (p.id IS NULL
           OR coalesce(e.there, 0) <> p.credits::bigint * p.quantity
              - p.credits::bigint * p.quantity * pay.refunded / pay.amount)
    ORDER BY pay.id
    """,
    lambda row: (
        f"{row['title']} of {row['name']} ({format_money(row['amount'], row['currency'], 'en')}) "
        + (
            "has no purchase."
            if row["bought"] is None
            else f"was for {row['bought']:,} credits{_less(row)}; {row['there']:,} of it are there."
        )
    ),
)
CREDIT_UNPAID = Question(
    "credit_unpaid",
    """
    SELECT a.tenant_id, p.payment_id, t.name, a.channel, e.seq,
           e.purchased - e.debt_amount AS moved
    FROM credits_creditentry e
    JOIN credits_creditaccount a ON a.id = e.account_id
    JOIN tenants_tenant t ON t.id = a.tenant_id
    LEFT JOIN credits_packpurchase p ON p.id = e.purchase_id
    LEFT JOIN billing_payment pay ON pay.id = p.payment_id AND pay.tenant_id = a.tenant_id
                                 AND p.tenant_id = a.tenant_id AND p.channel = a.channel
    WHERE e.kind = 'purchase' AND (pay.paid_at IS NULL OR pay.fulfilled_at IS NULL)
    ORDER BY a.id, e.seq
    """,
    lambda row: (
        f"{_whose(row)}: movement {row['seq']:,} ({row['moved']:,} credits) belongs to no payment that came in."
    ),
)


def _less(row: Row) -> str:
    """That some of the money went back, where it did."""
    if not row["refunded"]:
        return ""
    return f", and {format_money(row['refunded'], row['currency'], 'en')} went back"


QUESTIONS = (CREDIT_SUM, CREDIT_GAP, CREDIT_CHAIN, CREDIT_MONTH, CREDIT_MISSING, CREDIT_UNPAID)


def add_to_books() -> None:
    """The questions are asked whenever the books are compared."""
    add_kinds(KINDS)
    register(*QUESTIONS)
