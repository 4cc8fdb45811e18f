import { describe, expect, test } from 'vitest';
import { bindScript, type BindSession, type BoundStep, type Params } from '../src/bind/bind.ts';
import { QueryError, render } from '../src/base/errors.ts';
import { jobText } from '../src/controlled.ts';
import { explainJob } from '../src/plan/explain.ts';
import type { Plan } from '../src/plan/plan.ts';
import { parse } from '../src/syntax/parse.ts';
import { runCases } from './support/cases.ts';
import { shopSession } from './support/shop.ts';

const bind = (text: string, session: BindSession = shopSession(), params?: Params) =>
  bindScript(session, parse({ name: 'q.ssql', text }), params);

/** The plan of the last step. */
async function planOf(text: string, session?: BindSession, params?: Params): Promise<Plan> {
  const step = (await bind(text, session, params)).steps.at(-1);
  if (step?.kind !== 'run') throw new Error(`no plan: ${text}`);
  return step.job.plans[0]!;
}

const shown = (step: BoundStep): readonly string[] =>
  step.kind === 'run' || step.kind === 'explain'
    ? explainJob(step.job)
    : step.kind === 'sqlite'
      ? [`SQLite (${step.database}): ${step.sql}`]
      : step.kind === 'job'
        ? [jobText(step)]
        : step.lines;

// Below each script are the plans as bound, before any rewriting.
runCases('plans', async (text) => (await bind(text)).steps.flatMap(shown).join('\n'));

/** Values of parameters that no text can give. */
const strange: Params = { big: 2n ** 64n, odd: {} as never };

// Below each script is what is wrong with it, as users see it.
const faultsOf = async (text: string): Promise<string> => {
  try {
    await bind(text, undefined, strange);
  } catch (error) {
    if (error instanceof QueryError) return render(error.diagnostics).replaceAll(process.cwd(), '(here)');
    throw error;
  }
  return 'nothing';
};
runCases('errors/bind.case', faultsOf);
for (const file of ['connectors', 'statements', 'windows', 'shell']) runCases(`errors/${file}.case`, faultsOf);

const one = { customers: 'SELECT id, name FROM customers' };

