/**
 * Text of one generated function, and what it refers to. Only fresh names, keywords and operators ever go into the
 * text: constants, functions and names of columns are handed over as arguments.
 */
export class Code {
  readonly constants: unknown[] = [];
  readonly #lines: string[] = [];
  readonly #locals: string[] = [];
  readonly #known = new Map<unknown, string>();
  #names = 0;
  /** What is computed already, by key, for each block that is open. */
  readonly #scopes: Map<string, unknown>[] = [new Map<string, unknown>()];

  /** The name of a value made outside: a literal, a function, a pattern. */
  constant(value: unknown): string {
    // -0 and 0 are one key of a Map, and must not be one constant.
    const isShared = !Object.is(value, -0);
    let name = isShared ? this.#known.get(value) : undefined;
    if (name === undefined) {
      name = `k${this.constants.push(value) - 1}`;
      if (isShared) this.#known.set(value, name);
    }
    return name;
  }

  /** A variable of the function; `initial` is the text of its first value, which also settles its machine type. */
  local(initial = '0'): string {
    const name = `x${this.#names++}`;
    this.#locals.push(`let ${name} = ${initial};`);
    return name;
  }

  line(text: string): void {
    this.#lines.push(text);
  }

  /** `head { body }`. What body computes is not known after it, since it may not have run. */
  block(head: string, body: () => void): void {
    this.line(`${head} {`);
    this.#scopes.push(new Map());
    body();
    this.#scopes.pop();
    this.line('}');
  }

  /** The result of `make` for this key, made once for all uses that it reaches. */
  once<T>(key: string, make: () => T): T {
    for (const scope of this.#scopes) {
      const found = scope.get(key);
      if (found !== undefined) return found as T;
    }
    const scope = this.#scopes.at(-1)!;
    const made = make();
    scope.set(key, made);
    return made;
  }

  /** The function, given the parts that stand around the lines: before its loop, and within. */
  build(parameters: string, before: string, loop: (body: string) => string, after: string): unknown {
    const names = this.constants.map((_, i) => `const k${i} = K[${i}];`).join('\n');
    const text = `${names}
return (${parameters}) => {
${before}
${this.#locals.join('\n')}
${loop(this.#lines.join('\n'))}
${after}
};`;
    return (new Function('K', text) as (constants: readonly unknown[]) => unknown)(this.constants);
  }
}
