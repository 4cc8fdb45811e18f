import { printExpr } from '../expr/print.ts';
import type { Window } from './windows.ts';

/** `Window TUMBLE at, 1 min` */
export function windowLabel({ name, frame, time, by, panesOf }: Window): string {
  const parts = [
    ...(time ? [printExpr(time)] : []),
    ...(frame.kind === 'session'
      ? [`gap ${lengthText(frame.gap)}`, ...(frame.most === undefined ? [] : [`at most ${lengthText(frame.most)}`])]
      : frame.kind === 'rows'
        ? [...(frame.slide === frame.size ? [] : [`every ${frame.slide}`]), `${frame.size} rows`]
        : [
            ...(frame.slide === frame.size ? [] : [`every ${lengthText(frame.slide)}`]),
            lengthText(frame.size),
            ...(frame.offset === 0 ? [] : [`from ${lengthText(frame.offset)}`]),
          ]),
  ];
  const each = by.length === 0 ? '' : ` for each ${by.map(printExpr).join(', ')}`;
  const panes = panesOf === undefined ? '' : ` as panes of ${lengthText(panesOf)}`;
  return `Window ${name.toUpperCase()} ${parts.join(', ')}${panes}${each}`;
}

const units: readonly (readonly [us: number, name: string])[] = [
  [8.64e10, 'd'],
  [3.6e9, 'h'],
  [6e7, 'min'],
  [1e6, 's'],
  [1e3, 'ms'],
  [1, 'us'],
];

/** A length of time in the largest unit that holds it a whole number of times: `90 s`. */
export function lengthText(us: number): string {
  const [unit, name] = units.find(([size]) => us % size === 0) ?? units.at(-1)!;
  return `${us / unit} ${name}`;
}
