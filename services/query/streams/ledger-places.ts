import { setTimeout as delay } from 'node:timers/promises';
import type { EventStore, RecordedEvent } from '../../../shared/core/ports/event-store.js';
import { BEFORE_ALL } from './change-ring.js';
import { markedPlace, markOf, type LedgerPlace } from './place-mark.js';

/** For so long a ledger that has not come to a place may be a replica that is about to. */
const REPLICA_LAG_MS_MAX = 2_000;
const LOOK_DELAY_MS = 100;

/** What is asked of a ledger for it. */
export type PlacedLedger = Pick<EventStore, 'readAll' | 'lastPosition' | 'fingerprintAt'>;

/** Tells the places of this ledger from those of others. */
export class LedgerPlaces {
  /** Those who begin now all begin at the same place. */
  private last: { position: string; id: Promise<string> } | undefined;

  constructor(private readonly ledger: PlacedLedger) {}

  /** The id of a stream that is at a position: without a mark where no event stands, or the ledger can't be asked. */
  id(position: string): Promise<string> {
    if (this.last?.position !== position) {
      const id = this.eventAt(position).then(
        (event) => markedPlace(position, event && markOf(event)),
        () => {
          this.last = undefined;
          return position;
        },
      );
      this.last = { position, id };
    }
    return this.last.id;
  }

  /**
   * Whether a place is one of this ledger, as far as it says.
   *
   * @throws UnavailableError when the ledger can't be asked.
   */
  async has({ position, mark }: LedgerPlace): Promise<boolean> {
    if (mark === undefined) return true;
    const untilMs = performance.now() + REPLICA_LAG_MS_MAX;
    for (;;) {
      const event = await this.eventAt(position);
      if (event !== undefined) return event.damage !== undefined || markOf(event) === mark;
      const hasCome = ((await this.ledger.lastPosition()) ?? BEFORE_ALL) >= position;
      if (hasCome || performance.now() > untilMs) return false;
      await delay(LOOK_DELAY_MS);
    }
  }

  private async eventAt(position: string): Promise<RecordedEvent | undefined> {
    // A place of another ledger may be none to begin a read at.
    if (position === BEFORE_ALL || (await this.ledger.fingerprintAt(position)) === undefined)
      return undefined;
    // Reads leave out the event at the position that they begin at.
    const before = await this.first({ direction: 'backwards', fromPosition: position });
    const next = await this.first(before === undefined ? {} : { fromPosition: before.position });
    return next?.position === position ? next : undefined;
  }

  private async first(options: Parameters<EventStore['readAll']>[0]): Promise<RecordedEvent | undefined> {
    for await (const event of this.ledger.readAll({ ...options, limit: 1 })) return event;
    return undefined;
  }
}
