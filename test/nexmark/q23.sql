SELECT b.auction, b.bidder, b.price, b.dateTime, p.name, p.city, a.id, a.itemName, a.category
FROM bid b JOIN person p ON p.id = b.bidder JOIN auction a ON a.seller = b.bidder
