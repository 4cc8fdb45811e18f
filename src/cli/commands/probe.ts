import { readFileSync } from 'node:fs';
import { diagnosticsOf, QueryError, render } from '../../base/errors.ts';
import { readAllStdin } from '../../connect/stdio.ts';
import type { Findings, Probe } from '../../probe/findings.ts';
import { probe } from '../../probe/probe.ts';
import type { ProbeArguments } from '../arguments-probe.ts';
import { exit, exitCodeOf } from '../exit.ts';

/** `ssql probe`: exit 0 when it could find out something, 1 when the command does not run on the sample. */
export async function probeCommand(given: ProbeArguments): Promise<number> {
  try {
    const found = await probed(given);
    process.stdout.write(given.format === 'json' ? `${JSON.stringify(found, null, 2)}\n` : described(found));
    return found.suggested.length > 0 ? exit.ok : exit.failed;
  } catch (error) {
    process.stderr.write(`${render(diagnosticsOf(error))}\n`);
    return exitCodeOf(error);
  }
}

const probed = async ({ shell, sample, marker, budget }: ProbeArguments): Promise<Probe> =>
  probe(shell, {
    ...(sample !== undefined && { sample: sampleLines(sample) }),
    ...(marker !== undefined && { marker }),
    ...(budget !== undefined && { budget }),
  });

/** The last line of a file may lack its end. */
function sampleLines(file: string): readonly string[] {
  let text: string;
  try {
    text = file === '-' ? readAllStdin() : readFileSync(file, 'utf8');
  } catch (error) {
    throw new QueryError({ code: 'E0701', message: `cannot read the sample: ${(error as Error).message}` });
  }
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function described({ command, sample, findings, suggested, profile, notes, runs, ms }: Probe): string {
  const rows = Object.entries(answers(findings)).filter(([, answer]) => answer !== undefined);
  const lines = [
    `${command.replace(/\s*\n\s*/g, ' ')}`,
    `  ${sample.lines} lines (${sample.name}), ${runs} runs, ${(ms / 1000).toFixed(1)} s`,
    ...rows.map(([name, answer]) => `  ${name.padEnd(10)}${answer!}`),
    ...notes.map((note) => `  note      ${note}`),
  ];
  if (suggested.length > 0) {
    lines.push('suggested, not proven:', `  ${suggested.join(' ')}`);
    if (profile !== undefined) lines.push(`  AS ${profile.name} says as much, and ${profile.needs}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Each question, and what was found out; undefined where nothing was. */
function answers(found: Findings): Readonly<Record<string, string | undefined>> {
  const { empty, counts, filters, strange, deterministic, perRecord, marker, whyNoMarker, startup, cost } = found;
  const status = (code: number | undefined): string => (code === undefined ? 'none' : String(code));
  return {
    exit: `${status(found.exit)}; without input ${status(empty.exit)}`,
    lines: `${found.linesIn} in, ${found.linesOut} out${counts?.equal ? ', as many in each run' : ''}`,
    filter: filters === undefined ? undefined : filterAnswer(filters, strange),
    repeat: deterministic === undefined ? undefined : deterministic ? 'prints the same again' : 'prints something else',
    order: orderAnswer(found),
    record:
      perRecord &&
      (perRecord.holds ? `pieces of input give the pieces of output (${perRecord.cut})` : `no: ${perRecord.cut}`),
    streams: streamsAnswer(found),
    marker:
      marker === undefined ? whyNoMarker && `no: ${whyNoMarker}` : `'${marker.send}' is answered by '${marker.reply}'`,
    cost: `${startup} ms a process${cost === undefined ? '' : `, ${cost} us a row`}`,
  };
}

function filterAnswer(filters: boolean, strange: string | undefined): string {
  if (strange !== undefined) return `no: it printed a line of its own, ${JSON.stringify(strange.slice(0, 60))}`;
  return filters ? 'its output is some of its lines' : 'it passes on all lines';
}

function orderAnswer({ orderFree, sorts }: Findings): string | undefined {
  if (orderFree === undefined) return undefined;
  if (orderFree === 'yes') return `does not matter${sorts ? ', and the output is the sorted input' : ''}`;
  return orderFree === 'lines'
    ? 'other order in, the same lines in other order out'
    : 'other order in, other lines out';
}

function streamsAnswer({ streams, streamsLive, stopsEarly }: Findings): string | undefined {
  if (streams === undefined) return undefined;
  const when = streams.ms === undefined ? '' : `, the first after ${streams.ms} ms`;
  const how = {
    all: `all of it before the end of the input${when}`,
    some: `some of it before the end of the input${when}`,
    none: `nothing before the end of the input${streamsLive === 'all' ? '; all of it under stdbuf -oL' : ''}`,
  };
  return `${how[streams.share]}${stopsEarly ? '; then it ends by itself' : ''}`;
}
