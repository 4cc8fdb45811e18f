/** Random choices from a seed, the same on every machine (mulberry32, https://github.com/bryc/code). */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number in 0 .. n - 1. */
  below(n: number): number;
  chance(p: number): boolean;
  of<T>(all: readonly T[]): T;
}

export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return { next, below, chance: (p) => next() < p, of: (all) => all[below(all.length)]! };
}

/** In `npm run fuzz` a property is asked of so many times as many seeds. */
const MORE = process.env['SSQL_FUZZ'] === undefined ? 1 : 20;

/** Seeds of a property test; `SSQL_SEED` moves on to others. */
export const seeds = (count: number): number[] =>
  Array.from({ length: count * MORE }, (_, i) => i + Number(process.env['SSQL_SEED']));
