import type { Contract } from '../../src/contract/contract.ts';
import { promise } from '../../src/rewrite/examples.ts';

/** A command that is really there, and all that is true of it on lines of text without tabs (under LC_ALL=C). */
export interface KnownCommand {
  readonly command: string;
  readonly truth: Contract;
  /** Its output is sorted as bytes. */
  readonly sorts?: true;
  /** Each distinct line that it reads is treated by itself (SCOPE KEY). */
  readonly keyed?: true;
  /** What its lines are; default: text. */
  readonly gives?: 'INTEGER';
}

const pure = { determinism: 'deterministic', effects: 'none' } as const;
const record = { unit: 'record' } as const;
const grep = { exitOk: [0, 1] } as const;

const map = promise({ ...pure, scope: record, emits: 'one', total: true });
const keeps = { ...pure, scope: record, filters: true, emits: '0..1', total: true, ...grep } as const;
const filters = promise(keeps);
const each = promise({ ...pure, scope: record, emits: '1..n', total: true });
const some = promise({ ...pure, scope: record, emits: '0..n', total: true, ...grep });
/** Remembers lines, but answers each at once. */
const counting = promise({ ...pure, emits: 'one', online: true, total: true });
const sieve = promise({ ...pure, filters: true, emits: '0..1', online: true, total: true });
const unordered = promise({ ...pure, scope: { unit: 'window' }, orderFree: true, total: true });
const opaque = promise({ ...pure, total: true });
const writing = promise({ scope: record, emits: 'one', determinism: 'deterministic', total: true });

const itself = (command: string) => ({ combine: { with: command } }) as const;

const all = (truth: Contract, ...commands: readonly string[]): readonly KnownCommand[] =>
  commands.map((command) => ({ command, truth }));
const numbers = (truth: Contract, ...commands: readonly string[]): readonly KnownCommand[] =>
  commands.map((command) => ({ command, truth, gives: 'INTEGER' }));

