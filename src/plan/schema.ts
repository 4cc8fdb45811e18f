import { z } from 'zod';
import { canaryNodes } from './canary-schema.ts';
import { changeNodes, ttl } from './changes-schema.ts';
import { expandFields } from './expand-schema.ts';
import { timeNodes } from './watermark-schema.ts';
import { overFields } from './over-schema.ts';
import { shellWays } from './ways-schema.ts';

// The published form of plan files: `dist/plan.schema.json` is made of it. It mirrors plan.ts; unknown fields are refused.
const type = z.enum(['NULL', 'INTEGER', 'REAL', 'TEXT', 'BLOB', 'BOOLEAN', 'TIMESTAMP', 'JSON', 'ANY']);
const affinity = z.enum(['INTEGER', 'REAL', 'NUMERIC', 'TEXT', 'BLOB']);
const collation = z.enum(['BINARY', 'NOCASE', 'RTRIM']);
const field = z.strictObject({
  name: z.string(),
  type,
  affinity: affinity.optional(),
  collation: collation.optional(),
  notNull: z.literal(true).optional(),
  interval: z.literal(true).optional(),
});
const schema = z.array(field);
const json: z.ZodType = z.json();
const options = z.record(z.string(), json);
const origin = z.strictObject({ source: z.string(), line: z.int(), column: z.int() }).optional();
const names = z.array(z.string());

const expr: z.ZodType = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('literal'), type, value: z.union([z.null(), z.number(), z.string()]) }),
    z.strictObject({ kind: z.literal('column'), name: z.string(), type }),
    z.strictObject({
      kind: z.literal('call'),
      fn: z.string(),
      args: z.array(expr),
      type,
      affinity: affinity.optional(),
      collation: collation.optional(),
    }),
    z.strictObject({
      kind: z.literal('case'),
      branches: z.array(z.strictObject({ when: expr, then: expr })),
      otherwise: expr,
      type,
    }),
    z.strictObject({
      kind: z.literal('cast'),
      arg: expr,
      to: z.enum([...affinity.options, 'BOOLEAN', 'TIMESTAMP']),
      strict: z.literal(true).optional(),
      type,
    }),
  ]),
);
const sortKey = z.strictObject({
  expr,
  descending: z.boolean(),
  nullsFirst: z.boolean(),
  collation: collation.optional(),
});
const equalPair = z.strictObject({
  left: expr,
  right: expr,
  affinity: affinity.optional(),
  collation: collation.optional(),
  nulls: z.literal('equal').optional(),
});
const horizon = z.strictObject({
  until: expr.optional(),
  eventTime: z.strictObject({ time: z.string(), mark: z.string() }).optional(),
});
const named = z.array(z.strictObject({ name: z.string(), expr }));
const format = z.strictObject({ name: z.enum(['lines', 'csv', 'tsv', 'jsonl', 'regex', 'nul', 'raw']), options });
/** Axes are checked by the contract's own closure when a query is bound; here each is a value with its provenance. */
const contract = z.record(
  z.string(),
  z.strictObject({ value: json, by: z.enum(['declared', 'implied', 'inferred', 'verified', 'quarantined']) }),
);
const env = z.record(z.string(), z.string());

