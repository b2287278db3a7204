import { join } from 'node:path';
import { EmbeddedEventStore } from '../shared/adapters/embedded/event-store/embedded-event-store.js';
import { EmbeddedReadModel } from '../shared/adapters/embedded/read-model/embedded-read-model.js';
import { NodeCrypto } from '../shared/adapters/node/node-crypto.js';
import { identityEvent } from '../shared/core/application/identity-event.js';
import type { Broadcast } from '../shared/core/ports/broadcast.js';
import type { EventStore } from '../shared/core/ports/event-store.js';
import type { FeedOutlet } from '../shared/core/ports/feed.js';
import type { IngestStream } from '../shared/core/ports/ingest-stream.js';
import type { Leases } from '../shared/core/ports/lease.js';
import type { Logger, TellLine } from '../shared/core/ports/logger.js';
import type { MessageBus } from '../shared/core/ports/message-bus.js';
import type { ProjectorHeartbeats } from '../shared/core/ports/projector-status.js';
import type { ReadModel, ServedMarks } from '../shared/core/ports/read-model.js';
import type { RebuildableReadModel } from '../shared/core/ports/rebuildable-read-model.js';
import type { TaskCounters } from '../shared/core/ports/task-counters.js';
import type { TaskVersions } from '../shared/core/ports/task-versions.js';
import type { TaskSeries } from '../shared/core/ports/task-series.js';
import type { Lifecycle } from '../shared/runtime/lifecycle.js';
import type { ReadModelSettings, Settings } from '../shared/runtime/settings.js';

/** What opening an engine takes: each is closed again in its turn. */
export interface EngineDeps {
  settings: Settings;
  lifecycle: Lifecycle;
  logger: Logger;
}

/** A read model that several processes share has leases, word of the projector that works, and of what it made it from. */
export interface SharedReadModel {
  leases: Leases;
  heartbeats: ProjectorHeartbeats;
  served: ServedMarks;
}

/**
 * Opens the ledger that the settings name.
 *
 * @param options `readOnly`: beside a thread or a process that writes to it; where there may be several writers, all that it
 *   changes is that the ledger is given no id.
 */
export async function openEventStore(
  { settings, lifecycle, logger }: EngineDeps,
  { readOnly = false } = {},
): Promise<EventStore> {
  const { eventStoreUrl, dataDir } = settings;
  const told: TellLine = (event, message) => logger.warn({ event, dataDir }, message);
  // The clients of engines that are not used are not loaded.
  const store =
    eventStoreUrl === undefined
      ? await EmbeddedEventStore.open(join(dataDir, 'ledger'), { readOnly, told })
      : await openKurrentDb(eventStoreUrl, readOnly);
  lifecycle.started('event store', () => store.close());
  return store;
}

async function openKurrentDb(url: string, readOnly: boolean): Promise<EventStore> {
  const { KurrentDbEventStore } = await import('../shared/adapters/kurrentdb/kurrentdb-event-store.js');
  const deps = { clock: { nowMs: () => Date.now() }, crypto: new NodeCrypto() };
  return KurrentDbEventStore.open(url, readOnly ? undefined : (id) => identityEvent(id, deps));
}

/** Opens the read model that the settings name; `shared` when other processes may use it too. */
export async function openReadModel({ settings, lifecycle, logger }: EngineDeps): Promise<{
  readModel: ReadModel;
  counters: TaskCounters;
  series: TaskSeries;
  versions: TaskVersions;
  shared: SharedReadModel | undefined;
}> {
  const { readModel: shared, dataDir } = settings;
  if (shared === undefined) {
    const path = join(dataDir, 'read-model');
    const lost = (reason: string, what = 'lists, counts, series and versions'): void =>
      tellRebuilt(logger, `The ${what} in the folder ${path}`, reason);
    const readModel = await EmbeddedReadModel.open(path, { replaced: lost, lost });
    lifecycle.started('read model', () => readModel.close());
    const { counters, series, versions } = readModel;
    return { readModel, counters, series, versions, shared: undefined };
  }
  const readModel = await openMongoDb(shared, logger);
  lifecycle.started('read model', () => readModel.close());
  const { counters, series, versions, leases } = readModel;
  return {
    readModel,
    counters,
    series,
    versions,
    shared: { leases, heartbeats: readModel, served: readModel },
  };
}

/**
 * Opens a read model that can be rebuilt while it serves.
 *
 * @returns `undefined` for the embedded one, which is built again by taking its folder away.
 */
export async function openRebuildable({
  settings,
  lifecycle,
  logger,
}: EngineDeps): Promise<RebuildableReadModel | undefined> {
  if (settings.readModel === undefined) return undefined;
  const readModel = await openMongoDb(settings.readModel, logger);
  lifecycle.started('read model', () => readModel.close());
  return readModel;
}

/** Opens the message bus to other processes. */
export async function openNatsBus(
  { lifecycle, logger }: EngineDeps,
  nats: NonNullable<Settings['nats']>,
): Promise<MessageBus & Broadcast> {
  const { NatsBus } = await import('../shared/adapters/nats/nats-bus.js');
  const bus = await NatsBus.open(nats, logger);
  lifecycle.started('message bus', () => bus.close());
  return bus;
}

/** Opens the stream for publishers that don't wait; there is none in process. */
export async function openIngestStream({
  settings,
  lifecycle,
  logger,
}: EngineDeps): Promise<IngestStream | undefined> {
  if (settings.nats === undefined) return undefined;
  const { JetStreamIngest } = await import('../shared/adapters/nats/jetstream-ingest.js');
  const stream = await JetStreamIngest.open(settings.nats, logger);
  lifecycle.started('ingest stream', () => stream.close());
  return stream;
}

/** Opens what the feed goes to, with the leases that are there; there is nobody to hear it in process. */
export async function openFeedOutlet({
  settings,
  lifecycle,
  logger,
}: EngineDeps): Promise<{ outlet: FeedOutlet; leases: Leases } | undefined> {
  if (settings.nats === undefined) return undefined;
  const { JetStreamFeed } = await import('../shared/adapters/nats/jetstream-feed.js');
  const outlet = await JetStreamFeed.open(settings.nats, logger);
  lifecycle.started('feed outlet', () => outlet.close());
  return { outlet, leases: outlet.leases };
}

/** Opens the leases that the processes on one NATS share. */
export async function openNatsLeases(
  { lifecycle, logger }: EngineDeps,
  nats: NonNullable<Settings['nats']>,
): Promise<Leases> {
  const { JetStreamLeases } = await import('../shared/adapters/nats/jetstream-leases.js');
  const { leases, close } = await JetStreamLeases.open(nats, logger);
  lifecycle.started('leases', close);
  return leases;
}

async function openMongoDb({ url, ...times }: ReadModelSettings, logger: Logger) {
  const { MongoDbReadModel } = await import('../shared/adapters/mongodb/mongodb-read-model.js');
  return new MongoDbReadModel(url, {
    ...times,
    replaced: (reason, database) =>
      tellRebuilt(logger, `The lists, counts, series and versions in the database ${database}`, reason),
  });
}

function tellRebuilt(logger: Logger, what: string, reason: string): void {
  const message = `${what} are removed and made again from the ledger, and answer 503 until then: ${reason}`;
  logger.warn({ event: 'read_model_rebuild_started' }, message);
}
