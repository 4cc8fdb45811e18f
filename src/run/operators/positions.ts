import { Bug } from '../../base/errors.ts';
import type { Schema } from '../../data/types.ts';

/** Where the columns of these names stand. */
export const positionsOf = (names: readonly string[], schema: Schema): readonly number[] =>
  names.map((name) => {
    const at = schema.findIndex((f) => f.name === name);
    if (at < 0) throw new Bug(`there is no column ${name}`);
    return at;
  });
