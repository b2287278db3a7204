import { taskChange } from '../../../shared/core/application/task-change.js';
import type { TaskEvent, TaskFact } from '../../../shared/core/domain/events.js';
import { evolve } from '../../../shared/core/domain/evolve.js';
import { isFinal, statusBefore, type CreationFacts, type Task } from '../../../shared/core/domain/task.js';
import type { TaskChange } from '../../../shared/core/ports/read-model.js';
import type { VersionChange } from '../../../shared/core/ports/task-versions.js';
import { position } from '../read-model/changes.js';
import type { RandomNumbers } from './random-numbers.js';

/** One event of one of many tasks, as a projection of lists and one of versions have it. */
export interface LivedEvent {
  /** Its position as a number. */
  at: number;
  event: TaskEvent;
  change: TaskChange;
  version: VersionChange;
}

export const LIFE = {
  projects: [1, 2, 7],
  types: ['search', 'ocr', 'crawl'],
  workers: ['host-1', 'host-2'],
  errors: ['TimeoutError', 'OSError'],
  labels: ['team:search', 'team:ocr', 'tier:gold'],
  words: ['disk', 'full', 'host', 'ocr', 'gold', 'timeout'],
  keys: ['crawl/', 'crawl/a/', 'mail/'],
};

const FIRST_MS = Date.parse('2025-03-12T10:00:00.000Z');

/** The events of some tasks, in the order of the ledger: each task is created, and then lives at random among the others. */
export function* randomLives(random: RandomNumbers, tasks: number, events: number): Generator<LivedEvent> {
  const lives: Task[] = [];
  let nowMs = FIRST_MS;
  let at = 0;
  let made = 0;
  for (let count = 0; count < events; count++) {
    // Other streams have events, too; several events may be recorded in the same millisecond.
    at += 1 + (random.chance(0.2) ? random.below(3) : 0);
    nowMs += random.chance(0.3) ? 0 : random.below(random.chance(0.05) ? 20_000 : 300);
    const isCreation = made === 0 || (made < tasks && random.chance((1.5 * tasks) / events));
    const place = isCreation ? made++ : placeOfNext(random, lives);
    const before = lives[place];
    if (before !== undefined && isFinal(before.snapshot.status)) continue;
    const taskId = place + 1;
    const occurredMs = random.chance(0.1) ? nowMs - random.below(60_000) : nowMs;
    const fact = {
      ...(before === undefined ? creation(random, taskId) : next(random, before)),
      ...{ origin: { source: 'test', id: String(at) }, namespace: 'default', taskId },
      at: new Date(occurredMs).toISOString(),
    } as TaskFact;
    const task = evolve(before, fact);
    lives[place] = task;
    const after = task.snapshot;
    const event = { ...fact, after };
    const revision = task.eventCount - 1;
    const { paramsJson: _, resultJson: __, errorMessageJson: ___, ...state } = taskChange(event, revision);
    const version = {
      position: position(at),
      recordedAt: new Date(nowMs).toISOString(),
      before: statusBefore(after, revision),
      state,
    };
    yield { at, event, change: taskChange(event, revision), version };
  }
}

/** Those that are there last are the most likely; some are forgotten for long. */
function placeOfNext(random: RandomNumbers, lives: readonly Task[]): number {
  const recent = Math.min(lives.length, 30);
  return random.chance(0.8) ? lives.length - 1 - random.below(recent) : random.below(lives.length);
}

function creation(random: RandomNumbers, taskId: number): Pick<TaskFact, 'type' | 'facts'> {
  const facts: CreationFacts = {
    project_id: random.oneOf(LIFE.projects),
    task_type: random.oneOf(LIFE.types),
    params: { of: taskId },
    ...(random.chance(0.5) && { key: `${random.oneOf(LIFE.keys)}${taskId}` }),
    ...(random.chance(0.3) && { labels: labelsOf(random.someOf(LIFE.labels)) }),
    ...(random.chance(0.2) && { parent: String(1 + random.below(taskId)) }),
    ...(random.chance(0.1) && { retry_of: `mail/${1 + random.below(taskId)}` }),
    ...(random.chance(0.2) && { due_at: new Date(FIRST_MS + random.below(3_600_000)).toISOString() }),
  };
  return { type: 'TaskCreated', facts };
}

function labelsOf(labels: readonly string[]): Record<string, string> {
  return Object.fromEntries(labels.map((label) => label.split(':') as [string, string]));
}

function next(random: RandomNumbers, { snapshot }: Task): Pick<TaskFact, 'type' | 'facts'> {
  const started = {
    type: 'TaskStarted' as const,
    facts: { worker: random.oneOf(LIFE.workers), total: 1 + random.below(9) },
  };
  if (snapshot.status === 'pending')
    return random.chance(0.85) ? started : { type: 'TaskCancelled', facts: { reason: 'enough' } };
  if (snapshot.silent === true && random.chance(0.5)) return { type: 'TaskHeardAgain', facts: {} };
  const drawn = random.next();
  if (drawn < 0.7) return { type: 'TaskProgressed', facts: { progress: random.below(snapshot.total + 1) } };
  if (drawn < 0.74) return { type: 'TaskProgressed', facts: { message: 'on my way' } };
  if (drawn < 0.78) return started;
  if (drawn < 0.82) return { type: 'TaskWentSilent', facts: { last_heard_at: snapshot.created_at } };
  const failure = {
    error_message: `${random.oneOf(LIFE.words)} ${random.oneOf(LIFE.words)}`,
    ...(random.chance(0.7) && { error_type: random.oneOf(LIFE.errors) }),
  };
  if (drawn < 0.88) return { type: 'TaskAttemptFailed', facts: failure };
  if (drawn < 0.92) return { type: 'TaskFailed', facts: failure };
  if (drawn < 0.98) return { type: 'TaskCompleted', facts: { result: { of: snapshot.task_id } } };
  return { type: 'TaskCancelled', facts: {} };
}
