import { realpathSync } from 'node:fs';
import { BroadcastChannel } from 'node:worker_threads';

/**
 * Brings word of each commit to the readers of the same folder that this process has, on whatever thread. Readers in
 * other processes hear nothing. Does not keep the process running.
 */
export class CommitNews {
  readonly #channel: BroadcastChannel;

  /** @param onCommit is called after a commit of another store on the folder. */
  constructor(folder: string, onCommit: () => void) {
    // The same folder may be known by several paths.
    this.#channel = new BroadcastChannel(`taskledger-ledger:${realpathSync(folder)}`);
    this.#channel.onmessage = () => onCommit();
    this.#channel.unref();
  }

  /** Says that there is something new to be read. */
  tell(): void {
    this.#channel.postMessage(null);
  }

  close(): void {
    this.#channel.close();
  }
}
