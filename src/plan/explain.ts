import { alignmentOf } from '../contract/aligned.ts';
import { contractWords } from '../contract/words.ts';
import { printExpr } from '../expr/print.ts';
import { deliveryOf } from './facts.ts';
import { inputs, label } from './ops.ts';
import type { Plan, Shell } from './plan.ts';

/** The plan as a tree, root first, a line an operator. Meant for people: its form may change. */
export function explainPlan(plan: Plan, annotate: (plan: Plan) => string = () => ''): readonly string[] {
  const lines: string[] = [];
  const walk = (node: Plan, first: string, rest: string) => {
    const detail = detailOf(node);
    lines.push(`${first}${label(node)}${detail && `  ${detail}`}${annotate(node)}`);
    const below = inputs(node);
    below.forEach((input, i) => {
      const isLast = i === below.length - 1;
      walk(input, `${rest}${isLast ? '└─ ' : '├─ '}`, `${rest}${isLast ? '   ' : '│  '}`);
    });
  };
  walk(plan, '', '');
  return lines;
}

function detailOf(plan: Plan): string {
  switch (plan.op) {
    case 'scan': {
      const parts = [`columns ${plan.schema.map((f) => f.name).join(', ')}`];
      if (plan.pushed?.length) parts.push(`where ${plan.pushed.map(printExpr).join(' AND ')}`);
      if (plan.limit !== undefined) parts.push(`limit ${plan.limit}`);
      return parts.join('; ');
    }
    case 'shell':
      return shellDetail(plan);
    case 'sink':
      return deliveryOf(plan);
    default:
      return '';
  }
}

function shellDetail(plan: Shell): string {
  const { contract } = plan;
  const declared = contractWords(contract);
  const parts = [
    declared.length > 0 ? declared.join(', ') : 'nothing declared',
    ...(plan.input ? [`reads ${plan.reads.join(', ')} as ${plan.inputFormat.name}`] : []),
    ...(plan.writes.length > 0
      ? [`writes ${plan.writes.map((f) => f.name).join(', ')} as ${plan.outputFormat.name}`]
      : []),
    ...(alignmentOf(contract) && plan.carried.length > 0 ? [`carries ${plan.carried.join(', ')}`] : []),
    ...(plan.onError === 'skip' ? ['leaves out rows that cannot be read'] : []),
    ...(plan.stopsEarly ? ['stops early'] : []),
  ];
  return parts.join('; ');
}
