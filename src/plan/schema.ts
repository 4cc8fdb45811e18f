import { z } from 'zod';

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
const named = z.array(z.strictObject({ name: z.string(), expr }));
const format = z.strictObject({ name: z.enum(['lines', 'csv', 'tsv', 'jsonl', 'regex']), options });
/** Axes are checked by the contract's own closure when a query is bound; here each is a value with its provenance. */
const contract = z.record(
  z.string(),
  z.strictObject({ value: json, by: z.enum(['declared', 'implied', 'inferred', 'verified']) }),
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
      onError: z.enum(['fail', 'skip']).optional(),
      stderr: z.enum(['log', 'fail', 'ignore']).optional(),
      timeout: z.number().optional(),
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
    }),
    z.strictObject({
      op: z.literal('sort'),
      schema,
      origin,
      input: plan,
      keys: z.array(sortKey),
      limit: z.int().optional(),
    }),
    z.strictObject({ op: z.literal('limit'), schema, origin, input: plan, count: z.int().optional(), offset: z.int() }),
    z.strictObject({ op: z.literal('distinct'), schema, origin, input: plan, on: names.optional() }),
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
      kind: z.enum(['inner', 'left', 'right', 'full', 'semi', 'anti']),
      left: plan,
      right: plan,
      equal: z.array(
        z.strictObject({ left: expr, right: expr, affinity: affinity.optional(), collation: collation.optional() }),
      ),
      on: expr.optional(),
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
      z.strictObject({ kind: z.literal('run'), plan }),
      z.strictObject({ kind: z.literal('sqlite'), database: z.string(), sql: z.string(), returnsRows: z.boolean() }),
      z.strictObject({ kind: z.literal('text'), title: z.string(), lines: names }),
    ]),
  ),
});

export const planJsonSchema = (): object => z.toJSONSchema(planFile);
