import { DEFAULT_TASK_TYPES } from '../shared/core/contracts/fields.js';

/** What the reference load has of each task: created, started, three times progressed, completed. */
export const CHANGES_PER_TASK = 6;

/** How many tasks share their batches, each with one event in each. */
export const TASKS_PER_BATCH = 100;

/** The media types under which these texts are published. */
export const EVENT_TYPE = 'application/cloudevents+json';
export const BATCH_TYPE = 'application/cloudevents-batch+json';

const PROJECTS = 20;

/** As JSON text, in bytes. */
const PARAMS_BYTES = 200;

/** No other run of the bench has tasks of these keys. */
const RUN = Date.now().toString(36);

let tasks = 0;

/** The six events of a new task's life as CloudEvents in JSON, in their order. */
export function life(): string[] {
  const task = ++tasks;
  const subject = `crawl/${RUN}/${task}`;
  const time = new Date().toISOString();
  const event = (change: number, type: string, data: string): string =>
    `{"specversion":"1.0","id":"${subject}/${change}","source":"/bench/pipeline","type":"task.${type}",` +
    `"subject":"${subject}","time":"${time}","data":${data}}`;
  const [projectId, taskType] = [1 + (task % PROJECTS), DEFAULT_TASK_TYPES[task % DEFAULT_TASK_TYPES.length]];
  const created = `{"project_id":${projectId},"task_type":"${taskType}","total":100,"params":${params(task)}}`;
  return [
    event(0, 'created', created),
    event(1, 'started', '{}'),
    event(2, 'progressed', '{"progress":25}'),
    event(3, 'progressed', '{"progress":50}'),
    event(4, 'progressed', '{"progress":75}'),
    event(5, 'completed', '{"result":{"papers_found":15,"imported":10}}'),
  ];
}

/**
 * The lives of some new tasks as six batches, the first with all their creations and the last with their completions: to be
 * sent one after the other.
 */
export function lifeBatches(count = TASKS_PER_BATCH): string[] {
  const lives = Array.from({ length: count }, life);
  return Array.from(
    { length: CHANGES_PER_TASK },
    (_, change) => `[${lives.map((events) => events[change]).join(',')}]`,
  );
}

/** A search with as many pages as make it 200 bytes. */
function params(task: number): string {
  const start = `{"query":"machine learning","sources":["semantic_scholar","arxiv"],"page":${task},"note":"`;
  return `${start}${'x'.repeat(PARAMS_BYTES - start.length - 2)}"}`;
}
