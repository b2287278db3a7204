import type { EventStore, RecordedEvent } from '../../core/ports/event-store.js';
import { ReplacedLedgerError, type LedgerIdentity } from './ledger-identity.js';

/**
 * Makes sure that a subscription, when it goes on after its connection was lost, goes on in the ledger that it began in:
 * an older copy would be silent up to the subscription's place, and go on with other events.
 */
export class FollowedLedger {
  private ledgerId: string | undefined;
  private last: { position: string; fingerprint: string } | undefined;
  private begun = false;

  constructor(
    private readonly identity: Pick<LedgerIdentity, 'find'> & Pick<EventStore, 'fingerprintAt'>,
    private readonly afterPosition: string | undefined,
  ) {}

  /** To be told of each batch's events. */
  saw(events: readonly Pick<RecordedEvent, 'position' | 'id'>[]): void {
    const event = events.at(-1);
    if (event !== undefined) this.last = { position: event.position, fingerprint: event.id };
  }

  /**
   * To be called each time before the subscription begins or goes on.
   *
   * @throws ReplacedLedgerError when there is another ledger now than when it was called first.
   */
  async check(): Promise<void> {
    const ledgerId = await this.identity.find();
    if (!this.begun) {
      const position = this.afterPosition;
      const fingerprint = position === undefined ? undefined : await this.identity.fingerprintAt(position);
      if (position !== undefined && fingerprint !== undefined) this.last ??= { position, fingerprint };
      this.ledgerId = ledgerId;
      this.begun = true;
      return;
    }
    if (this.ledgerId !== undefined && ledgerId !== this.ledgerId)
      throw new ReplacedLedgerError(
        `The ledger ${this.ledgerId} was followed, and KurrentDB has ${ledgerId ?? 'one without an id'} now`,
      );
    this.ledgerId ??= ledgerId;
    const { last } = this;
    if (last === undefined) return;
    const found = await this.identity.fingerprintAt(last.position);
    if (found !== last.fingerprint)
      throw new ReplacedLedgerError(
        `The ledger ${ledgerId ?? 'of no id'} was followed up to event ${last.fingerprint} at position ` +
          `${last.position}, where it has ${found ?? 'none'} now: it is an older copy`,
      );
  }
}
