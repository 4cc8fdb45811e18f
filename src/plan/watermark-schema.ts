import { z } from 'zod';

/** The schemas that those of the operators of event time are made of. */
interface Parts {
  readonly common: { readonly schema: z.ZodType; readonly origin: z.ZodType; readonly input: z.ZodType };
  readonly expr: z.ZodType;
  readonly options: z.ZodType;
  readonly names: z.ZodType;
  readonly sortKey: z.ZodType;
}

/** The published form of the operators of watermark.ts. */
export const timeNodes = ({ common, expr, options, names, sortKey }: Parts) =>
  [
    z.strictObject({
      op: z.literal('watermark'),
      ...common,
      label: z.string(),
      time: expr,
      bound: expr,
      late: z.enum(['drop', 'keep', 'into']),
      into: z.strictObject({ connector: z.string(), options, label: z.string(), columns: names }).optional(),
      onError: z.enum(['fail', 'skip']),
      partitions: z.strictObject({ column: z.string(), names, inTurn: z.boolean() }).optional(),
      idle: z.number().optional(),
      perBatch: z.literal(true).optional(),
    }),
    z.strictObject({ op: z.literal('delay'), ...common, by: z.number().nonnegative(), idle: z.number().optional() }),
    z.strictObject({
      op: z.literal('timesort'),
      ...common,
      keys: z.array(sortKey),
      closing: z.strictObject({ column: z.string(), clock: expr }).optional(),
    }),
  ] as const;
