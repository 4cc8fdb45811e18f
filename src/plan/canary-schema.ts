import { z } from 'zod';

/** The schemas that those of a canary are made of. */
interface Parts {
  readonly common: { readonly schema: z.ZodType; readonly origin: z.ZodType; readonly input: z.ZodType };
  readonly plan: z.ZodType;
  readonly names: z.ZodType;
}

/** The published form of the operators of canary.ts. */
export const canaryNodes = ({ common, plan, names }: Parts) => {
  const order = z.union([z.enum(['list', 'bag']), z.strictObject({ perKey: names })]);
  const trial = z.strictObject({ written: plan, rewritten: plan, order });
  return [
    z.strictObject({ op: z.literal('tap'), ...common, share: z.number(), trial: trial.optional() }),
    z.strictObject({ op: z.literal('canary'), ...common, share: z.number(), plain: plan, order }),
  ] as const;
};
