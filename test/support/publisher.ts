import { DEFAULT_TASK_TYPES } from '../../shared/core/contracts/fields.js';
import { lifecycleEventParser } from '../../shared/core/contracts/lifecycle-events.js';
import type { EventOutcome } from '../../shared/core/contracts/messages.js';
import { decide } from '../../shared/core/domain/decide.js';
import type { Task, TaskSnapshot } from '../../shared/core/domain/task.js';

type LifecycleEventJson = Record<string, unknown> & { id: string; source: string; subject: string };

const parse = lifecycleEventParser(DEFAULT_TASK_TYPES);

/**
 * A pipeline that publishes the lives of many tasks, batch after batch, and sends a batch again until it is answered. It
 * knows what each task has to end as, since `decide` is pure.
 */
export class Publisher {
  /** Events that were answered `accepted` or `duplicate`. */
  readonly acknowledged = new Map<string, LifecycleEventJson>();
  /** Events that were answered `rejected`: all of them are late. */
  readonly rejected = new Map<string, LifecycleEventJson>();
  /** The id that each key was answered with, at any time: more than one would be a double. */
  readonly taskIds = new Map<string, Set<number>>();
  private readonly batches: LifecycleEventJson[][];
  /** How many batches it may publish so far. */
  batchesMax = Infinity;
  private next = 0;

  constructor(
    readonly source: string,
    batchCount: number,
    random: () => number,
    /** How many tasks each batch begins. */
    private readonly tasksPerBatch = 5,
  ) {
    this.batches = Array.from({ length: batchCount }, (_, batch) => this.makeBatch(batch, random));
  }

  get done(): boolean {
    return this.next >= this.batches.length;
  }

  /** How many events there are in all. */
  get eventCount(): number {
    return this.batches.flat().length;
  }

  /** How many batches are answered. */
  get answered(): number {
    return this.next;
  }

  /** Publishes until everything is answered or the server is gone, or does not answer in time. */
  async publish(url: string, onAnswer: () => void, answerMsMax?: number): Promise<void> {
    await this.publishBy((batch) => send(url, batch, answerMsMax), onAnswer);
  }

  /** The same by another way, which answers `undefined` when nobody is there. */
  async publishBy(
    sendBatch: (batch: object[]) => Promise<EventOutcome[] | undefined>,
    onAnswer: () => void,
  ): Promise<void> {
    while (!this.done && this.next < this.batchesMax) {
      const batch = this.batches[this.next] as LifecycleEventJson[];
      const outcomes = await sendBatch(batch);
      if (outcomes === undefined) return;
      outcomes.forEach((outcome, index) => this.take(batch[index] as LifecycleEventJson, outcome));
      // What was unavailable is sent again with the rest of its batch, which is answered as duplicate.
      if (outcomes.every(({ outcome }) => outcome !== 'unavailable')) this.next++;
      onAnswer();
    }
  }

  /** Publishes until something is answered as unavailable: answers what was said, or `undefined` when all is published. */
  async publishUntilRefused(url: string, onAnswer = (): void => undefined): Promise<string | undefined> {
    while (!this.done) {
      const batch = this.batches[this.next] as LifecycleEventJson[];
      const { status, text } = await post(url, batch);
      if (status !== 200) return `${status} ${text}`;
      const outcomes = (JSON.parse(text) as { data: EventOutcome[] }).data;
      outcomes.forEach((outcome, index) => this.take(batch[index] as LifecycleEventJson, outcome));
      const refused = outcomes.find(({ outcome }) => outcome === 'unavailable');
      if (refused !== undefined) return `${refused.code} ${refused.message}`;
      this.next++;
      onAnswer();
    }
    return undefined;
  }

  /** What each key's task has to be like in the end, whatever was killed in between. */
  expected(): Map<string, TaskSnapshot> {
    const tasks = new Map<string, Task>();
    for (const event of this.batches.flat()) {
      const { command, origin } = parse(event);
      const meta = { namespace: 'default', taskId: 1, origin, at: '' };
      const decision = decide(command, tasks.get(event.subject), meta);
      if (decision.outcome === 'accepted') tasks.set(event.subject, decision.task);
    }
    return new Map([...tasks].map(([key, { snapshot }]) => [key, snapshot]));
  }

  private take(event: LifecycleEventJson, { outcome, task_id }: EventOutcome): void {
    if (outcome === 'unavailable') return;
    (outcome === 'rejected' ? this.rejected : this.acknowledged).set(event.id, event);
    if (task_id === null) return;
    const ids = this.taskIds.get(event.subject) ?? new Set();
    this.taskIds.set(event.subject, ids.add(task_id));
  }

  /** Starts some tasks and goes on with some of the batch before it, so that lives reach over batches. */
  private makeBatch(batch: number, random: () => number): LifecycleEventJson[] {
    const events: LifecycleEventJson[] = [];
    const add = (task: string, type: string, data: object): void => {
      const id = `${task}/${type}/${events.length}`;
      events.push({ specversion: '1.0', id, source: this.source, subject: task, type: `task.${type}`, data });
    };
    for (let task = 0; task < this.tasksPerBatch; task++) {
      const fresh = `${this.source}/${batch}/${task}`;
      add(fresh, 'created', {
        project_id: 1 + (task % 5),
        task_type: 'index',
        total: 10,
        params: { batch, task },
      });
      if (random() < 0.8) add(fresh, 'started', {});
      add(fresh, 'progressed', { progress: Math.floor(random() * 10) });
      if (batch === 0) continue;
      const older = `${this.source}/${batch - 1}/${task}`;
      if (random() < 0.3) add(older, 'started', {});
      if (random() < 0.7) add(older, 'completed', { result: { pages: task } });
      // Late wherever the line before it was there.
      if (random() < 0.3) add(older, 'failed', { error_message: 'timeout' });
    }
    return events;
  }
}

async function send(url: string, batch: object[], answerMsMax?: number): Promise<EventOutcome[] | undefined> {
  try {
    const { status, text } = await post(url, batch, answerMsMax);
    if (status !== 200) return batch.map(() => ({ outcome: 'unavailable' }) as EventOutcome);
    return (JSON.parse(text) as { data: EventOutcome[] }).data;
  } catch {
    // Killed before it answered: whether anything of it was written is not known.
    return undefined;
  }
}

async function post(
  url: string,
  batch: object[],
  answerMsMax?: number,
): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents-batch+json' },
    body: JSON.stringify(batch),
    ...(answerMsMax !== undefined && { signal: AbortSignal.timeout(answerMsMax) }),
  });
  return { status: response.status, text: await response.text() };
}
