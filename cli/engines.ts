import { join } from 'node:path';
import { EmbeddedEventStore } from '../shared/adapters/embedded/event-store/embedded-event-store.js';
import { EmbeddedReadModel } from '../shared/adapters/embedded/read-model/embedded-read-model.js';
import type { Settings } from '../shared/config/settings.js';
import type { Lifecycle } from '../shared/lifecycle/lifecycle.js';
import type { EventStore } from '../shared/ports/event-store.js';
import type { FeedOutlet } from '../shared/ports/feed.js';
import type { IngestStream } from '../shared/ports/ingest-stream.js';
import type { Leases } from '../shared/ports/lease.js';
import type { Logger } from '../shared/ports/logger.js';
import type { MessageBus } from '../shared/ports/message-bus.js';
import type { ProjectorHeartbeats } from '../shared/ports/projector-status.js';
import type { ReadModel, RebuildableReadModel } from '../shared/ports/read-model.js';
import type { TaskCounters } from '../shared/ports/task-counters.js';

/** What opening an engine takes: each is closed again in its turn. */
export interface EngineDeps {
  settings: Settings;
  lifecycle: Lifecycle;
  logger: Logger;
}

/** A read model that several processes share has leases, and word of the projector that works. */
export interface SharedReadModel {
  leases: Leases;
  heartbeats: ProjectorHeartbeats;
}

/**
 * Opens the ledger that the settings name.
 *
 * @param options `readOnly`: beside a thread or a process that writes to it; where there may be several writers, it makes no
 *   difference.
 */
export async function openEventStore(
  { settings, lifecycle, logger }: EngineDeps,
  { readOnly = false } = {},
): Promise<EventStore> {
  const { eventStoreUrl, dataDir } = settings;
  const told = (message: string): void => logger.warn({ dataDir }, message);
  // The clients of engines that are not used are not loaded.
  const store =
    eventStoreUrl === undefined
      ? await EmbeddedEventStore.open(join(dataDir, 'ledger'), { readOnly, told })
      : (await import('../shared/adapters/kurrentdb/kurrentdb-event-store.js')).KurrentDbEventStore.open(
          eventStoreUrl,
        );
  lifecycle.started('event store', () => store.close());
  return store;
}

/** Opens the read model that the settings name; `shared` when other processes may use it too. */
export async function openReadModel({ settings, lifecycle, logger }: EngineDeps): Promise<{
  readModel: ReadModel;
  counters: TaskCounters;
  shared: SharedReadModel | undefined;
}> {
  const { readModelUrl, dataDir } = settings;
  if (readModelUrl === undefined) {
    const path = join(dataDir, 'read-model');
    const anew = (reason: string): void =>
      logger.warn({ path }, `The read model is built anew from the ledger: ${reason}`);
    const readModel = await EmbeddedReadModel.open(path, { replaced: anew, lost: anew });
    lifecycle.started('read model', () => readModel.close());
    return { readModel, counters: readModel.counters, shared: undefined };
  }
  const readModel = await openMongoDb(readModelUrl);
  lifecycle.started('read model', () => readModel.close());
  const { counters, leases } = readModel;
  return { readModel, counters, shared: { leases, heartbeats: readModel } };
}

/**
 * Opens a read model that can be rebuilt while it serves.
 *
 * @returns `undefined` for the embedded one, which is built anew by taking its folder away.
 */
export async function openRebuildable({
  settings,
  lifecycle,
}: EngineDeps): Promise<RebuildableReadModel | undefined> {
  if (settings.readModelUrl === undefined) return undefined;
  const readModel = await openMongoDb(settings.readModelUrl);
  lifecycle.started('read model', () => readModel.close());
  return readModel;
}

/** Opens the message bus to other processes. */
export async function openNatsBus(
  { lifecycle, logger }: EngineDeps,
  nats: NonNullable<Settings['nats']>,
): Promise<MessageBus> {
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

/** Opens what the feed goes to; there is nobody to hear it in process. */
export async function openFeedOutlet({
  settings,
  lifecycle,
  logger,
}: EngineDeps): Promise<FeedOutlet | undefined> {
  if (settings.nats === undefined) return undefined;
  const { JetStreamFeed } = await import('../shared/adapters/nats/jetstream-feed.js');
  const outlet = await JetStreamFeed.open(settings.nats, logger);
  lifecycle.started('feed outlet', () => outlet.close());
  return outlet;
}

async function openMongoDb(url: string) {
  const { MongoDbReadModel } = await import('../shared/adapters/mongodb/mongodb-read-model.js');
  return new MongoDbReadModel(url);
}
