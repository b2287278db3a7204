import { stateChange } from '../../shared/core/application/task-change.js';
import type { HttpLimits } from '../../services/query/http/http-limits.js';
import type { HttpService } from '../../services/query/http/http-service.js';
import type { QueryDeps } from '../../services/query/query-deps.js';
import { createQueryService } from '../../services/query/query-service.js';
import { NodeCrypto } from '../../shared/adapters/node/node-crypto.js';
import { parseSentJson } from '../../shared/core/contracts/json-items.js';
import { JsonText } from '../../shared/core/contracts/json-text.js';
import type { TaskInclude } from '../../shared/core/contracts/task-fields.js';
import type { TaskStats } from '../../shared/core/domain/task-counts.js';
import { firstSnapshot, type TaskSnapshot } from '../../shared/core/domain/task.js';
import type { RecordedEvent } from '../../shared/core/ports/event-store.js';
import type { RequestContext } from '../../shared/core/ports/message-bus.js';
import type { ListCursor, TaskCount, TaskDocument, TaskPage } from '../../shared/core/ports/read-model.js';
import { itemInTimes } from '../../shared/core/contracts/task-json.js';
import type { TimeForm } from '../../shared/core/contracts/time.js';
import type { TaskFilter } from '../../shared/core/ports/task-filter.js';
import type { ProjectCounts } from '../../shared/core/ports/task-counters.js';
import { Metrics } from '../../shared/runtime/observability/metrics.js';

import { MemoryTaskSeries } from './memory-task-series.js';
import { MemoryTaskVersions } from './memory-task-versions.js';

/** What a fake of the query service's surroundings answers; a test changes what it is about. */
export interface QueryFakes {
  documents: Map<number, TaskDocument>;
  /** Every list that was asked for. */
  lists: {
    filter: TaskFilter;
    limit: number;
    cursor: ListCursor | undefined;
    include?: readonly TaskInclude[];
    times?: TimeForm;
  }[];
  page: TaskPage;
  /** What a list is answered with, where that is not always `page`. */
  list?: (asked: QueryFakes['lists'][number]) => TaskPage;
  /** What is counted of any filter, and every filter that was. */
  count: TaskCount;
  counted: TaskFilter[];
  streams: Map<string, RecordedEvent[]>;
  /** Every request that went over the bus. */
  requests: { subject: string; data: unknown; deadlineMs: number; traceparent?: string | undefined }[];
  /** What was told to all, and why nothing can be. */
  told: { subject: string; data: object }[];
  busAway: Error | undefined;
  /** When there was a heartbeat of a task, by the name that it was sent under; in milliseconds since 1970. */
  heardMs: Map<string, number>;
  /** What went along with each. */
  contexts: RequestContext[];
  reply: (subject: string, data: unknown) => unknown;
  waitForRevision: QueryDeps['readModel']['waitForRevision'];
  refreshTask: QueryDeps['refreshTask'];
  ledgerAway: Error | undefined;
  progress: ReturnType<QueryDeps['projector']['status']>;
  /** What is counted of each project, and of all under `undefined`. */
  counts: Map<number | undefined, TaskStats>;
  projects: ProjectCounts[];
  statsProgress: ReturnType<QueryDeps['stats']['status']>;
  series: MemoryTaskSeries;
  seriesProgress: ReturnType<QueryDeps['seriesProjector']['status']>;
  versions: MemoryTaskVersions;
  versionsProgress: ReturnType<QueryDeps['projector']['status']>;
  logged: { level: string; fields: object; message: string }[];
}

/** A query service in this process, with nothing real behind it. */
export interface FakedService {
  fakes: QueryFakes;
  service: HttpService;
  url: string;
}

/**
 * Starts a query service on a free port with fakes for all ports.
 *
 * @param ledger In the place of the ledger's fake.
 * @param others In the place of other ones.
 */
export async function startFaked(
  limits: Partial<HttpLimits> = {},
  ledger?: QueryDeps['eventStore'],
  others: Partial<QueryDeps> = {},
): Promise<FakedService> {
  const fakes: QueryFakes = {
    documents: new Map(),
    lists: [],
    page: { items: [] },
    count: { count: 0, exact: true },
    counted: [],
    streams: new Map(),
    requests: [],
    contexts: [],
    told: [],
    busAway: undefined,
    heardMs: new Map(),
    reply: () => [],
    waitForRevision: async () => true,
    refreshTask: async () => undefined,
    ledgerAway: undefined,
    progress: { position: '0000000000000007', lagMs: 3, caughtUp: true, parkedStreams: 0 },
    counts: new Map(),
    projects: [],
    statsProgress: { position: '0000000000000006', lagMs: 12, caughtUp: true, parkedStreams: 0 },
    series: new MemoryTaskSeries(),
    seriesProgress: { position: '0000000000000005', lagMs: 21, caughtUp: true, parkedStreams: 0 },
    versions: new MemoryTaskVersions(),
    versionsProgress: { position: '0000000000000007', lagMs: 31, caughtUp: true, parkedStreams: 0 },
    logged: [],
  };
  const service = createQueryService({
    ...depsOf(fakes, limits),
    ...(ledger === undefined ? {} : { eventStore: ledger }),
    ...others,
  });
  await service.listen();
  return { fakes, service, url: service.address() as string };
}

