import type { Union } from '../../plan/plan.ts';
import type { Operator } from '../operator.ts';
import { widen } from './widen.ts';

/** Hands on what comes, under its own column names and types: the inputs are run one after the other. */
export const unionOperator = ({ schema }: Union): Operator => ({
  onBatch: (batch, _port, out) => out.emit(widen(batch, schema)),
});
