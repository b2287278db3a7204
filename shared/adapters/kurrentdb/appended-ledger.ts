import { UnavailableError } from '../../core/contracts/errors.js';
import { FollowedLedger } from './followed-ledger.js';
import { ReplacedLedgerError, type LedgerIdentity } from './ledger-identity.js';

/**
 * Makes sure that what is appended after an outage goes to the ledger that it was decided on: what a process has loaded, or
 * reserved, is not true in another one, nor in an older copy.
 */
export class AppendedLedger {
  private followed: FollowedLedger;
  private readonly listeners = new Set<() => void>();
  /** How often another ledger was found. */
  replacements = 0;

  constructor(private readonly identity: LedgerIdentity) {
    this.followed = new FollowedLedger(identity, undefined);
  }

  /** To be told of the last event of each append. */
  appended(position: string, id: string): void {
    this.followed.saw([{ position, id }]);
  }

  /** As `EventStore.whenReplaced`. */
  whenReplaced(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * To be called with each new connection, before anything is appended over it.
   *
   * @throws UnavailableError when another ledger is there: once, as from then on that is the one to append to.
   */
  async check(): Promise<void> {
    try {
      await this.followed.check();
    } catch (error) {
      if (!(error instanceof ReplacedLedgerError)) throw error;
      this.followed = new FollowedLedger(this.identity, undefined);
      this.replacements++;
      for (const listener of [...this.listeners]) listener();
      throw new UnavailableError(`Nothing is appended on what was loaded before: ${error.message}`, {
        cause: error,
      });
    }
  }
}
