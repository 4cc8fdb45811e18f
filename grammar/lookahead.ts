import {
  Alternation,
  type ILookaheadStrategy,
  type IOrAlt,
  type IProduction,
  type IToken,
  NonTerminal,
  Option,
  Repetition,
  RepetitionMandatory,
  RepetitionMandatoryWithSeparator,
  RepetitionWithSeparator,
  type Rule,
  Terminal,
  type TokenType,
} from 'chevrotain';
import type { Expectations } from './expectations.ts';

/** What a lookahead function may ask of the parser that it is called on. */
interface Looking {
  LA(howMuch: number): IToken;
}
/** Productions that begin with an optional or repeated part, and whether that part may be left out. */
const branching = {
  Option,
  Repetition,
  RepetitionWithSeparator,
  RepetitionMandatory,
  RepetitionMandatoryWithSeparator,
  Alternation,
} as const;
type Branching = InstanceType<(typeof branching)[keyof typeof branching]>;
type Kind = keyof typeof branching;

/**
 * Decides by the type of the next token alone, then by the GATEs of the alternatives it leaves.
 *
 * Chevrotain's own strategy works out every decision of the grammar, for every word, when the parser is made: 0.27 s
 * with this grammar. Here a decision is worked out when it is first met, so that a query pays for the part of the
 * grammar that it uses.
 */
export class FirstTokens implements ILookaheadStrategy {
  readonly #expectations: Expectations | undefined;
  readonly #firstOfRule = new Map<Rule, { first: ReadonlySet<TokenType>; empty: boolean }>();
  readonly #decisionsOfRule = new Map<Rule, ReadonlyMap<string, Branching>>();

  /** @param expectations is told of each test that fails. */
  constructor(expectations?: Expectations) {
    this.#expectations = expectations;
  }

  /** The grammar is checked by a test, with Chevrotain's own strategy; there is nothing to add here. */
  validate(): [] {
    return [];
  }

  buildLookaheadForOptional(options: { prodOccurrence: number; prodType: Kind; rule: Rule }): () => boolean {
    const { rule, prodType, prodOccurrence } = options;
    const first = () => this.#sequence(this.#decision(rule, prodType, prodOccurrence).definition).first;
    return lookForOption(first, this.#expectations);
  }

  buildLookaheadForAlternation(options: {
    prodOccurrence: number;
    rule: Rule;
  }): (alternatives?: IOrAlt<unknown>[]) => number | undefined {
    const { rule, prodOccurrence } = options;
    const firsts = () =>
      this.#decision(rule, 'Alternation', prodOccurrence).definition.map(
        (alternative) => this.#sequence((alternative as Branching).definition).first,
      );
    return lookForOne(firsts, this.#expectations);
  }

  /** The production of `rule` that a call such as OPTION2 stands for. */
  #decision(rule: Rule, kind: Kind, occurrence: number): Branching {
    let decisions = this.#decisionsOfRule.get(rule);
    if (decisions === undefined) {
      const found = new Map<string, Branching>();
      const collect = (productions: readonly IProduction[]): void => {
        for (const p of productions) {
          for (const [name, type] of Object.entries(branching)) if (p instanceof type) found.set(`${name} ${p.idx}`, p);
          if (!(p instanceof NonTerminal) && 'definition' in p) collect(p.definition as IProduction[]);
        }
      };
      collect(rule.definition);
      this.#decisionsOfRule.set(rule, (decisions = found));
    }
    return decisions.get(`${kind} ${occurrence}`)!;
  }

  /** Token types that `productions` can begin with, and whether all of them may be empty. */
  #sequence(productions: readonly IProduction[]): { first: ReadonlySet<TokenType>; empty: boolean } {
    const first = new Set<TokenType>();
    for (const p of productions) {
      const part = this.#single(p);
      for (const type of part.first) first.add(type);
      if (!part.empty) return { first, empty: false };
    }
    return { first, empty: true };
  }

  #single(p: IProduction): { first: ReadonlySet<TokenType>; empty: boolean } {
    if (p instanceof Terminal) return { first: new Set([p.terminalType]), empty: false };
    if (p instanceof NonTerminal) {
      const rule = p.referencedRule;
      const known = this.#firstOfRule.get(rule) ?? this.#sequence(rule.definition);
      this.#firstOfRule.set(rule, known);
      return known;
    }
    const { definition } = p as Branching;
    if (p instanceof Alternation) {
      const parts = definition.map((alternative) => this.#sequence((alternative as Branching).definition));
      return { first: new Set(parts.flatMap((part) => [...part.first])), empty: parts.some((part) => part.empty) };
    }
    const inner = this.#sequence(definition);
    const mandatory = p instanceof RepetitionMandatory || p instanceof RepetitionMandatoryWithSeparator;
    return { first: inner.first, empty: inner.empty || !mandatory };
  }
}

/** Token types that each alternative can begin with. */
export type Alternatives = readonly ReadonlySet<TokenType>[];
/** A lookahead function, which can be asked what it looks for. */
export interface Looked {
  readonly firsts: () => ReadonlySet<TokenType> | Alternatives;
}

/**
 * Whether an optional or repeated part is entered.
 *
 * @param firsts the types that it can begin with; asked for when the decision is first met.
 * @param expectations is told of a test that fails.
 */
export function lookForOption(
  firsts: () => ReadonlySet<TokenType>,
  expectations?: Expectations,
): (() => boolean) & Looked {
  let enters: Uint8Array | undefined;
  let first: ReadonlySet<TokenType>;
  const prepare = (): Uint8Array => {
    first = firsts();
    const types = withMembers(first);
    enters = new Uint8Array(Math.max(...types) + 1);
    for (const type of types) enters[type] = 1;
    return enters;
  };
  // Chevrotain calls it with the parser as `this`.
  const look = function (this: Looking): boolean {
    const table = enters ?? prepare();
    const found = this.LA(1);
    if (table[found.tokenTypeIdx] === 1) return true;
    expectations?.note(found, first);
    return false;
  };
  return Object.assign(look, { firsts });
}

/** Which of several alternatives is taken. See `lookForOption`. */
export function lookForOne(
  firsts: () => Alternatives,
  expectations?: Expectations,
): ((alternatives?: IOrAlt<unknown>[]) => number | undefined) & Looked {
  /** By the number of a token type, the alternatives that can begin with it. */
  let choices: Map<number, number[]> | undefined;
  let alternativesOf: Alternatives = [];
  const prepare = (): Map<number, number[]> => {
    choices = new Map();
    alternativesOf = firsts();
    for (const [i, first] of alternativesOf.entries())
      for (const type of withMembers(first)) choices.set(type, [...(choices.get(type) ?? []), i]);
    return choices;
  };
  const look = function (this: Looking, alternatives: IOrAlt<unknown>[] = []): number | undefined {
    const found = this.LA(1);
    for (const i of (choices ?? prepare()).get(found.tokenTypeIdx) ?? none) {
      const gate = alternatives[i]!.GATE;
      if (gate === undefined || gate.call(this)) return i;
    }
    if (expectations !== undefined) for (const first of alternativesOf) expectations.note(found, first);
    return undefined;
  };
  return Object.assign(look, { firsts });
}

const none: readonly number[] = [];

/** The numbers of `types` and of all token types that belong to one of them. */
function withMembers(types: Iterable<TokenType>): Set<number> {
  const all = new Set<number>();
  for (const type of types) {
    all.add(type.tokenTypeIdx!);
    for (const member of type.categoryMatches ?? []) all.add(member);
  }
  return all;
}
