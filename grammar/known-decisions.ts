import type { Decisions } from './decisions.ts';

/** Those of this grammar, which build.mjs puts in place of this file; where sources are run, each parser works them out. */
export const known: Decisions | undefined = undefined as Decisions | undefined;
