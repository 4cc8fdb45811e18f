import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { RunError } from '../base/errors.ts';
import type { JobAction, RunningJob } from '../plan/running-job.ts';
import { jobFolder, leaveJobFolder, listeners, socketOf } from './job-folder.ts';
import type { JobAnswer, JobRequest } from './job-server.ts';
import { lines } from './lines.ts';

/** ms that a process gets to say what it does: between two batches it always can. */
const PATIENCE = 2000;

/** The runs of other processes of this user, on this host. */
export async function runningJobs(): Promise<readonly RunningJob[]> {
  const others = listeners().filter((pid) => pid !== process.pid);
  const found = await Promise.all(
    others.map((pid) => ask(pid, 'status', AbortSignal.timeout(PATIENCE)).catch(() => undefined)),
  );
  return found.flatMap((answer) => (answer === undefined ? [] : [answer.status]));
}

/**
 * Asks something of a run, by its name or the pid of its process. Returns when that is done: a run that is to end is over.
 *
 * @throws RunError E0605; what the signal was aborted with.
 */
export async function controlJob(
  name: string,
  action: JobAction,
  signal: AbortSignal = new AbortController().signal,
): Promise<RunningJob> {
  const running = await runningJobs();
  const found = running.filter(({ job, pid }) => job === name || String(pid) === name);
  const [job, another] = found;
  if (job === undefined)
    throw new RunError({
      code: 'E0605',
      message: `no job ${name} is running`,
      help: [
        running.length === 0 ? 'no other ssql of this user runs here' : `running: ${running.map(nameOf).join(', ')}`,
      ],
    });
  if (another !== undefined)
    throw new RunError({
      code: 'E0605',
      message: `${found.length} runs are called ${name}`,
      help: [`name one by its process: ${found.map(({ pid }) => pid).join(', ')}`],
    });
  const { status, refused } = await ask(job.pid, action, signal);
  if (refused !== undefined) throw new RunError({ code: 'E0605', message: `job ${name}: ${refused}` });
  return status;
}

const nameOf = ({ job, pid }: RunningJob): string => job ?? String(pid);

/** Asks one process. Its socket is removed where nobody listens any more: it was killed. */
function ask(pid: number, what: JobRequest['ask'], signal: AbortSignal): Promise<JobAnswer> {
  const path = socketOf(jobFolder(), pid);
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const stop = () => socket.destroy(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    let answer: JobAnswer | undefined;
    lines(socket, (line) => (answer = JSON.parse(line) as JobAnswer));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') {
        rmSync(path, { force: true });
        leaveJobFolder();
      }
      reject(error);
    });
    socket.on('close', () => {
      signal.removeEventListener('abort', stop);
      if (answer !== undefined) resolve(answer);
      else reject(new RunError({ code: 'E0605', message: `process ${pid} has ended without an answer` }));
    });
    socket.write(`${JSON.stringify({ ask: what } satisfies JobRequest)}\n`);
  });
}
