// The table of laws in grammar/reference.md says of each law what the rewriter does.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { catalog } from '../src/rewrite/catalog.ts';
import type { Rule } from '../src/rewrite/rule.ts';
import { oneCommandForPlans } from '../src/rewrite/rules/share.ts';
import { filterIntoSource, prefixIntoSource } from '../src/rewrite/rules/sqlite.ts';

const reference = readFileSync('grammar/reference.md', 'utf8');
/** Rules with a letter and a number; the others only bring operators to where these apply. */
const others = [filterIntoSource(() => true), prefixIntoSource(() => undefined), oneCommandForPlans];
const laws = [...catalog, ...others].filter(({ id }) => /^[A-Z]\d$/.test(id));
const known =
  `F1 F2 F3 P1 P2 M1 W1 W2 W3 W4 W5 G1 G2 G3 G4 G5 J1 J2 J3 U1 D1 D2 D3 T1 T2 T3 T4 L1 L2 L3 C1 C2 X1 X2 X3 X4
  A1 A2 A3 A4 B1 B2 B3 K1 K2 N1 N2 Q1 Q2`.split(/\s+/);

/** A bar would end the cell. */
const inCell = (text: string): string => text.replaceAll('|', '\\|');
const rowOf = ({ id, law, why, needs }: Rule): string =>
  `| ${id} | \`${inCell(law)}\` | ${inCell(why)} | ${inCell(needs.map(({ name }) => name).join('; '))} |`;

/** Rows of a table below a heading. */
const rowsBelow = (heading: string): readonly string[] =>
  reference
    .split(`\n### ${heading}\n`)[1]!
    .split(/\n##+ /)[0]!
    .split('\n')
    .filter((line) => /^\| [A-Z]\d \|/.test(line));

test('each law has its row, which says what the rule says', () => {
  const expected = laws.map(rowOf).sort();
  expect(
    rowsBelow('The laws')
      .filter((row) => !/^\| B\d/.test(row))
      .toSorted(),
  ).toEqual(expected);
});

test('each other law of the design has its reason', () => {
  const built = rowsBelow('The laws').map((row) => row.slice(2, 4));
  const missing = rowsBelow('Laws that are not used').map((row) => row.slice(2, 4));
  expect([...built, ...missing].toSorted()).toEqual(known.toSorted());
});
