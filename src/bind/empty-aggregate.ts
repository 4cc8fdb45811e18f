import { cell } from '../data/cell.ts';
import type { Value } from '../data/value.ts';
import { nullLiteral, type Literal } from '../expr/expr.ts';
import { compileAggregate } from '../expr/kernel/aggregate.ts';
import type { Aggregate } from '../plan/plan.ts';
import { integerLiteral, realLiteral } from './params.ts';

/** What an aggregate over all rows gives where there are none, by its place in the schema. */
export function emptyValue(plan: Aggregate, at: number): Literal {
  const call = plan.aggregates[at - plan.keys.length];
  if (call === undefined) return nullLiteral;
  const { fn, distinct, type } = call;
  const args = call.args.map((arg) => ({ ...nullLiteral, type: arg.type }));
  const made = compileAggregate({ fn, distinct, type, args }, []);
  made.grow(1);
  return literalOf(cell(made.finish(1), type, 0), type);
}

function literalOf(value: Value, type: Literal['type']): Literal {
  switch (typeof value) {
    case 'bigint':
      return integerLiteral(value)!;
    case 'number':
      return realLiteral(value);
    case 'string':
      return { kind: 'literal', type, value };
    default:
      return value === null ? nullLiteral : { kind: 'literal', type, value: Buffer.from(value).toString('hex') };
  }
}
