import { realpathSync } from 'node:fs';
import { BroadcastChannel } from 'node:worker_threads';

/**
 * Brings word of each commit to the readers of the same folder that this process has, on whatever thread. Readers in
 * other processes hear nothing. Does not keep the process running.
 */
export class CommitNews {
  readonly #channel: BroadcastChannel;

  /** @param onCommit is told the last position after a commit of another store on the folder. */
  constructor(folder: string, onCommit: (lastPosition: number) => void) {
    // The same folder may be known by several paths.
    this.#channel = new BroadcastChannel(`taskledger-ledger:${realpathSync(folder)}`);
    this.#channel.onmessage = (message) => onCommit((message as { data: number }).data);
    this.#channel.unref();
  }

  /** Says that everything up to a position can be read now. */
  tell(lastPosition: number): void {
    this.#channel.postMessage(lastPosition);
  }

  close(): void {
    this.#channel.close();
  }
}
