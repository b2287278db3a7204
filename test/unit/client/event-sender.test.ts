import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import {
  TaskledgerClosedError,
  TaskledgerRefusedError,
  TaskledgerUnavailableError,
} from '../../../clients/typescript/src/errors.js';
import { EventQueue } from '../../../clients/typescript/src/event-queue.js';
import { EventSender } from '../../../clients/typescript/src/event-sender.js';
import { taskEvent } from '../../../clients/typescript/src/task-event.js';
import { TaskLane } from '../../../clients/typescript/src/task-lane.js';
import type { EventOutcome } from '../../../clients/typescript/src/index.js';
import type { Transport } from '../../../clients/typescript/src/transport.js';

type Mishap = 'none' | 'lost before' | 'lost after' | 'half' | 'refused as a whole';

interface Sent {
  id: string;
  type: string;
  subject?: string;
}

/** A ledger that knows what it has, and whose way is as bad as it is told. */
class BadWay implements Transport {
  readonly recorded: Sent[] = [];
  readonly #ids = new Map<string, number>();

  constructor(private readonly mishaps: Mishap[]) {}

  async send(texts: readonly string[]): Promise<EventOutcome[]> {
    await Promise.resolve();
    const mishap = this.mishaps.shift() ?? 'none';
    if (mishap === 'lost before') throw new TaskledgerUnavailableError('lost');
    if (mishap === 'refused as a whole' && texts.length > 1)
      throw new TaskledgerRefusedError('malformed', 400);
    const away = new Set<string>();
    const outcomes = texts.map((text, at): EventOutcome => {
      const event = JSON.parse(text) as Sent;
      const task = event.subject ?? event.id;
      // As Taskledger does it: after one of a task was not taken, no later one is.
      if (mishap === 'half' && at >= texts.length / 2) away.add(task);
      const known = this.#ids.get(event.id);
      if (away.has(task)) return outcome(event, 'unavailable', null);
      if (known !== undefined) return outcome(event, 'duplicate', known);
      const id = event.subject === undefined ? this.#ids.size + 1_000 : Number(event.subject);
      this.#ids.set(event.id, id);
      this.recorded.push(event);
      return outcome(event, 'accepted', id);
    });
    if (mishap === 'lost after') throw new TaskledgerUnavailableError('lost');
    return outcomes;
  }

  cancel = async (): Promise<void> => {};
  watchCancel = () => () => {};
  statusOf = async () => undefined;
  cancelOf = async () => ({});
  close = async (): Promise<void> => {};
}

function outcome({ id }: Sent, what: EventOutcome['outcome'], taskId: number | null): EventOutcome {
  const code = what === 'unavailable' ? 503 : 200;
  return { eventId: id, outcome: what, taskId, code, reason: what, message: what, position: null };
}

function senderOver(transport: Transport, warnings: string[] = [], awayAfterMs = 60_000): EventSender {
  const retry = { attemptsMax: 1, retryDelayMsMin: 0, retryDelayMsMax: 0 };
  const warn = (_: string, code: string): void => void warnings.push(code);
  const queue = new EventQueue({ eventsMax: 50, bytesMax: 1e6 });
  return new EventSender(queue, transport, { retry, awayAfterMs, warn });
}

