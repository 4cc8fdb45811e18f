import { openDatabase } from './driver.ts';

/** What a database knows of one part of a job: an INSERT that was run with `--job`. */
export interface JobProgress {
  readonly job: string;
  readonly sink: string;
  readonly done: number;
  readonly epoch: number;
  readonly rows: number | null;
  /** Time of the last commit, UTC. */
  readonly at: string | null;
}

/** The jobs whose progress is kept in a database; none where it has no such table. @throws RunError */
export function jobsIn(file: string): readonly JobProgress[] {
  const db = openDatabase(file, { readOnly: true });
  try {
    const isThere = db.prepare("SELECT 1 FROM main.sqlite_schema WHERE name = '_ssql_commit'").get() !== undefined;
    if (!isThere) return [];
    const sql = 'SELECT job, sink, done, epoch, rows, at FROM main._ssql_commit ORDER BY job, part, sink';
    return db.prepare(sql).all() as JobProgress[];
  } finally {
    db.close();
  }
}
