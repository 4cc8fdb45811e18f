import { QueryError, type Code, type Diagnostic } from '../base/errors.ts';
import { locate, type Span } from '../base/span.ts';
import type { Origin } from '../plan/plan.ts';
import { nearest } from './names.ts';

type More = Pick<Diagnostic, 'label' | 'help' | 'notes'>;

/** Reports one fault in the user's text. */
export function fault(code: Code, span: Span, message: string, more: More = {}): never {
  throw new QueryError({ code, message, span, ...more });
}

/** A form of the language that parses but is not run yet. `what` reads as the subject of a sentence. */
export function later(span: Span, what: string, help?: string): never {
  return fault('E0204', span, `${what} in a later release`, {
    label: 'not part of this release',
    ...(help !== undefined && { help: [help] }),
  });
}

/** A name that nothing has: says what there is, and what was probably meant. */
export function unknown(
  code: Code,
  span: Span,
  what: string,
  name: string,
  known: readonly string[],
  label: string,
): never {
  const meant = nearest(name, known);
  return fault(code, span, `${what} \`${name}\` does not exist`, {
    label,
    ...(meant !== undefined && { help: [`did you mean \`${meant}\`?`] }),
  });
}

/** At most so many names are listed behind the carets. */
const LISTED = 12;

export const listing = (names: readonly string[]): string =>
  names.length === 0 ? 'none' : names.slice(0, LISTED).join(', ') + (names.length > LISTED ? ', ..' : '');

/** Does `work` for each item and goes on after a fault, so that one run reports the faults of all items. */
export function collect<T, R>(items: readonly T[], work: (item: T, index: number) => R): R[] {
  const done: R[] = [];
  const faults: Diagnostic[] = [];
  items.forEach((item, index) => {
    try {
      done.push(work(item, index));
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      faults.push(...error.diagnostics);
    }
  });
  if (done.length < items.length) throw new QueryError(...faults);
  return done;
}

/** The same for work that waits for something: item by item, in order. */
export async function collectAsync<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const done: R[] = [];
  const faults: Diagnostic[] = [];
  for (const [index, item] of items.entries()) {
    try {
      done.push(await work(item, index));
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      faults.push(...error.diagnostics);
    }
  }
  if (faults.length > 0) throw new QueryError(...faults);
  return done;
}

/** Does several things that do not need each other, and reports the faults of all. */
export const together = <T extends readonly unknown[]>(...work: { readonly [K in keyof T]: () => T[K] }): T =>
  collect(work, (one) => one()) as unknown as T;

/** Where an operator comes from, as plans keep it. */
export function originOf({ source, start }: Span): Origin {
  const { line, column } = locate(source, start);
  return { source: source.name, line, column };
}

/** The piece of text as the user wrote it. */
export const textOf = ({ source, start, end }: Span): string => source.text.slice(start, end);
