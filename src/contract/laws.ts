import { exitOk } from './law-exit.ts';
import { flushes, marker } from './laws-live.ts';
import { combined } from './combining.ts';
import type { Contract } from './contract.ts';
import type { Random } from './lines.ts';
import { isFramed, isSubsequence, split, Unusable, type Trial, type Violation } from './trial.ts';
import { shownOutput } from './witness.ts';

/** Names of other commands to their texts, for COMMUTES WITH. */
export type Others = ReadonlyMap<string, string>;

/** What a case gives a law: lines, and a source of choices that is the same whenever the case is tried. */
export interface Case {
  readonly lines: readonly string[];
  readonly random: Random;
}

/**
 * An axis as something that can be tried. Each is its defining equation, not a consequence of it: what only follows
 * from a promise may hold where the promise does not.
 */
export interface Law {
  readonly axis: keyof Contract;
  /** One in so many cases is tried, where a trial costs more than others. */
  readonly oneIn?: number;
  readonly applies: (contract: Contract) => boolean;
  /** Undefined where the promise holds on this case. @throws Unusable */
  readonly broken: (trial: Trial, given: Case, contract: Contract, others: Others) => Promise<Violation | undefined>;
}

const lineCount = (output: string): number => split(output).length;
const counted = (n: number): string => `${n} ${n === 1 ? 'line' : 'lines'}`;
const isRecord = ({ scope }: Contract): boolean => scope?.value.unit === 'record';

/** Lines in another order. */
function shuffled(lines: readonly string[], random: Random): readonly string[] {
  const order = lines.map((line) => [random(), line] as const);
  return order.sort(([a], [b]) => a - b).map(([, line]) => line);
}

/** Up to three parts, some of which may be empty. */
function parts(lines: readonly string[], random: Random): readonly (readonly string[])[] {
  const cut = (): number => Math.floor(random() * (lines.length + 1));
  const [a, b] = [cut(), cut()].sort((x, y) => x - y) as [number, number];
  return [lines.slice(0, a), lines.slice(a, b), lines.slice(b)];
}

const record: Law = {
  axis: 'scope',
  applies: isRecord,
  broken: async (trial, { lines }) => {
    // Of every way to cut a list, into single lines is the finest: where it holds, all others do.
    const [whole, ...each] = await Promise.all([trial.output(lines), ...lines.map((line) => trial.output([line]))]);
    const shows = [trial.shows(lines, whole)];
    if (lines.length === 0)
      return whole === '' ? undefined : { message: 'it prints something where there is no line', shows };
    if (!isFramed(whole)) return { message: 'its last line of output is not ended', shows };
    if (whole === each.join('')) return undefined;
    const apart = lines.map((line, i) => trial.shows([line], each[i]!));
    return {
      message: 'what it prints for a line depends on the lines around it',
      shows: [...shows, ...apart.slice(0, 4)],
    };
  },
};

const key: Law = {
  axis: 'scope',
  applies: ({ scope }) => scope?.value.unit === 'key',
  broken: async (trial, { lines, random }) => {
    // By the whole line, whatever the key is: lines that are equal agree in it.
    const first = lines[Math.floor(random() * lines.length)];
    const mine = lines.filter((line) => line === first);
    const rest = lines.filter((line) => line !== first);
    const [whole, a, b] = await Promise.all([trial.output(lines), trial.output(mine), trial.output(rest)]);
    const all = split(whole);
    const fits = isSubsequence(split(a), all) && isSubsequence(split(b), all);
    if (fits && all.length === lineCount(a) + lineCount(b)) return undefined;
    return {
      message: 'what it prints for the lines of one key depends on the others',
      shows: [trial.shows(lines, whole), trial.shows(mine, a), trial.shows(rest, b)],
    };
  },
};

