import type { EventIngest } from '../../shared/core/application/event-ingest.js';
import { isJsonObject } from '../../shared/core/contracts/strict-json.js';
import { TaskQueue, type TaskQueueDeps, type QueuedEvent } from './task-queue.js';

/**
 * Side by side for different tasks, in order for each. A task may be named by its id and by its key at once: then the
 * ledger is asked which is which, so that both go the same way. Where only one of them is in use, it never is.
 */
export class TaskQueues {
  private readonly byId = new Map<number, NamedQueue>();
  private readonly byKey = new Map<string, NamedQueue>();
  private readonly queues = new Set<NamedQueue>();
  /** Queues known by their key only, whose ids were not asked for. */
  private readonly unasked = new Set<NamedQueue>();
  /** How many queues were opened by an event that named its task by id. */
  private openedById = 0;

  constructor(
    private readonly deps: TaskQueueDeps & { ingest: Pick<EventIngest, 'ingest' | 'taskIdOfKey'> },
  ) {}

  /**
   * Puts an event behind those of its task. The next may be put only when this has answered.
   *
   * @throws UnavailableError when it can't be told which task it is about, since the ledger is unavailable.
   */
  async push(event: QueuedEvent): Promise<void> {
    const { id, key } = referenceOf(event.raw);
    // A task that is created without a key has no name yet, and what is no event has none at all.
    const named =
      id !== undefined ? await this.ofId(id) : key !== undefined ? await this.ofKey(key) : this.open({});
    named.queue.push(event);
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    await Promise.all([...this.queues].map(({ queue }) => queue.settled()));
  }

  private async ofId(id: number): Promise<NamedQueue> {
    if (!this.byId.has(id)) await Promise.all([...this.unasked].map((named) => this.ask(named)));
    return this.byId.get(id) ?? this.open({ id });
  }

  private async ofKey(key: string): Promise<NamedQueue> {
    const found = this.byKey.get(key);
    if (found !== undefined) return found;
    // A task has one key, so it has a queue already only if that was opened by its id.
    const id = this.openedById > 0 ? await this.deps.ingest.taskIdOfKey(key) : undefined;
    const named = id === undefined ? undefined : this.byId.get(id);
    if (named === undefined) return this.open({ ...(id !== undefined && { id }), key });
    named.key = key;
    this.byKey.set(key, named);
    return named;
  }

  private async ask(named: NamedQueue): Promise<void> {
    const id = await this.deps.ingest.taskIdOfKey(named.key as string);
    this.unasked.delete(named);
    if (id !== undefined) this.learn(named, id);
  }

  private learn(named: NamedQueue, id: number): void {
    if (named.id !== undefined || this.byId.has(id) || !this.queues.has(named)) return;
    named.id = id;
    this.byId.set(id, named);
    this.unasked.delete(named);
  }

  private open({ id, key }: { id?: number; key?: string }): NamedQueue {
    const queue = new TaskQueue(
      this.deps,
      (taskId) => this.learn(named, taskId),
      () => this.close(named, byId),
    );
    const named: NamedQueue = { queue, id, key };
    const byId = id !== undefined && key === undefined;
    if (byId) this.openedById++;
    this.queues.add(named);
    if (id !== undefined) this.byId.set(id, named);
    if (key !== undefined) this.byKey.set(key, named);
    if (key !== undefined && id === undefined) this.unasked.add(named);
    return named;
  }

  private close(named: NamedQueue, openedById: boolean): void {
    if (openedById) this.openedById--;
    this.queues.delete(named);
    this.unasked.delete(named);
    if (named.id !== undefined) this.byId.delete(named.id);
    if (named.key !== undefined) this.byKey.delete(named.key);
  }
}

/** A queue with the names of its task that are known: it stands under both. */
interface NamedQueue {
  readonly queue: TaskQueue;
  id: number | undefined;
  key: string | undefined;
}

function referenceOf(raw: unknown): { id?: number; key?: string } {
  if (!isJsonObject(raw) || typeof raw.subject !== 'string' || raw.subject === '') return {};
  const id = /^[1-9][0-9]*$/.test(raw.subject) ? Number(raw.subject) : undefined;
  return id !== undefined && Number.isSafeInteger(id) ? { id } : { key: raw.subject };
}
