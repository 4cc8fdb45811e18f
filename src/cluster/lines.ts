import type { Socket } from 'node:net';

/** Longest line that is taken. */
const LONGEST = 64 * 1024;

/** Calls `take` with each line that comes; whoever sends something else is left. */
export function lines(socket: Socket, take: (line: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop()!;
    if (rest.length > LONGEST) return void socket.destroy();
    try {
      parts.forEach(take);
    } catch {
      socket.destroy();
    }
    return undefined;
  });
}
