import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { NatsServer, natsServerBinary, NO_NATS } from './nats-server.js';

/** Runs tests on the server that `NATS_URL` names, or else on one of their own; they are pending where there is neither. */
export function onNats(tests: (currentUrl: () => string) => void): void {
  const running = process.env.NATS_URL ?? '';
  if (running === '' && natsServerBinary() === undefined) {
    describe('on a real NATS', () => it.todo(NO_NATS));
    return;
  }
  let server: NatsServer | undefined;
  beforeAll(async () => {
    if (running === '') server = await NatsServer.start();
  });
  afterAll(() => server?.dispose());
  tests(() => server?.url ?? running);
}

/** Runs tests that start and stop servers themselves; they are pending where there is no nats-server. */
export function withNatsServer(name: string, tests: () => void): void {
  if (natsServerBinary() === undefined) describe(name, () => it.todo(NO_NATS));
  else describe(name, tests);
}

/** Longer than most things take, and shorter than a test may: what goes on waiting would keep the process alive. */
const CONDITION_MS_MAX = 20_000;

/** Waits for a condition, and fails when it does not come about. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  waitMsMax = CONDITION_MS_MAX,
): Promise<void> {
  const lateMs = performance.now() + waitMsMax;
  while (!(await condition())) {
    if (performance.now() > lateMs) throw new Error(`Still not so: ${String(condition)}`);
    await delay(5);
  }
}
