import { beforeEach, describe, expect, it } from '@jest/globals';
import { EVENT_BYTES_MAX } from '../../../shared/core/application/event-size.js';
import { CommandSide, created, lifecycleEvent } from '../../support/command-side.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';

/** What ends a task is taken, however large it is. */

const LARGE = 'x'.repeat(300_000);

let store: MemoryEventStore;
let side: CommandSide;
beforeEach(async () => {
  store = new MemoryEventStore();
  side = new CommandSide(store);
  await side.one(created('k'));
});

/** The value of the last event's member. */
function stored(member: string): unknown {
  const [data] = store
    .stream('task-1')
    .slice(-1)
    .map(({ data }) => data);
  return (data as Record<string, { value: unknown }>)[member]?.value;
}

describe('a final event', () => {
  it.each([
    ['failed', 'error_message'],
    ['cancelled', 'reason'],
  ])('task.%s is taken with a %s that is too long, and says that it was cut', async (type, member) => {
    const event = lifecycleEvent(type, 'k', { [member]: LARGE });
    expect(await side.one(event)).toMatchObject({ outcome: 'accepted', reason: 'accepted' });
    expect(stored(member)).toMatch(/^x{60000,}… \[cut: 300000 bytes in all\]$/);
    expect(await side.one(event)).toMatchObject({ outcome: 'duplicate', reason: 'duplicate' });
  });

  it('task.completed is taken without a result that is too large, and says so', async () => {
    const event = lifecycleEvent('completed', 'k', { result: { text: LARGE } });
    expect(await side.one(event)).toMatchObject({ outcome: 'accepted' });
    expect(stored('result')).toEqual({
      taskledger_left_out: `The result has 300011 bytes of JSON; at most ${EVENT_BYTES_MAX} are kept`,
    });
    expect(await side.one(event)).toMatchObject({ outcome: 'duplicate' });
  });
});

describe('an event that ends nothing', () => {
  it('is refused when it is too large', async () => {
    const outcome = await side.one(lifecycleEvent('progressed', 'k', { progress: 1, message: LARGE }));
    expect(outcome).toMatchObject({
      outcome: 'rejected',
      code: 400,
      reason: 'event_too_large',
      message: `The event is too large; at most ${EVENT_BYTES_MAX} bytes of JSON are allowed`,
    });
  });
});