function depsOf(fakes: QueryFakes, limits: Partial<HttpLimits>): QueryDeps {
  const log = (level: string) => (fields: object, message: string) => {
    fakes.logged.push({ level, fields, message });
  };
  let ids = 0;
  return {
    readModel: {
      get: async (taskId) => fakes.documents.get(taskId),
      itemsOf: async (taskIds, times) =>
        taskIds.flatMap((taskId) => {
          const found = fakes.documents.get(taskId);
          return found === undefined ? [] : itemInTimes(found.itemJson, found.extras, times);
        }),
      list: async (filter, limit, cursor, include, times) => {
        const asked = { filter, limit, cursor, ...(include && { include }), ...(times && { times }) };
        fakes.lists.push(asked);
        return fakes.list?.(asked) ?? fakes.page;
      },
      count: async (filter) => {
        fakes.counted.push(filter);
        return fakes.count;
      },
      waitForRevision: (...args) => fakes.waitForRevision(...args),
    } as QueryDeps['readModel'],
    eventStore: {
      capabilities: {
        atomicAcrossStreams: true,
        countEvents: (after, upTo) => Number(upTo ?? 0) - Number(after ?? 0),
      },
      async *readStream(stream, { fromRevision, direction, limit = Infinity } = {}) {
        if (fakes.ledgerAway !== undefined) throw fakes.ledgerAway;
        const events = fakes.streams.get(stream) ?? [];
        const upTo = fromRevision === undefined ? undefined : fromRevision + 1;
        const wanted =
          direction === 'backwards' ? events.slice(0, upTo).reverse() : events.slice(fromRevision ?? 0);
        yield* wanted.slice(0, limit);
      },
      readAll: async function* () {
        // Nothing but single streams.
      },
      subscribe: async function* () {
        // Nothing but single streams.
      },
      fingerprintAt: async () => undefined,
      isPosition: (text) => /^\d{16}$/.test(text),
      lastPosition: async () => {
        if (fakes.ledgerAway !== undefined) throw fakes.ledgerAway;
        return '0000000000000008';
      },
    },
    bus: {
      ready: () => true,
      tell: (subject, data) => {
        if (fakes.busAway !== undefined) throw fakes.busAway;
        fakes.told.push({ subject, data });
      },
      request: async (subject, sent, context) => {
        const { deadlineMs, traceparent } = context;
        const data = sent instanceof JsonText ? parseSentJson(sent.text) : sent;
        fakes.requests.push({ subject, data, deadlineMs, traceparent });
        fakes.contexts.push(context);
        return fakes.reply(subject, data);
      },
    },
    heard: {
      lastMs: (names) => names.map((name) => fakes.heardMs.get(name)).find((ms) => ms !== undefined),
    },
    projector: { status: () => fakes.progress },
    counters: {
      stats: async (projectId) => fakes.counts.get(projectId),
      projects: async (limit, after = -Infinity) =>
        fakes.projects.filter(({ projectId }) => projectId > after).slice(0, limit),
    },
    stats: { status: () => fakes.statsProgress },
    series: {
      points: (...asked) => fakes.series.points(...asked),
      pointsOfProjects: (...asked) => fakes.series.pointsOfProjects(...asked),
      failures: (...asked) => fakes.series.failures(...asked),
      failuresOfProjects: (...asked) => fakes.series.failuresOfProjects(...asked),
      keptFrom: () => fakes.series.keptFrom(),
    },
    seriesProjector: { status: () => fakes.seriesProgress },
    versions: fakes.versions,
    versionsProjector: { status: () => fakes.versionsProgress },
    parkedTaskIds: async () => [],
    refreshTask: (taskId) => fakes.refreshTask(taskId),
    metrics: new Metrics(),
    logger: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
    clock: { nowMs: () => 1_000_000 },
    crypto: new NodeCrypto(),
    newId: () => `new-id-${++ids}`,
    settings: {
      host: '127.0.0.1',
      port: 0,
      allowedHosts: ['ledger.example'],
      taskTypes: ['search', 'ocr'],
      version: '0.0.0-test',
      limits,
    },
  };
}

/** A task's document as the read model holds it. */
export function document(taskId: number, changes: Partial<TaskSnapshot> = {}): TaskDocument {
  const first = { project_id: 1, task_type: 'search', total: 100 };
  const at = '2025-03-12T10:00:00.123Z';
  const snapshot = { ...firstSnapshot(first, { namespace: 'default', taskId, at }), ...changes };
  return {
    ...stateChange(snapshot, 0),
    paramsJson: '{}',
    resultJson: '{}',
    errorMessageJson: '""',
  };
}
