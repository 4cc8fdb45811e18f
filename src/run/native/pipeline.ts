import { NOTHING, type Kernel, type Lines } from './kernel.ts';

/** Kernels one behind the other. */
export class NativePipeline {
  readonly #kernels: readonly Kernel[];

  constructor(kernels: readonly Kernel[]) {
    this.#kernels = kernels;
  }

  /** Nothing that is still to come makes a difference. */
  get full(): boolean {
    return this.#kernels.some((kernel) => kernel.full === true);
  }

  /** @param from the kernel that is shown the lines. @returns what comes out of the last one now. */
  push(lines: Lines, from = 0): Lines {
    let some = lines;
    for (let k = from; k < this.#kernels.length && some.length > 0; k++)
      some = this.#kernels[k]!.push(Buffer.from(some.buffer, some.byteOffset, some.length));
    return some;
  }

  /** No more lines come. @returns all that is left. */
  end(): Lines {
    const parts = this.#kernels.flatMap((kernel, k) => {
      const rest = kernel.end?.() ?? NOTHING;
      return rest.length === 0 ? [] : [this.push(rest, k + 1)];
    });
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }
}
