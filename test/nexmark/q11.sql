WITH g AS (SELECT bidder, ms, ms - lag(ms) OVER (PARTITION BY bidder ORDER BY ms) AS gap FROM bid),
n AS (SELECT bidder, ms, sum(gap IS NULL OR gap >= 10000) OVER (PARTITION BY bidder ORDER BY ms) AS session FROM g)
SELECT bidder, count(*), stamp(min(ms)), stamp(max(ms) + 10000) FROM n GROUP BY bidder, session
