import { QueryError, RunError } from './base/errors.ts';
import type { Script } from './syntax/ast.ts';

const TOO_LONG = {
  message: 'the statement is too long: too many operators stand one on the other',
  help: ['write what is in between to a table or a file, or UNION ALL fewer queries at once'],
};

/** Binder and rewriter go down a plan by recursion: what fills the stack has thousands of operators one on the other. */
export function tooLong(error: unknown, { span }: Script): never {
  if (!(error instanceof RangeError) || !error.message.includes('call stack')) throw error;
  throw new QueryError({ ...TOO_LONG, code: 'E0101', span: { ...span, end: span.start + 1 }, label: 'it begins here' });
}

/** The same for the operators of a plan, which call each other. */
export function tooDeep(error: unknown): never {
  if (!(error instanceof RangeError) || !error.message.includes('call stack')) throw error;
  throw new RunError({ ...TOO_LONG, code: 'E0101' }, { cause: error });
}
