import { printable, Tail } from './tail.ts';

/** Lines shown at once; after them one line a second, with the number of those in between. */
const BURST = 20;
const INTERVAL = 1000;
/** ms that lines wait: those of a command that fails at once are shown with its error, and not twice. */
const PATIENCE = 200;
const LONGEST = 400;

/** What a command writes to stderr: the tail is always kept, for errors; a part of it is shown as it comes. */
export class StderrLog {
  readonly tail = new Tail();
  readonly #show: ((line: string) => void) | undefined;
  #torn = '';
  #waiting: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #shown = 0;
  #hidden = 0;
  #lastShown = 0;

  /** @param show takes lines to be shown, with the name of the command in front; absent: nothing is shown. */
  constructor(show: ((line: string) => void) | undefined) {
    this.#show = show;
  }

  take(chunk: Buffer): void {
    this.tail.push(chunk);
    if (this.#show === undefined) return;
    let at = 0;
    for (let newline = chunk.indexOf(10); newline >= 0; newline = chunk.indexOf(10, at)) {
      if (this.#mayShow()) this.#keep(this.#torn + chunk.toString('utf8', at, Math.min(newline, at + LONGEST)));
      else this.#hidden++;
      this.#torn = '';
      at = newline + 1;
    }
    this.#torn = (this.#torn + chunk.toString('utf8', at, Math.min(chunk.length, at + LONGEST))).slice(0, LONGEST);
  }

  /** The command has ended. @param failed what still waits is going to be shown with the error. */
  end(failed: boolean): void {
    clearTimeout(this.#timer);
    if (failed || this.#show === undefined) return;
    if (this.#torn !== '') this.#keep(this.#torn);
    this.#flush();
    if (this.#hidden > 0) this.#show(`(${this.#hidden.toLocaleString('en-US')} more lines)`);
  }

  #mayShow(): boolean {
    return this.#shown < BURST || Date.now() - this.#lastShown >= INTERVAL;
  }

  #keep(line: string): void {
    const more = this.#hidden === 0 ? '' : ` (after ${this.#hidden.toLocaleString('en-US')} lines that are not shown)`;
    this.#hidden = 0;
    this.#shown++;
    this.#lastShown = Date.now();
    this.#waiting.push(printable(line.trimEnd()) + more);
    this.#timer ??= setTimeout(() => this.#flush(), PATIENCE);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const line of this.#waiting.splice(0)) this.#show!(line);
  }
}
