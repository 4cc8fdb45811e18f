import { runCases } from './support/cases.ts';
import { faultsOf } from './support/faults.ts';

// Below each script is what is wrong with it, as users see it: most is about rows that do not end, and their times.
runCases('errors/bounded.case', faultsOf);
runCases('errors/emit.case', faultsOf);
