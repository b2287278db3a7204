import type { EventIngest } from '../../shared/application/ingest-events.js';
import { isJsonObject } from '../../shared/contracts/strict-json.js';
import { TaskLane, type LaneDeps, type LaneEvent } from './task-lane.js';

/**
 * Side by side for different tasks, in order for each. A task may be named by its id and by its key at once: then the
 * ledger is asked which is which, so that both go the same way. Where only one of them is in use, it never is.
 */
export class TaskLanes {
  private readonly byId = new Map<number, NamedLane>();
  private readonly byKey = new Map<string, NamedLane>();
  private readonly lanes = new Set<NamedLane>();
  /** Lanes known by their key only, whose ids were not asked for. */
  private readonly unasked = new Set<NamedLane>();
  /** How many lanes were opened by an event that named its task by id. */
  private openedById = 0;

  constructor(private readonly deps: LaneDeps & { ingest: Pick<EventIngest, 'ingest' | 'taskIdOfKey'> }) {}

  /**
   * Puts an event behind those of its task. The next may be put only when this has answered.
   *
   * @throws UnavailableError when it can't be told which task it is about, since the ledger is away.
   */
  async push(event: LaneEvent): Promise<void> {
    const { id, key } = referenceOf(event.raw);
    // A task that is created without a key has no name yet, and what is no event has none at all.
    const named =
      id !== undefined ? await this.ofId(id) : key !== undefined ? await this.ofKey(key) : this.open({});
    named.lane.push(event);
  }

  /** Resolves when nothing is under way any more. */
  async settled(): Promise<void> {
    await Promise.all([...this.lanes].map(({ lane }) => lane.settled()));
  }

  private async ofId(id: number): Promise<NamedLane> {
    if (!this.byId.has(id)) await Promise.all([...this.unasked].map((named) => this.ask(named)));
    return this.byId.get(id) ?? this.open({ id });
  }

  private async ofKey(key: string): Promise<NamedLane> {
    const found = this.byKey.get(key);
    if (found !== undefined) return found;
    // A task has one key, so it has a lane already only if that was opened by its id.
    const id = this.openedById > 0 ? await this.deps.ingest.taskIdOfKey(key) : undefined;
    const named = id === undefined ? undefined : this.byId.get(id);
    if (named === undefined) return this.open({ ...(id !== undefined && { id }), key });
    named.key = key;
    this.byKey.set(key, named);
    return named;
  }

  private async ask(named: NamedLane): Promise<void> {
    const id = await this.deps.ingest.taskIdOfKey(named.key as string);
    this.unasked.delete(named);
    if (id !== undefined) this.learn(named, id);
  }

  private learn(named: NamedLane, id: number): void {
    if (named.id !== undefined || this.byId.has(id) || !this.lanes.has(named)) return;
    named.id = id;
    this.byId.set(id, named);
    this.unasked.delete(named);
  }

  private open({ id, key }: { id?: number; key?: string }): NamedLane {
    const lane = new TaskLane(
      this.deps,
      (taskId) => this.learn(named, taskId),
      () => this.close(named, byId),
    );
    const named: NamedLane = { lane, id, key };
    const byId = id !== undefined && key === undefined;
    if (byId) this.openedById++;
    this.lanes.add(named);
    if (id !== undefined) this.byId.set(id, named);
    if (key !== undefined) this.byKey.set(key, named);
    if (key !== undefined && id === undefined) this.unasked.add(named);
    return named;
  }

  private close(named: NamedLane, openedById: boolean): void {
    if (openedById) this.openedById--;
    this.lanes.delete(named);
    this.unasked.delete(named);
    if (named.id !== undefined) this.byId.delete(named.id);
    if (named.key !== undefined) this.byKey.delete(named.key);
  }
}

/** A lane with the names of its task that are known: it stands under both. */
interface NamedLane {
  readonly lane: TaskLane;
  id: number | undefined;
  key: string | undefined;
}

function referenceOf(raw: unknown): { id?: number; key?: string } {
  if (!isJsonObject(raw) || typeof raw.subject !== 'string' || raw.subject === '') return {};
  const id = /^[1-9][0-9]*$/.test(raw.subject) ? Number(raw.subject) : undefined;
  return id !== undefined && Number.isSafeInteger(id) ? { id } : { key: raw.subject };
}
