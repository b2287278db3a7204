import { ledgerMismatch } from '../../shared/core/application/ledger-mismatch.js';
import type { EventStore, SubscriptionBatch } from '../../shared/core/ports/event-store.js';
import type { Logger } from '../../shared/core/ports/logger.js';
import type { Checkpoint, LedgerMark, ProjectionTarget } from '../../shared/core/ports/read-model.js';

interface OriginOptions<Change> {
  store: EventStore;
  target: ProjectionTarget<Change>;
  projection: { name: string };
  logger: Logger;
  epoch?: number;
}

/** Where a projector's data comes from: which ledger, and up to which event of it. */
export class LedgerOrigin<Change> {
  /** As `LedgerWork.isPartial`; true before it has begun, as nothing is known then. */
  isPartial = true;
  private ledgerId: string | undefined;
  private begun = false;

  /** @param name Whose data it is, for the log. */
  constructor(
    private readonly options: OriginOptions<Change>,
    private readonly name: string,
  ) {}

  /**
   * Finds out where to go on. Data that does not come from this ledger is taken away before, with a line in the log.
   *
   * @returns The checkpoint; `undefined` when there is none.
   */
  async resume(): Promise<Checkpoint | undefined> {
    const { store, target, projection } = this.options;
    if (target.madeFrom !== undefined) {
      // Asked first: a read model that is lost is given up then, also while the ledger is unavailable.
      const marks = await target.madeFrom(projection.name);
      this.ledgerId = await store.identity();
      const { ledgerId } = this;
      const reason = ledgerId === undefined ? undefined : await ledgerMismatch(store, ledgerId, marks);
      if (reason !== undefined) {
        this.options.logger.warn(
          { event: 'read_model_rebuild_started', projection: projection.name },
          `${this.name} removes what it has made, and makes all of it again from the ledger: ${reason}`,
        );
        await target.reset?.(projection.name);
      }
    }
    const marks = (await target.madeFrom?.(projection.name)) ?? [];
    // Asked last: from now on the data is answered from.
    const position = await target.checkpoint(projection.name);
    const mark = marks.find((one) => one.position === position);
    if (position === undefined) this.isPartial = true;
    else if (!this.begun) this.isPartial = mark?.partial ?? false;
    this.begun = true;
    return position === undefined ? undefined : this.checkpoint({ ...mark, position });
  }

  /** The checkpoint that covers a batch. */
  async checkpointAt(position: string, { caughtUp, events }: SubscriptionBatch): Promise<Checkpoint> {
    if (caughtUp) this.isPartial = false;
    const { ledgerId } = this;
    const { store } = this.options;
    const fingerprint =
      ledgerId === undefined ? undefined : await store.fingerprintAt(position, events.at(-1));
    return this.checkpoint({
      position,
      ...(ledgerId !== undefined && { ledgerId }),
      ...(fingerprint !== undefined && { fingerprint }),
      ...(this.isPartial && { partial: true }),
    });
  }

  private checkpoint(mark: LedgerMark & Pick<Checkpoint, 'partial'>): Checkpoint {
    const { projection, epoch, target } = this.options;
    const known = target.madeFrom === undefined ? { position: mark.position } : mark;
    return { ...known, projection: projection.name, ...(epoch !== undefined && { epoch }) };
  }
}
