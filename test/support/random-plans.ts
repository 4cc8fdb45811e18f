import fc from 'fast-check';
import { isVolatile, mayFail } from '../../src/rewrite/needs.ts';
import { catalog } from '../../src/rewrite/catalog.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Step } from './plans.ts';

/** Operators above the source. */
export const LONGEST = 11;
const number = fc.nat({ max: 2000 });
export const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof<fc.WeightedArbitrary<Step['kind']>[]>(
    { weight: 6, arbitrary: fc.constant('shell' as const) },
    { weight: 5, arbitrary: fc.constant('filter' as const) },
    { weight: 4, arbitrary: fc.constantFrom('project' as const, 'limit' as const, 'sort' as const) },
    { weight: 3, arbitrary: fc.constant('sieve' as const) },
    { weight: 2, arbitrary: fc.constantFrom('count', 'tally', 'distinct', 'union', 'join') },
    { weight: 2, arbitrary: fc.constantFrom('again', 'sorted', 'enrich', 'limitby', 'setop') },
    {
      weight: 7,
      arbitrary: fc.constantFrom(
        'combine',
        'keyed',
        'each',
        'several',
        'known',
        'firsts',
        'computed',
        'top',
        'commuting',
        'paned',
        'few',
        'hopped',
        'over',
      ),
    },
    { weight: 5, arbitrary: fc.constantFrom('grouped' as const, 'summed' as const, 'sifted' as const) },
    { weight: 2, arbitrary: fc.constantFrom('nearest' as const, 'looked' as const) },
  ),
  a: number,
  b: number,
  c: number,
});
const word = fc.constantFrom('a', 'b', 'ab', 'ba', 'abc', 'a b', 'b a c', '', 'A', '1', '22', 'x,y', '-n');
const integerText = fc.constantFrom('0', '1', '2', '3', '\\N', '-9223372036854775808');
/** Of `table` in plans.ts. */
export const line = fc
  .tuple(word, fc.oneof({ weight: 5, arbitrary: word }, fc.constant('\\N')), integerText)
  .map((cells) => cells.join('\t'));
/** Of all laws but those that need to be told what connectors can do. */
export const ids = [...catalog.map((rule) => rule.id), 'Q1'];

export const canPush = (_: string, predicate: Parameters<typeof mayFail>[0]) =>
  !isVolatile(predicate) && !mayFail(predicate);
/** Of groups alone; the sources of a test run none of them, as Q2 is left out. */
export const canRun = (_: string, { op }: Plan) => (op === 'aggregate' ? ('ordered' as const) : undefined);

/** All that the rewriter may be told by connectors and programs, for some of the laws. */
export const everything = (only: readonly string[]) =>
  ({ pushdown: true, canPush, canRun, canChoose: () => true, isKnown: () => true, only }) as const;
