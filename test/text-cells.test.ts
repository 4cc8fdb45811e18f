// TextCells against an array of strings, over texts that are replaced, groups that are added and groups that are left out.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cell } from '../src/data/cell.ts';
import { compareBytes } from '../src/data/order.ts';
import { TextCells } from '../src/expr/kernel/aggregates/text-cells.ts';

const SEED = Number(process.env['SSQL_SEED']);

const step = fc.oneof(
  { weight: 20, arbitrary: fc.record({ group: fc.nat(200), text: fc.string({ maxLength: 400, unit: 'grapheme' }) }) },
  { weight: 1, arbitrary: fc.record({ every: fc.integer({ min: 1, max: 3 }) }) },
);

test('a text for each group, the last one that it was given', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
      const cells = new TextCells();
      let expected: (string | undefined)[] = [];
      const shown = (): unknown => {
        const column = cells.column(expected.length);
        return expected.map((_, group) => cell(column, 'TEXT', group) ?? undefined);
      };
      for (const next of steps) {
        if ('every' in next) {
          const groups = Uint32Array.from(expected.keys()).filter((group) => group % next.every === 0);
          const before = cells.column(expected.length);
          cells.retain(groups);
          // Columns that were given stay as they are.
          expect(expected.map((_, group) => cell(before, 'TEXT', group) ?? undefined)).toEqual(expected);
          expected = Array.from(groups, (group) => expected[group]);
          continue;
        }
        while (expected.length <= next.group) expected.push(undefined);
        cells.grow(expected.length);
        const bytes = Buffer.from(next.text);
        const old = expected[next.group];
        const order = old === undefined ? undefined : compareBytes(Buffer.from(old), 0, Buffer.byteLength(old), bytes, 0, bytes.length); // prettier-ignore
        expect(cells.compare(next.group, bytes, 0, bytes.length)).toBe(order);
        cells.set(next.group, bytes, 0, bytes.length);
        expected[next.group] = next.text;
      }
      expect(shown()).toEqual(expected);
    }),
    { seed: SEED, numRuns: 60 },
  );
});
