/** The arguments of a program, taken apart. */
export interface Arguments {
  /** Each option that is there, by its letter, with its values; of one that takes none each value is ''. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly string[];
}

/** Which options a program has. */
export interface Options {
  /** Letters as getopt takes them: `e:` takes a value. */
  readonly short: string;
  /** Long names, without dashes, to the letter that means the same; '' for what changes nothing. */
  readonly long?: Readonly<Record<string, string>>;
  /** What `-5` means the value of: `n`. */
  readonly number?: string;
  /** What follows the first operand belongs to it, dashes or not. */
  readonly stops?: true;
}

/** Takes arguments apart as GNU tools do. @returns undefined for an option that is not known: then nothing is. */
export function argumentsOf(
  words: readonly string[],
  { short, long = {}, number, stops }: Options,
): Arguments | undefined {
  const options = new Map<string, string[]>();
  const operands: string[] = [];
  const add = (letter: string, value: string): void =>
    void options.set(letter, [...(options.get(letter) ?? []), value]);
  const takesValue = (letter: string): boolean | undefined => {
    const at = short.indexOf(letter);
    return at < 0 || letter === ':' ? undefined : short[at + 1] === ':';
  };
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === '--') {
      operands.push(...words.slice(i + 1));
      break;
    }
    if (word.startsWith('--') && long[word.slice(2)] === '') continue;
    if (word.startsWith('--')) {
      const [, name = '', value] = /^--([^=]+)(?:=([^]*))?$/.exec(word) ?? [];
      const letter = Object.hasOwn(long, name) ? long[name]! : undefined;
      const takes = letter === undefined ? undefined : takesValue(letter);
      if (takes === undefined || (takes && value === undefined) || (!takes && value !== undefined)) return undefined;
      add(letter!, value ?? '');
    } else if (number !== undefined && /^-\d+$/.test(word)) add(number, word.slice(1));
    else if (word.startsWith('-') && word !== '-') {
      for (let c = 1; c < word.length; c++) {
        const takes = takesValue(word[c]!);
        if (takes === undefined) return undefined;
        if (!takes) add(word[c]!, '');
        else {
          const value = c + 1 < word.length ? word.slice(c + 1) : words[++i];
          if (value === undefined) return undefined;
          add(word[c]!, value);
          break;
        }
      }
    } else if (stops) {
      operands.push(...words.slice(i));
      break;
    } else operands.push(word);
  }
  return { options, operands };
}
