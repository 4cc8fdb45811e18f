const units: Readonly<Record<string, number>> = { '': 1, B: 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Bytes of `512MB`, `1.5 GiB`, or a plain number of them; each unit is 1024 of the one before. Undefined for other text. */
export function parseSize(text: string): number | undefined {
  const [, amount, unit] = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?\s*$/i.exec(text) ?? [];
  return amount === undefined ? undefined : Math.floor(Number(amount) * units[unit!.toUpperCase()]!);
}
