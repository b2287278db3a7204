import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startWatchdog, type Watchdog } from '../../../projections/watchdog/start-watchdog.js';
import { ANONYMOUS_CALLER, type Caller } from '../../../shared/core/contracts/caller.js';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import type { SilencesRequest } from '../../../shared/core/contracts/silences.js';
import type { Listener } from '../../../shared/core/ports/broadcast.js';
import { CommandSide, created, lifecycleEvent } from '../../support/command-side.js';
import { FakeLedger } from '../../support/fake-ledger.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';
import { until } from '../../support/nats.js';

/** What the tasks of these tests promise, in seconds, and how long it takes until they are silent, in milliseconds. */
const HEARTBEAT_S = 2;
const SILENT_MS = 3_000;

/** A clock moves so far from one look of the watchdog to the next. */
const STEP_MS = 500;

const YEAR_MS = 365 * 86_400_000;

/** A watchdog between a ledger, a bus and clocks that a test has in its hand. */
class WatchdogUnderTest {
  readonly ledger = new FakeLedger();
  readonly requests: SilencesRequest['silences'][] = [];
  readonly logged: { event?: string }[] = [];
  /** By a clock that only goes forward, and by the time of day. */
  nowMs = 0;
  atMs = Date.parse('2025-03-12T10:00:00.000Z');
  hears = true;
  upToDate: () => Promise<void> = async () => undefined;
  request: () => Promise<unknown> = async () => ({ ok: true, outcomes: [] });
  /** The ids of the tasks that the lists show as running. */
  running: number[] = [];
  private readonly store = new MemoryEventStore();
  private readonly side = new CommandSide(this.store);
  private written = 0;
  private looks = 0;
  private listener: Listener | undefined;
  private watchdog: Watchdog | undefined;

  async start(): Promise<Watchdog> {
    const log = (fields: object): void => void this.logged.push(fields);
    this.watchdog = await startWatchdog({
      store: this.ledger,
      readModel: {
        list: async () => ({ items: this.running.map((id) => JSON.stringify({ id })) }),
      },
      lists: {
        status: () => ({
          position: this.ledger.events.at(-1)?.position,
          lagMs: 0,
          caughtUp: true,
          parkedStreams: 0,
        }),
      },
      bus: {
        listen: async (_, listener) => {
          this.listener = listener;
          const stop = async (): Promise<void> => undefined;
          return { hears: () => this.hears, upToDate: () => this.upToDate(), stop };
        },
        request: async (_, data) => {
          this.requests.push((data as SilencesRequest).silences);
          return this.request();
        },
      },
      clock: { nowMs: () => this.atMs },
      logger: { debug: log, info: log, warn: log, error: log },
      nowMs: () => {
        this.looks++;
        return this.nowMs;
      },
    });
    return this.watchdog;
  }

  /** Has events recorded, and the ledger tell of them. */
  async events(...events: object[]): Promise<void> {
    await this.side.ingest(...events);
    for (const event of this.store.events.slice(this.written)) this.ledger.take(event);
    this.written = this.store.events.length;
  }

  beat(name: string, caller: Caller = ANONYMOUS_CALLER): void {
    this.listener?.heard({ tasks: [name] }, caller);
  }

  /** Lets time pass, and the watchdog look at it. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      this.nowMs += STEP_MS;
      await this.look();
    }
  }

  /** Has it look once more. */
  async look(): Promise<void> {
    const { looks } = this;
    // What it looks for first is on its way by the second.
    await until(() => this.looks >= looks + 2);
  }

  stop(): Promise<void> | undefined {
    return this.watchdog?.stop();
  }
}

let test: WatchdogUnderTest;
beforeEach(() => {
  test = new WatchdogUnderTest();
});
afterEach(() => test.stop());

const start = async (): Promise<Watchdog> => {
  const watchdog = await test.start();
  watchdog.record();
  await test.events(created('k', {}, { heartbeat_s: HEARTBEAT_S }), lifecycleEvent('started', 'k'));
  await until(() => watchdog.status().tasks === 1);
  return watchdog;
};

