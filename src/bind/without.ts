import type { Field } from '../data/types.ts';

/** The same object, some of its keys left out. */
export function without<T extends object, K extends keyof T>(value: T, ...keys: readonly K[]): Omit<T, K> {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key as K))) as Omit<T, K>;
}

/** A column that may have NULLs. */
export const nullable = (field: Field): Field => without(field, 'notNull');
