import { chainEvent } from '../../shared/core/application/chained-event.js';
import { CreationNames } from '../../shared/core/application/creation-names.js';
import { ERASABLE_MEMBERS } from '../../shared/core/application/sealed-value.js';
import { sealedFacts } from '../../shared/core/application/stored-facts.js';
import { eventMetadata } from '../../shared/core/application/stored-metadata.js';
import { ANY_TASK_TYPE, DEFAULT_TASK_TYPES } from '../../shared/core/contracts/fields.js';
import { canonicalJson, type JsonObject } from '../../shared/core/domain/json.js';
import type { RecordedEvent } from '../../shared/core/ports/event-store.js';
import { bulkCancelId, BulkCancelSide } from './bulk-cancel-side.js';
import { CommandSide, created, lifecycleEvent } from './command-side.js';
import { MemoryEventStore } from './memory-event-store.js';

/** The task of the story whose values are erased at its end. */
const ERASED_STREAM = 'task-4';

/**
 * The story that `test/fixtures/stored-events.json` holds: every type of event, and each thing that is left out once where
 * it equals its default and once where it does not. Random values are counted, so that it can be told again.
 */
export async function writeStory(): Promise<MemoryEventStore> {
  const store = new MemoryEventStore();
  const side = new CommandSide(store);
  let drawn = 0;
  side.crypto.randomText = (bytes) => {
    const text = Buffer.alloc(bytes);
    text.writeUInt32BE(++drawn, bytes - 4);
    return text.toString('base64url');
  };
  const said = {
    source: '/pipelines/papers',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  };
  await side.ingest(
    created(
      'papers/2025-03-12',
      { ...said, id: 'e-1', time: '2025-03-12T09:59:59.250Z' },
      { params: { query: 'Größe', limit: 1e21 / 1e20, '\u{1F600}': 1, '\uFB33': 2 } },
    ),
    created(undefined, { ...said, id: 'e-2' }, { total: 0 }),
  );
  side.nowMs += 1500;
  const message = { progress: 4, message: 'page 4' };
  await side.ingest(
    lifecycleEvent('started', 'papers/2025-03-12', { total: 10 }, { ...said, id: 'e-3' }),
    lifecycleEvent('progressed', 1, message, { ...said, id: 'e-4', correlationid: 'run-7' }),
    lifecycleEvent(
      'failed',
      2,
      { error_message: 'no such host' },
      { ...said, id: 'e-5', causationid: 'e-5' },
    ),
    lifecycleEvent('completed', 2, { result: { found: 0 } }, { ...said, id: 'e-6' }),
  );
  await side.cancel({ task_id: 1, reason: 'wrong query', actor: 'ana', command_id: 'c-1' });
  side.nowMs += 1500;
  await side.ingest(created('papers/2025-03-13', { ...said, id: 'e-7' }));
  await writeAttempts(side, said);
  const bulk = new BulkCancelSide(store, side);
  const previewed = { filter: { key_prefix: 'papers/' }, position: '0000000000000012' };
  await bulk.preview([3, 2], { ...previewed, reason: 'wrong input', actor: 'ana' });
  await bulk.start();
  await bulk.finish();
  await writeCounted(store, side);
  await writeRetried(side, said);
  await writeNames(store, side);
  await writeSilences(side, said);
  await writeReceipt(side, said);
  const aborted = { id: bulkCancelId(2), position: '0000000000000012' };
  await bulk.preview([3], aborted);
  await bulk.abort({ id: aborted.id, actor: 'ana' });
  for (const event of store.stream(ERASED_STREAM)) erase(event, side);
  return store;
}

/** A task that runs twice, and says all that can be said. */
async function writeAttempts(side: CommandSide, said: { source: string }): Promise<void> {
  const params = { zebra: [1, { b: null, a: -0.5 }], apple: true };
  const key = 'papers/2025-03-14';
  await side.ingest(
    created(key, { ...said, id: 'e-8', time: '2025-03-13T00:00:00+01:00' }, { params, total: undefined }),
  );
  side.nowMs += 250;
  await side.ingest(
    lifecycleEvent('progressed', key, { progress: 0, total: 0, attempt: 1 }, { ...said, id: 'e-9' }),
    lifecycleEvent('started', key, { attempt: 2 }, { ...said, id: 'e-10', time: '2025-03-12T10:00:03.100Z' }),
    lifecycleEvent('progressed', key, { progress: 3, message: '' }, { ...said, id: 'e-11' }),
    lifecycleEvent('completed', key, { result: {}, attempt: 2 }, { ...said, id: 'e-12' }),
  );
}

