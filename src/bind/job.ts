import { jobsIn } from '../connect/sqlite/job-list.ts';
import { quotedName, type RunningJob } from '../plan/running-job.ts';
import type * as ast from '../syntax/ast.ts';
import type { BoundStep } from './bind.ts';
import type { Catalog } from './catalog.ts';
import { fault, unknown } from './fault.ts';
import { dotted } from './names.ts';

/** STOP, PAUSE and RESUME JOB. Whether it is running is found when the statement is. */
export function bindJob({ action, drain, job, span }: ast.JobStatement): BoundStep {
  if (drain && action !== 'stop')
    fault('E0201', span, `DRAIN with ${action.toUpperCase()} JOB`, {
      label: 'to drain a job is to end it',
      help: [`STOP JOB ${quotedName(job)} DRAIN`],
    });
  return { kind: 'job', name: job, action: drain ? 'drain' : action };
}

/** What attached databases know of jobs, by part and target. */
const recorded = ({ databases }: Catalog) =>
  [...databases.values()].flatMap(({ name, file }) => jobsIn(file).map((found) => ({ ...found, database: name })));

/** DROP JOB: each database forgets how far it came. Its rows stay. */
export function bindDropJob(catalog: Catalog, running: readonly RunningJob[], drop: ast.Drop): readonly BoundStep[] {
  const { name, span, ifExists } = drop;
  const job = dotted(name);
  if (running.some((run) => run.job === job))
    fault('E0605', span, `job ${job} is running`, {
      label: 'it keeps its progress',
      help: [`STOP JOB ${quotedName(job)}`],
    });
  const known = recorded(catalog);
  const databases = new Set(known.flatMap((found) => (found.job === job ? [found.database] : [])));
  if (databases.size === 0 && !ifExists) {
    const names = known.map((found) => found.job);
    unknown('E0605', name.span, 'job', job, names, 'no attached database has progress of this name');
  }
  const sql = `DELETE FROM _ssql_commit WHERE job = '${job.replaceAll("'", "''")}'`;
  return [...databases].map((database) => ({ kind: 'sqlite', database, sql, returnsRows: false }));
}

export const jobColumns = ['job', 'database', 'target', 'state', 'commits', 'rows', 'last commit', 'pid'] as const;

/** SHOW JOBS: what keeps progress, and whatever runs for a while. */
export function jobRows(
  catalog: Catalog,
  running: readonly RunningJob[],
): readonly (readonly (string | undefined)[])[] {
  const known = recorded(catalog);
  const rows = known.map(({ job, database, sink, done, epoch, rows: count, at }) => {
    const run = running.find((r) => r.job === job);
    const state = run?.state ?? (done === 1 ? 'complete' : epoch > 0 ? 'begun' : 'new');
    return [job, database, sink, state, String(epoch), String(count ?? 0), at ?? undefined, run && String(run.pid)];
  });
  const others = running.filter(({ job }) => job === undefined || known.every((found) => found.job !== job));
  return [
    ...rows,
    ...others.map(({ job, pid, script, state, delivered }) => [
      ...[job ?? String(pid), undefined, script, state, undefined, String(delivered), undefined, String(pid)],
    ]),
  ];
}
