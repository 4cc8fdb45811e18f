WITH a AS (SELECT *, substr(url, instr(url, '://') + 3) || '///' AS u FROM bid),
b AS (SELECT *, substr(u, instr(u, '/') + 1) AS r FROM a),
c AS (SELECT *, substr(r, 1, instr(r, '/') - 1) AS d1, substr(r, instr(r, '/') + 1) AS r2 FROM b),
d AS (SELECT *, substr(r2, 1, instr(r2, '/') - 1) AS d2, substr(r2, instr(r2, '/') + 1) AS r3 FROM c)
SELECT auction, bidder, price, channel, d1, d2, substr(r3, 1, instr(r3, '/') - 1) FROM d
