import type { Expr, ExprItem } from '../ast.ts';

/** The keys of one set, by their numbers. */
export type GroupingSet = readonly number[];

/** More sets than these are a slip: CUBE of 13 columns. */
export const most = 4096;

/** The expressions of a GROUP BY, and what ROLLUP and CUBE make of them. */
export class GroupingSets {
  readonly keys: Expr[] = [];
  /** Those of the keys that have a name. */
  readonly named: ExprItem[] = [];
  /** Whether there is more than one set, or another one than that of all keys. */
  used = false;

  /** The sets that one term stands for: a key, a row of keys, `ROLLUP (..)` or `CUBE (..)`. */
  of(item: ExprItem): GroupingSet[] {
    const { expr: e } = item;
    if (item.alias !== undefined) {
      this.named.push(item);
      return [[this.#add(e)]];
    }
    if (e.kind === 'row') return [e.parts.map((part) => this.#add(part))];
    const name = e.kind === 'call' && e.name.parts.length === 1 ? e.name.parts[0]! : undefined;
    const word = name?.quoted === false ? name.text.toUpperCase() : '';
    if (e.kind !== 'call' || e.args.length === 0 || (word !== 'ROLLUP' && word !== 'CUBE')) return [[this.#add(e)]];
    this.used = true;
    const parts = e.args.map((arg) => (arg.kind === 'row' ? arg.parts : [arg]).map((part) => this.#add(part)));
    if (word === 'ROLLUP') return [...parts, []].map((_, i) => parts.slice(0, parts.length - i).flat());
    if (parts.length > Math.log2(most)) return Array.from({ length: most + 1 }, () => []);
    // As elsewhere, the first key leaves last.
    return Array.from({ length: 2 ** parts.length }, (_, i) =>
      parts.flatMap((part, at) => (i & (1 << (parts.length - 1 - at)) ? [] : part)),
    );
  }

  /** The keys in the order in which the sets name them, and the sets by their numbers. */
  numbered(sets: readonly GroupingSet[]): { readonly keys: readonly Expr[]; readonly sets: readonly GroupingSet[] } {
    const order = [...new Set(sets.flat())];
    return {
      keys: order.map((i) => this.keys[i]!),
      sets: sets.map((set) => [...new Set(set)].map((i) => order.indexOf(i))),
    };
  }

  #add(key: Expr): number {
    const found = this.keys.findIndex((known) => textOf(known) === textOf(key));
    return found < 0 ? this.keys.push(key) - 1 : found;
  }
}

/** Each set of the first term with each of the others: `GROUP BY a, ROLLUP (b)`. */
export const product = (terms: readonly (readonly GroupingSet[])[]): readonly GroupingSet[] =>
  terms.reduce<readonly GroupingSet[]>(
    (sets, term) => (sets.length > most ? sets : sets.flatMap((set) => term.map((more) => [...set, ...more]))),
    [[]],
  );

const textOf = ({ span }: Expr): string => span.source.text.slice(span.start, span.end);
