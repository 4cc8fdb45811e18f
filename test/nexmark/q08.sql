SELECT id, name, strftime('%Y-%m-%d %H:%M:%S', ms / 10000 * 10, 'unixepoch') FROM person p
WHERE EXISTS (SELECT 1 FROM auction a WHERE a.seller = p.id AND a.ms / 10000 = p.ms / 10000)
