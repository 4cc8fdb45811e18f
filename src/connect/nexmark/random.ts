/** Numbers for one event, from nothing but the seed and its number. */
export class EventRandom {
  readonly #seed: number;
  #a = 0;
  #b = 0;

  constructor(seed: number) {
    this.#seed = mix((seed >>> 0) ^ mix(Math.floor(seed / 2 ** 32) + 0x9e3779b9));
  }

  /** Begins the numbers of an event. @param kind tells apart what else is numbered. */
  begin(event: number, kind = 0): void {
    this.#a = mix((event >>> 0) ^ this.#seed);
    this.#b = mix(Math.floor(event / 2 ** 32) ^ mix(this.#a + 0x9e3779b9 + kind)) | 1;
  }

  /** 32 bits: xoroshiro64* (Blackman, Vigna: https://prng.di.unimi.it). */
  bits(): number {
    const a = this.#a;
    const b = this.#b ^ a;
    this.#a = ((a << 26) | (a >>> 6)) ^ b ^ (b << 9);
    this.#b = (b << 13) | (b >>> 19);
    return Math.imul(a, 0x9e3779bb) >>> 0;
  }

  /** In [0, 1). */
  unit(): number {
    return this.bits() / 2 ** 32;
  }

  /** In [0, n), for n up to 2^32. */
  below(n: number): number {
    return Math.floor(this.unit() * n);
  }
}

/** Finalizer of splitmix32. */
function mix(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}
