import { SharedLook } from '../../kit/shared-look.js';
import { BrokenStreamError, CorruptStoreError, UnavailableError } from '../contracts/errors.js';
import type { JsonObject } from '../domain/json.js';
import { REGISTERED_NAMES_MAX } from '../domain/limits.js';
import type { Crypto } from '../ports/crypto.js';
import type { EventStore, RecordedEvent } from '../ports/event-store.js';
import { verified } from './chain-verifier.js';
import { openFacts } from './stored-facts.js';
import { upcast } from './upcasters.js';

/** Names of one kind, as the ledger holds them: each once, in one event of one stream. */
export interface RegistryForm<Entry extends object> {
  stream: string;
  /** The type of the stream's events. */
  type: string;
  /** What they are, for messages: `types of tasks`. */
  what: string;
  /** What an event says, and the name in it; `undefined` where that is not what this program writes. */
  read(facts: JsonObject): { name: string; entry: Entry } | undefined;
}

/**
 * All names of one kind, held at hand: they are given for good, and bounded in number. What others have added since is read
 * when somebody asks for it.
 */
export class Registry<Entry extends object> {
  private entries = new Map<string, Entry>();
  private end: RecordedEvent | undefined;
  private readonly looks = new SharedLook(() => this.look());

  constructor(
    readonly form: RegistryForm<Entry>,
    private readonly store: Pick<EventStore, 'readStream'>,
    private readonly crypto: Pick<Crypto, 'sha256'>,
  ) {}

  /** The entry of a name, as far as it is at hand. */
  known(name: string): Entry | undefined {
    return this.entries.get(name);
  }

  /** All that are at hand, in the order in which they were registered. */
  all(): Entry[] {
    return [...this.entries.values()];
  }

  /** The stream's last event that is at hand, which the next one follows. */
  get last(): RecordedEvent | undefined {
    return this.end;
  }

  /** Nothing is at hand any more: the ledger that it is from is no longer there. */
  forget(): void {
    this.entries = new Map();
    this.end = undefined;
  }

  /**
   * Reads what has been added, so that all that was registered before the call is at hand.
   *
   * @throws UnavailableError when the ledger is away, or what it holds of them does not verify.
   */
  refresh(): Promise<void> {
    return this.looks.ask();
  }

  private async look(): Promise<void> {
    const { form, store, crypto, end } = this;
    const read = { fromRevision: end?.revision ?? 0, limit: REGISTERED_NAMES_MAX + 1 };
    const found: RecordedEvent[] = [];
    try {
      for await (const event of store.readStream(form.stream, read)) found.push(event);
      // Another ledger, or an older copy of this one, may stand there by now.
      if (end !== undefined && found.shift()?.id !== end.id) {
        this.forget();
        return await this.look();
      }
      for await (const event of verified(found, crypto, end)) this.add(event);
    } catch (error) {
      if (!(error instanceof BrokenStreamError)) throw error;
      throw new UnavailableError(`The ${form.what} can't be read: ${error.message}`, { cause: error });
    }
  }

  private add(recorded: RecordedEvent): void {
    const { type, data } = upcast(recorded);
    const read = type === this.form.type ? this.form.read(openFacts(type, data)) : undefined;
    if (read === undefined)
      throw new CorruptStoreError(`${recorded.stream}@${recorded.revision} is no ${this.form.type}`);
    this.entries.set(read.name, read.entry);
    this.end = recorded;
  }
}
