import { z } from 'zod';

/** The fields of `Expand` beside those of all operators, as they are published. */
export const expandFields = (expr: z.ZodType, field: z.ZodType) => ({
  kind: z.enum(['inner', 'left']),
  fn: z.string(),
  args: z.array(expr),
  columns: z.array(z.strictObject({ column: z.string(), field })),
  on: expr.optional(),
});
