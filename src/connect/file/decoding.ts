import { RunError } from '../../base/errors.ts';
import type { DecodeRequest, Fault } from '../../data/format/format.ts';
import type { Options } from '../../plan/plan.ts';
import type { ConnectContext } from '../connector.ts';
import { withoutEnd } from '../rejected.ts';
import { metadataOf } from './columns.ts';

/** 256 MiB */
const MAX_RECORD = 1 << 28;

/** What a decoder needs, but for the columns, of a source that is called `name` in messages. */
export function decoding(
  options: Options,
  name: string,
  context: ConnectContext,
): Omit<DecodeRequest, 'schema' | 'columns' | 'from'> {
  const told = (fault: Fault): string =>
    `${name} line ${fault.line}: ${fault.column === undefined ? '' : `column ${fault.column}: `}${fault.message}`;
  return {
    options,
    batchRows: context.batchRows,
    maxRecord: context.maxRecord ?? MAX_RECORD,
    metadata: metadataOf(options),
    ...(context.atOnce === true && { reuse: true }),
    ...(context.reject !== undefined && { keepRecords: true }),
    onFault: (fault) => {
      if (context.reject !== undefined) {
        const { offset = 0, record = new Uint8Array(0) } = fault;
        context.reject({ source: name, offset, error: told(fault), record: withoutEnd(record) });
        return 'skip';
      }
      const onError = options['on_error'] ?? 'fail';
      if (onError === 'fail')
        throw new RunError({ code: 'E0702', message: told(fault), help: helpFor(fault, options) });
      context.countSkipped(told(fault));
      return onError === 'skip' ? 'skip' : 'null';
    },
  };
}

function helpFor(fault: Fault, options: Options): readonly string[] {
  const maybeHeader = fault.line === 1 && options['header'] === false && fault.column !== undefined;
  return [
    ...(maybeHeader ? ['if the first line names the columns, say header = true'] : []),
    "on_error = 'skip' leaves such rows out, on_error = 'null' makes NULL of what cannot be read",
  ];
}

/** A fault of a decoder, which does not know what it reads, with the name of the input. */
export function named(error: unknown, name: string): unknown {
  if (!(error instanceof RunError) || error.diagnostic.code !== 'E0703') return error;
  return new RunError({ ...error.diagnostic, message: `${name} ${error.diagnostic.message}` }, { cause: error });
}
