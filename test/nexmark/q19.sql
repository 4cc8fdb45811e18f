SELECT * FROM (SELECT auction, bidder, price, dateTime,
  row_number() OVER (PARTITION BY auction ORDER BY price DESC, dateTime, bidder) AS place FROM bid) WHERE place <= 10
