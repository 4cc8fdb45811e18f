import type { Field } from '../data/types.ts';
import type { Plan } from '../plan/plan.ts';
import type { DeadLetter } from '../plan/shell-ways.ts';
import { Names } from './names.ts';
import { fieldRef } from './plans.ts';

/** Connectors that know the file and the line of a row. */
const located: ReadonlySet<string> = new Set(['file', 'tail']);

/** Rows that know where they come from, and the columns that say so. */
export interface Placed {
  readonly plan: Plan;
  readonly letter: DeadLetter;
}

/**
 * Has rows bring along the file and the line that they come from, where each is made of one line of a file. The columns
 * come behind the others, under names that no user can write.
 */
export function withPlaces(plan: Plan, letter: DeadLetter): Placed {
  const names = new Names(plan.schema.map((f) => f.name));
  const file: Field = { name: names.fresh('$file'), type: 'TEXT' };
  const line: Field = { name: names.fresh('$line'), type: 'INTEGER' };
  const placed = placedIn(plan, file, line);
  if (placed === undefined) return { plan, letter };
  return { plan: placed, letter: { ...letter, file: file.name, line: line.name } };
}

function placedIn(plan: Plan, file: Field, line: Field): Plan | undefined {
  switch (plan.op) {
    case 'scan': {
      if (!located.has(plan.connector) || plan.schema.some((f) => f.name === file.name || f.name === line.name))
        return undefined;
      const known = plan.options['metadata'] as { readonly [column: string]: string } | undefined;
      const metadata = { ...known, [file.name]: 'path', [line.name]: 'line_number' };
      return { ...plan, options: { ...plan.options, metadata }, schema: [...plan.schema, file, line] };
    }
    case 'filter':
    case 'limit':
    case 'sort': {
      const input = placedIn(plan.input, file, line);
      return input && { ...plan, input, schema: input.schema };
    }
    case 'project': {
      const input = placedIn(plan.input, file, line);
      if (input === undefined) return undefined;
      const exprs = [...plan.exprs, fieldRef(file), fieldRef(line)];
      return { ...plan, input, schema: [...plan.schema, file, line], exprs };
    }
    default:
      return undefined;
  }
}
