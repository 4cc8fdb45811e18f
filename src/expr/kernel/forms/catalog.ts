import { arithmeticForms } from './arithmetic.ts';
import { comparisonForms } from './comparison.ts';
import type { Form } from './form.ts';
import { logicForms } from './logic.ts';
import { patternForms } from './pattern.ts';
import { textForms } from './text.ts';
import { timestampForms } from './timestamp.ts';

/** Functions that have typed code, by name. All others are called through the reference. */
export const callForms: Readonly<Record<string, Form | undefined>> = {
  ...arithmeticForms,
  ...comparisonForms,
  ...logicForms,
  ...patternForms,
  ...textForms,
  ...timestampForms,
};
