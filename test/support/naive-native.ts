import { nativeOf } from '../../src/contract/native.ts';
import type { Shell } from '../../src/plan/plan.ts';
import { kernelsOf } from '../../src/run/native/kernels.ts';
import { NativePipeline } from '../../src/run/native/pipeline.ts';

/** Law N1: what the commands would print of the lines, all at once. Bytes are latin1. */
export function runNative({ command, fused = [] }: Shell, lines: string): string {
  const stages = [command, ...fused.map((stage) => stage.command)];
  const pipeline = new NativePipeline(kernelsOf(stages.flatMap((text) => nativeOf(text)!.steps)));
  const first = Buffer.from(pipeline.push(Buffer.from(lines, 'latin1'))).toString('latin1');
  return first + Buffer.from(pipeline.end()).toString('latin1');
}
