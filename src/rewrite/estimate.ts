import type { Expr } from '../expr/expr.ts';

/** Share of rows on which a predicate is taken to be true, where nothing is known of the rows (Selinger et al., 1979). */
export function passing(predicate: Expr): number {
  if (predicate.kind !== 'call') return 0.5;
  const { fn, args } = predicate;
  const parts = () => args.map(passing);
  switch (fn) {
    case 'and':
      return parts().reduce((all, part) => all * part, 1);
    case 'or':
      return 1 - parts().reduce((none, part) => none * (1 - part), 1);
    case 'not':
      return 1 - passing(args[0]!);
    case '=':
    case 'is':
      return 0.1;
    case '<':
    case '<=':
    case '>':
    case '>=':
      return 1 / 3;
    case 'like':
      return 0.25;
    case '<>':
      return 0.9;
    default:
      return 0.5;
  }
}

export const percent = (share: number): string => `${Math.round(share * 100)} %`;
