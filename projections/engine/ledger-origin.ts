import type { EventStore, SubscriptionBatch } from '../../shared/ports/event-store.js';
import type { Logger } from '../../shared/ports/logger.js';
import type { Checkpoint, LedgerMark, ProjectionTarget } from '../../shared/ports/read-model.js';

interface OriginOptions<Change> {
  store: EventStore;
  target: ProjectionTarget<Change>;
  projection: { name: string };
  logger: Logger;
  epoch?: number;
}

/**
 * Where a projector's data comes from: which ledger, and up to which event of it. An older copy of a ledger, or that of
 * another installation, may well have an event at the same position; only the same event makes the data right.
 */
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
      this.ledgerId = await store.identity();
      const reason = await this.whyForeign(await target.madeFrom(projection.name));
      if (reason !== undefined) {
        this.options.logger.warn(
          { projection: projection.name },
          `${this.name} builds everything anew: ${reason}`,
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
  async checkpointAt(position: string, { caughtUp }: SubscriptionBatch): Promise<Checkpoint> {
    if (caughtUp) this.isPartial = false;
    const { ledgerId } = this;
    const fingerprint = ledgerId === undefined ? undefined : await this.options.store.fingerprintAt(position);
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

  /** Why data does not come from this ledger as it is; `undefined` when it does, or when that can't be told. */
  private async whyForeign(marks: readonly LedgerMark[]): Promise<string | undefined> {
    const { store } = this.options;
    const { ledgerId } = this;
    if (ledgerId === undefined) return undefined;
    for (const { position, ledgerId: madeFrom, fingerprint } of marks) {
      if (madeFrom !== ledgerId)
        return `it was made from the ledger ${madeFrom ?? 'of an unknown id'}, and this one is ${ledgerId}`;
      const found = await store.fingerprintAt(position);
      if (found === undefined) {
        const end = await store.lastPosition();
        const here = end === undefined ? 'is empty' : `ends at ${end}`;
        return `it was made from the ledger ${ledgerId} up to position ${position}, and this one ${here}`;
      }
      if (fingerprint !== undefined && found !== fingerprint)
        return `it was made from event ${fingerprint} at position ${position}, where this ledger ${ledgerId} has ${found}`;
    }
    return undefined;
  }
}
