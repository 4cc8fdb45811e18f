import { parseDuration } from '../expr/duration.ts';
import type { Span } from '../base/span.ts';
import { zoneNamed } from '../data/zone.ts';
import { fault, unknown } from './fault.ts';
import { sameName } from './names.ts';
import { parseSize } from './size.ts';

/** A setting: what it takes, what it is without SET, and what it is for. */
export interface SettingSpec {
  readonly type: 'switch' | 'count' | 'size' | 'duration' | 'share' | 'zone' | 'text';
  readonly default: string;
  readonly oneOf?: readonly string[];
  readonly doc: string;
}

/** All settings. Values are kept as text: `on`/`off`, a whole number, bytes, or milliseconds. */
export const settings: Readonly<Record<string, SettingSpec>> = {
  optimizer: { type: 'switch', default: 'on', doc: 'rewrite plans by the laws that declarations allow' },
  pushdown: { type: 'switch', default: 'on', doc: 'let SQLite apply filters and projections on its own tables' },
  native: { type: 'switch', default: 'on', doc: 'do what simple known commands do without starting them (law N1)' },
  trust: {
    type: 'text',
    default: 'inferred',
    oneOf: ['declared', 'inferred', 'verified'],
    doc: 'what laws may rely on: declarations; also what is known of common commands; or what ssql verify tried',
  },
  canary: {
    type: 'share',
    default: '0',
    doc: 'share of the batches that are also run without the laws and compared; 0: none',
  },
  parallelism: { type: 'count', default: '1', doc: 'most copies of one command' },
  batch_rows: { type: 'count', default: '4096', doc: 'most rows that are handed on at once' },
  busy_timeout: { type: 'duration', default: '5000', doc: 'how long to wait for a locked database' },
  timeout: { type: 'duration', default: '0', doc: 'longest time that one statement may run; 0: no limit' },
  kill_grace: {
    type: 'duration',
    default: '2000',
    doc: 'time a command that is stopped gets between TERM and KILL',
  },
  stall_timeout: {
    type: 'duration',
    default: '0',
    doc: 'how long a command with something to do may neither read, write nor compute; 0: no limit',
  },
  epoch_timeout: {
    type: 'duration',
    default: '300000',
    doc: 'how long a SCOPE RECORD command may go on once its input has ended; 0: no limit',
  },
  shell_host: {
    type: 'text',
    default: 'auto',
    oneOf: ['auto', 'always', 'never'],
    doc: 'let a small process start commands; auto: once ssql has grown large',
  },
  shell_folder: {
    type: 'text',
    default: 'current',
    oneOf: ['current', 'private'],
    doc: 'where commands run that name no folder: here, or each process in an empty folder that is removed afterwards',
  },
  epoch_ms: { type: 'duration', default: '1000', doc: 'time between two commits of a job' },
  max_record: { type: 'count', default: '268435456', doc: 'longest record, in bytes' },
  state_ttl: {
    type: 'duration',
    default: '0',
    doc: 'how long rows that do not end are kept for a join if no bound in time says it (0: such a join is refused), and what EMIT CHANGES knows of a key of which no row comes (0: for ever)',
  },
  memory_limit: {
    type: 'size',
    default: '0',
    doc: 'memory of the process; what does not fit goes on in scratch files. 0: rows and groups may take half of the machine, 2 GB at most',
  },
  temp_directory: {
    type: 'text',
    default: '',
    doc: 'where scratch files are made; without it in TMPDIR, else in /var/tmp',
  },
  timezone: {
    type: 'zone',
    default: 'UTC',
    doc: "zone of text without an offset where it becomes a TIMESTAMP, of what is made of one, and of date_trunc: UTC, 'Europe/Oslo', '+02:00'",
  },
  case_sensitive_like: { type: 'switch', default: 'off', doc: 'LIKE tells upper from lower case' },
  bare_columns: {
    type: 'text',
    default: 'allow',
    oneOf: ['allow', 'error'],
    doc: 'columns that are neither grouped by nor aggregated',
  },
};

/** The spec of a setting by the name that a user wrote. */
export function settingNamed(name: string, span: Span): { readonly name: string; readonly spec: SettingSpec } {
  const found = Object.keys(settings).find((known) => sameName(known, name));
  if (sameName(name, 'batch_ms'))
    fault('E0307', span, 'there is no setting `batch_ms`', {
      label: 'rows are handed on as they come: none waits for a batch to fill',
      help: ['SET batch_rows is the most that are handed on at once'],
    });
  if (found === undefined)
    return unknown('E0307', span, 'setting', name, Object.keys(settings), 'SHOW ALL lists the settings');
  return { name: found, spec: settings[found]! };
}

/** The text under which a value is kept, or what is wrong with it. */
export function settingText(
  { type, oneOf }: SettingSpec,
  value: string,
): { readonly text: string } | { readonly expected: string } {
  const word = value.trim().toLowerCase();
  switch (type) {
    case 'switch':
      if (['on', 'true', '1', 'yes'].includes(word)) return { text: 'on' };
      return ['off', 'false', '0', 'no'].includes(word) ? { text: 'off' } : { expected: 'expected on or off' };
    case 'count':
      return /^\d+$/.test(word) && Number(word) > 0
        ? { text: String(Number(word)) }
        : { expected: 'expected a whole number above 0' };
    case 'size': {
      const bytes = parseSize(word);
      return bytes === undefined ? { expected: "expected bytes, or a size such as '512 MB'" } : { text: String(bytes) };
    }
    case 'share': {
      const share = /^\d*\.?\d+(e-\d+)?$/.test(word) ? Number(word) : 2;
      return share <= 1 ? { text: String(share) } : { expected: 'expected a number from 0 to 1' };
    }
    case 'duration': {
      if (/^\d+(\.\d+)?$/.test(word)) return { text: String(Math.round(Number(word))) };
      const found = parseDuration(word);
      const fixed = found !== undefined && found.months === 0 && found.us >= 0;
      return fixed
        ? { text: String(Math.round(found.us / 1000)) }
        : { expected: "expected milliseconds, or a length of time such as '5 s'" };
    }
    case 'zone':
      if (/^(utc|z|gmt)$/.test(word)) return { text: 'UTC' };
      return zoneNamed(value.trim()) !== undefined
        ? { text: value.trim() }
        : { expected: "expected UTC, a zone such as 'Europe/Oslo', or an offset such as '+02:00'" };
    case 'text': {
      const found = oneOf?.find((known) => sameName(known, value));
      if (oneOf !== undefined && found === undefined) return { expected: `expected one of: ${oneOf.join(', ')}` };
      return { text: found ?? value };
    }
  }
}

/** Checks a name and a value that the user gave. */
export function checkedSetting(
  name: string,
  value: string,
  nameSpan: Span,
  valueSpan: Span,
): readonly [name: string, text: string] {
  const setting = settingNamed(name, nameSpan);
  const checked = settingText(setting.spec, value);
  if ('text' in checked) return [setting.name, checked.text];
  return fault('E0203', valueSpan, `\`${value}\` is no value for ${setting.name}`, { label: checked.expected });
}