it('has the silence of a task recorded, by the last event that it knows', async () => {
  await start();
  await test.pass(SILENT_MS);
  await until(() => test.requests.length === 1);
  expect(test.requests[0]).toEqual([
    { kind: 'silent', task_id: 1, revision: 1, last_heard_at: '2025-03-12T10:00:00.000Z' },
  ]);
});

it('has nothing recorded while it is not told to, and knows all the same what is silent', async () => {
  const watchdog = await test.start();
  await test.events(created('k', {}, { heartbeat_s: HEARTBEAT_S }), lifecycleEvent('started', 'k'));
  await until(() => watchdog.status().tasks === 1);
  await test.pass(SILENT_MS + STEP_MS);
  expect(test.requests).toEqual([]);
  const work = watchdog.record();
  await until(() => test.requests.length === 1);
  await work.stop();
});

it.each([
  ['ahead', YEAR_MS],
  ['back', -YEAR_MS],
])('finds nobody silent when the time of day jumps %s', async (_, ms) => {
  await start();
  test.atMs += ms;
  await test.pass(SILENT_MS - STEP_MS);
  expect(test.requests).toEqual([]);
  await test.pass(STEP_MS);
  await until(() => test.requests.length === 1);
});

it('finds nobody silent after it has not been at work itself', async () => {
  await start();
  test.nowMs += YEAR_MS;
  await test.look();
  await test.pass(SILENT_MS - STEP_MS);
  expect(test.requests).toEqual([]);
});

it('finds nobody silent while it hears nothing, and for a whole promise after that', async () => {
  await start();
  test.hears = false;
  await test.pass(2 * SILENT_MS);
  test.hears = true;
  await test.pass(SILENT_MS - STEP_MS);
  expect(test.requests).toEqual([]);
  await test.pass(STEP_MS);
  await until(() => test.requests.length === 1);
});

it('finds nobody silent while it has not seen all that is recorded', async () => {
  await start();
  test.ledger.lastPosition = async () => '0000000000000099';
  await test.pass(SILENT_MS + STEP_MS);
  expect(test.requests).toEqual([]);
});

it('finds nobody silent whose heartbeat is on its way', async () => {
  const watchdog = await start();
  let asked = 0;
  test.upToDate = async () => {
    asked++;
    test.beat('k');
  };
  await test.pass(SILENT_MS);
  await until(() => asked === 1);
  await test.look();
  expect(test.requests).toEqual([]);
  expect(watchdog.status()).toMatchObject({ heartbeats: 1, unknownHeartbeats: 0 });
});

it('counts heartbeats of others, and takes none of who may not publish', async () => {
  const watchdog = await start();
  test.beat('unknown');
  test.beat('k', { ...ANONYMOUS_CALLER, rights: ['read'] });
  expect(watchdog.status()).toMatchObject({ heartbeats: 0, unknownHeartbeats: 1 });
  expect(test.logged).toContainEqual(expect.objectContaining({ event: 'heartbeat_refused' }));
});

it('asks again when it can not be recorded, and says so', async () => {
  const watchdog = await start();
  test.request = () => Promise.reject(new UnavailableError('Nobody answers'));
  await test.pass(SILENT_MS);
  await until(() => watchdog.status().lastError === 'Nobody answers');
  test.request = async () => ({ ok: true, outcomes: ['recorded'] });
  await test.pass(5_000);
  await until(() => test.requests.length === 2);
  await until(() => watchdog.status().lastError === undefined);
});

it('watches a task no longer of which nothing can be recorded', async () => {
  const watchdog = await start();
  test.request = async () => ({ ok: true, outcomes: ['refused'] });
  await test.pass(SILENT_MS);
  await until(() => watchdog.status().tasks === 0);
});

it('finds what runs already by the lists, and gives it a whole promise', async () => {
  await test.events(created('k', {}, { heartbeat_s: HEARTBEAT_S }), lifecycleEvent('started', 'k'));
  await test.events(created('other'), lifecycleEvent('started', 'other'));
  test.running = [2, 1];
  const watchdog = await test.start();
  watchdog.record();
  await until(() => watchdog.status().caughtUp);
  expect(watchdog.status().tasks).toBe(1);
  await test.pass(SILENT_MS - STEP_MS);
  expect(test.requests).toEqual([]);
  await test.pass(STEP_MS);
  await until(() => test.requests.length === 1);
});
