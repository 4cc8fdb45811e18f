import { expect, test } from 'vitest';
import { QueryError, render } from '../src/base/errors.ts';
import { parse } from '../src/syntax/parse.ts';
import { runCases } from './support/cases.ts';

function errorOf(text: string): QueryError {
  try {
    parse({ name: 'q.ssql', text });
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
  throw new Error(`parses: ${text}`);
}

// Below each text is what its user reads.
runCases('errors/syntax.case', (text) => render(errorOf(text).diagnostics));

test('a fault in one statement hides none in another, and says each once', () => {
  const statements = [
    'SELECT 1 +',
    "INSERT INTO t VALUES ('x'",
    'SELECT a b c',
    'SELECT 1',
    'CREATE x',
    'SELECT 1 ^ 2',
    'SELCT',
  ];
  const { diagnostics } = errorOf(statements.join(';\n'));
  const lines = diagnostics.map(({ span }) => span!.source.text.slice(0, span!.start).split('\n').length);
  expect(lines).toEqual([1, 2, 3, 5, 6, 7]);
});

test('offsets count UTF-16 units, as the text does', () => {
  const [fault] = errorOf("SELECT '💥é' FROM FROM").diagnostics;
  expect(fault!.span!.start).toBe("SELECT '💥é' FROM ".length);
});
