import { expect, it } from '@jest/globals';
import { Backoff } from '../../../shared/kit/backoff.js';

const delaysOf = (backoff: Backoff, count: number): number[] =>
  Array.from({ length: count }, () => backoff.nextDelayMs());

it('waits twice as long each time, up to its limit, and from the first again when it has worked', () => {
  const backoff = new Backoff({ first: 10, max: 70 });
  const isWithin = (ms: number, mostMs: number): boolean => ms >= mostMs / 2 && ms <= mostMs;
  const mosts = [10, 20, 40, 70, 70];
  for (let round = 0; round < 50; round++) {
    const delays = delaysOf(backoff, mosts.length);
    expect(delays.map((ms, at) => isWithin(ms, mosts[at] as number))).toEqual(mosts.map(() => true));
    backoff.reset();
  }
});

it('gives those whom the same trouble has hit different waits', () => {
  const first = Array.from({ length: 50 }, () => new Backoff({ first: 1_000, max: 1_000 }).nextDelayMs());
  expect(new Set(first).size).toBeGreaterThan(10);
});

it('ends a wait when the signal fires', async () => {
  const stopping = new AbortController();
  const waited = new Backoff().wait(stopping.signal, 1_000_000);
  stopping.abort();
  await waited;
});
