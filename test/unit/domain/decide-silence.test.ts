import { describe, expect, it } from '@jest/globals';
import { decide } from '../../../shared/core/domain/decide.js';
import { TASK_EVENTS_MAX } from '../../../shared/core/domain/limits.js';
import {
  accepted,
  attemptFailed,
  complete,
  create,
  declareHeard,
  declareSilent,
  failSilent,
  given,
  message,
  META,
  progress,
  start,
} from './scenario.js';

const running = given(create({ heartbeat_s: 30 }), start());
const silent = given(create({ heartbeat_s: 30 }), start(), declareSilent(1));
const CHANGED = { outcome: 'refused', code: 'task_changed', evidence: false };

describe('a task that breaks its promise', () => {
  it('is silent, and running', () => {
    expect(accepted(running.when(declareSilent(1))).snapshot).toMatchObject({
      status: 'running',
      silent: true,
      was: 'running',
    });
  });

  it.each([
    ['anything is reported', progress(3)],
    ['a message is', message('still here')],
    ['it starts again', start()],
    ['an attempt failed', attemptFailed()],
    ['it completes', complete()],
    ['it has a heartbeat', declareHeard(2)],
    ['it fails for it', failSilent(2)],
  ])('is not silent any more once %s', (_, command) => {
    expect(accepted(silent.when(command)).snapshot).toMatchObject({ silent: undefined, was: 'silent' });
  });

  it('fails for it as for any other error', () => {
    const { snapshot } = accepted(silent.when(failSilent(2)));
    expect(snapshot).toMatchObject({ status: 'failed', error_type: 'Silent', progress: 0 });
    const failed = given(create(), start(), declareSilent(1), failSilent(2));
    expect(failed.when(complete())).toMatchObject({ code: 'already_failed', evidence: true });
  });
});

describe('what the watchdog asks for', () => {
  it.each([
    ['pending', given(create()), declareSilent(0)],
    ['pending again', given(create(), start(), attemptFailed()), declareSilent(2)],
    ['ended', given(create(), complete()), declareSilent(1)],
    ['silent already', silent, declareSilent(2)],
    ['heard of since', given(create(), start(), progress(1)), declareSilent(1)],
    ['not silent', running, declareHeard(1)],
    ['not silent', running, failSilent(1)],
    [
      'silent anew',
      given(create(), start(), declareSilent(1), progress(1), declareSilent(3)),
      declareHeard(2),
    ],
    ['silent anew', given(create(), start(), declareSilent(1), progress(1), declareSilent(3)), failSilent(2)],
  ])('is refused, and kept nowhere, of a task that is %s', (_, scenario, command) => {
    expect(scenario.when(command)).toMatchObject(CHANGED);
  });

  it('is refused of a task that is not there', () => {
    expect(given().when(declareSilent(0))).toMatchObject({ code: 'task_not_found', evidence: false });
  });

  it('leaves room in a full task for the end of a silence', () => {
    const { task } = running;
    const full = { ...task, eventCount: TASK_EVENTS_MAX - 1 } as NonNullable<typeof task>;
    expect(decide(declareSilent(full.eventCount - 1), full, META)).toMatchObject({
      code: 'task_full',
      evidence: false,
    });
    const room = { ...full, eventCount: TASK_EVENTS_MAX - 2 };
    const gone = accepted(decide(declareSilent(room.eventCount - 1), room, META));
    accepted(decide(declareHeard(gone.eventCount - 1), gone, META));
  });
});
