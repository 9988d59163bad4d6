"""What the Billing page asks about credits, of every channel at once: in one statement, whatever there is."""

from credits.models import AutoRecharge, CreditAccount
from credits.services.packs import ON_OFFER
from saas.core.rows import Columns
from tenants import waiting

COLUMNS = Columns(account=CreditAccount, recharge=AutoRecharge)
ASKED = """
SELECT {columns}, metered.channel, waiting.count, waiting.least, metered.channel IN ({on_offer}), {pace}
FROM unnest(%(channels)s::text[]) AS metered(channel)
LEFT JOIN credits_creditaccount AS account ON account.tenant_id = %(tenant)s AND account.channel = metered.channel
LEFT JOIN credits_autorecharge AS recharge ON recharge.account_id = account.id AND recharge.is_on
LEFT JOIN ({waiting}) AS waiting ON waiting.channel = metered.channel
{lately}
"""
LATELY = """
LEFT JOIN LATERAL (
    WITH RECURSIVE halves(low, high) AS (
        SELECT 0::bigint, account.seq + 1
        UNION ALL
        SELECT CASE WHEN entry.at <= %(since)s THEN entry.seq ELSE low END,
               CASE WHEN entry.at <= %(since)s THEN high ELSE entry.seq END
        FROM halves JOIN credits_creditentry AS entry
            ON entry.account_id = account.id AND entry.seq = (low + high) / 2
        WHERE high - low > 1
    )
    SELECT max(low) AS seq FROM halves
) AS before ON true
LEFT JOIN LATERAL (
    SELECT -sum(monthly + purchased) AS spent FROM credits_creditentry AS entry
    WHERE entry.account_id = account.id AND entry.seq BETWEEN before.seq + 1 AND account.seq
        AND entry.kind IN ('spent', 'returned')
) AS lately ON true
LEFT JOIN LATERAL (
    SELECT entry.at FROM credits_creditentry AS entry
    WHERE entry.account_id = account.id AND entry.kind = 'spent' ORDER BY entry.seq LIMIT 1
) AS first ON true
"""
"""Numbers of entries have no gap and rise with the time, so the first of the last 30 days is found by halving: twenty
looks in a million, and no index by date that every message would pay for."""


def statement(*, with_pace: bool) -> str:
    """Rows of: what COLUMNS reads, the channel, how many wait, the least of them, whether packs are sold,

    what was spent since `since`, when something was spent first. The last two empty without the pace, which reads the
    entries of 30 days. Values: tenant, channels, currency, since.
    """
    return ASKED.format(
        columns=COLUMNS.text,
        on_offer=ON_OFFER,
        waiting=waiting.statement(),
        pace="lately.spent, first.at" if with_pace else "NULL, NULL",
        lately=LATELY if with_pace else "",
    )
