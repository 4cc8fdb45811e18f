import { z } from 'zod';

/** The schemas that those of the operators of changes are made of. */
interface Parts {
  readonly common: { readonly schema: z.ZodType; readonly origin: z.ZodType };
  readonly plan: z.ZodType;
  readonly names: z.ZodType;
}

/** The published form of state-ttl.ts. */
export const ttl = z.strictObject({
  ms: z.int().positive(),
  eventTime: z.strictObject({ time: z.string(), mark: z.string() }).optional(),
  retracts: z.literal(true).optional(),
});

/** The published form of the operators of changes.ts. */
export const changeNodes = ({ common, plan, names }: Parts) =>
  [
    z.strictObject({
      op: z.literal('refresh'),
      ...common,
      inputs: z.array(plan),
      query: plan,
      by: z.array(names).optional(),
      keep: plan.optional(),
      ttl: ttl.optional(),
      every: z.number().positive().optional(),
      gives: z.enum(['rows', 'changes']),
    }),
    z.strictObject({ op: z.literal('current'), ...common, input: z.int().nonnegative() }),
    z.strictObject({
      op: z.literal('changes'),
      ...common,
      input: plan,
      keys: names.optional(),
      form: z.enum(['log', 'upsert']),
      latest: z.literal(true).optional(),
    }),
  ] as const;
