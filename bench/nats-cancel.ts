import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { startCommandService } from '../services/commands/command-service.js';
import { EmbeddedEventStore } from '../shared/adapters/embedded/event-store/embedded-event-store.js';
import { NatsBus } from '../shared/adapters/nats/nats-bus.js';
import { NodeCrypto } from '../shared/adapters/node/node-crypto.js';
import { ANONYMOUS_CALLER } from '../shared/core/contracts/caller.js';
import { DEFAULT_TASK_TYPES } from '../shared/core/contracts/fields.js';
import type { CancelReply, EventOutcome } from '../shared/core/contracts/messages.js';
import { CANCEL_SUBJECT, INGEST_SUBJECT } from '../shared/core/contracts/subjects.js';
import { CommandMetrics } from '../shared/runtime/observability/command-metrics.js';
import { median, type BenchFigure } from './figure.js';
import { handedEvents, type HandedEvent } from './handed-events.js';

const ROUNDS = 400;
const WARM_UP_ROUNDS = 50;
/** As `scripts/backends/nats.sh` builds it. */
const NATS_SERVER = '.backends/bin/nats-server';

const silent = { debug: noop, info: noop, warn: noop, error: noop };

function noop(): void {
  // Says nothing.
}

/**
 * The round trip of a cancel over NATS (bus, decoding, the task from the cache, decide, hash, append on disk, answer)
 * against a request-reply of the NATS client alone plus an append to the same kind of ledger alone, one after the other
 * in turns; the median of each.
 */
export async function benchNatsCancel(): Promise<BenchFigure> {
  const folder = await mkdtemp(join(tmpdir(), 'taskledger-bench-cancel-'));
  const port = await freePort();
  const server = spawn(NATS_SERVER, ['-a', '127.0.0.1', '-p', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const url = `nats://127.0.0.1:${port}`;
  const closes: (() => Promise<unknown>)[] = [];
  try {
    await listening(server);
    const store = await EmbeddedEventStore.open(join(folder, 'ledger'));
    closes.push(() => store.close());
    const rawStore = await EmbeddedEventStore.open(join(folder, 'raw'));
    closes.push(() => rawStore.close());
    const [asking, answering] = [await NatsBus.open({ url }, silent), await NatsBus.open({ url }, silent)];
    closes.push(
      () => answering.close(),
      () => asking.close(),
    );
    const clock = { nowMs: () => Date.now() };
    const deps = { store, clock, crypto: new NodeCrypto(), logger: silent, metrics: new CommandMetrics() };
    const service = { ...deps, taskTypes: DEFAULT_TASK_TYPES };
    const commands = await startCommandService({ ...service, bus: answering });
    closes.push(() => commands.close());
    const [rawAsking, rawAnswering] = [await connect({ servers: url }), await connect({ servers: url })];
    closes.push(
      () => rawAsking.close(),
      () => rawAnswering.close(),
    );
    rawAnswering.subscribe('raw', {
      queue: 'raw',
      callback: (_, message) => void message.respond(message.data),
    });
    await rawAnswering.flush();

    const taskIds = await createTasks(asking);
    const [cancels, requests, appends]: number[][] = [[], [], []];
    const handed = await handedEvents();
    for (const [round, taskId] of taskIds.entries()) {
      const times = [
        await timed(() => cancel(asking, taskId)),
        await timed(() => rawRequest(rawAsking, taskId)),
        await timed(async () => {
          const { event } = handed[round % handed.length] as HandedEvent;
          await rawStore.append([
            { stream: `task-${taskId}`, expectedRevision: 'no_stream', events: [event] },
          ]);
        }),
      ];
      if (round >= WARM_UP_ROUNDS)
        [cancels, requests, appends].forEach((list, at) => list?.push(times[at] as number));
    }
    const measured = median(cancels as number[]);
    const limit = median(requests as number[]) + median(appends as number[]);
    return {
      name: 'Cancel round trip p50 over NATS, against raw request-reply + raw append',
      unit: 'ms',
      measured,
      limit,
      ratio: measured / limit,
      target: 2,
      better: 'lower',
    };
  } finally {
    for (const close of closes.reverse()) await close();
    server.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

async function createTasks(bus: NatsBus): Promise<number[]> {
  const events = Array.from({ length: ROUNDS + WARM_UP_ROUNDS }, (_, index) => ({
    specversion: '1.0',
    id: `create-${index}`,
    source: '/bench',
    type: 'task.created',
    subject: `bench/${index}`,
    data: { project_id: 1, task_type: 'crawl', total: 100 },
  }));
  const outcomes = (await bus.request(INGEST_SUBJECT, events, {
    ...ANONYMOUS_CALLER,
    deadlineMs: Date.now() + 20_000,
  })) as EventOutcome[];
  return outcomes.map(({ task_id }) => task_id as number);
}

async function cancel(bus: NatsBus, taskId: number): Promise<void> {
  const request = { task_id: taskId, command_id: randomUUID() };
  const reply = (await bus.request(CANCEL_SUBJECT, request, {
    ...ANONYMOUS_CALLER,
    deadlineMs: Date.now() + 5_000,
  })) as CancelReply;
  if (!reply.ok) throw new Error(reply.error.message);
}

async function rawRequest(connection: NatsConnection, taskId: number): Promise<void> {
  await connection.request('raw', JSON.stringify({ task_id: taskId, command_id: randomUUID() }), {
    timeout: 5_000,
  });
}

/** How long something takes, in milliseconds. */
async function timed(task: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await task();
  return performance.now() - start;
}

async function listening(server: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let log = '';
    server.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes('Server is ready')) resolve();
    });
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`nats-server ended: ${log}`)));
  });
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
