import type { RecordBatch } from '../../data/batch.ts';
import { asTsv } from '../../data/format/frames.ts';
import type { Shell } from '../../plan/plan.ts';
import type { ShellWays } from '../../plan/shell-ways.ts';
import type { Command } from '../../process/command.ts';
import { Conversation } from '../../process/conversation.ts';
import { Daemon } from '../../process/daemon.ts';
import type { RunContext } from '../context.ts';
import type { Counts } from './shell-faults.ts';
import { FrameReceiver } from './shell-frames.ts';
import { receiverFor } from './shell-receivers.ts';
import { rowsSent, type Sent } from './shell-sender.ts';

/** How a process that stays is asked, and how the end of its answer is known. */
export interface Dialogue {
  /** Makes sure, before the first question, that it answers. @throws SilenceError */
  probe(startup: number): Promise<void>;
  /** The rows that come out for those that are sent. @throws SilenceError; RunError E0502, E0503 */
  answer(sent: readonly Sent[], counts: Counts): Promise<readonly RecordBatch[]>;
  /** Bytes that no row may be. */
  readonly forbidden: Buffer | undefined;
  /** For messages: what is waited for. */
  readonly expects: string;
}

/** ms that an answer may take, where no TIMEOUT says otherwise. */
const PATIENCE = 60_000;

/** @param start what the process gets before the first row. @param took told of bytes that came out. */
export function dialogue(
  plan: Shell,
  context: RunContext,
  command: Command,
  start: Uint8Array,
  took: (bytes: number) => void,
): Dialogue {
  return plan.protocol === undefined
    ? marked(plan, context, command, start, took)
    : numbered(plan, plan.protocol, context, command, took);
}

function marked(
  plan: Shell,
  context: RunContext,
  command: Command,
  start: Uint8Array,
  took: (bytes: number) => void,
): Dialogue {
  const marker = plan.contract.marker!.value;
  const daemon = new Daemon(command, marker);
  return {
    probe: (startup) => daemon.probe(startup),
    async answer(sent, counts) {
      const receiver = receiverFor(plan, context, counts, start);
      for (const rows of sent) receiver.sent(rows);
      const bytes = await daemon.ask(
        sent.map((rows) => rows.bytes),
        plan.timeout ?? PATIENCE,
      );
      took(bytes.length);
      return [...(bytes.length > 0 ? receiver.take([bytes]) : []), ...receiver.end()];
    },
    forbidden: daemon.marker,
    expects: `the MARKER '${marker.send}' with '${marker.reply}'`,
  };
}

function numbered(
  plan: Shell,
  protocol: NonNullable<ShellWays['protocol']>,
  context: RunContext,
  command: Command,
  took: (bytes: number) => void,
): Dialogue {
  const conversation = new Conversation(command, protocol, context.settings.maxRecord);
  const isOne = plan.contract.emits?.value === 'one';
  // A value alone in its frame may be any bytes.
  const isBare = protocol !== 'counted' && plan.outputFormat.name === 'lines';
  const parsed: Shell = isBare ? { ...plan, outputFormat: { name: 'tsv', options: {} } } : plan;
  return {
    probe: async () => undefined,
    async answer(sent, counts) {
      const numbers = sent.map(rowsSent);
      const count = numbers.reduce((a, b) => a + b, 0);
      const bytes = sent.map((rows) => rows.bytes);
      const answers = count === 0 ? [] : await conversation.ask(bytes, count, plan.timeout);
      took(answers.reduce((sum, answer) => sum + answer.length, 0));
      if (!isOne) {
        const receiver = new FrameReceiver(plan, context, counts);
        let at = 0;
        return sent.flatMap((rows, i) => receiver.rows(rows, answers.slice(at, (at += numbers[i]!))));
      }
      const receiver = receiverFor(parsed, context, counts, new Uint8Array(0));
      for (const rows of sent) receiver.sent(rows);
      const lines = isBare ? asTsv(answers) : inLines(answers);
      return [...(lines.length > 0 ? receiver.take([lines]) : []), ...receiver.end()];
    },
    forbidden: undefined,
    expects: protocol === 'counted' ? 'a batch with as many lines' : `a batch with a ${protocol} frame for each row`,
  };
}

const NEWLINE = Buffer.of(10);
const inLines = (answers: readonly Buffer[]): Buffer => Buffer.concat(answers.flatMap((answer) => [answer, NEWLINE]));
