/**
 * Two plans as text, line by line: `+` is only in the second one, `-` only in the first, and `~` where an operator of the
 * first one stands at another place in the second.
 */
export function diffOf(before: readonly string[], after: readonly string[]): readonly string[] {
  const [a, b] = [before.map(operatorIn), after.map(operatorIn)];
  const common = longestCommon(a, b);
  const lines: string[] = [];
  const gone = a.filter((_, i) => !common.some(([x]) => x === i));
  const come = b.filter((_, j) => !common.some(([, y]) => y === j));
  let [i, j] = [0, 0];
  for (const [x, y] of [...common, [a.length, b.length] as const]) {
    for (; i < x; i++) if (!come.includes(a[i]!)) lines.push(`- ${before[i]}`);
    for (; j < y; j++) lines.push(`${gone.includes(b[j]!) ? '~' : '+'} ${after[j]}`);
    if (y < b.length) lines.push(`  ${after[y]}`);
    i = x + 1;
    j = y + 1;
  }
  return lines;
}

/** Without the lines of the tree. */
const operatorIn = (line: string): string => line.replace(/^[\s\u2500-\u257f]+/, '');

/** Pairs of places at which both have the same, as many as there can be, in order. */
function longestCommon(a: readonly string[], b: readonly string[]): readonly (readonly [number, number])[] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i]![j] = a[i] === b[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!);
  const pairs: (readonly [number, number])[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (lengths[i + 1]![j]! >= lengths[i]![j + 1]!) i++;
    else j++;
  }
  return pairs;
}
