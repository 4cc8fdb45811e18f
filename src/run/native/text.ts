import type { NativeStep } from '../../contract/native.ts';
import { ByteWriter } from '../../data/format/byte-writer.ts';
import { NEWLINE, type Kernel, type Lines } from './kernel.ts';

type Of<D extends NativeStep['do']> = Extract<NativeStep, { do: D }>;

/** `tr`: each byte becomes another one. */
export function bytesKernel({ from, to }: Of<'bytes'>): Kernel {
  const table = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  for (let i = 0; i < from.length; i++) table[from.charCodeAt(i)] = to.charCodeAt(i);
  return {
    push(lines) {
      const out = Buffer.allocUnsafeSlow(lines.length);
      for (let i = 0; i < lines.length; i++) out[i] = table[lines[i]!]!;
      return out;
    },
  };
}

const members = (set: string): Uint8Array => {
  const has = new Uint8Array(256);
  for (const c of set) has[c.charCodeAt(0)] = 1;
  return has;
};

/** `tr -d` */
export function deleteKernel({ set }: Of<'delete'>): Kernel {
  const has = members(set);
  return {
    push(lines) {
      const out = Buffer.allocUnsafeSlow(lines.length);
      let n = 0;
      for (let i = 0; i < lines.length; i++) if (has[lines[i]!] === 0) out[n++] = lines[i]!;
      return out.subarray(0, n);
    },
  };
}

/** `tr -s`: of the same byte several times in a row one stays. */
export function squeezeKernel({ set }: Of<'squeeze'>): Kernel {
  const has = members(set);
  return {
    push(lines) {
      const out = Buffer.allocUnsafeSlow(lines.length);
      let n = 0;
      for (let i = 0; i < lines.length; i++) {
        const byte = lines[i]!;
        if (i === 0 || byte !== lines[i - 1] || has[byte] === 0) out[n++] = byte;
      }
      return out.subarray(0, n);
    },
  };
}

/** Calls for each line; @param end of it, where its newline stands. */
function eachLine(lines: Buffer, line: (start: number, end: number) => void): void {
  for (let start = 0; start < lines.length;) {
    const end = lines.indexOf(NEWLINE, start);
    line(start, end);
    start = end + 1;
  }
}

/** What is written for each line, but its newline. */
const perLine = (write: (out: ByteWriter, lines: Buffer, start: number, end: number) => void): Kernel => ({
  push(lines): Lines {
    const out = new ByteWriter(lines.length);
    eachLine(lines, (start, end) => {
      write(out, lines, start, end);
      out.byte(NEWLINE);
    });
    return out.take();
  },
});

/** `cut -f`: a line without a delimiter stays as it is. */
export function fieldsKernel({ delimiter, ranges }: Of<'fields'>): Kernel {
  const separator = delimiter.charCodeAt(0);
  return perLine((out, lines, start, end) => {
    let field = 0;
    let range = 0;
    let isFirst = true;
    let at = start;
    do {
      let stop = at;
      while (stop < end && lines[stop] !== separator) stop++;
      if (at === start && stop === end) return out.copy(lines, start, end);
      field++;
      while (range < ranges.length && field > ranges[range]![1]) range++;
      if (range === ranges.length) return undefined;
      if (field >= ranges[range]![0]) {
        if (!isFirst) out.byte(separator);
        isFirst = false;
        out.copy(lines, at, stop);
      }
      at = stop + 1;
    } while (at <= end);
    return undefined;
  });
}

/** `cut -c` */
export const sliceKernel = ({ ranges }: Of<'slice'>): Kernel =>
  perLine((out, lines, start, end) => {
    for (const [from, to] of ranges) {
      if (start + from - 1 >= end) return;
      out.copy(lines, start + from - 1, Math.min(end, start + to));
    }
  });

const [SPACE, TAB] = [32, 9];
const isBlank = (byte: number | undefined): boolean => byte === SPACE || byte === TAB;

/** `awk '{ print $n }'` */
export function fieldKernel({ delimiter, n }: Of<'field'>): Kernel {
  if (delimiter !== undefined) return delimitedKernel(delimiter.charCodeAt(0), n);
  return perLine((out, lines, start, end) => {
    let at = start;
    for (let field = 1; ; field++) {
      while (at < end && isBlank(lines[at])) at++;
      let stop = at;
      while (stop < end && !isBlank(lines[stop])) stop++;
      if (field === n) return out.copy(lines, at, stop);
      if (stop === end) return undefined;
      at = stop;
    }
  });
}

const delimitedKernel = (separator: number, n: number): Kernel =>
  perLine((out, lines, start, end) => {
    let at = start;
    for (let field = 1; ; field++) {
      let stop = at;
      while (stop < end && lines[stop] !== separator) stop++;
      if (field === n) return out.copy(lines, at, stop);
      if (stop === end) return undefined;
      at = stop + 1;
    }
  });

/** `sed s/a/b/` */
export function replaceKernel({ text, by, all }: Of<'replace'>): Kernel {
  const wanted = Buffer.from(text, 'latin1');
  return {
    push(lines): Lines {
      let found = lines.indexOf(wanted);
      if (found < 0) return lines;
      const out = new ByteWriter(lines.length);
      let at = 0;
      while (found >= 0) {
        out.copy(lines, at, found);
        out.ascii(by);
        at = found + wanted.length;
        found = lines.indexOf(wanted, all ? at : lines.indexOf(NEWLINE, at));
      }
      out.copy(lines, at, lines.length);
      return out.take();
    },
  };
}

/** `sed s/^/a/` */
export const addKernel = ({ at, text }: Of<'add'>): Kernel =>
  perLine((out, lines, start, end) => {
    if (at === 'start') out.ascii(text);
    out.copy(lines, start, end);
    if (at === 'end') out.ascii(text);
  });
