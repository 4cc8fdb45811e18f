/**
 * Numbers in their order, to which others come. What has been sorted once is only merged with what came since: a result
 * that is asked for again and again, as rows come, costs one pass over the numbers, and no sort of all of them.
 */
export class SortedNumbers {
  #sorted: Float64Array = new Float64Array(0);
  #more: number[] = [];

  get length(): number {
    return this.#sorted.length + this.#more.length;
  }

  add(x: number): void {
    this.#more.push(x);
  }

  /** All of them, the least first. Not to be changed. */
  all(): Float64Array {
    if (this.#more.length === 0) return this.#sorted;
    const more = Float64Array.from(this.#more).sort();
    this.#more = [];
    this.#sorted = this.#sorted.length === 0 ? more : merged(this.#sorted, more);
    return this.#sorted;
  }
}

function merged(many: Float64Array, few: Float64Array): Float64Array {
  const all = new Float64Array(many.length + few.length);
  let from = 0;
  for (let i = 0; i < few.length; i++) {
    const x = few[i]!;
    const begin = from;
    while (from < many.length && many[from]! <= x) from++;
    all.set(many.subarray(begin, from), begin + i);
    all[from + i] = x;
  }
  all.set(many.subarray(from), from + few.length);
  return all;
}
