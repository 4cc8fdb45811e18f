SELECT id, itemName, seller, category, bidder, price, bdt, bex FROM (
  SELECT a.*, b.bidder, b.price, b.dateTime AS bdt, b.extra AS bex,
    row_number() OVER (PARTITION BY a.id ORDER BY b.price DESC, b.dateTime, b.bidder) AS r
  FROM auction a JOIN bid b ON a.id = b.auction AND b.dateTime BETWEEN a.dateTime AND a.expires) WHERE r = 1
