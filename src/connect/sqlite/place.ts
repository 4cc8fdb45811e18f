import { resolve } from 'node:path';
import type { Options } from '../../plan/plan.ts';
import { OptionError } from '../connector.ts';

/** Which table of which database the options mean. */
export interface Place {
  /** Absolute path. */
  readonly file: string;
  readonly table: string;
}

/** @throws OptionError where one is missing. */
export const placeOf = (options: Options): Place => ({
  file: resolve(required(options, 'file')),
  table: required(options, 'table'),
});

function required(options: Options, name: string): string {
  const value = options[name];
  if (typeof value !== 'string' || value === '') throw new OptionError(name, `option ${name} is missing`);
  return value;
}
