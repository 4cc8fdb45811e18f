import type { Contract, Provenance } from './contract.ts';

const list = (columns: readonly string[]): string => `(${columns.join(', ')})`;
const quoted = (s: string): string => `'${s.replaceAll("'", "''")}'`;

/** How each axis is written. The mapped type makes the table complete. */
const wording: { readonly [K in keyof Required<Contract>]: (value: NonNullable<Contract[K]>['value']) => string } = {
  scope: (s) => (s.unit === 'key' ? `SCOPE KEY ${list(s.columns)}` : `SCOPE ${s.unit.toUpperCase()}`),
  filters: () => 'FILTERS',
  emits: (e) => `EMITS ${e.toUpperCase()}`,
  keepsOrder: () => 'KEEPS ORDER',
  orderFree: () => 'ORDER FREE',
  sortedBy: (columns) => `SORTED BY ${list(columns)}`,
  needsSortedBy: (columns) => `NEEDS SORTED BY ${list(columns)}`,
  determinism: (d) => d.toUpperCase(),
  effects: (e) => `EFFECTS ${e.toUpperCase()}`,
  combine: (c) =>
    [
      `COMBINE WITH ${quoted(c.with)}`,
      c.partial && `PARTIAL ${quoted(c.partial)}`,
      c.finish && `FINISH ${quoted(c.finish)}`,
    ]
      .filter(Boolean)
      .join(' '),
  idempotent: () => 'IDEMPOTENT',
  commutesWith: (names) => `COMMUTES WITH ${list(names)}`,
  total: () => 'TOTAL',
  exitOk: (codes) => `EXIT OK ${list(codes.map(String))}`,
  online: () => 'ONLINE',
  flushes: () => 'FLUSHES RECORD',
  marker: (m) => `MARKER ${quoted(m.send)} REPLY ${quoted(m.reply)}`,
  nulls: (n) => (n.policy === 'as' ? `NULLS AS ${quoted(n.text)}` : `NULLS ${n.policy.toUpperCase()}`),
  encoding: (e) => `ENCODING ${e}`,
  time: (t) => (typeof t === 'string' ? `TIME ${t.toUpperCase()}` : `TIME FROM ${t.from}`),
  needs: (n) =>
    [
      n.tools && `NEEDS TOOLS ${list(n.tools.map(quoted))}`,
      n.files && `NEEDS FILES ${list(n.files.map(quoted))}`,
      n.hosts && `NEEDS HOST ${list(n.hosts.map(quoted))}`,
      n.cwd && `NEEDS CWD ${quoted(n.cwd)}`,
      n.exclusive && 'NEEDS EXCLUSIVE',
    ]
      .filter(Boolean)
      .join(', '),
  hints: (h) =>
    [
      h.selectivity !== undefined && `SELECTIVITY ${h.selectivity}`,
      h.cost !== undefined && `COST ${h.cost}`,
      h.startup !== undefined && `STARTUP ${h.startup}`,
    ]
      .filter(Boolean)
      .join(', '),
};

/**
 * The promises of a contract as clause words, in the order of the axes; what merely follows from others is left out.
 *
 * @param by only those that come from there.
 */
export function contractWords(contract: Contract, by?: Provenance): readonly string[] {
  return (Object.keys(wording) as (keyof Contract)[]).flatMap((key) => {
    const axis = contract[key];
    if (axis === undefined || axis.by === 'implied' || (by !== undefined && axis.by !== by)) return [];
    return [(wording[key] as (value: unknown) => string)(axis.value)];
  });
}
