import { describe, expect, it } from '@jest/globals';
import { versionsProjection } from '../../../projections/versions/versions-projection.js';
import { tasksProjection } from '../../../projections/tasks/tasks-projection.js';
import { recordedLives } from '../../support/recorded-life.js';

describe('versionsProjection', () => {
  it('has of each event the state after it, when it was recorded, and what was before', async () => {
    const events = await recordedLives(3);
    for (const event of events) {
      const { state, ...version } = versionsProjection.project(event);
      const {
        paramsJson: _,
        resultJson: __,
        errorMessageJson: ___,
        ...small
      } = tasksProjection.project(event);
      expect(state).toEqual(small);
      expect(version).toEqual({
        position: event.position,
        recordedAt: event.metadata.recorded_at,
        before: [undefined, 'pending', 'running', 'running', 'running'][event.revision],
      });
    }
  });

  it.each([
    ['a type that it does not know', { type: 'TaskMelted' }],
    ['no time at which it was recorded', { metadata: {} }],
    ['bytes that are not those that were written', { damage: 'its checksum is wrong' }],
  ])('throws, so that the stream is parked, for an event with %s', async (_, broken) => {
    const [event] = await recordedLives(1);
    if (event === undefined) throw new Error('There is none');
    expect(() => versionsProjection.project({ ...event, ...broken })).toThrow();
  });

  it('leaves all of them as they are: each is a version', async () => {
    const changes = (await recordedLives(1)).map((event) => versionsProjection.project(event));
    expect(versionsProjection.merge(changes)).toBe(changes);
  });
});