describe('result columns are labelled as SQLite labels them', () => {
  test.each<[query: string, labels: string[]]>([
    [one.customers, ['id', 'name']],
    ['SELECT ID, c.NAME AS n FROM customers c', ['id', 'n']],
    ['SELECT id+1, count( * ) FROM customers', ['id+1', 'count( * )']],
    ['SELECT * FROM customers a, customers b', ['id', 'name', 'country', 'id', 'name', 'country']],
    ['VALUES (1, 2)', ['column1', 'column2']],
    ['SELECT 1 AS x UNION SELECT 2 AS y', ['x']],
    ['FROM customers |> EXTEND id * 2 AS twice |> DROP name', ['id', 'country', 'twice']],
    ['FROM orders |> AGGREGATE sum(total) AS s, count(*) GROUP BY customer AS who', ['who', 's', 'count(*)']],
  ])('%s', async (query, labels) => {
    const plan = await planOf(query, shopSession({ attach: databases('shop') }));
    expect(plan.op === 'output' && plan.labels).toEqual(labels);
    const names = plan.schema.map((f) => f.name.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
  });
});

/** Only some of the databases, so that names are not ambiguous. */
function databases(...names: string[]) {
  return Object.fromEntries(Object.entries(shopSession().databases).filter(([name]) => names.includes(name)));
}

describe('parameters are values', () => {
  const literal = async (value: unknown) => {
    const plan = await planOf('SELECT :p', undefined, { p: value } as Params);
    const [row] = plan.op === 'output' && plan.input.op === 'project' ? plan.input.exprs : [];
    return row;
  };
  test.each<[value: unknown, type: string, kept: unknown]>([
    ['it’s', 'TEXT', 'it’s'],
    [1, 'INTEGER', 1],
    [1.5, 'REAL', 1.5],
    [NaN, 'NULL', null],
    [Infinity, 'REAL', 'Infinity'],
    [9007199254740993n, 'INTEGER', '9007199254740993'],
    [true, 'BOOLEAN', 1],
    [null, 'NULL', null],
    [new Uint8Array([1, 255]), 'BLOB', '01ff'],
  ])('%s is %s', async (value, type, kept) => {
    expect(await literal(value)).toEqual({ kind: 'literal', type, value: kept });
  });

  test.each<[text: string, params: Params, values: unknown[]]>([
    ['SELECT ?, ?', [7, 'x'], [7, 'x']],
    ['SELECT $a, :a', { a: 7 }, [7, 7]],
    ['SET VARIABLE v = 1 + 1; SELECT :v', {}, [2]],
    // What is given with the call counts more than what the script says.
    ['SET VARIABLE v = 1; SELECT :v', { v: 5 }, [5]],
  ])('%s', async (text, params, values) => {
    const plan = await planOf(text, undefined, params);
    const project = plan.op === 'output' && plan.input.op === 'project' ? plan.input.exprs : [];
    expect(project.map((e) => e.kind === 'literal' && e.value)).toEqual(values);
  });

  test('reach commands as environment variables, never as text', async () => {
    const plan = await planOf('FROM archive |> SHELL \'grep "$word"\' ENV (LIMIT = 2 + 1)', undefined, {
      word: '$(id)',
      'no name': 1,
    });
    const shell = plan.op === 'output' && plan.input.op === 'shell' ? plan.input : undefined;
    expect(shell).toMatchObject({ command: 'grep "$word"', env: { word: '$(id)', LIMIT: '3' } });
    expect(Object.keys(shell!.env)).not.toContain('no name');
  });
});

describe('a session keeps what scripts say', () => {
  test('settings hold for the statements behind them', async () => {
    const session = shopSession({ settings: { batch_rows: 7 } });
    const { steps } = await bind('SELECT 1; SET optimizer = off; SELECT 2; RESET batch_rows; SELECT 3', session);
    expect(steps.map((s) => s.kind === 'run' && s.settings)).toEqual([
      { batch_rows: '7' },
      { batch_rows: '7', optimizer: 'off' },
      { optimizer: 'off' },
    ]);
    expect(session.settings).toEqual({ optimizer: 'off' });
  });

  test('objects of one script are there in the next', async () => {
    const session = shopSession();
    await bind('CREATE VIEW rich AS SELECT id FROM big', session);
    expect((await planOf('SELECT * FROM rich', session)).schema.map((f) => f.name)).toEqual(['id']);
    await bind('DROP VIEW rich', session);
    await expect(bind('SELECT * FROM rich', session)).rejects.toThrow('table `rich` does not exist');
  });

  test('a faulty script changes nothing', async () => {
    const session = shopSession();
    await expect(bind('SET optimizer = off; CREATE VIEW v AS SELECT 1; SELECT nothing', session)).rejects.toThrow(
      QueryError,
    );
    expect(session.settings).toEqual({});
    await expect(bind('SELECT * FROM v', session)).rejects.toThrow('table `v` does not exist');
  });

  test.each([
    [{ attach: { x: '/nowhere/x.db' } }, 'database x: file /nowhere/x.db does not exist'],
    [{ attach: { x: '/' } }, 'database x: / is not a file'],
    [{ settings: { optimiser: 'on' } }, 'setting `optimiser` does not exist'],
    [{ settings: { batch_rows: 0 } }, 'setting batch_rows = 0: expected a whole number above 0'],
  ])('is refused with %j', (options, message) => {
    expect(() => shopSession(options)).toThrow(message);
  });
});

describe('what a comparison converts, and how it compares texts', () => {
  test.each<[condition: string, affinity: string | undefined, collation: string | undefined]>([
    ['id = 5', undefined, undefined],
    ["id = '5'", 'INTEGER', undefined],
    ['name = 5', 'TEXT', undefined],
    ['name = note', undefined, undefined],
    ['id = name', 'NUMERIC', undefined],
    ["+id = '5'", undefined, undefined],
    ["note = '5'", undefined, undefined],
    ["CAST(note AS INTEGER) = '5'", 'INTEGER', undefined],
    ["country = 'jp'", undefined, 'NOCASE'],
    ['name = country', undefined, undefined],
    ['country = name', undefined, 'NOCASE'],
    ['name = country COLLATE RTRIM', undefined, 'RTRIM'],
    ["name COLLATE NOCASE || 'x' = 'AX'", undefined, 'NOCASE'],
    ["id IN ('5', 6)", 'INTEGER', undefined],
  ])('%s', async (condition, affinity, collation) => {
    const query = `SELECT 1 FROM (SELECT c.id, name, country, note FROM customers c JOIN big ON true) WHERE ${condition}`;
    let plan = await planOf(query, shopSession({ attach: databases('shop') }));
    while (plan.op !== 'filter') plan = (plan as Extract<Plan, { input: Plan }>).input;
    expect(plan.predicate).toMatchObject({ kind: 'call' });
    const { affinity: a, collation: c } = plan.predicate as { affinity?: string; collation?: string };
    expect([a, c]).toEqual([affinity, collation]);
  });
});

test.each([
  ['SELECT 1 UNION SELECT 2 INTERSECT SELECT 2', 'INTERSECT behind UNION'],
  ['SELECT 1 EXCEPT SELECT 2 INTERSECT SELECT 2', 'INTERSECT behind EXCEPT'],
  ['SELECT name + 1 FROM customers', 'arithmetic with TEXT'],
  ["SELECT '5' * total FROM shop.orders", 'arithmetic with TEXT'],
  ['SELECT 1 INTERSECT SELECT 2 UNION SELECT 2', undefined],
  ['SELECT * FROM (SELECT 1 UNION SELECT 2) INTERSECT SELECT 2', undefined],
  ['SELECT CAST(name AS INTEGER) + total FROM customers JOIN shop.orders ON true', undefined],
])('%s is warned of where that is wise', async (query, message) => {
  const { warnings } = await bind(query);
  expect(warnings.map((w) => w.message)).toEqual(message === undefined ? [] : [message]);
});

test('an INSERT of the right names in the wrong order is warned of', async () => {
  const { warnings } = await bind('INSERT INTO shop.customers SELECT id, country, name FROM customers');
  expect(render(warnings)).toContain('takes: id, name, country; gets: id, country, name');
  expect((await bind('INSERT INTO shop.customers SELECT * FROM customers')).warnings).toEqual([]);
});
