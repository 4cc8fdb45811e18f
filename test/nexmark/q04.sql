SELECT category, avg(final) FROM (
  SELECT a.category, (SELECT max(price) FROM bid b WHERE b.auction = a.id AND b.dateTime BETWEEN a.dateTime AND a.expires) AS final
  FROM auction a) WHERE final IS NOT NULL GROUP BY category
