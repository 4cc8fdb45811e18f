WITH RECURSIVE k(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM k WHERE i < 4),
w AS (SELECT auction, ms / 2000 * 2000 - i * 2000 AS s, count(*) AS num FROM bid, k GROUP BY 1, 2)
SELECT auction, num, strftime('%Y-%m-%d %H:%M:%S', s / 1000, 'unixepoch') FROM w
WHERE num = (SELECT max(num) FROM w AS o WHERE o.s = w.s)
