import { MAX_INT64, MIN_INT64, type Value } from '../../data/value.ts';
import { integerOf, numberOfText, realOf, realOrNull } from '../compare.ts';
import { isInt64 } from '../number.ts';
import { RowError } from './function.ts';

/** INTEGERs beyond this are added in two parts, so that no bit is lost. */
const BIG = 4503599627370496n;

/**
 * The running sum of `sum`, `total` and `avg` as SQLite >= 3.43 keeps it: exact in 64 bits until a REAL comes or an
 * INTEGER overflows, from then on Kahan-Babuska-Neumaier (https://en.wikipedia.org/wiki/Kahan_summation_algorithm).
 */
export class Sum {
  count = 0n;
  #integer = 0n;
  #approximate = false;
  #overflow = false;
  #sum = 0;
  #error = 0;

  /** Text that is wholly a number counts as that number; other text and BLOBs as their leading number. */
  add(v: Value): void {
    if (v === null) return;
    this.count++;
    const number = typeof v === 'string' ? numberOfText(v) : v;
    if (typeof number === 'bigint') this.#addInteger(number);
    else {
      if (!this.#approximate) this.#beApproximate();
      this.#overflow = false;
      this.#step(typeof number === 'number' ? number : realOf(v));
    }
  }

  /** Takes back a value that was added, in a window that moves on. What a REAL has rounded away stays so. */
  remove(v: Value): void {
    if (v === null) return;
    this.count--;
    const number = typeof v === 'string' ? numberOfText(v) : v;
    if (!this.#approximate) {
      const next = this.#integer - integerOf(number);
      if (isInt64(next)) {
        this.#integer = next;
        return;
      }
      this.#beApproximate();
      this.#overflow = true;
    }
    if (typeof number !== 'bigint') this.#step(-(typeof number === 'number' ? number : realOf(v)));
    else if (number !== MIN_INT64) this.#addInteger(-number);
    else {
      this.#addInteger(MAX_INT64);
      this.#addInteger(1n);
    }
  }

  #addInteger(i: bigint): void {
    if (!this.#approximate) {
      const next = this.#integer + i;
      if (isInt64(next)) {
        this.#integer = next;
        return;
      }
      this.#beApproximate();
      this.#overflow = true;
    }
    if (i > -BIG && i < BIG) this.#step(Number(i));
    else {
      const small = i % 16384n;
      this.#step(Number(i - small));
      this.#step(Number(small));
    }
  }

  #beApproximate(): void {
    this.#approximate = true;
    const i = this.#integer;
    const small = i > -BIG && i < BIG ? 0n : i % 16384n;
    this.#sum = Number(i - small);
    this.#error = Number(small);
  }

  #step(r: number): void {
    const s = this.#sum;
    const t = s + r;
    this.#error += Math.abs(s) > Math.abs(r) ? s - t + r : r - t + s;
    this.#sum = t;
  }

  /** The sum as REAL; 0 of nothing. */
  get real(): number {
    if (!this.#approximate) return Number(this.#integer);
    return Number.isFinite(this.#error) ? this.#sum + this.#error : this.#sum;
  }

  /** What `sum` gives: NULL of nothing. @throws RowError where INTEGERs alone left the 64 bits. */
  get exact(): Value {
    if (this.count === 0n) return null;
    if (this.#overflow) throw new RowError('integer overflow in sum()');
    return this.#approximate ? realOrNull(this.real) : this.#integer;
  }
}
