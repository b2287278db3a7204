import { CommandSide } from './command-side.js';
import { FakeLedger } from './fake-ledger.js';
import { MemoryEventStore } from './memory-event-store.js';

/** A ledger to be read from that a command service in memory writes to. */
export class WrittenLedger extends FakeLedger {
  private readonly store = new MemoryEventStore();
  private readonly side = new CommandSide(this.store);

  /** Writes lifecycle events, all of which must be accepted. Answers the id of each one's task. */
  async write(...events: unknown[]): Promise<number[]> {
    const outcomes = await this.side.ingest(...events);
    const refused = outcomes.find(({ outcome }) => outcome !== 'accepted');
    if (refused !== undefined) throw new Error(refused.message);
    this.takeAll();
    return outcomes.map(({ task_id }) => task_id as number);
  }

  /** Sends an event, whatever becomes of it. */
  async send(event: unknown): Promise<void> {
    await this.side.one(event);
    this.takeAll();
  }

  /** Cancels a task that is open. */
  async cancel(request: object): Promise<void> {
    const reply = await this.side.cancel(request);
    if (!reply.ok) throw new Error(reply.error.message);
    this.takeAll();
  }

  /** Has the watchdog record that a task which runs is silent. */
  async silence(taskId: number, revision: number): Promise<void> {
    const silence = { kind: 'silent', task_id: taskId, revision, last_heard_at: '2025-03-12T10:00:00.000Z' };
    const [outcome] = (await this.side.silences({ silences: [silence] })).outcomes;
    if (outcome !== 'recorded') throw new Error(`The silence was ${outcome}`);
    this.takeAll();
  }

  /** Has time pass for the command service. */
  passMs(ms: number): void {
    this.side.nowMs += ms;
  }

  /** How a value of the ledger is erased. */
  get crypto(): CommandSide['crypto'] {
    return this.side.crypto;
  }

  private takeAll(): void {
    // All that was written before is here already.
    for (const event of this.store.events.slice(this.events.length)) this.take(event);
  }
}