export const commands: readonly KnownCommand[] = [
  ...all(
    map,
    'tr a-z A-Z',
    'sed s/a/b/g',
    'cut -c1-2',
    'rev',
    "sed 's/$/!/'",
    'cat',
    "awk '{ print $1 }'",
    'tr -d b',
    "cut -d' ' -f1",
    'tr b c',
    'sed s/b//',
    "awk '{ print $NF }'",
    'expand',
    'cut -c2-',
    "sed 's/^/- /'",
  ),
  // Once more, they change nothing.
  ...all(promise({ ...pure, scope: record, emits: 'one', total: true, idempotent: true }), 'tr A-Z a-z', 'sed y/b/a/'),
  ...all(promise({ ...keeps, idempotent: true }), 'grep -i a', "awk '/b/'", 'grep -v -x 1'),
  // In whatever order.
  ...all(promise({ ...keeps, commutesWith: ['tr a-z A-Z', 'tr A-Z a-z'] }), 'grep -i b', 'grep -ixv ab'),
  // Cheap, and keeps little.
  ...all(promise({ ...keeps, hints: { cost: 0.1, selectivity: 0.1 } }), 'grep -F 1', 'grep -x b'),
  ...numbers(map, "awk '{ print length($0) }'", "awk '{ print NF }'"),
  ...all(
    filters,
    'grep a',
    'grep -v b',
    'grep -F -x ab',
    'sed -n /a/p',
    'sed /b/d',
    "awk 'length($0) > 1'",
    "grep -E '^[ab]'",
  ),
  ...all(each, "tr ' ' '\\n'", 'sed p', 'fold -w1', 'fold -w2', "sed 's/b/b\\n/'", "sed 'p;p'"),
  ...all(some, "awk '{ for (i = 1; i <= NF; i++) print $i }'", 'grep -o a', 'sed -n s/a/x/p'),
  ...all(
    counting,
    'nl -ba -w1',
    `awk '{ print NR ": " $0 }'`,
    "awk 'BEGIN { srand(7) } { print int(rand() * 1000) $0 }'",
  ),
  ...numbers(counting, "awk '{ s += length($0); print s }'"),
  ...['uniq', 'head -n 2', 'uniq -i'].map((command) => ({
    command,
    truth: promise({ ...pure, ...itself(command), filters: true, emits: '0..1', online: true, total: true }),
  })),
  ...all(sieve, 'tail -n +2'),
  ...['tail -n 1', 'tail -n 2'].map((command) => ({
    command,
    truth: promise({ ...pure, ...itself(command), filters: true, emits: '0..1', total: true }),
  })),
  ...all(promise({ ...pure, total: true, combine: { with: 'first' } }), 'head -n 1'),
  ...all(promise({ ...pure, total: true, combine: { with: 'last' } }), "sed -n '$p'"),
  ...["awk '!seen[$0]++'", "awk '++seen[$0] == 2'", "awk 'n[$0]++ % 2'"].map((command) => ({
    command,
    keyed: true as const,
    truth: promise({ ...pure, total: true, online: true }),
  })),
  ...[`awk '{ n[$0]++; print n[$0] " " $0 }'`, `awk '{ print n[$0]++ }'`].map((command) => ({
    command,
    keyed: true as const,
    truth: counting,
  })),
  ...['sort -r', 'sort -n', 'sort -k2'].map((command) => ({
    command,
    truth: promise({ ...pure, ...itself(command), scope: { unit: 'window' }, orderFree: true, total: true }),
  })),
  ...all(unordered, 'sort | uniq -c', 'sort | tr a-z A-Z', "cut -c1-2 | sort | sed 's/^/>/'"),
  ...all(promise({ ...pure, scope: { unit: 'window' }, orderFree: true, total: true, ...grep }), 'sort -r | grep a'),
  ...all(some, "sed 's/a/b/' | grep b | cut -c1"),
  ...['sort', 'sort -u'].map((command) => ({
    command,
    truth: promise({ ...pure, ...itself(command), scope: { unit: 'window' }, orderFree: true, total: true }),
    sorts: true as const,
  })),
  {
    command: 'LC_ALL=C sort -s',
    truth: promise({ ...pure, combine: { with: 'merge' }, scope: { unit: 'window' }, orderFree: true, total: true }),
    sorts: true,
  },
  ...all(
    promise({ ...pure, scope: { unit: 'window' }, orderFree: true, total: true, idempotent: true }),
    'sort -f | sort',
  ),
  ...numbers(
    promise({ ...pure, combine: { with: 'sum' }, scope: { unit: 'window' }, orderFree: true, total: true }),
    'wc -l',
    'wc -c',
    "awk '{ n += length($0) } END { print n + 0 }'",
  ),
  ...numbers(
    promise({ ...pure, combine: { with: 'sum' }, scope: { unit: 'window' }, orderFree: true, total: true, ...grep }),
    'grep -c a',
  ),
  ...numbers(
    promise({ ...pure, combine: { with: 'max' }, scope: { unit: 'window' }, orderFree: true, total: true }),
    "awk 'length($0) > n { n = length($0) } END { print n + 0 }'",
  ),
  ...numbers(
    promise({ ...pure, combine: { with: 'min' }, scope: { unit: 'window' }, orderFree: true, total: true }),
    "awk 'NR == 1 || length($0) < n { n = length($0) } END { if (NR) print n }'",
  ),
  ...all(
    promise({
      ...pure,
      combine: { with: `awk '{ print }'`, partial: 'sort -u', finish: `sort -u | awk 'END { print NR }'` },
      scope: { unit: 'window' },
      orderFree: true,
      total: true,
    }),
    "sort -u | awk 'END { print NR }'",
  ),
  ...all(
    opaque,
    'uniq -c',
    'tac',
    'paste - -',
    'md5sum',
    "sed '$!d'",
    `awk '{ a[NR] = $0 } END { for (i = 1; i <= NR; i++) print a[i] NR }'`,
  ),
  ...all(
    promise({ ...pure, emits: 'one', total: true }),
    `awk '{ a[NR] = $0 } END { for (i = 1; i <= NR; i++) print NR - i, a[i] }'`,
  ),
  ...all(writing, 'tee -a seen', 'while IFS= read -r l; do echo "$l" >> log; printf "%s\\n" "$l"; done'),
  // Another number for each line, whichever it is.
  ...all(
    promise({ scope: record, emits: 'one', effects: 'none', total: true }),
    "awk 'BEGIN { srand(7) } { print int(rand() * 9) }'",
  ),
  // Fails on some lines.
  ...all(promise({ ...pure, scope: record, emits: 'one' }), "awk '/c/ { exit 3 } { print }'"),
];