describe('EventSender', () => {
  it('records everything once and each task in order, whatever happens on the way', async () => {
    const mishap = fc.constantFrom<Mishap>('none', 'lost before', 'lost after', 'half', 'refused as a whole');
    const lives = fc.array(fc.array(fc.constantFrom('task.started', 'task.progressed'), { maxLength: 8 }), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(mishap, { maxLength: 20 }), lives, async (mishaps, tasks) => {
        const way = new BadWay([...mishaps]);
        const sender = senderOver(way);
        const handedOver: string[][] = [];
        const outcomes = tasks.flatMap((types) => {
          const created = taskEvent('/test', 'task.created', {});
          const lane = new TaskLane(created.id);
          const events = types.map((type) => taskEvent('/test', type as 'task.started', {}));
          handedOver.push([created, ...events].map(({ id }) => id));
          return [created, ...events].map((event) => sender.send(lane, event));
        });
        const answers = (await Promise.all(outcomes)).map((answer) => answer.outcome);
        expect(answers.every((answer) => answer === 'accepted' || answer === 'duplicate')).toBe(true);
        const recorded = way.recorded.map(({ id }) => id);
        expect(new Set(recorded).size).toBe(recorded.length);
        expect(recorded.length).toBe(handedOver.flat().length);
        for (const ids of handedOver) expect(recorded.filter((id) => ids.includes(id))).toEqual(ids);
        sender.stop();
      }),
      { numRuns: 60 },
    );
  });

  it('answers kept once the ledger is away, says so once, and sends it all the same', async () => {
    const warnings: string[] = [];
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const way = new BadWay([]);
    let tries = 0;
    const send = way.send.bind(way);
    way.send = async (texts) => {
      if (++tries === 1) throw new TaskledgerUnavailableError('away');
      await gate;
      return send(texts);
    };
    const sender = senderOver(way, warnings, 0);
    const lane = new TaskLane('lane', 1);
    expect((await sender.send(lane, taskEvent('/test', 'task.started', {}))).outcome).toBe('kept');
    expect((await sender.send(lane, taskEvent('/test', 'task.failed', {}))).outcome).toBe('kept');
    open();
    expect(await sender.flush(10_000)).toBe(true);
    expect(way.recorded.map(({ type }) => type)).toEqual(['task.started', 'task.failed']);
    expect(warnings).toEqual(['TASKLEDGER_AWAY']);
  });

  it('answers kept when no answer comes for a while', async () => {
    const way = new BadWay([]);
    const send = way.send.bind(way);
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    way.send = async (texts) => {
      await gate;
      return send(texts);
    };
    const warnings: string[] = [];
    const sender = senderOver(way, warnings, 20);
    const lane = new TaskLane('lane', 1);
    expect((await sender.send(lane, taskEvent('/test', 'task.started', {}))).outcome).toBe('kept');
    expect((await sender.send(lane, taskEvent('/test', 'task.progressed', {}))).outcome).toBe('kept');
    expect(warnings).toEqual(['TASKLEDGER_AWAY']);
    open();
    expect(await sender.flush(10_000)).toBe(true);
    expect(way.recorded.map(({ type }) => type)).toEqual(['task.started', 'task.progressed']);
    expect(sender.stop()).toBe(0);
  });

  it('does not let one task that can not be written hold up the others', async () => {
    const way = new BadWay([]);
    const send = way.send.bind(way);
    way.send = async (texts) => {
      const answers = await send(texts.filter((text) => !text.includes('"subject":"1"')));
      return texts.map((text) => {
        const event = JSON.parse(text) as Sent;
        return event.subject === '1'
          ? outcome(event, 'unavailable', null)
          : (answers.shift() as EventOutcome);
      });
    };
    const sender = senderOver(way);
    const broken = sender.send(new TaskLane('broken', 1), taskEvent('/test', 'task.started', {}));
    for (let task = 2; task < 12; task++) {
      const sent = await sender.send(new TaskLane(`${task}`, task), taskEvent('/test', 'task.started', {}));
      expect(sent.outcome).toBe('accepted');
    }
    expect(await Promise.race([broken, Promise.resolve('not answered')])).toBe('not answered');
    const lost = expect(broken).rejects.toThrow(TaskledgerClosedError);
    expect(sender.stop()).toBe(1);
    await lost;
  });

  it('tries many tasks that can not be written together, with pauses', async () => {
    const way = new BadWay([]);
    let requests = 0;
    let tries = 0;
    let enough: () => void = () => {};
    const tried = new Promise<void>((resolve) => (enough = resolve));
    way.send = async (texts) => {
      requests++;
      if ((tries += texts.length) >= 2_000) enough();
      return texts.map((text) => outcome(JSON.parse(text) as Sent, 'unavailable', null));
    };
    const retry = { attemptsMax: 1, retryDelayMsMin: 10, retryDelayMsMax: 20 };
    const queue = new EventQueue({ eventsMax: 1_000, bytesMax: 1e6 });
    const sender = new EventSender(queue, way, { retry, awayAfterMs: 60_000, warn: () => {} });
    const sent = Array.from({ length: 200 }, (_, task) => {
      return sender.send(new TaskLane(`${task}`, task + 1), taskEvent('/test', 'task.started', {}));
    });
    await tried;
    // One by one they would be as many as the tries; how few they are depends on the pace of the machine.
    expect(requests).toBeLessThan(tries / 10);
    sender.stop();
    await Promise.allSettled(sent);
  });

  it('counts one failure for all events of a task in a request', async () => {
    const way = new BadWay([]);
    let asked: () => void = () => {};
    const first = new Promise<void>((resolve) => (asked = resolve));
    way.send = async (texts) => {
      setImmediate(asked);
      return texts.map((text) => outcome(JSON.parse(text) as Sent, 'unavailable', null));
    };
    const retry = { attemptsMax: 1, retryDelayMsMin: 60_000, retryDelayMsMax: 600_000 };
    const queue = new EventQueue({ eventsMax: 1_000, bytesMax: 1e6 });
    const sender = new EventSender(queue, way, { retry, awayAfterMs: 60_000, warn: () => {} });
    const lane = new TaskLane('lane', 1);
    const types = ['task.started', 'task.progressed', 'task.completed'] as const;
    const sent = types.map((type) => sender.send(lane, taskEvent('/test', type, {})));
    await first;
    expect(lane.failures).toBe(1);
    sender.stop();
    await Promise.allSettled(sent);
  });

  it('tells whoever reported something of a task that was refused at its creation', async () => {
    const way = new BadWay([]);
    way.send = async ([text]) => [
      {
        ...outcome(JSON.parse(text as string) as Sent, 'rejected', null),
        code: 400,
        reason: 'task_full',
        message: 'no',
      },
    ];
    const sender = senderOver(way);
    const created = taskEvent('/test', 'task.created', {});
    const lane = new TaskLane(created.id);
    const [first, second] = [
      sender.send(lane, created),
      sender.send(lane, taskEvent('/test', 'task.started', {})),
    ];
    expect(await first).toMatchObject({ outcome: 'rejected', eventId: created.id });
    expect(await second).toMatchObject({ outcome: 'rejected', message: 'no' });
    const third = await sender.send(lane, taskEvent('/test', 'task.completed', {}));
    expect(third).toMatchObject({ outcome: 'rejected', code: 400, reason: 'task_full' });
  });
});
