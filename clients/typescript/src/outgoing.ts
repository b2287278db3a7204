import type { Settings } from './client-options.js';
import { TaskledgerClosedError } from './errors.js';
import { EventQueue } from './event-queue.js';
import type { EventJournal } from './event-journal.js';
import { EventSender } from './event-sender.js';
import { flushAtExit } from './exit-flush.js';
import { JournalFolder } from './journal-folder.js';
import type { Transport } from './transport.js';

/** All that is on its way out: the queue, its file where there is one, and the sender; with a beginning and an end. */
export class Outgoing {
  readonly sender: EventSender;
  readonly #queue: EventQueue;
  readonly #folder: JournalFolder | undefined;
  readonly #journal: EventJournal | undefined;
  readonly #callOff: () => void;
  #restored: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  /** Takes up what earlier processes have left on disk. @throws what the file system throws. */
  constructor(
    private readonly transport: Transport,
    private readonly settings: Settings,
  ) {
    const { folder, limits, warn } = settings;
    if (folder !== undefined)
      this.#folder = new JournalFolder(folder, (message) => warn(message, 'TASKLEDGER_BUFFER'));
    const left = this.#folder?.takeUp();
    this.#journal = this.#folder?.create();
    this.#queue = new EventQueue(limits, this.#journal);
    this.sender = new EventSender(this.#queue, transport, settings);
    if (left !== undefined) this.#restored = this.#restore(left);
    this.#callOff = flushAtExit(() => this.#flushAtExit());
  }

  /** Sends what waits. @returns whether all of it was answered in time. */
  async flush(timeoutMs: number): Promise<boolean> {
    await this.#restored;
    return this.sender.flush(timeoutMs);
  }

  /** Sends what waits, then takes no more. @throws TaskledgerClosedError when something in memory could not be sent. */
  close(timeoutMs: number): Promise<void> {
    return (this.#closed ??= this.#close(timeoutMs));
  }

  async #close(timeoutMs: number): Promise<void> {
    this.#callOff();
    await this.flush(timeoutMs);
    const unsent = this.sender.stop();
    await this.transport.close();
    await this.#journal?.close((this.#folder as JournalFolder).released());
    if (unsent > 0)
      throw new TaskledgerClosedError(`${unsent} events could not be sent and are lost`, unsent);
  }

  async #restore(left: ReturnType<JournalFolder['takeUp']>): Promise<void> {
    try {
      await this.sender.restore(left.events);
      left.remove();
    } catch (error) {
      const why = (error as Error).message;
      this.settings.warn(`What an earlier process left could not be taken up: ${why}`, 'TASKLEDGER_BUFFER');
    }
  }

  async #flushAtExit(): Promise<void> {
    if (await this.flush(this.settings.exitFlushMsMax)) return;
    const fate = this.#journal === undefined ? 'are lost' : 'stay in the buffer on disk';
    this.settings.warn(`${this.#queue.size} events could not be sent and ${fate}`, 'TASKLEDGER_UNSENT');
  }
}
