import { alignmentOf, isPerRecord } from '../contract/aligned.ts';
import type { Contract } from '../contract/contract.ts';
import { piecesOf } from '../contract/pieces.ts';
import { column } from '../expr/expr.ts';
import { isVolatile } from '../expr/may-fail.ts';
import { rowField, type Canary } from '../plan/canary.ts';
import type { Edge } from '../plan/edge.ts';
import { edgesOf } from '../plan/edges.ts';
import type { Job } from '../plan/job.ts';
import { inputs, withInputs } from '../plan/ops.ts';
import type { Filter, Plan, Project, Shell } from '../plan/plan.ts';
import { essence, isNarrowing, isSameSource, stagesOf, widened } from './canary-parts.ts';
import { stretchOver } from './canary-stretch.ts';
import { prune } from './prune.ts';
import { subset } from './rules/project.ts';

/** Operators that make of each row what they make of it whatever the others are. */
type Link = (Filter | Project | Shell) & { readonly input: Plan };

/** Links over each other, the topmost first, and what stands below them. */
interface Chain {
  readonly links: readonly Link[];
  readonly below: Plan;
}

/**
 * SET canary: the job, where commands that treat each row by itself were rewritten, with an operator that runs some of
 * their batches as they were written, too. Only where all that stands above them is as it was written, so that both
 * give the same rows.
 *
 * @param logical for each root what the statement says, nothing shared.
 */
export function withCanary(logical: readonly Plan[], job: Job, share: number): Job {
  const plans = job.plans.map((plan, i) => {
    const edges = edgesOf(plan);
    return watched(logical[i]!, plan, { job, share, edgeAbove: (p) => edges.get(p) ?? 'list' });
  });
  return { ...job, plans };
}

interface Placing {
  readonly job: Job;
  readonly share: number;
  readonly edgeAbove: (plan: Plan) => Edge;
}

function watched(written: Plan, rewritten: Plan, placing: Placing): Plan {
  const plain = chainOf(written);
  const chain = chainOf(rewritten);
  const canary = canaryOver(plain, chain, rewritten, placing);
  if (canary !== undefined) return canary;
  const [below, other] = [inputs(chain.below), inputs(plain.below)];
  if (textOf(plain.links) !== textOf(chain.links) || !isSame(plain.below, chain.below))
    return stretch(written, rewritten, placing);
  if (below.length === 0 || below.length !== other.length) return stretch(written, rewritten, placing);
  const next = below.map((input, i) => watched(other[i]!, input, placing));
  if (next.every((input, i) => input === below[i])) return stretch(written, rewritten, placing);
  return over(chain.links, withInputs(chain.below, next));
}

const stretch = (written: Plan, rewritten: Plan, { job, share, edgeAbove }: Placing): Plan =>
  stretchOver(written, rewritten, { shared: job.shared, share, order: edgeAbove(rewritten) }) ?? rewritten;

function chainOf(plan: Plan): Chain {
  const links: Link[] = [];
  let below = plan;
  for (; isLink(below); below = below.input) links.push(below);
  return { links, below };
}

function isLink(p: Plan): p is Link {
  if (p.op === 'filter') return !isVolatile(p.predicate);
  if (p.op === 'project') return !p.exprs.some(isVolatile);
  if (p.op !== 'shell' || p.input === undefined || (p.onError ?? 'fail') !== 'fail') return false;
  const ways = [p.mode, p.groups, p.time, p.retries, p.protocol, p.call?.when];
  return ways.every((way) => way === undefined) && stagesOf(p).every(isFunction);
}

const isFunction = (contract: Contract): boolean =>
  isPerRecord(contract) &&
  contract.determinism?.value === 'deterministic' &&
  contract.determinism.by !== 'quarantined' &&
  contract.effects?.value === 'none';

const over = (links: readonly Link[], below: Plan): Plan =>
  links.reduceRight<Plan>((input, link) => withInputs(link, [input]), below);

/** What operators do, whatever columns are carried past them. */
const textOf = (links: readonly Link[]): string =>
  JSON.stringify(links.filter((link) => !isNarrowing(link)).map(essence));

function isSame(a: Plan, b: Plan): boolean {
  if (a.op !== b.op) return false;
  return JSON.stringify(essence(a)) === JSON.stringify(essence(b));
}

/** The commands of a chain, whether in one text or in several, in any order. */
const commandsOf = (links: readonly Link[]): string =>
  links
    .flatMap((link) => (link.op === 'shell' ? [link, ...(link.fused ?? [])] : []))
    .flatMap(({ command }) => piecesOf(command)?.texts ?? [command.trim()])
    .sort()
    .join('\0');

function canaryOver(plain: Chain, chain: Chain, rewritten: Plan, { job, share, edgeAbove }: Placing): Plan | undefined {
  if (!plain.links.some((link) => link.op === 'shell') || textOf(plain.links) === textOf(chain.links)) return undefined;
  // Over anything but a source the commands must be the same: one may stand below it now.
  const isOverSource = isSameSource(plain.below, chain.below, job.shared);
  const isOverSame = isSame(plain.below, chain.below) && commandsOf(plain.links) === commandsOf(chain.links);
  if (!isOverSource && !isOverSame) return undefined;
  // Else nobody can tell which rows of the output come of which batch.
  if (![...plain.links, ...chain.links].every((link) => link.op !== 'shell' || isAligned(link))) return undefined;
  const wanted = rewritten.schema.map((f) => f.name);
  const top = plain.links[0]!;
  if (!wanted.every((name) => top.schema.some((f) => f.name === name))) return undefined;
  const asWritten = prune(subset(wanted, over(plain.links, plain.below)), () => undefined);
  const needed = chainOf(asWritten).below.schema;
  const below = widened(chain.below, needed);
  if (below === undefined) return undefined;
  const schema = [...below.schema, rowField];
  const tapped: Plan = { op: 'tap', input: below, share, schema };
  const tagged = (links: readonly Link[], from: Plan): Plan => links.reduceRight<Plan>(withRow, from);
  const narrowed = below === chain.below ? [] : [subset(namesOf(chain.below), below) as Link];
  const canary: Canary = {
    op: 'canary',
    share,
    order: edgeAbove(rewritten),
    input: tagged([...chain.links, ...narrowed], tapped),
    plain: tagged(chainOf(asWritten).links, { op: 'values', schema, rows: [] }),
    schema: rewritten.schema,
  };
  return canary;
}

const namesOf = (plan: Plan): readonly string[] => plan.schema.map((f) => f.name);

/** Whether each row of its output tells which row of its input it comes from. */
function isAligned(shell: Shell): boolean {
  const alignments = new Set(stagesOf(shell).map(alignmentOf));
  return alignments.size === 1 && !alignments.has(undefined);
}

/** The operator with `$row` among its columns. */
function withRow(input: Plan, link: Link): Plan {
  if (link.op === 'filter') return { ...link, input, schema: input.schema };
  const schema = [...link.schema, rowField];
  if (link.op === 'project')
    return { ...link, input, schema, exprs: [...link.exprs, column(rowField.name, 'INTEGER')] };
  return { ...link, input, schema, carried: [...link.carried, rowField.name] };
}
