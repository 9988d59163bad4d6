"""The one statement of spending: as few trips to the database as there can be, and no state in which half is done."""

SPEND = """
WITH item AS (
    SELECT n, key, units, (sum(units) OVER (ORDER BY n))::bigint - units AS before
    FROM unnest(%(keys)s::text[], %(units)s::bigint[]) WITH ORDINALITY AS asked(key, units, n)
), whole AS (
    SELECT sum(units)::bigint AS units, count(*) AS items FROM item
), found AS (
    SELECT id, seq, purchased_left, debt, warn_below, recharge_below,
           window_start < %(start)s::timestamptz AS is_new_month,
           CASE WHEN window_start < %(start)s::timestamptz THEN 0 ELSE monthly_used END AS used,
           greatest(window_start, %(start)s::timestamptz) AS month,
           CASE WHEN window_start > %(start)s::timestamptz THEN renews_at ELSE %(end)s::timestamptz END AS renews_at,
           CASE WHEN window_start < %(start)s::timestamptz THEN NULL ELSE low_ceiling END AS low_ceiling,
           CASE WHEN window_start < %(start)s::timestamptz THEN NULL ELSE exhausted_ceiling END AS exhausted_ceiling
    FROM credits_creditaccount
    WHERE tenant_id = %(tenant)s::bigint AND channel = %(channel)s::text
    FOR NO KEY UPDATE
), split AS (
    SELECT found.*, whole.units, whole.items,
           CASE WHEN %(ceiling)s::bigint = -1 THEN whole.units
                ELSE least(whole.units, greatest(%(ceiling)s::bigint - found.used, 0)) END AS from_month
    FROM found, whole
), moved AS (
    UPDATE credits_creditaccount AS account
    SET monthly_used = split.used + split.from_month,
        purchased_left = split.purchased_left - (split.units - split.from_month),
        seq = split.seq + split.items,
        window_start = split.month, renews_at = split.renews_at,
        low_ceiling = split.low_ceiling, exhausted_ceiling = split.exhausted_ceiling
    FROM split
    WHERE account.id = split.id
      AND split.units - split.from_month <= split.purchased_left
      AND NOT EXISTS (
          SELECT FROM credits_creditentry AS known
          WHERE known.account_id = split.id AND known.key = ANY(%(keys)s::text[])
      )
    RETURNING split.*
), paid AS (
    SELECT moved.*, item.n, item.key, item.units AS cost,
           least(item.units, greatest(moved.from_month - item.before, 0)) AS monthly,
           least(item.before + item.units, moved.from_month) AS monthly_until,
           greatest(item.before + item.units - moved.from_month, 0) AS purchased_until
    FROM moved, item
), written AS (
    INSERT INTO credits_creditentry (
        account_id, seq, kind, monthly, purchased, debt_amount, is_counted, window_start,
        monthly_used_after, purchased_after, debt_after, key, note, at
    )
    SELECT id, seq + n, 'spent', -monthly, monthly - cost, 0, %(ceiling)s::bigint <> -1, month,
           used + monthly_until, purchased_left - purchased_until, debt, key, '', %(now)s::timestamptz
    FROM paid ORDER BY n
    RETURNING 1
)
SELECT paid.monthly, paid.cost - paid.monthly, paid.id,
       paid.used + paid.from_month, paid.purchased_left - (paid.units - paid.from_month),
       paid.warn_below, paid.recharge_below, paid.low_ceiling, paid.exhausted_ceiling
FROM paid, (SELECT count(*) FROM written) AS done ORDER BY paid.n
"""
"""Everything that is asked for, or nothing; a row for each item then, none otherwise.

Never ON CONFLICT DO NOTHING: what is left would go down without its entry. Two workers with the same key meet at the
unique key of the entries: the second one fails as a whole, and finds the entry when it asks again.
"""
