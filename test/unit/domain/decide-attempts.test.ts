import { describe, expect, it } from '@jest/globals';
import {
  accepted,
  attemptFailed,
  cancel,
  complete,
  create,
  fail,
  given,
  message,
  progress,
  reportCancelled,
  start,
} from './scenario.js';

const ofAttempt = (attempt: number) => [
  progress(5, { attempt }),
  attemptFailed({ attempt }),
  complete({ attempt }),
  fail({ attempt }),
  reportCancelled({ attempt }),
  cancel({ attempt }),
];

describe('attempts', () => {
  it('count the starts', () => {
    expect(given(create()).task?.snapshot.attempt).toBe(0);
    expect(given(create(), start()).task?.snapshot.attempt).toBe(1);
    expect(given(create(), start(), start()).task?.snapshot.attempt).toBe(2);
    expect(given(create(), progress(1), start()).task?.snapshot.attempt).toBe(2);
  });

  it("have the queue's own numbers, which may jump ahead", () => {
    const past = given(create(), start({ attempt: 1 }));
    expect(accepted(past.when(start({ attempt: 2 }))).snapshot.attempt).toBe(2);
    expect(accepted(past.when(start({ attempt: 7 }))).snapshot.attempt).toBe(7);
    expect(given(create(), start({ attempt: 7 }), start()).task?.snapshot.attempt).toBe(8);
  });

  it.each(ofAttempt(7))('may jump ahead with what is heard of one whose start was lost: $type', (command) => {
    for (const past of [given(create()), given(create(), start()), given(create(), start(), attemptFailed())])
      expect(accepted(past.when(command)).snapshot.attempt).toBe(7);
  });

  it.each([given(create(), start(), progress(3)), given(create(), start(), progress(3), attemptFailed())])(
    'run again under the same number after a crash, from 0 on',
    (past) => {
      expect(accepted(past.when(start({ attempt: 1 }))).snapshot).toMatchObject({
        attempt: 1,
        progress: 0,
        status: 'running',
      });
    },
  );

  const second = given(create(), start(), start());

  it.each(ofAttempt(2))('are the current one for any other event: $type', (command) => {
    expect(second.when(command).outcome).toBe('accepted');
  });

  it.each([...ofAttempt(1), start({ attempt: 1 }), message('late', { attempt: 1 })])(
    'are over when the next one has begun: $type',
    (command) => {
      expect(second.when(command)).toEqual({
        outcome: 'refused',
        code: 'stale_attempt',
        message: 'Attempt 1 is over; the current one is 2',
        evidence: true,
      });
    },
  );

  it('matter no more when the task has ended', () => {
    const past = given(create(), start(), start(), complete());
    expect(past.when(fail({ attempt: 1 }))).toMatchObject({ code: 'already_completed' });
  });
});

describe('an attempt that failed', () => {
  const past = given(
    create({ total: 10 }),
    start({ worker: 'ocr-3' }),
    progress(4),
    attemptFailed({ error_type: 'Timeout' }),
  );

  it('leaves the task waiting for the next one, with who ran it and what it failed of', () => {
    expect(past.task?.snapshot).toMatchObject({
      status: 'pending',
      attempt: 1,
      worker: 'ocr-3',
      error_type: 'Timeout',
      completed_at: null,
    });
  });

  it('is followed by the next one, which knows nothing of it', () => {
    const { snapshot } = accepted(past.when(start()));
    expect(snapshot).toMatchObject({ status: 'running', attempt: 2, progress: 0 });
    expect([snapshot.worker, snapshot.error_type]).toEqual([undefined, undefined]);
  });

  it('is followed by the next one too where its start was lost', () => {
    expect(accepted(past.when(progress(1))).snapshot).toMatchObject({ attempt: 2, progress: 1 });
    expect(accepted(past.when(attemptFailed())).snapshot).toMatchObject({ attempt: 2, status: 'pending' });
  });

  it('is over for what goes on with it or ends it once more', () => {
    const text = 'Attempt 1 is over; a start begins the next one, or this one again';
    for (const late of [progress(5, { attempt: 1 }), attemptFailed({ attempt: 1 })])
      expect(past.when(late)).toMatchObject({ code: 'stale_attempt', message: text, evidence: true });
    expect(given(create(), start(), start(), attemptFailed()).when(complete({ attempt: 1 }))).toMatchObject({
      code: 'stale_attempt',
      message: 'Attempt 1 is over; the last one was 2',
    });
  });

  it.each([complete({ attempt: 1 }), fail({ attempt: 1 }), complete(), fail(), reportCancelled(), cancel()])(
    'may have been the last: $type',
    (end) => {
      expect(accepted(past.when(end)).snapshot).toMatchObject({
        attempt: 1,
        completed_at: expect.any(String),
      });
    },
  );

  it('may be the first that is heard of a task', () => {
    expect(given(create(), attemptFailed()).task?.snapshot).toMatchObject({ status: 'pending', attempt: 1 });
  });

  it('is the same again under its own source and id', () => {
    const origin = { source: 'queue', id: 'a-1' };
    const once = given(create(), start(), { command: attemptFailed(), origin });
    expect(once.when(attemptFailed(), { origin })).toEqual({ outcome: 'duplicate' });
    expect(once.when(attemptFailed({ error_message: 'other' }), { origin })).toMatchObject({
      code: 'event_id_conflict',
    });
  });
});

describe('a message alone', () => {
  it.each([
    ['new', given(create())],
    ['running', given(create({ total: 10 }), start({ worker: 'w' }), progress(4))],
    ['waiting', given(create(), start(), attemptFailed({ error_type: 'Timeout' }))],
  ])('changes nothing else of a task that is %s', (was, past) => {
    const before = past.task?.snapshot;
    const { snapshot } = accepted(past.when(message('page 4 has no text', { level: 'warning' })));
    expect(snapshot).toEqual({ ...before, was });
  });

  it('may be of the attempt that is over, or of one that is not known yet, and changes no number', () => {
    const past = given(create(), start(), attemptFailed());
    for (const attempt of [1, 5])
      expect(accepted(past.when(message('m', { attempt }))).snapshot.attempt).toBe(1);
  });

  it('comes too late for a task that has ended', () => {
    expect(given(create(), complete()).when(message('m'))).toMatchObject({ code: 'already_completed' });
  });
});
