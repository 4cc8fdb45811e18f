// Makes the data that the samples run on: the same bytes every time (fixed seeds), nothing from outside.
//   node queries/make-data.mjs [FOLDER]      default: dist/samples
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** xorshift32 with a finaliser: small, seeded, the same everywhere. Gives numbers in [0, 1). */
export function random(seed) {
  let s = seed | 0 || 1;
  return () => {
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    return (Math.imul(s ^ (s >>> 15), 0x2c1b3c6d) >>> 0) / 4294967296;
  };
}

const pick = (r, list) => list[Math.floor(r() * list.length)];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (n) => String(n).padStart(2, '0');
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0',
  'curl/8.5.0',
  'ExampleBot/2.1 (+https://bot.example/about)',
];
const STATUS = [200, 200, 200, 200, 304, 301, 404, 500];

/** Lines of a web server's log in the combined format, `seconds` apart on average. */
export function* accessLog(lines, { seed = 7, seconds = 12 } = {}) {
  const r = random(seed);
  const paths = Array.from(
    { length: 500 },
    (_, i) => `/${pick(r, ['shop', 'api', 'img', 'docs'])}/${pick(r, ['item', 'list', 'page'])}/${i}`,
  );
  let t = Date.UTC(2026, 4, 1);
  for (let i = 0; i < lines; i++) {
    t += Math.floor(r() * 2000 * seconds);
    const d = new Date(t);
    const ip = `10.${Math.floor(r() * 200 * r())}.${Math.floor(r() * 20)}.${Math.floor(r() * 5) * 50 + Math.floor(r() * 50)}`;
    const at = `${two(d.getUTCDate())}/${MONTHS[d.getUTCMonth()]}/${d.getUTCFullYear()}:${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())} +0000`;
    const path = paths[Math.floor(r() * r() * paths.length)];
    const status = pick(r, STATUS);
    const bytes = status === 304 ? '-' : String(Math.floor(200 + r() * 40000));
    yield `${ip} - - [${at}] "${r() < 0.9 ? 'GET' : 'POST'} ${path} HTTP/1.1" ${status} ${bytes} "-" "${pick(r, AGENTS)}"`;
  }
}

const WORDS =
  'time stream table row batch window shell pipe filter join group sort log error plan law order value key line'.split(
    ' ',
  );

function prose(lines) {
  const r = random(11);
  return (
    Array.from({ length: lines }, () =>
      Array.from({ length: 6 + Math.floor(r() * 6) }, () => WORDS[Math.floor(r() * r() * WORDS.length)]).join(' '),
    ).join('\n') + '\n'
  );
}

function readings(rows) {
  const r = random(23);
  let text = 'sensor,at,celsius,note\n';
  for (let i = 0; i < rows; i++) {
    const at = new Date(Date.UTC(2026, 4, 1) + i * 60_000).toISOString().slice(0, 19).replace('T', ' ');
    text += `s${1 + Math.floor(r() * 8)},${at},${(15 + r() * 15).toFixed(2)},${r() < 0.02 ? '"recalibrated, then ""ok"""' : ''}\n`;
  }
  return text;
}

/** A small shop: customers and orders, and empty tables that the samples append to. */
function shop(file, orders) {
  const Database = createRequire(import.meta.url)('better-sqlite3');
  const r = random(42);
  const db = new Database(file);
  db.exec(`
    CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT NOT NULL, ip TEXT);
    CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price REAL NOT NULL CHECK (price > 0));
    CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customers, product INTEGER NOT NULL
      REFERENCES products, quantity INTEGER NOT NULL, day TEXT NOT NULL);
    CREATE INDEX orders_by_day ON orders (day);
    CREATE TABLE errors_by_day (day TEXT NOT NULL, status INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (day, status));
    CREATE TABLE slow_pages (path TEXT NOT NULL, n INTEGER NOT NULL);
    CREATE TABLE server_errors (ip TEXT, at TEXT, request TEXT);
    CREATE TABLE readings (sensor TEXT NOT NULL, at TEXT NOT NULL, celsius REAL);
    CREATE TABLE missing_pages (ip TEXT, at TEXT, request TEXT);
  `);
  const cities = ['Kyoto', 'Lagos', 'Lima', 'Oslo', 'Pune', 'Turin'];
  const names = ['Ada', 'Bela', 'Chen', 'Dara', 'Emil', 'Fatou', 'Goro', 'Hana'];
  const write = db.transaction(() => {
    for (let i = 1; i <= 200; i++) {
      db.prepare('INSERT INTO customers VALUES (?, ?, ?, ?)').run(
        BigInt(i),
        `${pick(r, names)} ${String.fromCharCode(65 + (i % 26))}.`,
        pick(r, cities),
        `10.${Math.floor(r() * 40)}.${Math.floor(r() * 20)}.${Math.floor(r() * 250)}`,
      );
    }
    for (let i = 1; i <= 40; i++)
      db.prepare('INSERT INTO products VALUES (?, ?, ?)').run(
        BigInt(i),
        `${pick(r, WORDS)} ${i}`,
        Math.round(100 + r() * 9900) / 100,
      );
    for (let i = 1; i <= orders; i++) {
      const day = new Date(Date.UTC(2026, 4, 1 + Math.floor(r() * 28))).toISOString().slice(0, 10);
      db.prepare('INSERT INTO orders VALUES (?, ?, ?, ?, ?)').run(
        BigInt(i),
        BigInt(1 + Math.floor(r() * 200)),
        BigInt(1 + Math.floor(r() * r() * 40)),
        BigInt(1 + Math.floor(r() * 5)),
        day,
      );
    }
  });
  write();
  db.close();
}

export function makeSamples(folder, { lines = 20_000, orders = 3000 } = {}) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const log = [...accessLog(lines)];
  writeFileSync(join(folder, 'access.log'), log.join('\n') + '\n');
  writeFileSync(join(folder, 'visitors.txt'), log.map((line) => `${line.slice(0, line.indexOf(' '))}\n`).join(''));
  writeFileSync(join(folder, 'notes.txt'), prose(2000));
  writeFileSync(join(folder, 'readings.csv'), readings(5000));
  shop(join(folder, 'shop.db'), orders);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) makeSamples(process.argv[2] ?? 'dist/samples');
