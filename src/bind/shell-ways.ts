import { parseDuration } from '../expr/duration.ts';
import type { Span } from '../base/span.ts';
import { isPerRecord } from '../contract/aligned.ts';
import type { Contract } from '../contract/contract.ts';
import { infer } from '../contract/infer.ts';
import { textOf as valueText } from '../expr/compare.ts';
import type { Format } from '../plan/plan.ts';
import type { ShellLimits, ShellWays } from '../plan/shell-ways.ts';
import type * as ast from '../syntax/ast.ts';
import { constantValue } from './constant.ts';
import type { QueryContext } from './context.ts';
import { collect, fault, unknown } from './fault.ts';
import { duration } from './literal.ts';
import { fold } from './names.ts';
import { deadLetterOf } from './shell-dead-letter.ts';
import { shellOptions } from './shell-protocol.ts';
import { parseSize } from './size.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Clauses = readonly ast.ShellClause[];

/** How the clauses want the command to be run; of clauses that speak of the same thing the last one counts. */
export function waysOf(query: QueryContext, clauses: Clauses): ShellWays {
  const ways: Mutable<ShellWays> = shellOptions(query, clauses);
  for (const c of clauses) {
    if (c.clause === 'mode') {
      if (c.mode === 'pipe') delete ways.mode;
      else ways.mode = c.mode;
    }
    if (c.clause === 'limits') ways.limits = { ...ways.limits, ...limitsOf(query, c.limits) };
    if (c.clause === 'sandbox') {
      if (c.level === 'none') delete ways.sandbox;
      else ways.sandbox = c.level;
    }
    if (c.clause !== 'on error') continue;
    if (c.action === 'retry') ways.retries = retriesOf(c);
    else {
      ways.onError = c.action;
      delete ways.deadLetter;
      if (c.action === 'into') ways.deadLetter = deadLetterOf(query, c.sink!);
    }
  }
  return ways;
}

function retriesOf({ times = 0, span }: Extract<ast.ShellClause, { clause: 'on error' }>): number {
  if (Number.isSafeInteger(times) && times >= 1 && times <= 100) return times;
  return fault('E0203', span, `RETRY ${times}`, { label: 'expected a whole number from 1 to 100' });
}

/** Each limit and how it is read. */
const limits: Readonly<
  Record<keyof ShellLimits, { readonly expected: string; readonly read: (text: string) => number | undefined }>
> = {
  memory: { expected: "a size such as '512 MB'", read: parseSize },
  cpu: { expected: "a length of time such as '10 s'", read: secondsOf },
  files: { expected: "a size such as '1 GB'", read: parseSize },
  nofile: { expected: 'a whole number', read: countOf },
  nice: { expected: 'a whole number from 1 to 19', read: niceOf },
};

function limitsOf(query: QueryContext, options: readonly ast.Option[]): ShellLimits {
  const found: Mutable<ShellLimits> = {};
  collect(options, ({ name, value, span }) => {
    const names = Object.keys(limits) as (keyof ShellLimits)[];
    const limit = names.find((n) => n === fold(name));
    if (limit === undefined) return unknown('E0308', span, 'limit', name, names, `LIMITS has: ${names.join(', ')}`);
    const text =
      value.kind === 'interval' ? `${duration(value).us} us` : valueText(constantValue(query, value, 'LIMITS') ?? '');
    const read = limits[limit].read(text);
    if (read === undefined || !Number.isSafeInteger(read) || read <= 0)
      fault('E0203', value.span, `limit ${limit} does not fit`, { label: `expected ${limits[limit].expected}` });
    return (found[limit] = read);
  });
  return found;
}

/** Whole seconds, as the system counts them; a part of one is one. */
function secondsOf(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text));
  const length = parseDuration(text);
  return length === undefined || length.months !== 0 ? undefined : Math.ceil(length.us / 1e6);
}

