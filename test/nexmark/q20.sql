SELECT b.auction, b.bidder, b.price, b.channel, b.url, b.dateTime, b.extra, a.itemName, a.initialBid, a.reserve, a.expires, a.seller
FROM bid b JOIN auction a ON b.auction = a.id WHERE a.category = 10
