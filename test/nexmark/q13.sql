SELECT auction, bidder, price, dateTime, 'v' || (auction % 10000) FROM bid