function countOf(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

function niceOf(text: string): number | undefined {
  const count = countOf(text);
  return count !== undefined && count <= 19 ? count : undefined;
}

/** Rows may be shown to the command a second time. */
const mayRepeat = ({ effects }: Contract): boolean => effects?.value === 'none' || effects?.value === 'idempotent';

/**
 * What the ways of running a command need of its declaration, and of its text where that is known to wait for the end.
 *
 * @param grouped each group of rows has its own process.
 */
export function checkWays(
  command: string,
  clauses: Clauses,
  contract: Contract,
  ways: ShellWays,
  span: Span,
  grouped = false,
): void {
  const at = (test: (c: ast.ShellClause) => boolean): Span => clauses.findLast(test)?.span ?? span;
  const { mode, retries, onError } = ways;
  if (mode === 'daemon' && ways.protocol === undefined && contract.marker === undefined)
    fault(
      'E0402',
      at((c) => c.clause === 'mode'),
      'MODE DAEMON without MARKER',
      {
        label: 'nothing tells where the answer to a batch ends',
        help: ["add MARKER 'text' REPLY 'text': what is sent behind each batch, and the line that is printed for it"],
      },
    );
  if (mode === 'daemon' && contract.marker !== undefined) {
    const where = at((c) => c.clause === 'marker');
    checkMarker(contract.marker.value, where);
    // What does not depend on the order of all lines (sort, wc) can only be said behind the last of them.
    if (infer(command, { json: false })?.contract.orderFree !== undefined)
      fault('E0401', where, 'a MARKER for a command that prints when its input has ended', {
        label: 'no answer would come before the end',
        help: [
          'leave out MODE DAEMON; a process for each batch is MODE BATCH, one for each group SCOPE KEY or SCOPE WINDOW',
        ],
      });
  }
  if (mode !== undefined && grouped)
    fault(
      'E0401',
      at((c) => c.clause === 'mode'),
      `MODE ${mode.toUpperCase()} with a process for each group`,
      {
        label: 'SCOPE KEY, SCOPE WINDOW or PARTITION BY says already which rows a process gets',
      },
    );
  const inUnits = isPerRecord(contract) || grouped || mode !== undefined;
  if (retries !== undefined && !inUnits)
    fault(
      'E0402',
      at((c) => c.clause === 'on error' && c.action === 'retry'),
      'ON ERROR RETRY of a command that gets all rows',
      {
        label: 'all rows would have to be kept',
        help: ['declare SCOPE RECORD (or AS MAP, AS FILTER), SCOPE KEY (..), SCOPE WINDOW or a MODE'],
      },
    );
  if (onError !== 'into') return;
  const where = at((c) => c.clause === 'on error' && c.action === 'into');
  if (mode === 'row') return;
  if (!isPerRecord(contract))
    fault('E0402', where, 'ON ERROR INTO of a command that does not treat each row by itself', {
      label: 'which row is to blame cannot be found out',
      help: ['declare SCOPE RECORD (or AS MAP, AS FILTER) if that is so, or MODE ROW'],
    });
  if (!mayRepeat(contract))
    fault('E0402', where, 'ON ERROR INTO of a command that may have effects', {
      label: 'to find the row to blame, rows are sent again',
      help: ['declare EFFECTS NONE or EFFECTS IDEMPOTENT if that does no harm, or MODE ROW'],
    });
}

/** A daemon is told of the end of a batch by a line, and prints what belongs to a batch behind the one before it. */
export function checkDaemonFormats({ mode }: ShellWays, formats: readonly Format[], span: Span): void {
  if (mode !== 'daemon') return;
  for (const { name, options } of formats) {
    if (options['header'] === true)
      fault('E0402', span, 'MODE DAEMON with a header line', { label: 'only its first batch would have one' });
    if (name === 'nul' || name === 'raw')
      fault('E0402', span, `MODE DAEMON with FORMAT ${name}`, {
        label: 'a marker is a line, and has to stand between lines',
        help: ['use FORMAT lines, tsv, csv or jsonl'],
      });
  }
}

function checkMarker({ send, reply }: { readonly send: string; readonly reply: string }, span: Span): void {
  if (send === '' || reply === '' || /[\n\r]/.test(send + reply))
    fault('E0203', span, 'a MARKER is one line of text', { label: 'it is empty, or has a line break' });
  if (!isPattern(reply)) return;
  try {
    new RegExp(reply);
  } catch (error) {
    fault('E0203', span, `REPLY is no pattern: ${(error as Error).message}`, {
      label: 'text from ^ to $ is a pattern',
    });
  }
}

const isPattern = (reply: string): boolean => reply.startsWith('^') && reply.endsWith('$');
