import { beforeEach, describe, expect, it } from '@jest/globals';
import { RIGHTS, type Right } from '../../../shared/core/contracts/caller.js';
import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import type { RequestContext } from '../../../shared/core/ports/message-bus.js';
import { BulkCancelSide } from '../../support/bulk-cancel-side.js';
import { anonymously, CommandSide, created, lifecycleEvent } from '../../support/command-side.js';
import { MemoryEventStore } from '../../support/memory-event-store.js';

let store: MemoryEventStore;
let side: CommandSide;

beforeEach(() => {
  store = new MemoryEventStore();
  side = new CommandSide(store);
});

const withRights = (...rights: Right[]): RequestContext => ({ ...anonymously(), rights });
const types = (): string[] => store.stream('task-1').map(({ type }) => type);

describe('what somebody may not do', () => {
  it('is refused for the event alone, in the words that it always was', async () => {
    const events = [
      created('a'),
      lifecycleEvent('cancelled', 'a', {}, { id: 'no' }),
      lifecycleEvent('started', 'a'),
    ];
    const outcomes = await side.ingestAs(withRights('publish', 'read'), ...events);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['accepted', 'rejected', 'accepted']);
    expect(outcomes[1]).toEqual({
      event_id: 'no',
      outcome: 'rejected',
      task_id: null,
      code: 400,
      reason: 'invalid_request',
      message: 'type: task.cancelled is not taken from who may not cancel',
      position: null,
    });
    expect(types()).toEqual(['TaskCreated', 'TaskStarted']);
  });

  it('is refused for what it is, before anything is wrong with it', async () => {
    const [outcome] = await side.ingestAs(withRights('publish'), { type: 'task.cancelled', id: 7 });
    expect(outcome).toMatchObject({ event_id: null, message: expect.stringContaining('may not cancel') });
    const [other] = await side.ingestAs(withRights('publish'), { type: 'task.cancel' });
    expect(other?.message).not.toContain('may not');
  });

  it('is to report, for who may only cancel', async () => {
    await side.ingest(created('a'));
    const [started, cancelled] = await side.ingestAs(
      withRights('cancel'),
      lifecycleEvent('started', 'a'),
      lifecycleEvent('cancelled', 'a'),
    );
    expect(started).toMatchObject({
      reason: 'invalid_request',
      message: 'An event is not taken from who may not publish',
    });
    expect(cancelled?.outcome).toBe('accepted');
  });

  it('is a cancel, by a command or of many', async () => {
    await side.ingest(created('a'));
    const bulk = new BulkCancelSide(store);
    const context = withRights('publish', 'read');
    for (const asked of [
      side.cancel({ task_id: 1, command_id: 'c' }, context),
      side.cancel({}, context),
      bulk.preview([1], {}, context),
      bulk.start({}, context),
    ]) {
      await expect(asked).rejects.toThrow(InvalidRequestError);
      await expect(asked).rejects.toThrow(/^tasks\.commands\..+ is not taken from who may not cancel$/);
    }
    expect(store.events.some(({ stream }) => stream.startsWith('bulkCancel'))).toBe(false);
    expect(types()).toEqual(['TaskCreated']);
  });
});

describe('who is on record', () => {
  const checked = { ...anonymously(), principal: 'ana', authenticatedBy: 'token', rights: RIGHTS };
  const said = { ...checked, authenticatedBy: 'none' };
  const recorded = (stream: string): [string | undefined, string | undefined][] =>
    store.stream(stream).map(({ metadata }) => [metadata.principal, metadata.authenticated_by]);

  it.each([
    ['was checked', checked, {}, ['ana', 'token']],
    ['was checked, whoever is said to want it', checked, { actor: 'ben' }, ['ana', 'token']],
    ['was said', said, {}, ['ana', undefined]],
    ['is said to want it, where nobody was checked', said, { actor: 'ben' }, ['ben', undefined]],
    ['is said to want it, where nobody says who asks', anonymously(), { actor: 'ben' }, ['ben', undefined]],
    ['is left out, where nobody says so', anonymously(), {}, [undefined, undefined]],
  ])('%s', async (_, context, actor, expected) => {
    await side.ingestAs(context, created('a'), created('b'), created('c'));
    await side.cancel({ task_id: 1, command_id: 'c', ...actor }, context);
    const bulk = new BulkCancelSide(store);
    await bulk.preview([2], actor, context);
    await bulk.start(actor, context);
    await bulk.finish();
    expect(recorded('task-1')[1]).toEqual(expected);
    expect(recorded('task-2')[1]).toEqual(expected);
    const [previewed, started, ...others] = recorded(`bulkCancel-00000000-0000-4000-8000-000000000001`);
    expect([previewed, started]).toEqual([expected, expected]);
    for (const other of others) expect(other).toEqual([undefined, undefined]);
    expect((await bulk.load()).started).toMatchObject({
      principal: expected[0] ?? 'anonymous',
      authenticatedBy: expected[1] ?? 'none',
    });
    // An event names no actor.
    const sender = context.principal === 'anonymous' ? undefined : context.principal;
    expect(recorded('task-3')[0]).toEqual([sender, context === checked ? 'token' : undefined]);
    // Its hash holds for whoever loads it anew.
    expect((await new CommandSide(store).one(lifecycleEvent('started', 'c'))).outcome).toBe('accepted');
  });

  it('stands with the evidence of what was refused', async () => {
    await side.ingest(created('a'), lifecycleEvent('completed', 'a'));
    await side.ingestAs(checked, lifecycleEvent('cancelled', 'a'));
    expect(recorded('taskEvidence-1')).toEqual([['ana', 'token']]);
  });
});
