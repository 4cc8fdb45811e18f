import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { reserved, soft } from '../grammar/tokens.ts';
import { QueryError } from '../src/base/errors.ts';
import type { Expr, Script } from '../src/syntax/ast.ts';
import { format, formatExpr } from '../src/syntax/format.ts';
import { parse } from '../src/syntax/parse.ts';
import { casesOf, runCases } from './support/cases.ts';
import { bare, outline } from './support/outline.ts';
import { random, seeds } from './support/random.ts';

/** Operators between two operands that all of these tests know; some add their own. */
const binaryOperators = [
  'OR',
  'AND',
  '=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  '&',
  '|',
  '<<',
  '>>',
  '+',
  '-',
  '*',
  '/',
  '%',
  '||',
];

const script = (text: string): Script => parse({ name: 'test', text });

function expression(text: string): Expr {
  const [statement] = script(`SELECT ${text}`).statements;
  if (statement?.kind !== 'query' || statement.query.body.kind !== 'select') throw new Error(text);
  const [item] = statement.query.body.items;
  if (item?.kind !== 'item') throw new Error(text);
  return item.expr;
}

// Below each query is its canonical text.
runCases('parse', (query) => format(script(query)));
// Below each expression are its tree and its canonical text.
runCases('expressions', (query) => `${outline(expression(query))}\n${formatExpr(expression(query))}`);

describe('a long script, which is parsed in pieces', () => {
  const one = "SELECT a + ?, 'x;y' FROM t WHERE b IN (1, 2, ?); CREATE TABLE u (a); ";
  const whole = one.repeat(1000);
  const { statements } = script(whole);

  test('has all its statements, at their places, with their own question marks', () => {
    const [query, table] = script(one).statements;
    expect(statements.length).toBe(2000);
    expect(bare(statements)).toEqual(Array.from({ length: 1000 }, () => [bare(query!), bare(table!)]).flat());
    statements.forEach(({ kind, span }, i) => {
      const text = one.split('; ')[i % 2]!;
      expect([kind, span.start]).toEqual([i % 2 === 0 ? 'query' : 'passthrough', whole.indexOf(text, span.start)]);
    });
  });

  test('may have a statement set anywhere', () => {
    const set = `BEGIN STATEMENT SET; ${'INSERT INTO t SELECT 1; '.repeat(1000)} END; `;
    expect(script(one.repeat(300) + set + one).statements.map((s) => s.kind).slice(600)).toEqual(['statement set', 'query', 'passthrough']); // prettier-ignore
  });

  test('tells all its faults at once', () => {
    expect(faults(`SELECT 1 +; ${whole} SELECT FROM; ${whole}; SELECT (2`).length).toBe(3);
  });
});

function faults(text: string): readonly string[] {
  try {
    script(text);
  } catch (error) {
    if (error instanceof QueryError) return error.diagnostics.map((d) => d.message);
    throw error;
  }
  return [];
}

describe('the canonical text', () => {
  test.each(casesOf('parse'))('means the same, and is its own canonical text: %s', (query) => {
    const once = format(script(query));
    expect(bare(script(once).statements)).toEqual(bare(script(query).statements));
    expect(format(script(once))).toBe(once);
  });

  const { any } = fc.letrec<{ any: string }>((tie) => {
    const leaf = fc.constantFrom(
      'a',
      't.b',
      '"select"',
      '1',
      '2.5',
      "'x''y'",
      'NULL',
      ':p',
      "x'00'",
      "INTERVAL '1' DAY",
    );
    const e = tie('any');
    const binary = fc.constantFrom(
      ...[...binaryOperators, '->', '->>'],
      ...['IS', 'IS NOT', 'IS DISTINCT FROM', 'LIKE', 'NOT LIKE', 'GLOB', 'NOT REGEXP'],
    );
    return {
      any: fc.oneof(
        { maxDepth: 6, withCrossShrink: true },
        leaf,
        fc.tuple(e, binary, e).map((parts) => parts.join(' ')),
        e.map((x) => `(${x})`),
        fc.tuple(fc.constantFrom('NOT', '-', '+', '~'), e).map(([op, x]) => `${op} ${x}`),
        fc
          .tuple(e, fc.constantFrom('::TEXT', ' COLLATE NOCASE', '[1]', ' ISNULL', ' NOT NULL'))
          .map(([x, p]) => `((${x})${p})`),
        fc.tuple(e, e, e).map(([x, low, high]) => `(${x}) NOT BETWEEN (${low}) AND (${high})`),
        fc.tuple(e, e).map(([x, y]) => `(f(${x}, ${y}) IN (${y}, ${x}))`),
        fc.tuple(e, e).map(([x, y]) => `CASE ${x} WHEN ${y} THEN ${x} ELSE ${y} END`),
        e.map((x) => `(SELECT ${x} FROM t WHERE ${x})`),
      ),
    };
  });

  test('of a generated expression means the same', () => {
    fc.assert(
      fc.property(any, (text) => {
        const tree = expression(text);
        const canonical = formatExpr(tree);
        expect(bare(expression(canonical))).toEqual(bare(tree));
        expect(formatExpr(expression(canonical))).toBe(canonical);
      }),
      { numRuns: 300 },
    );
  });
});

