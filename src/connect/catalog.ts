import type { Schema } from '../data/types.ts';
import type { Expr } from '../expr/expr.ts';
import type { Plan } from '../plan/plan.ts';
import type { Connector } from './connector.ts';
import { file } from './file/connector.ts';
import { generator } from './generator.ts';
import { nexmark } from './nexmark/connector.ts';
import { nowhere } from './null.ts';
import { sqlite } from './sqlite/connector.ts';
import { stdin, stdout } from './stdio.ts';
import { tail } from './tail/connector.ts';

/** Every connector by the name that `connector = '..'` takes. */
export const connectors: ReadonlyMap<string, Connector> = new Map(
  [file, tail, stdin, stdout, nowhere, generator, nexmark, sqlite].map((connector) => [connector.name, connector]),
);

/** Whether a source of the connector can apply a predicate itself, with exactly our meaning. */
export const canPush = (connector: string, predicate: Expr, schema: Schema): boolean =>
  connectors.get(connector)?.source?.canPush?.(predicate, schema) === true;

/** Whether a source of the connector can look at the distinct values of a column first. */
export const canChoose = (connector: string): boolean => connectors.get(connector)?.source?.canChoose === true;

/** Whether a source of the connector can run a plan over its own scans, with exactly our meaning; and if in our order. */
export const canRun = (connector: string, plan: Plan): 'ordered' | 'unordered' | undefined =>
  connectors.get(connector)?.source?.canRun?.(plan);

/** Whether a source of the connector gives the same rows when it is read again. */
export const canReplay = (connector: string): boolean => connectors.get(connector)?.source?.replay === 'offset';
