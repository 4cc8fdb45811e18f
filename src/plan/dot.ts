import type { Job } from './job.ts';
import { inputs, label } from './ops.ts';
import type { Plan } from './plan.ts';

/**
 * A job as a graph for Graphviz: a box for each operator, an arrow the way that rows go. What is shared is one box with
 * an arrow to each of its readers.
 */
export function dotOf({ plans, shared }: Job): readonly string[] {
  const lines: string[] = [];
  const made = new Map<string, string>();
  let count = 0;
  const draw = (plan: Plan): string => {
    if (plan.op === 'shared') return drawShared(plan.id);
    const name = `n${++count}`;
    lines.push(`  ${name} [label=${quoted(label(plan))}];`);
    for (const input of inputs(plan)) lines.push(`  ${draw(input)} -> ${name};`);
    return name;
  };
  const drawShared = (id: string): string => {
    const known = made.get(id);
    if (known !== undefined) return known;
    const name = draw(shared[id]!);
    made.set(id, name);
    return name;
  };
  plans.forEach(draw);
  return ['digraph plan {', '  rankdir=BT;', '  node [shape=box];', ...lines, '}'];
}

/** Long labels are broken where a list goes on, so that boxes stay narrow. */
const WIDTH = 60;

function quoted(text: string): string {
  const lines = [''];
  for (const word of text.split(/(?<=[ ,])/)) {
    if (lines.at(-1)!.length + word.length > WIDTH) lines.push('');
    lines.push(lines.pop()! + word);
  }
  const escaped = lines.map((line) => line.trimEnd().replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n'));
  return `"${escaped.filter((line) => line !== '').join('\\n')}"`;
}
