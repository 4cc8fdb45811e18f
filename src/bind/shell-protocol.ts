import type { Span } from '../base/span.ts';
import { textOf as valueText } from '../expr/compare.ts';
import type { Contract } from '../contract/contract.ts';
import type { Format } from '../plan/plan.ts';
import type { ShellWays } from '../plan/shell-ways.ts';
import type * as ast from '../syntax/ast.ts';
import { constantValue } from './constant.ts';
import type { QueryContext } from './context.ts';
import { fault, unknown } from './fault.ts';
import { fold } from './names.ts';

type Clauses = readonly ast.ShellClause[];
type OptionClause = Extract<ast.ShellClause, { clause: 'option' }>;
type Options = Pick<ShellWays, 'protocol' | 'io' | 'live'>;

/** What `name => value` may say, and the values that it takes. INPUT, which looks alike, is a clause. */
const options = {
  protocol: ['counted', 'netstring', 'u32be'],
  io: ['pipe', 'auto'],
  live: ['true', 'false', 'auto'],
} as const;
const names = Object.keys(options) as (keyof typeof options)[];

const isOption = (c: ast.ShellClause): c is OptionClause => c.clause === 'option';
const optionOf = (c: OptionClause): keyof typeof options | undefined =>
  names.find((name) => name === fold(c.name.text));

/** The options of a command; of those that speak of the same thing the last one counts. */
export function shellOptions(query: QueryContext, clauses: Clauses): Options {
  let found: Options = {};
  for (const c of clauses.filter(isOption)) {
    const name = optionOf(c);
    if (name === undefined) return refuse(c);
    const value = wordOf(query, c, options[name]);
    const { [name]: _, ...others } = found;
    found = value === 'auto' ? others : { ...others, [name]: name === 'live' ? value === 'true' : value };
  }
  return found;
}

function refuse(c: OptionClause): never {
  const help = `SHELL has the options ${names.join(', ')}; all else are clauses, such as READS (..) and AS MAP`;
  return unknown('E0308', c.name.span, 'option', c.name.text, ['input', ...names], help);
}

function wordOf<W extends string>(query: QueryContext, { name, value }: OptionClause, words: readonly W[]): W {
  // `true` is 1.
  const text = valueText(constantValue(query, value, name.text) ?? '').toLowerCase();
  const word = words.find((w) => w === text || (w === 'true' && text === '1') || (w === 'false' && text === '0'));
  return word ?? fault('E0203', value.span, `${name.text} => ${text}`, { label: `expected ${words.join(', ')}` });
}

/** The last `protocol => ..`. */
export const protocolOf = (clauses: Clauses): OptionClause | undefined =>
  clauses.filter(isOption).findLast((c) => optionOf(c) === 'protocol');

/** Whether each answer stands alone, so that it is known which row it belongs to. */
export const isFramed = ({ protocol }: ShellWays): boolean => protocol !== undefined && protocol !== 'counted';

/** A protocol takes the place of MARKER: what it needs of the declaration. A process that talks is one that stays. */
export function withProtocol(clauses: Clauses, contract: Contract, ways: ShellWays, span: Span): ShellWays {
  const { protocol } = ways;
  if (protocol === undefined) return ways;
  const at = protocolOf(clauses)?.span ?? span;
  if (contract.marker !== undefined)
    fault('E0401', at, `protocol => '${protocol}' with a MARKER`, {
      label: 'both say how the end of an answer is known',
    });
  if (ways.mode !== undefined && ways.mode !== 'daemon')
    fault('E0401', at, `protocol => '${protocol}' with MODE ${ways.mode.toUpperCase()}`, {
      label: 'a protocol is for a process that stays, MODE DAEMON',
    });
  if (contract.filters !== undefined)
    fault('E0402', at, `protocol => '${protocol}' with FILTERS`, {
      label: 'each row has to be answered',
      help: [`declare EMITS 0..1 and WRITES (..): with netstring or u32be an empty frame is no row`],
    });
  if (protocol === 'counted' && contract.emits?.value !== 'one')
    fault('E0402', at, "protocol => 'counted' without EMITS ONE", {
      label: 'as many lines come back as rows are sent',
      help: ['declare EMITS ONE (or AS MAP); with netstring or u32be a row may have any number of answers'],
    });
  return { ...ways, mode: 'daemon' };
}

/** Records have to be lines, so that they can be counted, or stand in a frame. */
export function checkProtocolFormats({ protocol }: ShellWays, formats: readonly Format[], span: Span): void {
  if (protocol === undefined) return;
  for (const { name } of formats) {
    if (['lines', 'tsv', 'jsonl'].includes(name)) continue;
    fault('E0402', span, `protocol => '${protocol}' with FORMAT ${name}`, {
      label: 'a row has to be one line',
      help: ['use FORMAT lines (in a frame it holds any bytes), tsv or jsonl'],
    });
  }
}
