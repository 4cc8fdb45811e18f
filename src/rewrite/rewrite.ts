import { Bug } from '../base/errors.ts';
import { closeContract } from '../contract/closure.ts';
import type { Contract } from '../contract/contract.ts';
import { profiles, type Profile } from '../contract/profiles.ts';
import { contractWords } from '../contract/words.ts';
import { faultIn } from '../plan/check.ts';
import { edgesOf } from '../plan/edges.ts';
import { label, mapInputs, shellName } from '../plan/ops.ts';
import type { Plan, Shell } from '../plan/plan.ts';
import { last, moving, pushing, running } from './catalog.ts';
import { prune } from './prune.ts';
import type { Rule } from './rule.ts';
import { tryOut } from './try-out.ts';
import { projectBelowShell } from './rules/project.ts';
import { unfuseCommands, type Knows } from './rules/unfuse.ts';
import { groupsOfBranches } from './rules/parts.ts';
import { belowUnionIn } from './rules/below-union.ts';
import { chooseIn, type CanChoose } from './rules/choose.ts';
import { doneHere, type IsKnown } from './rules/native.ts';
import { filterIntoSource, prefixIntoSource, type CanPush, type CanRun } from './rules/sqlite.ts';

/** What happened at one operator: a rule fired, or needs that stopped it. */
export interface RewriteStep {
  readonly rule: string;
  /** The operator, as EXPLAIN prints it. */
  readonly at: string;
  readonly law: string;
  /** The command that the law is about, as EXPLAIN prints it; absent for rules without one. */
  readonly command?: string;
  /** What is the matter, where the rule did not fire. Absent: it did. */
  readonly refused?: string;
  /** The first clause that is missing. */
  readonly word?: string;
  /** All clauses that are missing: with them the law holds, of a conjunction at least for a part. */
  readonly missing?: readonly string[];
  /** The profile that says all of these, for those who would rather write that. */
  readonly profile?: Profile;
  /** The command is not run, on the strength of these promises: `declared EMITS ONE; inferred TOTAL`. */
  readonly dropped?: string;
  /** What it rests on that it is of use here, where the rule fired and that is a matter of numbers. */
  readonly basis?: string;
  /** What would be saved, where the rule did not fire; and the line that tries the promises that are missing. */
  readonly gain?: string;
  readonly tryOut?: string;
  /** The plan after the step. */
  readonly after?: Plan;
}

export interface RewriteOptions {
  /** Whether sources may be asked to filter and to stop. */
  readonly pushdown: boolean;
  readonly canPush: CanPush;
  /** Absent: no source runs plans. */
  readonly canRun?: CanRun;
  /** Absent: no source leaves rows out by what a command makes of values. */
  readonly canChoose?: CanChoose;
  /** Whether a program is the one that was tried (law N1). Absent: none is. */
  readonly isKnown?: IsKnown;
  /** What may be relied on of a command that stands alone; absent: what its text tells. */
  readonly knows?: Knows;
  /** Only these rules, or all but these, by id. */
  readonly only?: readonly string[];
  readonly except?: readonly string[];
}

export const isWanted = (id: string, { only, except }: Pick<RewriteOptions, 'only' | 'except'>): boolean =>
  (only?.includes(id) ?? true) && !(except?.includes(id) ?? false);

/** Rule applications for each operator before the driver is taken to run in circles. */
const FUEL = 100;

/**
 * Applies the rules bottom-up until none fires, then narrows columns, then fuses, then settles how commands run.
 *
 * @throws Bug when a rule breaks the plan, or when it does not end.
 */
export function rewrite(
  plan: Plan,
  options: RewriteOptions,
): { readonly plan: Plan; readonly steps: readonly RewriteStep[] } {
  const { pushdown, canPush, canRun, canChoose = () => false, isKnown, knows } = options;
  const isOn = (id: string): boolean => isWanted(id, options);
  const chosen = (rules: readonly Rule[]) =>
    rules.filter((r) => isOn(r.id) && (r.prepares === undefined || isOn(r.prepares)));
  const driver = new Driver(plan);
  const runs = pushdown && canRun !== undefined;
  const told = new Map<string, Rule>([
    ...(knows === undefined ? [] : [['X3', unfuseCommands(knows)] as const]),
    ...(runs ? [['G4', groupsOfBranches(canRun)] as const] : []),
  ]);
  const all = moving.map((r) => told.get(r.id) ?? r);
  const early = [...all, ...(pushdown ? [filterIntoSource(canPush), ...pushing] : [])];
  driver.settle(chosen(early), !runs);
  // Only now, when all that can be below a grouping is there.
  if (runs) driver.settle(chosen([prefixIntoSource(canRun), ...early]));
  if (isOn(projectBelowShell.id)) driver.prune();
  driver.settle(chosen(last));
  const native = isKnown === undefined ? [] : [doneHere(isKnown)];
  const choosing = chooseIn(canChoose);
  driver.settle(chosen([...(pushdown ? [belowUnionIn(choosing), choosing] : []), ...native, ...running]));
  return { plan: driver.root, steps: driver.steps };
}

class Driver {
  root: Plan;
  readonly #fired: RewriteStep[] = [];
  /** Refusals of rounds that are over: those that stood when nothing more could be done. */
  readonly #refused: RewriteStep[] = [];
  #fuel: number;

  constructor(plan: Plan) {
    this.root = plan;
    this.#fuel = FUEL * sizeOf(plan);
  }