const emits: Law = {
  axis: 'emits',
  applies: ({ emits }) => emits !== undefined && !['any', '0..n'].includes(emits.value),
  broken: async (trial, { lines }, contract) => {
    const output = await trial.output(lines);
    const n = lineCount(output);
    const word = contract.emits!.value;
    const fits = word === 'one' ? n === lines.length : word === '0..1' ? n <= lines.length : n >= lines.length;
    if (fits && (word !== 'one' || isFramed(output))) return undefined;
    return {
      message: `${counted(lines.length)} went in and ${n} came out${isFramed(output) ? '' : ', the last one not ended'}`,
      shows: [trial.shows(lines, output)],
    };
  },
};

const filters: Law = {
  axis: 'filters',
  applies: (contract) => contract.filters !== undefined,
  broken: async (trial, { lines }) => {
    const output = await trial.output(lines);
    if (isSubsequence(split(output), lines) && isFramed(output)) return undefined;
    return { message: 'it prints a line that it was not given there', shows: [trial.shows(lines, output)] };
  },
};

const keepsOrder: Law = {
  axis: 'keepsOrder',
  applies: (contract) => contract.keepsOrder !== undefined && !isRecord(contract),
  broken: async (trial, given) => {
    const lines = [...new Set(given.lines)];
    const [whole, ...each] = await Promise.all([trial.output(lines), ...lines.map((line) => trial.output([line]))]);
    // Only where each line of output tells by itself which line it comes from.
    const causes = split(whole).map((line) => each.flatMap((output, i) => (output === `${line}\n` ? [i] : [])));
    if (causes.some((found) => found.length !== 1)) return undefined;
    const order = causes.map(([i]) => i!);
    if (order.every((i, n) => n === 0 || order[n - 1]! <= i)) return undefined;
    return { message: 'lines come out in another order', shows: [trial.shows(lines, whole)] };
  },
};

const orderFree: Law = {
  axis: 'orderFree',
  oneIn: 4,
  // What is another each time cannot be compared.
  applies: ({ orderFree, determinism }) => orderFree !== undefined && determinism?.value !== 'volatile',
  broken: async (trial, { lines, random }) => {
    const orders = [lines, [...lines].reverse(), shuffled(lines, random)];
    const outputs = await Promise.all(orders.map((order) => trial.output(order)));
    const other = outputs.findIndex((output) => output !== outputs[0]);
    if (other < 0) return undefined;
    return {
      message: 'it prints something else when the same lines come in another order',
      shows: [trial.shows(lines, outputs[0]!), trial.shows(orders[other]!, outputs[other]!)],
    };
  },
};

const sortedBy: Law = {
  axis: 'sortedBy',
  applies: ({ sortedBy }) => sortedBy !== undefined,
  broken: async (trial, { lines }, { sortedBy }) => {
    const output = await trial.output(lines);
    const keys = sortedBy!.value.map((name) => trial.writes.findIndex((field) => field.name === name));
    const types = keys.map((at) => trial.writes[at]?.type ?? 'TEXT');
    const out = split(output).map((line) =>
      keys.length === 1 && trial.writes.length < 2 ? [line] : cells(line, keys),
    );
    if (out.every((row, i) => i === 0 || isInOrder(out[i - 1]!, row, types))) return undefined;
    return {
      message: `its output is not in the order of ${sortedBy!.value.join(', ')}`,
      shows: [trial.shows(lines, output)],
    };
  },
};

function cells(line: string, at: readonly number[]): readonly string[] {
  const all = line.split('\t');
  return at.map((i) => all[i] ?? '');
}

/** Numbers by their values, all else byte by byte. */
function isInOrder(a: readonly string[], b: readonly string[], types: readonly string[]): boolean {
  for (const [i, type] of types.entries()) {
    const [x, y] = /^(INTEGER|REAL)$/.test(type) ? [Number(a[i]), Number(b[i])] : [a[i]!, b[i]!];
    if (x !== y) return x < y;
  }
  return true;
}

