import { z } from 'zod';

/** The fields of an `over` node in plan files; see over.ts. */
export function overFields(expr: z.ZodType, sortKey: z.ZodType, type: z.ZodType) {
  const bound = z.strictObject({
    kind: z.enum(['unbounded preceding', 'preceding', 'current row', 'following', 'unbounded following']),
    offset: expr.optional(),
  });
  const frame = z.strictObject({
    unit: z.enum(['rows', 'range', 'groups']),
    start: bound,
    end: bound,
    exclude: z.enum(['no others', 'current row', 'group', 'ties']).optional(),
  });
  const call = { name: z.string(), fn: z.string(), args: z.array(expr), filter: expr.optional(), frame, type };
  const closes = z.literal(true).optional();
  return { partitionBy: z.array(sortKey), orderBy: z.array(sortKey), calls: z.array(z.strictObject(call)), closes };
}
