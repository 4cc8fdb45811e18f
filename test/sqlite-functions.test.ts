// Every function that SQLite has is answered, or refused with the reason. The list is SQLite's own.
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { QueryError } from '../src/base/errors.ts';
import { connect, type Session } from '../src/index.ts';

const db = new Database(':memory:');
interface Listed {
  readonly name: string;
  readonly type: 's' | 'w' | 'a';
  readonly narg: number;
}
const listed = db
  .prepare(
    "SELECT DISTINCT name, type, max(narg) AS narg FROM pragma_function_list WHERE name NOT GLOB '[-]*' GROUP BY 1, 2",
  )
  .all() as readonly Listed[];

let session: Session;
beforeAll(async () => {
  session = await connect();
});
afterAll(async () => {
  await session.close();
  db.close();
});

/** What refuses it, or that it is answered: with as many arguments as fit. */
async function answer(name: string, isWindow: boolean): Promise<'answered' | QueryError> {
  let refusal: unknown;
  for (const args of ['', 'x', 'x, x', 'x, 0.5', 'x, x, x', "x, '$[0]', x"]) {
    const call = `${name}(${args})`;
    for (const over of isWindow ? [' OVER (ORDER BY x)', ''] : ['']) {
      try {
        await session.rows(`SELECT ${call}${over} FROM (SELECT '0.5' AS x)`);
        return 'answered';
      } catch (error) {
        if (!(error instanceof QueryError)) return 'answered';
        const isAboutArguments = error.diagnostics[0]!.code === 'E0201' || error.diagnostics[0]!.code === 'E0209';
        refusal =
          isAboutArguments && refusal instanceof QueryError && refusal.diagnostics[0]!.code !== 'E0201'
            ? refusal
            : error;
      }
    }
  }
  return refusal as QueryError;
}

/** These have no meaning outside of SQLite: what they work on is not there, or belongs to a connection. */
const refused =
  /^(changes|total_changes|last_insert_rowid|load_extension|sqlite_log|match|matchinfo|offsets|optimize|snippet|highlight|bm25|fts\d\w*|geopoly_\w+|rtree\w+)$/;

test.each(listed)('$name', async ({ name, type }) => {
  const said = await answer(name, type !== 's');
  if (!refused.test(name)) return expect(said).toBe('answered');
  const [diagnostic] = (said as QueryError).diagnostics;
  expect(diagnostic).toMatchObject({ code: 'E0204', label: expect.stringContaining(' ') as string });
  expect(diagnostic!.help).toHaveLength(1);
});

const numbered = (sql: string): string[] =>
  sql.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));

test.each(
  numbered(`
  hex(jsonb('{"a": [1, -2.50, 1e5, true, false, null, "x", "a\\nb"], "": {}}')), jsonb(NULL), hex(jsonb('"${'x'.repeat(300)}"'))
  hex(jsonb_array('a', 'b"c', 1.5, NULL, json('[1]'), jsonb('{"b":2}'))), hex(jsonb_array())
  hex(jsonb_object('a', 'b', 'c"', jsonb('[]'))), hex(jsonb_patch('{"a":1,"c":[]}', '{"b":"\\n","a":null}'))
  hex(jsonb_set('{"a":1}', '$.b', 'x"y')), hex(jsonb_set('{"a":1}', '$."b c"', 'x')), hex(jsonb_replace(jsonb('[1,2]'), '$[1]', jsonb('[3]')))
  hex(jsonb_insert('[1]', '$[#]', jsonb('{"x":2}'))), hex(jsonb_remove('[1,2]', '$[0]')), hex(jsonb_remove('[1,2]')), jsonb_remove('[1]', '$')
  hex(jsonb_extract('{"a":"x","b":[1]}', '$.a', '$.b')), jsonb_extract('{"a":"x"}', '$.a'), hex(jsonb_extract('{"a":[7]}', '$.a')), jsonb_extract('1', '$.a')
  json(jsonb('[1,{"a":"é"}]')), jsonb('{"a":[5,6]}') -> 'a', jsonb('{"a":[5,6]}') ->> '$.a[1]', jsonb('[1,2]') -> -1, json_type(jsonb('{}')), json_array_length(jsonb('[1,2]'))
  json_extract(x'5b315d', '$[0]'), json(x'5b315d'), hex(jsonb(x'5b315d')), json_set(jsonb('[1]'), '$[0]', x'00'), json_quote(jsonb('[1]'))
  json_array_insert('[1,2]', '$[0]', 9, '$[0]', 8), json_array_insert('[1,2]', '$[#]', 9), json_array_insert('[1,2]', '$[#-1]', json('[7]')), json_array_insert('[1,2]', '$[5]', 9)
  json_array_insert('{"a":1}', '$.b[0]', 3), json_array_insert('{"a":1}', '$.a[0]', 3), json_array_insert('[1]', '$', 9), json_array_insert(NULL, '$[0]', 9), json_array_insert('[[1]]', '$[0][1]', 'x')
  hex(jsonb_array_insert('[1]', '$[0]', 'x')), subtype(json('[1]')), subtype('[1]'), subtype(json_array(1)), subtype(NULL), subtype('[1]' -> '$[0]')
  json_valid(jsonb('[1]'), 4), json_valid(jsonb('[1]'), 8), json_valid(jsonb('[1]')), json_valid(x'ff', 4), json_valid('[1]', 4), json_valid('[1]', 6)
  json_error_position('[1,2'), json_error_position('[1,,2]'), json_error_position('{a:1,}'), json_error_position('{"a" 1}'), json_error_position(NULL), json_error_position(12), json_error_position(jsonb('[1]'))
  json_error_position('[tru]'), json_error_position('{"a":1 "b":2}'), json_error_position('[1}'), json_error_position('{1:2}'), json_error_position(''), json_error_position('["é", ]'), json_error_position('["é", x]')
  json_error_position(' '), json_error_position('[ '), json_error_position('  [1, '), json_error_position('{"a": '), json_error_position('"abc'), json_error_position('"a\qc"')
  sqlite_version(), sqlite_source_id(), sqlite_compileoption_used('THREADSAFE'), sqlite_compileoption_get(0), sqlite_compileoption_get(10000)
  (SELECT group_concat(json || ':' || root || key) FROM json_each('{"a":[1,2]}', '$.a')), (SELECT count(*) FROM json_tree(jsonb('[1,[2]]')))
  (SELECT hex(jsonb_group_array(value)) FROM json_each('[1,"a",null]')), (SELECT hex(jsonb_group_object(key, value)) FROM json_each('{"a":1,"b":"c"}'))
`),
)('SELECT %s', async (items) => {
  const sql = `SELECT ${items}`;
  const theirs = db.prepare(sql).raw().safeIntegers().get() as unknown[];
  const { rows } = await session.rows(sql);
  const plain = (row: readonly unknown[]): string[] => row.map((v) => String(typeof v === 'boolean' ? Number(v) : v));
  expect(plain(rows[0]!)).toEqual(plain(theirs));
});
