import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { shell, ssql, start, temporaryFolder } from './support/cli.ts';

describe('stdin', () => {
  test.each<[why: string, input: string, sql: string, out: string]>([
    ['lines', 'x\ny', 'FROM stdin()', 'line\nx\ny\n'],
    ['nothing', '', 'FROM stdin()', 'line\n'],
    ['csv with a header', 'a,b\n1,x\n2,"y\nz"\n', "SELECT b, a + 1 AS a FROM stdin('csv')", 'b,a\nx,2\n"y\nz",3\n'],
    ['csv without one', '1,x\n', "FROM stdin('csv', header => false)", 'column1,column2\n1,x\n'],
    ['keys of jsonl', '{"a":1}\n{"b":[2]}\n', "FROM stdin('jsonl')", 'a,b\n1,\n,[2]\n'],
    [
      'declared',
      '1;x\n',
      "CREATE SOURCE s (a INTEGER, b) WITH (connector = 'stdin', format = 'csv', delim = ';'); SELECT typeof(a), b FROM s",
      'typeof(a),b\ninteger,x\n',
    ],
  ])('%s: from a pipe and from a file', (_why, input, sql, out) => {
    const path = join(temporaryFolder(), 'input');
    writeFileSync(path, input);
    const command = (line: string) =>
      shell(line.replaceAll('PATH', () => path).replace(/ssql(?= |$)/, () => `ssql -c ${quoted(sql)} --mode csv`));
    expect(command('ssql < PATH')).toEqual({ code: 0, out, err: '' });
    expect(command('cat PATH | ssql')).toEqual({ code: 0, out, err: '' });
    // What is looked at before the run comes in a piece of its own.
    expect(command(`{ head -c 3 PATH; sleep 0.2; tail -c +4 PATH; } | ssql`)).toEqual({ code: 0, out, err: '' });
  });

  test('a row that cannot be read is named', () => {
    const sql = "CREATE SOURCE s (a INTEGER) WITH (connector = 'stdin', format = 'csv'); FROM s";
    const { code, err } = ssql(['-c', sql], { input: '1\nx\n' });
    expect(code).toBe(1);
    expect(err).toContain("stdin line 2: column a: 'x' is not an INTEGER");
    expect(err).not.toContain('    at ');
  });

  test('there is only one', () => {
    const { code, err } = ssql(['-c', 'SELECT count(*) FROM stdin() a, stdin() b'], { input: 'x\n' });
    expect(code).toBe(1);
    expect(err).toContain('standard input can be read only once');
  });

  test('a query that has enough ends although the writer goes on', async () => {
    const { child, ended } = start(['-c', 'FROM stdin() LIMIT 1', '--mode', 'csv']);
    child.stdin.write('x\ny\n');
    expect(await ended).toEqual({ code: 0, out: 'line\nx\n', err: '' });
    const counted = shell('yes | ssql -c "SELECT count(*) AS n FROM (FROM stdin() LIMIT 100000)" --mode csv');
    expect(counted).toEqual({ code: 0, out: 'n\n100000\n', err: '' });
  });

  test('what is only explained is not waited for', async () => {
    const { ended } = start(['explain', '-c', 'FROM stdin()']);
    expect((await ended).code).toBe(0);
  });

  test('a line of 100 MB', () => {
    const { out } = shell(
      `head -c 104857600 /dev/zero | tr '\\0' x | ssql -c "SELECT length(line) AS n FROM stdin()" --mode csv`,
    );
    expect(out).toBe('n\n104857600\n');
  });

  test('bytes that are no UTF-8, and NUL, go through as they are', () => {
    const { out } = shell(`printf 'a\\377b\\0c\\n' | ssql -c "FROM stdin()" --mode csv | od -An -c`);
    expect(out.replaceAll(/\s+/g, ' ').trim()).toBe('l i n e \\n a 377 b \\0 c \\n');
  });
});

describe('stdin that is no pipe and no file', () => {
  test.each<[string, number, string]>([
    ['</dev/null', 0, ''],
    ['<&-', 0, ''],
    ['</', 1, 'cannot read standard input: it is a directory'],
  ])('%s', (from, code, says) => {
    const done = shell(`ssql -c 'SELECT count(*) AS n FROM stdin()' ${from}`);
    expect(done.code).toBe(code);
    expect(done.err).toContain(says);
    expect(done.err).not.toContain('internal');
  });
});

describe('stdout', () => {
  const into = (options: string, rows: number) =>
    `CREATE SINK o WITH (connector = 'stdout'${options}); INSERT INTO o SELECT n, n * 2 AS m FROM generate(${rows})`;

  test.each<[string, string]>([
    ['', 'n,m\n1,2\n2,4\n'],
    [", format = 'tsv', header = false", '1\t2\n2\t4\n'],
    [", format = 'jsonl'", '{"n":1,"m":2}\n{"n":2,"m":4}\n'],
  ])('as a sink%s', (options, out) => {
    const done = ssql(['-c', into(options, 2)]);
    expect(done.out).toBe(out);
    expect(done.code).toBe(0);
  });

  test('whoever reads may go away', () => {
    const path = join(temporaryFolder(), 'codes');
    const done = shell(`{ ssql -c ${quoted(into('', 2_000_000))}; echo $? > ${path}; } | head -1`);
    expect(done.out).toBe('n,m\n');
    expect(done.err).toBe('');
    expect(readFileSync(path, 'utf8')).toBe('0\n');
  });
});

/** A text as one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