  get steps(): readonly RewriteStep[] {
    return [...this.#fired, ...this.#refused];
  }

  /** @param isOver these rules are not tried again, so that what stopped them is final. */
  settle(rules: readonly Rule[], isOver = true): void {
    for (;;) {
      const refused: RewriteStep[] = [];
      const step = this.#round(rules, refused);
      if (step === undefined) {
        if (isOver) this.#refused.push(...refused);
        return;
      }
      this.#check(step.rule);
      this.#fired.push({ ...step, after: this.root });
      if (this.#fuel-- === 0) throw new Bug(`rewriting did not end; last rule: ${step.rule}`);
    }
  }

  /** Looks for the first rule that can fire, at the lowest operator, and applies it. */
  #round(rules: readonly Rule[], refused: RewriteStep[]): RewriteStep | undefined {
    let fired: RewriteStep | undefined;
    const edges = edgesOf(this.root);
    const visit = (node: Plan): Plan => {
      const current = mapInputs(node, visit);
      if (fired !== undefined) return current;
      for (const rule of rules) {
        const found = rule.match(current, edges.get(node) ?? 'list');
        if (found === undefined) continue;
        const step = described(rule, current, found);
        if (step.refused !== undefined) refused.push(step);
        else {
          fired = step;
          return sameColumns(rule.id, current, rule.apply(found));
        }
      }
      return current;
    };
    this.root = visit(this.root);
    return fired;
  }

  prune(): void {
    const { id, law } = projectBelowShell;
    const narrowed: RewriteStep[] = [];
    const before = this.root;
    const step = (command: Parameters<typeof shellName>[0]) => ({
      rule: id,
      law,
      at: label(command),
      command: shellName(command),
    });
    this.root = sameColumns(
      id,
      before,
      prune(before, (command) => narrowed.push(step(command))),
    );
    this.#check('columns');
    this.#fired.push(...narrowed.map((step) => ({ ...step, after: this.root })));
  }

  #check(rule: string): void {
    const fault = faultIn(this.root);
    if (fault !== undefined) throw new Bug(`rule ${rule} broke the plan: ${fault}`);
  }
}

const sizeOf = (plan: Plan): number => {
  let size = 0;
  const count = (node: Plan): Plan => {
    size++;
    return mapInputs(node, count);
  };
  count(plan);
  return size;
};

/** The step that a rule takes here, or why it does not. */
export function described(rule: Rule, node: Plan, found: unknown): RewriteStep {
  const unmet = rule.needs.filter((need) => !need.holds(found));
  const [first] = unmet;
  const command = rule.command?.(found);
  const missing = unmet.flatMap(({ word }) => word ?? []);
  return {
    rule: rule.id,
    at: label(node),
    law: rule.law,
    ...(command && { command: shellName(command) }),
    ...(first && { refused: first.says?.(found) ?? `only if ${first.name}` }),
    ...(first?.word !== undefined && { word: first.word }),
    ...(missing.length > 0 && { missing }),
    ...(first && rule.gain !== undefined && { gain: gainOf(rule, rule.gain, found) }),
    ...(unmet.length === 0 && rule.basis !== undefined && { basis: rule.basis(found) }),
    ...(command && untold(command, missing)),
    ...(command && unmet.length === 0 && rule.dropsOn && { dropped: promisesIn(command.contract, rule.dropsOn) }),
  };
}

/** By where they come from. */
function promisesIn(contract: Contract, axes: readonly (keyof Contract)[]): string {
  const relied: Contract = Object.fromEntries(axes.map((axis) => [axis, contract[axis]]));
  return (['declared', 'inferred', 'verified'] as const)
    .map((by) => ({ by, words: contractWords(relied, by) }))
    .flatMap(({ by, words }) => (words.length === 0 ? [] : [`${by} ${words.join(', ')}`]))
    .join('; ');
}

const gainOf = ({ estimate }: Rule, gain: string, found: unknown): string =>
  `${gain} (${estimate === undefined ? 'how much is not estimated' : estimate(found)})`;

/** What the user could declare, and how that is tried. */
function untold(command: Shell, missing: readonly string[]): Pick<RewriteStep, 'profile' | 'tryOut'> {
  const { profile } = profileFor(command.contract, missing);
  const line = missing.length === 0 ? undefined : tryOut(command, missing, profile);
  return { ...(profile && { profile }), ...(line !== undefined && { tryOut: line }) };
}

/** Who lacks SCOPE RECORD has not thought of the profiles yet, which say it in one word together with others. */
function profileFor({ filters, emits }: Contract, missing: readonly string[]): { readonly profile?: Profile } {
  if (!missing.includes('SCOPE RECORD')) return {};
  const isMap = emits === undefined || emits.value === 'one';
  const profile: Profile = filters ? 'FILTER' : isMap ? 'MAP' : 'FLATMAP';
  const { contract } = closeContract(profiles[profile], { reads: [], writes: [] });
  const said = contractWords(
    Object.fromEntries(Object.entries(contract).map(([k, v]) => [k, { ...v, by: 'declared' }])),
  );
  return missing.every((word) => said.includes(word)) ? { profile } : {};
}

/** Every rule keeps the columns of what it replaces: names, types and order. */
function sameColumns(id: string, before: Plan, after: Plan): Plan {
  const text = (plan: Plan) => plan.schema.map((f) => `${f.name} ${f.type}`).join();
  if (text(before) !== text(after))
    throw new Bug(`rule ${id} changed the columns from (${text(before)}) to (${text(after)})`);
  return after;
}
