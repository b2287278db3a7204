import { RecentCache } from '../../kit/recent-cache.js';
import { evolve } from '../domain/evolve.js';
import { isFinal, type Task } from '../domain/task.js';
import type { Crypto } from '../ports/crypto.js';
import type { EventStore, NewEvent, StreamAppend } from '../ports/event-store.js';
import { openEvent } from './stored-event.js';
import { taskStream } from './streams.js';
import { verified } from './chain-verifier.js';

/** A task as the ledger has it, with what the next event of its stream builds on. */
export interface LoadedTask {
  task: Task;
  /** The revision of its last event. */
  revision: number;
  /** The hash of its last event. */
  hash: string;
  /** The position of its last event. */
  position: string;
  /** When its last event was recorded; the next one is recorded no earlier. */
  recordedAt: string;
  /** About how much memory it takes, in bytes. */
  weight: number;
}

/**
 * How much memory the recently used tasks may take, in bytes (estimated): room for ten thousand that are all at work, with a
 * hundred events each. What does not fit is read anew with each command.
 */
const CACHE_BYTES_MAX = 256 * 1024 * 1024;

/** Loads tasks from their streams and appends to them; keeps the recently used ones, so that most commands read nothing. */
export class TaskStreams {
  private readonly cache = new RecentCache<number, LoadedTask>(CACHE_BYTES_MAX);

  constructor(
    private readonly store: EventStore,
    private readonly crypto: Crypto,
  ) {}

  /** The task as it was last used, without asking the ledger. Another process may have appended to it since. */
  known(taskId: number): LoadedTask | undefined {
    return this.cache.get(taskId);
  }

  /**
   * The task, or `undefined` when it has no event. It may be older than what another process has appended since.
   *
   * @throws BrokenStreamError when its stream does not verify.
   * @throws UnknownEventTypeError or CorruptStoreError when this version can't read one of its events.
   */
  async load(taskId: number): Promise<LoadedTask | undefined> {
    const known = this.known(taskId);
    if (known !== undefined) return known;
    let loaded: LoadedTask | undefined;
    for await (const recorded of verified(this.store.readStream(taskStream(taskId)), this.crypto)) {
      const event = openEvent(recorded);
      loaded = {
        task: evolve(loaded?.task, event),
        revision: recorded.revision,
        hash: recorded.metadata.hash ?? '',
        position: recorded.position,
        recordedAt: recorded.metadata.recorded_at ?? '',
        weight: loaded?.weight ?? 0,
      };
    }
    // Also one that has ended: whoever waited in vain for so long a stream to be read asks again.
    if (loaded !== undefined) this.keep(taskId, loaded);
    return loaded;
  }

  /** Whether nothing has been appended to a task since it was loaded. If something was, it is loaded anew next time. */
  async isCurrent(taskId: number, loaded: LoadedTask): Promise<boolean> {
    const last = { direction: 'backwards', limit: 1 } as const;
    for await (const { revision } of this.store.readStream(taskStream(taskId), last)) {
      if (revision === loaded.revision) return true;
    }
    this.cache.delete(taskId);
    return false;
  }

  /**
   * Appends a task's next events.
   *
   * @param before What they build on; `undefined` when they create the task.
   * @param after The state with them; it is told their position.
   * @param claim For a new task: what reserves its key, appended before its events and needed for them.
   * @returns The position of the last one, or `conflict` when the stream is no longer as `before` has it.
   * @throws UnavailableError when the effect is unknown; the task is then loaded anew for the next command.
   */
  append(
    taskId: number,
    before: LoadedTask | undefined,
    after: LoadedTask,
    events: readonly NewEvent[],
    claim?: StreamAppend,
  ): Promise<{ position: string } | 'conflict'> {
    if (before !== undefined) this.cache.delete(taskId);
    const next: StreamAppend = {
      stream: taskStream(taskId),
      expectedRevision: before?.revision ?? 'no_stream',
      events,
    };
    // The frame of an async function would hold the events until they are on disk, for the collector to copy.
    return this.store.appendInOrder(claim === undefined ? [next] : [claim, next]).then((outcomes) => {
      const outcome = outcomes.at(-1);
      if (outcome?.outcome !== 'appended') return 'conflict';
      const { position } = outcome;
      after.position = position;
      this.remember(taskId, after);
      return { position };
    });
  }

  private remember(taskId: number, loaded: LoadedTask): void {
    // Hardly anything comes for a task that has ended, and most tasks have.
    if (!isFinal(loaded.task.snapshot.status)) this.keep(taskId, loaded);
  }

  private keep(taskId: number, loaded: LoadedTask): void {
    loaded.weight ||= 1000 + JSON.stringify(loaded.task.creation).length;
    const { dedupKeys, recentProgress } = loaded.task;
    this.cache.set(taskId, loaded, loaded.weight + 140 * (dedupKeys.count + recentProgress.length));
  }
}