const plan: z.ZodType = z.lazy(() =>
  z.discriminatedUnion('op', [
    z.strictObject({ op: z.literal('values'), schema, origin, rows: z.array(z.array(expr)) }),
    z.strictObject({
      op: z.literal('scan'),
      schema,
      origin,
      connector: z.string(),
      options,
      label: z.string(),
      bounded: z.boolean(),
      pushed: z.array(expr).optional(),
      limit: z.int().nonnegative().optional(),
      chosen: z.strictObject({ column: z.string(), by: plan }).optional(),
      query: plan.optional(),
    }),
    z.strictObject({ op: z.literal('filter'), schema, origin, input: plan, predicate: expr }),
    z.strictObject({ op: z.literal('project'), schema, origin, input: plan, exprs: z.array(expr) }),
    z.strictObject({
      op: z.literal('shell'),
      schema,
      origin,
      input: plan.optional(),
      command: z.string(),
      label: z.string(),
      reads: names,
      readsAll: z.boolean(),
      writes: schema,
      carried: names,
      inputFormat: format,
      outputFormat: format,
      contract,
      env,
      ...shellWays(expr, schema, options, contract),
      stderr: z.enum(['log', 'fail', 'ignore']).optional(),
      timeout: z.number().optional(),
      unbounded: z.literal(true).optional(),
      restart: z.strictObject({ when: z.enum(['on-failure', 'always']), delay: z.number() }).optional(),
      time: z.enum(['latest', 'earliest']).optional(),
      stopsEarly: z.literal(true).optional(),
      fused: z.array(z.strictObject({ command: z.string(), label: z.string(), contract, env, origin })).optional(),
    }),
    z.strictObject({
      op: z.literal('aggregate'),
      schema,
      origin,
      input: plan,
      keys: named,
      aggregates: z.array(
        z.strictObject({
          name: z.string(),
          fn: z.string(),
          args: z.array(expr),
          distinct: z.boolean(),
          filter: expr.optional(),
          orderBy: z.array(sortKey).optional(),
          type,
        }),
      ),
      bare: named,
      closing: z.strictObject({ value: expr, clock: expr, time: z.string(), mark: z.string() }).optional(),
      partial: z.literal(true).optional(),
      changes: z.literal(true).optional(),
      ttl: ttl.optional(),
    }),
    z.strictObject({ op: z.literal('over'), schema, origin, input: plan, ...overFields(expr, sortKey, type) }),
    z.strictObject({
      op: z.literal('sort'),
      schema,
      origin,
      input: plan,
      keys: z.array(sortKey),
      limit: z.int().optional(),
    }),
    z.strictObject({ op: z.literal('limit'), schema, origin, input: plan, count: z.int().optional(), offset: z.int() }),
    z.strictObject({
      op: z.literal('limitby'),
      schema,
      origin,
      input: plan,
      by: names,
      count: z.int().optional(),
      offset: z.int(),
    }),
    ...canaryNodes({ common: { schema, origin, input: plan }, plan, names }),
    z.strictObject({ op: z.literal('numbered'), schema, origin, input: plan, name: z.string() }),
    z.strictObject({
      op: z.literal('distinct'),
      schema,
      origin,
      input: plan,
      on: names.optional(),
      ttl: ttl.optional(),
    }),
    z.strictObject({ op: z.literal('union'), schema, origin, inputs: z.array(plan) }),
    z.strictObject({
      op: z.literal('setop'),
      schema,
      origin,
      kind: z.enum(['intersect', 'except']),
      left: plan,
      right: plan,
    }),
    z.strictObject({
      op: z.literal('join'),
      schema,
      origin,
      kind: z.enum(['inner', 'left', 'right', 'full', 'semi', 'anti', 'mark']),
      left: plan,
      right: plan,
      equal: z.array(equalPair),
      on: expr.optional(),
      member: z.array(equalPair).optional(),
      domain: z.strictObject({ id: z.int(), params: named }).optional(),
      ttl: z.int().positive().optional(),
      retention: z.strictObject({ left: horizon, right: horizon, ttl: z.int().positive().optional() }).optional(),
    }),
    z.strictObject({
      op: z.literal('asof'),
      schema,
      origin,
      kind: z.enum(['inner', 'left']),
      left: plan,
      right: plan,
      equal: z.array(equalPair),
      nearest: equalPair.extend({ compare: z.enum(['<', '<=', '>', '>=']) }),
      eventTime: z.strictObject({ leftMark: z.string().optional(), rightMark: z.string() }).optional(),
    }),
    z.strictObject({
      op: z.literal('lookup'),
      schema,
      origin,
      kind: z.enum(['inner', 'left', 'semi', 'anti']),
      input: plan,
      file: z.string(),
      table: z.string(),
      label: z.string(),
      columns: z.array(z.strictObject({ column: z.string(), field })),
      equal: z.array(equalPair).min(1),
      on: expr.optional(),
    }),
    z.strictObject({ op: z.literal('expand'), schema, origin, input: plan, ...expandFields(expr, field) }),
    z.strictObject({ op: z.literal('domain'), schema, origin, id: z.int() }),
    ...changeNodes({ common: { schema, origin }, plan, names }),
    ...timeNodes({ common: { schema, origin, input: plan }, expr, options, names, sortKey }),
    z.strictObject({
      op: z.literal('window'),
      schema,
      origin,
      input: plan,
      name: z.string(),
      frame: z.discriminatedUnion('kind', [
        z.strictObject({
          kind: z.enum(['hop', 'cumulate']),
          size: z.number(),
          slide: z.number(),
          offset: z.number(),
        }),
        z.strictObject({ kind: z.literal('session'), gap: z.number(), most: z.number().optional() }),
        z.strictObject({ kind: z.literal('rows'), size: z.int(), slide: z.int(), partial: z.boolean() }),
      ]),
      time: expr.optional(),
      by: z.array(expr),
      start: z.string(),
      end: z.string(),
      stamp: z.string().optional(),
      event: z.strictObject({ time: z.string(), mark: z.string(), clock: expr.optional() }).optional(),
      panesOf: z.number().optional(),
      numbered: z.literal(true).optional(),
    }),
    z.strictObject({
      op: z.literal('shared'),
      schema,
      origin,
      id: z.string(),
      label: z.string().optional(),
      bounded: z.boolean(),
    }),
    z.strictObject({
      op: z.literal('sink'),
      schema,
      origin,
      input: plan,
      connector: z.string(),
      options,
      label: z.string(),
      columns: names,
    }),
    z.strictObject({ op: z.literal('output'), schema, origin, input: plan, labels: names }),
  ]),
);

export const planFile = z.strictObject({
  format: z.literal('ssql-plan'),
  version: z.literal(1),
  databases: z.record(z.string(), z.strictObject({ file: z.string(), readOnly: z.boolean() })),
  settings: z.record(z.string(), z.string()),
  steps: z.array(
    z.discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('run'),
        plans: z.array(plan),
        shared: z.record(z.string(), plan),
        analyze: z.strictObject({ format: z.enum(['text', 'json']), notes: names }).optional(),
      }),
      z.strictObject({ kind: z.literal('sqlite'), database: z.string(), sql: z.string(), returnsRows: z.boolean() }),
      z.strictObject({
        kind: z.literal('job'),
        name: z.string(),
        action: z.enum(['stop', 'drain', 'pause', 'resume']),
      }),
      z.strictObject({ kind: z.literal('text'), title: z.string(), lines: names }),
    ]),
  ),
});

export const planJsonSchema = (): object => z.toJSONSchema(planFile);
