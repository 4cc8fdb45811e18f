/** A time zone of the IANA database, or a fixed offset. All times are microseconds since 1970-01-01. */
export interface Zone {
  /** What the clocks of the zone are ahead of UTC at a moment. */
  offsetAt(time: number): number;
  /**
   * The moment at which clocks show `local`, which is counted as if they were in UTC. Of two (clocks were put back) the
   * first; where none do (clocks were put forward) as far behind the change as `local` is behind what clocks showed then.
   */
  momentOf(local: number): number;
}

const zones = new Map<string, Zone | undefined>();

/** @returns undefined for a name that is none. `UTC` is a zone like any other. */
export function zoneNamed(name: string): Zone | undefined {
  if (!zones.has(name)) zones.set(name, madeZone(name));
  return zones.get(name);
}

const SECOND = 1e6;
const DAY = 86_400 * SECOND;
const fixed = /^([-+])(\d\d?)(?::?(\d\d))?$/;

function madeZone(name: string): Zone | undefined {
  const [, sign, hours, minutes = '0'] = fixed.exec(name) ?? [];
  if (sign !== undefined) {
    const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60 * SECOND;
    const isOffset = Number(hours) < 24 && Number(minutes) < 60;
    return isOffset ? { offsetAt: () => offset, momentOf: (local) => local - offset } : undefined;
  }
  try {
    return new NamedZone(new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' }));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** So long a stretch of time has one change of clocks at most. */
const STRETCH = 8 * DAY;

/** A stretch of time: from `change` on (Infinity: never in it) the second offset holds. */
interface Stretch {
  readonly before: number;
  readonly change: number;
  readonly after: number;
}

/** Asks Intl, which takes long, once for each stretch of eight days. */
class NamedZone implements Zone {
  readonly #format: Intl.DateTimeFormat;
  readonly #stretches = new Map<number, Stretch>();
  #number = NaN;
  #last: Stretch = { before: 0, change: Infinity, after: 0 };

  constructor(format: Intl.DateTimeFormat) {
    this.#format = format;
  }

  offsetAt(time: number): number {
    const number = Math.floor(time / STRETCH);
    if (number !== this.#number) {
      this.#number = number;
      this.#last = this.#stretch(number);
    }
    return time < this.#last.change ? this.#last.before : this.#last.after;
  }

  momentOf(local: number): number {
    // No zone is further than a day from UTC.
    const before = this.offsetAt(local - DAY);
    const after = this.offsetAt(local + DAY);
    if (before === after) return local - before;
    const first = local - before;
    return this.offsetAt(first) === before || this.offsetAt(local - after) !== after ? first : local - after;
  }

  #stretch(number: number): Stretch {
    let found = this.#stretches.get(number);
    if (found === undefined) this.#stretches.set(number, (found = this.#made(number * STRETCH)));
    return found;
  }

  #made(start: number): Stretch {
    let [low, high] = [start, start + STRETCH];
    const [before, after] = [this.#ask(low), this.#ask(high)];
    if (before === after) return { before, change: Infinity, after };
    while (high - low > SECOND) {
      const middle = Math.floor((low + high) / 2 / SECOND) * SECOND;
      if (this.#ask(middle) === before) low = middle;
      else high = middle;
    }
    return { before, change: high, after };
  }

  #ask(time: number): number {
    const text = this.#format.formatToParts(time / 1000).find((part) => part.type === 'timeZoneName')!.value;
    const [, sign, hours = '0', minutes = '0', seconds = '0'] = /([-+])(\d+):?(\d+)?:?(\d+)?/.exec(text) ?? [];
    return (sign === '-' ? -1 : 1) * ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * SECOND;
  }
}