test('operators bind as in SQLite', () => {
  const db = new Database(':memory:');
  const valueOf = (sql: string): unknown => db.prepare(`SELECT ${sql}`).pluck().get();
  /** The same with every operator in parentheses. */
  const full = (e: Expr): string => {
    if (e.kind === 'binary') return `(${full(e.left)} ${e.op} ${full(e.right)})`;
    if (e.kind === 'unary') return `(${e.op} ${full(e.arg)})`;
    if (e.kind === 'is') return `(${full(e.left)} IS ${e.not ? 'NOT' : ''} ${full(e.right)})`;
    if (e.kind === 'between')
      return `(${full(e.arg)} ${e.not ? 'NOT' : ''} BETWEEN ${full(e.low)} AND ${full(e.high)})`;
    if (e.kind === 'in')
      return `(${full(e.arg)} ${e.not ? 'NOT' : ''} IN (${(e.list as Expr[]).map(full).join(', ')}))`;
    if (e.kind === 'like') return `(${full(e.arg)} ${e.not ? 'NOT' : ''} ${e.op} ${full(e.pattern)})`;
    return formatExpr(e);
  };
  const operand = fc.tuple(
    fc.constantFrom('', '', '', '-', '~', '+', 'NOT ', '- -'),
    fc.constantFrom('0', '1', '2', '7', 'NULL', '1.5'),
  );
  const operator = fc.constantFrom(
    ...[...binaryOperators, 'IS', 'IS NOT'],
    ...[
      'LIKE',
      'NOT LIKE',
      'IS DISTINCT FROM',
      'BETWEEN 1 AND',
      'NOT BETWEEN 0 AND',
      'IN (1, 2) =',
      'NOT NULL OR',
      'ISNULL =',
    ],
  );
  fc.assert(
    fc.property(operand, fc.array(fc.tuple(operator, operand), { minLength: 1, maxLength: 7 }), (first, rest) => {
      const text = [first.join(''), ...rest.map(([op, x]) => `${op} ${x.join('')}`)].join(' ');
      expect(valueOf(full(expression(text))), text).toBe(valueOf(text));
    }),
    { numRuns: 2000 },
  );
  db.close();
});

const words = (groups: Readonly<Record<string, string>>): string[] =>
  Object.values(groups).flatMap((w) => w.split(' '));

test.each(words(soft))('%s is a name where it is not a word', (word) => {
  const name = word.toLowerCase();
  const text = [
    `SELECT t.${name}, ${name} AS ${name}, ${name} + 1, f(${name}) FROM ${name} AS ${name} WHERE ${name} IS NOT NULL`,
    `GROUP BY ${name} ORDER BY ${name} DESC LIMIT 1;`,
    `FROM ${name} |> DROP ${name} |> RENAME a AS ${name} |> EXTEND 1 AS ${name} |> SET ${name} = 2;`,
    `INSERT INTO ${name} (a, ${name}) VALUES (1, 2);`,
  ].join(' ');
  const names = JSON.stringify(bare(script(text).statements)).split(`"text":"${name}"`).length - 1;
  expect(names).toBe(text.split(new RegExp(`\\b${name}\\b`)).length - 1);
});

test.each(words(reserved))('%s is a name in quotes, the name of an option and of an argument', (word) => {
  const text = `SELECT "${word}" FROM f(${word} => 1) AS "${word}"; CREATE SOURCE s WITH (${word} = 1)`;
  expect(bare(script(format(script(text))).statements)).toEqual(bare(script(text).statements));
});

