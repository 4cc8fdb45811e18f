SELECT auction, bidder, round(0.908 * price, 3),
  CASE WHEN h BETWEEN 8 AND 18 THEN 'dayTime' WHEN h <= 6 OR h >= 20 THEN 'nightTime' ELSE 'otherTime' END,
  dateTime, extra, length(extra) - length(replace(extra, 'c', ''))
FROM (SELECT *, CAST(strftime('%H', dateTime) AS INTEGER) AS h FROM bid)
WHERE 0.908 * price > 1000000 AND 0.908 * price < 50000000
