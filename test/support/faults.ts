import { QueryError, render } from '../../src/base/errors.ts';
import { bindScript, type BindSession } from '../../src/bind/bind.ts';
import { parse } from '../../src/syntax/parse.ts';
import { shopSession } from './shop.ts';

/** What users read when the binder refuses a script (over the sample tables, unless told); `nothing` where it does not. */
export async function faultsOf(text: string, session: BindSession = shopSession()): Promise<string> {
  try {
    await bindScript(session, parse({ name: 'q.ssql', text }));
  } catch (error) {
    if (error instanceof QueryError) return render(error.diagnostics);
    throw error;
  }
  return 'nothing';
}
