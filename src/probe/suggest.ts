import type { Findings, Probe } from './findings.ts';

type Suggestion = Pick<Probe, 'suggested' | 'profile' | 'notes'>;

const UNSEEN = 'EFFECTS NONE, which no probe can see';

/** The clauses that fit what was seen of a command. */
export function suggest(found: Findings): Suggestion {
  if (found.exit === undefined || (found.exit !== 0 && found.linesOut === 0))
    return { suggested: [], notes: [fails(found), ...stderrOf(found)] };
  const { perRecord, filters, deterministic, counts, orderFree, sorts, streams, marker, empty } = found;
  const isRecord = perRecord?.holds === true;
  const emits = isRecord && filters !== true ? emitsOf(counts) : undefined;
  const suggested: string[] = [];
  const add = (when: boolean | undefined, word: string): void => {
    if (when) suggested.push(word);
  };
  add(isRecord, 'SCOPE RECORD');
  add(filters, 'FILTERS');
  add(emits !== undefined, `EMITS ${emits ?? ''}`);
  add(deterministic, 'DETERMINISTIC');
  add(deterministic === false, 'VOLATILE');
  add(!isRecord && orderFree === 'yes', 'ORDER FREE');
  add(empty.exit === 1 && found.exit === 0, 'EXIT OK (0, 1)');
  add(streams?.share === 'all', 'ONLINE FLUSHES RECORD');
  add(marker !== undefined, markerClause(marker));
  add(found.startup >= 50, `STARTUP ${Math.round(found.startup)}`);
  add((found.cost ?? 0) >= 10, `COST ${Math.round(found.cost ?? 0)}`);
  const profile =
    isRecord && deterministic
      ? filters
        ? 'FILTER'
        : emits === 'ONE'
          ? 'MAP'
          : 'FLATMAP'
      : sorts && deterministic
        ? 'SORT'
        : undefined;
  return {
    suggested,
    ...(profile && { profile: { name: profile, needs: UNSEEN } }),
    notes: [...(found.exit !== 0 ? [fails(found)] : []), ...stderrOf(found), ...notesOf(found)],
  };
}

function emitsOf(counts: Findings['counts']): string | undefined {
  if (counts === undefined) return undefined;
  return counts.equal ? 'ONE' : counts.atMost ? '0..1' : counts.atLeast ? '1..N' : '0..N';
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const markerClause = (marker: Findings['marker']): string =>
  marker === undefined
    ? ''
    : `MODE DAEMON MARKER ${quoted(marker.send)}${marker.reply === marker.send ? '' : ` REPLY ${quoted(marker.reply)}`}`;

function fails({ exit }: Findings): string {
  if (exit === undefined) return 'it did not end well on the sample: a signal ended it, or its time was up';
  if (exit === 127 || exit === 126) return `exit status ${exit}: it cannot be run`;
  return `exit status ${exit} on the sample: give it lines that it understands, --sample FILE`;
}

const stderrOf = ({ stderr }: Findings): string[] => stderr.map((line) => `stderr: ${line}`);

function notesOf({ deterministic, perRecord, stopsEarly, streams, streamsLive, marker }: Findings): string[] {
  const notes: string[] = [];
  if (deterministic === false) notes.push('its output changes from run to run: nothing else that was seen is certain');
  if (perRecord?.holds === false)
    notes.push('it remembers lines: it gets one process from the first row to the last, unless a SCOPE says otherwise');
  if (stopsEarly) notes.push('it ends before its input does, as head does');
  if (streams?.share === 'none' && streamsLive === 'all')
    notes.push('it holds its output back until its input ends; stdbuf -oL before it makes it print at once');
  if (marker !== undefined && perRecord?.holds) notes.push('a command that treats each row by itself needs no MODE');
  return notes;
}