const determinism: Law = {
  axis: 'determinism',
  oneIn: 8,
  applies: ({ determinism }) => determinism !== undefined && determinism.value !== 'volatile',
  broken: async (trial, { lines }) => {
    const first = await trial.output(lines);
    const second = await trial.output(lines, 'again');
    if (first === second) return undefined;
    return {
      message: 'the same lines gave something else the second time',
      shows: [trial.shows(lines, first), { shell: 'the same again', prints: shownOutput(second) }],
    };
  },
};

const effects: Law = {
  axis: 'effects',
  oneIn: 8,
  applies: ({ effects }) => effects?.value === 'none',
  broken: async (trial, { lines }) => {
    const { left = [] } = await trial.raw(lines, 'again');
    if (left.length === 0) return undefined;
    return {
      message: `it made ${left.length === 1 ? 'a file' : 'files'}: ${left.slice(0, 3).join(', ')}`,
      shows: [{ ...trial.shows(lines, '', '; ls'), prints: left.slice(0, 3).join(' ') }],
    };
  },
};

const combine: Law = {
  axis: 'combine',
  oneIn: 5,
  applies: ({ combine, scope }) => combine !== undefined && scope?.value.unit !== 'record',
  broken: (trial, { lines, random }, contract) =>
    combined(trial, lines, parts(lines, random), contract.combine!.value, random() < 0.25),
};

const idempotent: Law = {
  axis: 'idempotent',
  oneIn: 2,
  applies: (contract) => contract.idempotent !== undefined,
  broken: async (trial, { lines }) => {
    const once = await trial.output(lines);
    const twice = await trial.output(split(once));
    if (once === twice) return undefined;
    const behind = ` | ${trial.shows([], '').shell.replace('printf "" | ', '')}`;
    return {
      message: 'a second run changes what the first one printed',
      shows: [trial.shows(lines, once), trial.shows(lines, twice, behind)],
    };
  },
};

const commutes: Law = {
  axis: 'commutesWith',
  oneIn: 2,
  applies: ({ commutesWith }) => commutesWith !== undefined,
  broken: async (trial, { lines }, { commutesWith }, others) => {
    for (const name of commutesWith!.value) {
      const other = others.get(name);
      if (other === undefined) throw new Unusable();
      const after = await trial.by(other, await trial.output(lines));
      const before = await trial.output(split(await trial.by(other, lines.map((line) => `${line}\n`).join(''))));
      if (after === before) continue;
      return {
        message: `${name} before it gives something else than ${name} behind it`,
        shows: [trial.shows(lines, after, ` | ${other}`), trial.shows(lines, before)],
      };
    }
    return undefined;
  },
};

const total: Law = {
  axis: 'total',
  applies: (contract) => contract.total !== undefined,
  broken: async (trial, { lines }) => {
    const { exit, output } = await trial.raw(lines);
    if (exit !== undefined && trial.exitOk.includes(exit)) return undefined;
    const status = exit === undefined ? 'it did not end by itself' : `exit status ${exit}`;
    return {
      message: `it fails: ${status} (EXIT OK is ${trial.exitOk.join(', ')})`,
      shows: [{ ...trial.shows(lines, output), prints: status }],
    };
  },
};

const online: Law = {
  axis: 'online',
  oneIn: 2,
  applies: (contract) => contract.online !== undefined && !isRecord(contract),
  broken: async (trial, { lines, random }) => {
    const part = lines.slice(0, Math.floor(random() * (lines.length + 1)));
    const [some, all] = await Promise.all([trial.output(part), trial.output(lines)]);
    if (all.startsWith(some)) return undefined;
    return {
      message: 'lines that come later change what it printed before',
      shows: [trial.shows(part, some), trial.shows(lines, all)],
    };
  },
};

/** Axes that are not here are about how it is run: READS, FORMAT, TIME, NEEDS. */
export const laws: readonly Law[] = [
  ...[
    record,
    key,
    emits,
    filters,
    keepsOrder,
    orderFree,
    sortedBy,
    combine,
    idempotent,
    commutes,
    total,
    exitOk,
    online,
  ],
  ...[determinism, effects, flushes, marker],
];
