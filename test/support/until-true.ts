import { setTimeout as delay } from 'node:timers/promises';

const LOOK_DELAY_MS = 10;

/** Waits until a condition on something outside this process holds; the test's time limit ends it. */
export async function untilTrue(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(LOOK_DELAY_MS);
}
