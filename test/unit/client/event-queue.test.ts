import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { BufferFullError } from '../../../clients/typescript/src/errors.js';
import { EventQueue, type QueuedEvent } from '../../../clients/typescript/src/event-queue.js';
import {
  BATCH_BYTES_MAX,
  BATCH_EVENTS_MAX,
  type TaskEventType,
} from '../../../clients/typescript/src/task-event.js';
import { TaskLane } from '../../../clients/typescript/src/task-lane.js';

let made = 0;

function entry(lane: TaskLane, type: TaskEventType = 'task.started', bytes = 10): QueuedEvent {
  const id = String(made++);
  return { lane, event: { id, type, text: '{}', bytes }, settle: () => {}, keep: () => {}, lose: () => {} };
}

const known = (taskId = 1): TaskLane => new TaskLane(`lane ${taskId}`, taskId);
const ids = (entries: Iterable<QueuedEvent>): string[] => [...entries].map(({ event }) => event.id);
const ROOMY = { eventsMax: 10_000, bytesMax: 1e9 };

describe('EventQueue', () => {
  it('lets the newest progress of each task wait, at most one', async () => {
    const queue = new EventQueue(ROOMY);
    const [one, other] = [known(1), known(2)];
    const reports = [
      entry(one, 'task.progressed'),
      entry(other, 'task.progressed'),
      entry(one, 'task.progressed'),
    ];
    for (const report of reports) expect(await queue.putProgress(report)).toBe(true);
    expect(ids(queue.entries())).toEqual([reports[1]?.event.id, reports[2]?.event.id]);
  });

  it('replaces no progress that is under way, or has an event of its task behind it', async () => {
    const queue = new EventQueue(ROOMY);
    const lane = known();
    const [sent, before, completed, after] = [
      entry(lane, 'task.progressed'),
      entry(lane, 'task.progressed'),
      entry(lane, 'task.completed'),
      entry(lane, 'task.progressed'),
    ] as const;
    await queue.putProgress(sent);
    expect(queue.next(0)).toEqual([sent]);
    await queue.putProgress(before);
    await queue.put(completed);
    await queue.putProgress(after);
    expect(ids(queue.entries())).toEqual(ids([sent, before, completed, after]));
  });

  it('when full, drops waiting progress first, then lets others wait in their order, and takes no progress', async () => {
    const queue = new EventQueue({ eventsMax: 3, bytesMax: 1_000 });
    const [one, other] = [known(1), known(2)];
    const progress = entry(one, 'task.progressed');
    const [first, second, third, fourth, fifth] = Array.from({ length: 5 }, () => entry(other)) as [
      QueuedEvent,
      QueuedEvent,
      QueuedEvent,
      QueuedEvent,
      QueuedEvent,
    ];
    await queue.putProgress(progress);
    await queue.put(first);
    await queue.put(second);
    await queue.put(third);
    expect(ids(queue.entries())).toEqual(ids([first, second, third]));
    const admitted: string[] = [];
    const waiting = [fourth, fifth].map((each) => queue.put(each).then(() => admitted.push(each.event.id)));
    expect(await queue.putProgress(entry(one, 'task.progressed'))).toBe(false);
    expect([queue.size, admitted]).toEqual([5, []]);
    queue.remove(first);
    queue.remove(second);
    await Promise.all(waiting);
    expect(admitted).toEqual(ids([fourth, fifth]));
    expect(ids(queue.entries())).toEqual(ids([third, fourth, fifth]));
  });

  it('gives up waiting after the time that is said, and the others keep their turn', async () => {
    const queue = new EventQueue({ eventsMax: 1, bytesMax: 1_000 });
    const lane = known();
    const [held, late, patient] = [entry(lane), entry(lane), entry(lane)];
    await queue.put(held);
    const refused = queue.put(late, 1);
    const admitted = queue.put(patient);
    await expect(refused).rejects.toThrow(BufferFullError);
    queue.remove(held);
    await admitted;
    expect(ids(queue.entries())).toEqual(ids([patient]));
  });

  it('takes an event that is too large for it alone, and holds up nobody behind one that gives up', async () => {
    const queue = new EventQueue({ eventsMax: 10, bytesMax: 100 });
    const [held, large, small] = [
      entry(known(), 'task.started', 60),
      entry(known(), 'task.failed', 200),
    ].concat(entry(known(), 'task.started', 30)) as [QueuedEvent, QueuedEvent, QueuedEvent];
    await queue.put(held);
    const refused = queue.put(large, 1);
    const admitted = queue.put(small);
    await expect(refused).rejects.toThrow(BufferFullError);
    await admitted;
    const late = queue.put(large);
    queue.remove(held);
    queue.remove(small);
    await late;
    expect(ids(queue.entries())).toEqual(ids([large]));
  });

  it('sends of a task without an id only its creation, and holds back what is to be tried later', async () => {
    const queue = new EventQueue(ROOMY);
    const [fresh, later, other] = [new TaskLane('fresh'), known(1), known(2)];
    later.notBeforeMs = 5;
    const [created, started, held, free] = [
      entry(fresh, 'task.created'),
      entry(fresh),
      entry(later),
      entry(other),
    ] as const;
    for (const each of [created, started, held, free]) await queue.put(each);
    expect(ids(queue.next(0))).toEqual(ids([created, free]));
    queue.known(fresh, 3);
    queue.remove(created);
    queue.remove(free);
    expect(ids(queue.next(5))).toEqual(ids([started, held]));
  });

  it('keeps each request within its bounds, and sends one event that is larger alone', async () => {
    const queue = new EventQueue(ROOMY);
    const lane = known();
    const small = Array.from({ length: BATCH_EVENTS_MAX + 1 }, () => entry(lane));
    const large = [entry(lane, 'task.completed', BATCH_BYTES_MAX + 1), entry(lane)];
    for (const each of [...small, ...large]) await queue.put(each);
    const sizes: number[] = [];
    for (let batch = queue.next(0); batch.length > 0; batch = queue.next(0)) {
      sizes.push(batch.length);
      batch.forEach((each) => queue.remove(each));
    }
    expect(sizes).toEqual([BATCH_EVENTS_MAX, 1, 1, 1]);
  });

  it('never holds more than it may, never loses an event that is no progress, and keeps each task in order', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('put' as const), task: fc.nat(2), bytes: fc.integer({ min: 1, max: 40 }) }),
      fc.record({
        do: fc.constant('progress' as const),
        task: fc.nat(2),
        bytes: fc.integer({ min: 1, max: 40 }),
      }),
      fc.record({ do: fc.constant('send' as const), answered: fc.integer({ min: 0, max: 3 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const queue = new EventQueue({ eventsMax: 4, bytesMax: 100 });
        const lanes = [known(1), known(2), known(3)];
        const put = new Map<TaskLane, string[]>(lanes.map((lane) => [lane, []]));
        const sent = new Map<TaskLane, string[]>(lanes.map((lane) => [lane, []]));
        const send = (answered: number): number => {
          const batch = queue.next(0);
          for (const each of batch.slice(0, answered)) {
            if (each.event.type !== 'task.progressed') sent.get(each.lane)?.push(each.event.id);
            queue.remove(each);
          }
          return batch.length;
        };
        for (const each of steps) {
          if (each.do === 'send') send(each.answered);
          else {
            const lane = lanes[each.task] as TaskLane;
            const made = entry(lane, each.do === 'put' ? 'task.started' : 'task.progressed', each.bytes);
            if (each.do === 'put') put.get(lane)?.push(made.event.id);
            void (each.do === 'put' ? queue.put(made) : queue.putProgress(made));
          }
          const held = [...queue.entries()];
          expect(held.length).toBeLessThanOrEqual(4);
          expect(held.reduce((bytes, { event }) => bytes + event.bytes, 0)).toBeLessThanOrEqual(100);
          await Promise.resolve();
        }
        while (send(Infinity) > 0) await Promise.resolve();
        expect(queue.size).toBe(0);
        expect(sent).toEqual(put);
      }),
    );
  });
});
