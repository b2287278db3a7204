import { SharedLook } from '../../kit/shared-look.js';
import { UnavailableError } from '../contracts/errors.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { EventStore } from '../ports/event-store.js';
import { bookkeepingEvents } from './bookkeeping-events.js';
import type { Registry } from './registry.js';

/** How often names are tried for against other services before their senders are told to come again. */
const CONFLICTS_MAX = 20;

/** How many names are registered by one append. */
const NAMES_PER_APPEND_MAX = 500;

/**
 * Registers names: each once, whatever others are registering at the same time, since what is appended was decided on all
 * that stands there. Those that come while an append is under way go into the next one together.
 */
export class Registrar<Entry extends object, Wish = undefined> {
  private wanted = new Map<string, Wish>();
  private readonly writes = new SharedLook(() => this.write());

  /**
   * @param entryFor What a name that is new is registered as, after those that are given; `undefined` when it can't be.
   */
  constructor(
    private readonly registry: Registry<Entry>,
    private readonly deps: { store: EventStore; clock: Clock; crypto: Crypto },
    private readonly entryFor: (name: string, wish: Wish, registered: readonly Entry[]) => Entry | undefined,
  ) {}

  /**
   * What a name stands for, on disk; it is registered when it is new.
   *
   * @param wish What it is to be registered as. Of several that come at once the first counts.
   * @returns `undefined` when it is new and can't be registered.
   * @throws UnavailableError when the effect is unknown; asking again is safe.
   */
  async entryOf(name: string, wish: Wish): Promise<Entry | undefined> {
    const known = this.registry.known(name);
    if (known !== undefined) return known;
    if (!this.wanted.has(name)) this.wanted.set(name, wish);
    await this.writes.ask();
    return this.registry.known(name);
  }

  private async write(): Promise<void> {
    const wanted = [...this.wanted];
    this.wanted = new Map();
    for (let from = 0; from < wanted.length; from += NAMES_PER_APPEND_MAX)
      await this.append(wanted.slice(from, from + NAMES_PER_APPEND_MAX));
  }

  private async append(wanted: readonly (readonly [string, Wish])[]): Promise<void> {
    const { registry, deps } = this;
    const { stream, type, what } = registry.form;
    for (let conflicts = 0; conflicts < CONFLICTS_MAX; conflicts++) {
      await registry.refresh();
      const entries = this.newEntries(wanted);
      if (entries.length === 0) return;
      const { last } = registry;
      const happened = entries.map((facts) => ({ type, facts }));
      const events = bookkeepingEvents(stream, last, happened, deps);
      const expectedRevision = last?.revision ?? 'no_stream';
      const [outcome] = await deps.store.append([{ stream, expectedRevision, events }]);
      if (outcome?.outcome === 'appended') return registry.refresh();
    }
    throw new UnavailableError(`No more ${what} could be registered: too many services are doing so at once`);
  }

  private newEntries(wanted: readonly (readonly [string, Wish])[]): Entry[] {
    const all = this.registry.all();
    const entries: Entry[] = [];
    for (const [name, wish] of wanted) {
      if (this.registry.known(name) !== undefined) continue;
      const entry = this.entryFor(name, wish, all);
      if (entry === undefined) continue;
      entries.push(entry);
      all.push(entry);
    }
    return entries;
  }
}
