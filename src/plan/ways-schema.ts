import { z } from 'zod';

const names = z.array(z.string());

/** Fields of a Shell beyond the command itself: mirrors shell-ways.ts. */
export const shellWays = <E extends z.ZodType, S extends z.ZodType, O extends z.ZodType, C extends z.ZodType>(
  expr: E,
  schema: S,
  options: O,
  contract: C,
) => ({
  mode: z.enum(['batch', 'row', 'daemon']).optional(),
  protocol: z.enum(['counted', 'netstring', 'u32be']).optional(),
  io: z.literal('pipe').optional(),
  live: z.boolean().optional(),
  call: z
    .strictObject({
      when: expr.optional(),
      distinct: z.literal(true).optional(),
      keeps: z.literal(true).optional(),
      names,
      result: z.string(),
    })
    .optional(),
  groups: z
    .strictObject({
      keys: names,
      windowEnd: z.string().optional(),
      each: contract.optional(),
      mark: z.string().optional(),
    })
    .optional(),
  onError: z.enum(['fail', 'skip', 'into']).optional(),
  deadLetter: z
    .strictObject({
      connector: z.string(),
      options,
      label: z.string(),
      columns: names,
      schema,
      file: z.string().optional(),
      line: z.string().optional(),
    })
    .optional(),
  retries: z.int().nonnegative().optional(),
  limits: z
    .strictObject({
      memory: z.int().positive().optional(),
      cpu: z.int().positive().optional(),
      files: z.int().positive().optional(),
      nofile: z.int().positive().optional(),
      nice: z.int().min(1).max(19).optional(),
    })
    .optional(),
  sandbox: z.enum(['limits', 'bwrap']).optional(),
  parallel: z.int().min(2).optional(),
  copies: z.int().min(1).optional(),
  partial: z.literal(true).optional(),
  copiesBy: names.optional(),
  guard: z.enum(['hold', 'watch']).optional(),
  usedUp: z.literal(true).optional(),
  native: names.optional(),
});
