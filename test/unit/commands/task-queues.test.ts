import { describe, expect, it } from '@jest/globals';
import { TaskQueues } from '../../../services/commands/task-queues.js';
import { ANONYMOUS_CALLER, type Caller } from '../../../shared/core/contracts/caller.js';
import type { EventOutcome } from '../../../shared/core/contracts/messages.js';
import { Semaphore } from '../../../shared/kit/semaphore.js';
import { untilTrue } from '../../support/until-true.js';

const TRIES_AT_ONCE_MAX = 4;

interface Call {
  subjects: string[];
  caller: Caller;
  answer(): void;
}

/** Queues whose tries are answered one by one. */
function queuesUnderTest() {
  const calls: Call[] = [];
  const settled: string[] = [];
  const over = new AbortController();
  const queues = new TaskQueues({
    ingest: {
      ingest: (events, { principal, authenticatedBy, rights }) => {
        const subjects = events.map((event) => (event as { subject: string }).subject);
        return new Promise((resolve) => {
          const outcomes = subjects.map((): EventOutcome => {
            const reason = 'accepted';
            const about = { event_id: 'e', task_id: 1, position: '1' };
            return { ...about, outcome: reason, code: 200, reason, message: reason };
          });
          calls.push({
            subjects,
            caller: { principal, authenticatedBy, rights },
            answer: () => resolve(outcomes),
          });
        });
      },
      taskIdOfKey: () => Promise.resolve(undefined),
    },
    clock: { nowMs: () => 0 },
    permits: new Semaphore(TRIES_AT_ONCE_MAX),
    unknownTaskPatienceMs: 1_000,
    brokenTaskPatienceMs: 1_000,
    onWaiting: () => undefined,
    onSettled: () => undefined,
    over: over.signal,
  });
  const push = (key: string, caller = ANONYMOUS_CALLER): Promise<void> =>
    queues.push({
      raw: { subject: key },
      caller,
      publishedAtMs: 0,
      done: () => settled.push(key),
      park: () => Promise.reject(new Error('nothing is to be parked')),
    });
  return { calls, settled, queues, push, over };
}

describe('the queues of tasks', () => {
  it('try for a few tasks at a time; what comes for the others meanwhile goes along with their turn', async () => {
    const { calls, settled, queues, push } = queuesUnderTest();
    const keys = Array.from({ length: 10 }, (_, index) => `task-${index}`);
    for (const key of keys) await push(key);
    expect(calls.map(({ subjects }) => subjects)).toEqual(
      keys.slice(0, TRIES_AT_ONCE_MAX).map((key) => [key]),
    );

    for (const key of keys) await push(key);
    expect(calls).toHaveLength(TRIES_AT_ONCE_MAX);

    for (let answered = 0; settled.length < 20; answered++) {
      await untilTrue(() => calls.length > answered);
      expect(calls.length - answered).toBeLessThanOrEqual(TRIES_AT_ONCE_MAX);
      calls[answered]?.answer();
      // Its own next try, or another's, comes in the turns of the loop that follow.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await queues.settled();
    // Four had two tries of one event, six had one of two.
    expect(calls.map(({ subjects }) => subjects.length).sort()).toEqual([
      ...Array(8).fill(1),
      ...Array(6).fill(2),
    ]);
  });

  it('hand over together only what has come from the same sender, in order', async () => {
    const { calls, settled, queues, push } = queuesUnderTest();
    const ana: Caller = { ...ANONYMOUS_CALLER, principal: 'ana' };
    const reporter: Caller = { ...ANONYMOUS_CALLER, rights: ['publish'] };
    for (const caller of [ana, ana, { ...ana }, reporter, reporter, ana]) await push('task', caller);
    for (let answered = 0; settled.length < 6; answered++) {
      await untilTrue(() => calls.length > answered);
      calls[answered]?.answer();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await queues.settled();
    expect(calls.map(({ subjects, caller }) => [subjects.length, caller])).toEqual([
      [1, ana],
      [2, ana],
      [2, reporter],
      [1, ana],
    ]);
  });

  it('that wait for their turn begin nothing when they are to go no further', async () => {
    const { calls, queues, push, over } = queuesUnderTest();
    for (let task = 0; task < 10; task++) await push(`task-${task}`);
    over.abort();
    for (const call of [...calls]) call.answer();
    await queues.settled();
    expect(calls).toHaveLength(TRIES_AT_ONCE_MAX);
  });
});
