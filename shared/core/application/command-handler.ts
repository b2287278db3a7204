import { KeyedMutex } from '../../kit/keyed-mutex.js';
import { BrokenStreamError } from '../contracts/errors.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { EventStore } from '../ports/event-store.js';
import { newJob, targetName, type CommandTarget } from './command-job.js';
import { CONFLICTS_MAX, LedgerCommands } from './ledger-commands.js';
import type { ReceivedCommand } from './received-command.js';
import type { CommandResult } from './task-draft.js';

/** Carries out commands, those of each task one after the other. */
export class CommandHandler {
  private readonly mutex = new KeyedMutex();
  private ledger: LedgerCommands;

  constructor(private readonly deps: { store: EventStore; clock: Clock; crypto: Crypto }) {
    this.ledger = new LedgerCommands(deps);
  }

  /**
   * Forgets all that was loaded or reserved: the ledger that it is from is no longer there. What is under way, and decided on
   * that, is not recorded any more: whoever sent it is told to send it again.
   */
  forget(): void {
    this.ledger.gone();
    this.ledger = new LedgerCommands(this.deps);
  }

  /**
   * Carries out one task's commands in their order, with one append for all that are accepted, or several where they are too
   * large for one: each is decided on what those before it have led to. Results come in the same order, and only when
   * everything is on disk. A task whose stream does not verify, or what a key names by a reservation that does not, takes no
   * more events: each is refused with `broken_stream`. An event that the ledger's engine does not take even alone is refused
   * with `too_large_for_ledger`, and those after it are carried out all the same.
   *
   * @param deadlineMs In milliseconds since 1970; what has not begun by then is not begun.
   * @throws UnavailableError when the effect is unknown; sending all of them again has no second effect.
   */
  handle(
    target: CommandTarget,
    commands: readonly ReceivedCommand[],
    deadlineMs: number,
  ): Promise<CommandResult[]> {
    const name = targetName(target);
    const job = newJob({ target, name, commands, deadlineMs, triesLeft: CONFLICTS_MAX });
    return this.mutex.run(name, () => this.ledger.carryOut(job));
  }

  /** Why no task can be created, where that was so lately and has not changed since. */
  creationFault(): string | undefined {
    return this.ledger.creationFault();
  }

  /** The task that a key names, or `undefined` when there is none, or it can't be told. */
  async taskIdOfKey(key: string): Promise<number | undefined> {
    try {
      return await this.ledger.taskIdOfKey(key);
    } catch (error) {
      // Told to those who send events for this key, and not to all who are in the same batch.
      if (error instanceof BrokenStreamError) return undefined;
      throw error;
    }
  }
}
