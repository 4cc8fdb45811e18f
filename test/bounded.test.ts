import { bindScript } from '../src/bind/bind.ts';
import { QueryError, render } from '../src/base/errors.ts';
import { parse } from '../src/syntax/parse.ts';
import { runCases } from './support/cases.ts';
import { shopSession } from './support/shop.ts';

const faultsOf = async (text: string): Promise<string> => {
  try {
    await bindScript(shopSession(), parse({ name: 'q.ssql', text }));
  } catch (error) {
    if (error instanceof QueryError) return render(error.diagnostics);
    throw error;
  }
  return 'nothing';
};

// Below each script is what is wrong with it, as users see it: most is about rows that do not end, and their times.
runCases('errors/bounded.case', faultsOf);
runCases('errors/emit.case', faultsOf);
