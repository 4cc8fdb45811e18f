SELECT auction, price, bidder, dateTime, extra FROM bid
WHERE (ms / 10000, price) IN (SELECT ms / 10000, max(price) FROM bid GROUP BY 1)
