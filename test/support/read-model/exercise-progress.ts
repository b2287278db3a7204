import { describe, expect, it } from '@jest/globals';
import type { ParkedStream, ProjectionProgress } from '../../../shared/core/ports/read-model.js';
import { change, position } from './changes.js';
import type { ReadModelUnderTest } from './harness.js';

const at = (number: number, projection = 'tasks'): ProjectionProgress => ({
  checkpoint: { projection, position: position(number) },
});

const parkedStream = (taskId: number, projection = 'tasks'): ParkedStream => ({
  projection,
  stream: `task-${taskId}`,
  revision: 3,
  position: position(17),
  reason: 'Unknown event type "TaskPaused"',
  parkedAt: '2025-03-12T10:00:00.000Z',
});

/** How checkpoints and parked streams are kept, and what comes with them. */
export function exerciseProgress(test: ReadModelUnderTest): void {
  describe('checkpoints', () => {
    it('has none before the first, and one for each projection', async () => {
      expect(await test.readModel.checkpoint('tasks')).toBeUndefined();
      await test.readModel.apply([], at(7));
      await test.readModel.apply([], at(3, 'others'));
      expect(await test.readModel.checkpoint('tasks')).toBe(position(7));
      expect(await test.readModel.checkpoint('others')).toBe(position(3));
    });

    it('goes forward only, and stays where it is without', async () => {
      await test.readModel.apply([], at(7));
      await test.readModel.apply([change(1, 0)]);
      await test.readModel.apply([change(2, 0)], at(6));
      expect(await test.readModel.checkpoint('tasks')).toBe(position(7));
      expect(await test.readModel.get(2)).toBeDefined();
      await test.readModel.apply([], at(10));
      expect(await test.readModel.checkpoint('tasks')).toBe(position(10));
    });

    it('shows never without the documents that it covers', async () => {
      let done = false;
      const writes = (async () => {
        for (let batch = 1; batch <= 20; batch++) {
          const ids = Array.from({ length: 100 }, (_, index) => batch * 1000 + index);
          await test.readModel.apply(
            ids.map((id) => change(id, 0)),
            at(batch),
          );
        }
        done = true;
      })();
      while (!done) {
        const reached = Number((await test.readModel.checkpoint('tasks')) ?? 0);
        if (reached > 0) {
          expect(await test.readModel.get(reached * 1000)).toBeDefined();
          expect(await test.readModel.get(reached * 1000 + 99)).toBeDefined();
        }
        await new Promise(setImmediate);
      }
      await writes;
      expect(await test.readModel.checkpoint('tasks')).toBe(position(20));
    });
  });

  describe('parked streams', () => {
    it('keeps them on record for each projection until they are taken off', async () => {
      expect(await test.readModel.parked('tasks')).toEqual([]);
      const [one, two, other] = [parkedStream(1), parkedStream(2), parkedStream(1, 'others')];
      await test.readModel.apply([], { ...at(20), park: [one, two] });
      await test.readModel.apply([], { ...at(20, 'others'), park: [other] });
      expect(sorted(await test.readModel.parked('tasks'))).toEqual([one, two]);
      await test.readModel.apply([change(1, 5)], { ...at(21), unpark: ['task-1', 'task-99'] });
      expect(await test.readModel.parked('tasks')).toEqual([two]);
      expect(await test.readModel.parked('others')).toEqual([other]);
    });

    it('keeps the last record of a stream that is parked again', async () => {
      const again = { ...parkedStream(1), revision: 9, reason: 'Something else' };
      await test.readModel.apply([], { ...at(20), park: [parkedStream(1)] });
      await test.readModel.apply([], { ...at(21), park: [again], unpark: ['task-1'] });
      expect(await test.readModel.parked('tasks')).toEqual([again]);
    });
  });
}

function sorted(parked: ParkedStream[]): ParkedStream[] {
  return [...parked].sort((one, other) => (one.stream < other.stream ? -1 : 1));
}