test('every node says where it stands', () => {
  const text = "SELECT a + b * 2 AS c FROM t JOIN 'x.csv' AS u USING (k) WHERE (a) IN (1, 2) |> SHELL 'cat' AS MAP";
  const spans: string[] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { span } = node as { span?: { start: number; end: number } };
    if (span !== undefined) spans.push(text.slice(span.start, span.end));
    for (const [key, value] of Object.entries(node)) if (key !== 'span') walk(value);
  };
  walk(script(text).statements);
  expect([...new Set(spans)]).toEqual([
    text,
    "SELECT a + b * 2 AS c FROM t JOIN 'x.csv' AS u USING (k) WHERE (a) IN (1, 2)",
    'a + b * 2 AS c',
    'a + b * 2',
    'a',
    'b * 2',
    'b',
    '2',
    'c',
    "t JOIN 'x.csv' AS u USING (k)",
    't',
    "'x.csv' AS u",
    'u',
    "JOIN 'x.csv' AS u USING (k)",
    'k',
    '(a) IN (1, 2)',
    '1',
    "SHELL 'cat' AS MAP",
    "'cat' AS MAP",
    "'cat'",
    'AS MAP',
  ]);
});

test('each statement counts its own ?', () => {
  const positions = (text: string): string[] =>
    [...JSON.stringify(script(text)).matchAll(/"position":(\d+)/g)].map((m) => m[1]!);
  expect(positions('SELECT ?, ?5, ?; SELECT ? LIMIT ?, ?')).toEqual(['1', '5', '6', '1', '3', '2']);
});

test('statements of SQLite are kept as they are written', () => {
  const text = `CREATE TRIGGER r AFTER INSERT ON t BEGIN UPDATE t SET a = CASE WHEN b THEN 1 END; DELETE FROM u; END;
    UPDATE t -- no comment is lost
      SET a = ';' ; create  unique index i on t(a);REPLACE INTO t VALUES (1); BEGIN IMMEDIATE; END; INSERT INTO t DEFAULT VALUES;
    CREATE TABLE a.b (c, d DEFAULT (1)); CREATE TABLE a.b AS SELECT 1; DROP TABLE a.b; DROP VIEW v`;
  const statements = script(text).statements;
  expect(statements.map((s) => (s.kind === 'passthrough' ? [s.verb, s.sql] : s.kind))).toEqual([
    ['CREATE', text.slice(0, text.indexOf('u; END') + 6)],
    ['UPDATE', "UPDATE t -- no comment is lost\n      SET a = ';'"],
    ['CREATE', 'create  unique index i on t(a)'],
    ['REPLACE', 'REPLACE INTO t VALUES (1)'],
    ['BEGIN', 'BEGIN IMMEDIATE'],
    ['END', 'END'],
    ['INSERT', 'INSERT INTO t DEFAULT VALUES'],
    ['CREATE', 'CREATE TABLE a.b (c, d DEFAULT (1))'],
    'create table',
    ['DROP', 'DROP TABLE a.b'],
    'drop',
  ]);
});

describe('a text with anything in it', () => {
  const all = casesOf('parse');
  const pieces = [
    ...words(reserved),
    ...words(soft),
    ..."( ) , ; . |> => :: [ ] ' \" $$ ` -- /* */ E' x' 1e9 .5 ? : $ @ ! \\ é 💥 \0".split(' '),
  ];

  test.each(seeds(25))('is parsed or refused, seed %i', (seed) => {
    const r = random(seed);
    for (let i = 0; i < 20; i++) {
      let text = r.of(all);
      for (let edits = 1 + r.below(4); edits > 0; edits--) {
        const at = r.below(text.length + 1);
        const cut = r.chance(0.5) ? r.below(8) : 0;
        const put = r.chance(0.7) ? ` ${r.of(pieces)} ` : r.of(all).slice(r.below(40), 40 + r.below(40));
        text = text.slice(0, at) + put + text.slice(at + cut);
      }
      try {
        script(text);
      } catch (error) {
        expect(error, text).toBeInstanceOf(QueryError);
        expect((error as QueryError).diagnostics, text).not.toEqual([]);
        for (const { span } of (error as QueryError).diagnostics) {
          expect(span!.start, text).toBeGreaterThanOrEqual(0);
          expect(span!.end, text).toBeLessThanOrEqual(text.length);
          expect(span!.end, text).toBeGreaterThanOrEqual(span!.start);
        }
      }
    }
  });

  test.each([
    ['parentheses', '('.repeat(100_000)],
    ['parentheses that close', `SELECT ${'('.repeat(5_000)}1${')'.repeat(5_000)}`],
    ['subqueries', `${'SELECT * FROM ('.repeat(3_000)}t${')'.repeat(3_000)}`],
    ['signs', `SELECT ${'- '.repeat(50_000)}1`],
    ['operators', `SELECT 1${' + 1'.repeat(10_000)}`],
    ['brackets', `SELECT a${'[1]'.repeat(10_000)}`],
  ])('is refused where it is too deep: %s', (_, text) => {
    expect(() => script(text)).toThrow(QueryError);
  });
});