/** A task of a queue, with all that can be said of one: it is created by an event of another type, fails once and runs again. */
async function writeRetried(side: CommandSide, said: { source: string }): Promise<void> {
  const task = {
    project_id: 3,
    task_type: 'ocr',
    params: { pages: 3 },
    labels: { team: 'b', 'stage/1': 'ö' },
    parent: 'papers/2025-03-14',
    retry_of: '1',
    due_at: '2025-03-13T00:00:00+01:00',
    heartbeat_s: 30,
    when_silent: 'fail',
  };
  const key = 'bullmq:ocr:7#2';
  const error = { error_message: 'no answer', error_type: 'Timeout', error_stack: 'at page 2' };
  await side.ingest(
    lifecycleEvent('progressed', key, { message: 'queued', task }, { ...said, id: 'e-13' }),
    lifecycleEvent('started', key, { attempt: 1, worker: 'ocr-3', task }, { ...said, id: 'e-14' }),
    lifecycleEvent('progressed', key, { message: 'no text', level: 'warning' }, { ...said, id: 'e-15' }),
    lifecycleEvent(
      'attempt_failed',
      key,
      { ...error, attempt: 1, retry_at: '2025-03-12T10:00:09Z' },
      { ...said, id: 'e-16' },
    ),
    lifecycleEvent('started', key, { attempt: 3, heartbeat_s: 60 }, { ...said, id: 'e-17' }),
    lifecycleEvent('failed', key, { ...error, attempt: 3 }, { ...said, id: 'e-18' }),
  );
}

/** A task that breaks its promise, is heard of again by a heartbeat and then by an event, and fails of its silence at last. */
async function writeSilences(side: CommandSide, said: { source: string }): Promise<void> {
  const task = { project_id: 3, task_type: 'crawl', heartbeat_s: 2, when_silent: 'fail' };
  const key = 'bullmq:crawl:8';
  await side.ingest(lifecycleEvent('started', key, { task }, { ...said, id: 'e-19' }));
  const found = async (kind: string, revision: number): Promise<void> => {
    const last_heard_at = new Date(side.nowMs).toISOString();
    side.nowMs += 3000;
    await side.silences({ silences: [{ kind, task_id: 6, revision, last_heard_at }] });
  };
  await found('silent', 1);
  await found('heard_again', 2);
  await found('silent', 3);
  await side.ingest(lifecycleEvent('progressed', key, { progress: 1 }, { ...said, id: 'e-20' }));
  await found('silent', 5);
  await found('failed', 6);
}

/** The receipt of a cancel, of the task that was cancelled by a command; what comes to its end after that is refused. */
async function writeReceipt(side: CommandSide, said: { source: string }): Promise<void> {
  side.nowMs += 750;
  await side.ingest(
    lifecycleEvent('cancelled', 1, { reason: 'told to', attempt: 1 }, { ...said, id: 'e-21' }),
    lifecycleEvent('completed', 1, {}, { ...said, id: 'e-22' }),
  );
}

/** What stands for the refusals beyond the thousandth. */
async function writeCounted(store: MemoryEventStore, { crypto }: CommandSide): Promise<void> {
  const stream = 'taskEvidence-5';
  const received = {
    command: { type: 'StartTask' as const, facts: {} },
    name: 'task.started',
    origin: { source: '/pipelines/"quoted"', id: 'e-1001' },
    occurredAt: undefined,
    extensions: {},
    principal: 'anonymous',
  };
  const event = chainEvent(
    { stream, revision: 0, prev: '' },
    'TaskEvidenceCounted',
    sealedFacts({ counted: 1 }, crypto),
    eventMetadata(received, '2025-03-12T10:00:04.000Z'),
    crypto,
  );
  await store.append([{ stream, expectedRevision: 'no_stream', events: [event] }]);
}

/** Names that are registered before what creations name them. */
async function writeNames(store: MemoryEventStore, { nowMs, crypto, projects }: CommandSide): Promise<void> {
  const taskTypes = [...DEFAULT_TASK_TYPES, ANY_TASK_TYPE];
  const names = new CreationNames({ store, crypto, clock: { nowMs: () => nowMs }, projects, taskTypes });
  await names.register({ taskType: 'mail:send/v2', project: 'Größe' });
}

/** Takes salts and values away, as somebody has to who has to forget them. */
export function erase({ data }: RecordedEvent, { crypto }: Pick<CommandSide, 'crypto'>): void {
  for (const member of ERASABLE_MEMBERS) {
    const sealed = data[member] as JsonObject | undefined;
    if (typeof sealed?.salt !== 'string') continue;
    data[member] = { hash: crypto.sha256(sealed.salt + canonicalJson(sealed.value)) };
  }
}
