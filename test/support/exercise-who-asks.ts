import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startCommandService, type CommandService } from '../../services/commands/command-service.js';
import { NodeCrypto } from '../../shared/adapters/node/node-crypto.js';
import { RIGHTS } from '../../shared/core/contracts/caller.js';
import { DEFAULT_TASK_TYPES } from '../../shared/core/contracts/fields.js';
import {
  BULK_CANCEL_ABORT_SUBJECT,
  BULK_CANCEL_EXECUTE_SUBJECT,
  BULK_CANCEL_PREVIEW_SUBJECT,
  CANCEL_SUBJECT,
  INGEST_SUBJECT,
  REPORT_SUBJECT,
} from '../../shared/core/contracts/subjects.js';
import type { RequestContext } from '../../shared/core/ports/message-bus.js';
import { CommandMetrics } from '../../shared/runtime/observability/command-metrics.js';
import { bulkCancelId } from './bulk-cancel-side.js';
import { anonymously, created, lifecycleEvent, silentLogger } from './command-side.js';
import type { MessageBusHarness } from './exercise-message-bus.js';
import { MemoryEventStore } from './memory-event-store.js';

/** That who asks comes over a bus and into the record, whatever the bus. */
export function exerciseWhoAsks(name: string, makeHarness: () => Promise<MessageBusHarness>): void {
  describe(`who asks a command service: ${name}`, () => {
    let harness: MessageBusHarness;
    let store: MemoryEventStore;
    let commands: CommandService;

    beforeEach(async () => {
      harness = await makeHarness();
      store = new MemoryEventStore();
      commands = await startCommandService({
        store,
        clock: { nowMs: () => Date.now() },
        crypto: new NodeCrypto(),
        logger: silentLogger,
        metrics: new CommandMetrics(),
        taskTypes: DEFAULT_TASK_TYPES,
        bus: harness.answering,
      });
    });

    afterEach(async () => {
      await commands.close();
      await harness.asking.close();
      await harness.answering.close();
      await harness.dispose();
    });

    const nobody = anonymously(Date.now() + 60_000);
    const ana = { ...nobody, principal: 'Ána', authenticatedBy: 'token' };
    const ask = (subject: string, data: object, context: RequestContext = ana): Promise<unknown> =>
      harness.asking.request(subject, data, context);
    /** The principal of each event, and how it was checked. */
    const recorded = (stream: string): unknown[] =>
      store.stream(stream).map(({ metadata }) => [metadata.principal, metadata.authenticated_by]);
    const ANA = ['Ána', 'token'];
    const NOBODY = [undefined, undefined];

    it('is on record with events and a cancel', async () => {
      await ask(INGEST_SUBJECT, [created('a'), created('b')]);
      await ask(INGEST_SUBJECT, [lifecycleEvent('started', 'a')], nobody);
      await ask(CANCEL_SUBJECT, { task_id: 1, command_id: 'c', actor: 'ben' });
      await ask(CANCEL_SUBJECT, { task_id: 2, command_id: 'd', actor: 'ben' }, nobody);
      expect(recorded('task-1')).toEqual([ANA, NOBODY, ANA]);
      expect(recorded('task-2')).toEqual([ANA, ['ben', undefined]]);
    });

    it('is on record with a bulk cancel and its tasks', async () => {
      await ask(INGEST_SUBJECT, [created('a')], nobody);
      const id = bulkCancelId();
      const preview = { id, filter: {}, position: '1', task_ids: [1] };
      expect(await ask(BULK_CANCEL_PREVIEW_SUBJECT, preview)).toEqual({ ok: true, id });
      expect(await ask(BULK_CANCEL_EXECUTE_SUBJECT, { id })).toEqual({ ok: true, id });
      // Waits for what is under way.
      await commands.close();
      expect(recorded(`bulkCancel-${id}`).slice(0, 2)).toEqual([ANA, ANA]);
    });

    it('may do no more than they may', async () => {
      await ask(INGEST_SUBJECT, [created('a')]);
      const reporter = { ...ana, rights: ['publish', 'read'] as const };
      const message = expect.stringContaining('may not cancel');
      const refused = { ok: false, error: { code: 'invalid_request', message } };
      expect(await ask(CANCEL_SUBJECT, { task_id: 1, command_id: 'c' }, reporter)).toEqual(refused);
      expect(await ask(BULK_CANCEL_PREVIEW_SUBJECT, {}, reporter)).toEqual(refused);
      expect(await ask(BULK_CANCEL_EXECUTE_SUBJECT, {}, reporter)).toEqual(refused);
      expect(await ask(BULK_CANCEL_ABORT_SUBJECT, {}, reporter)).toEqual(refused);
      expect(await ask(INGEST_SUBJECT, [lifecycleEvent('cancelled', 'a')], reporter)).toMatchObject([
        { outcome: 'rejected', reason: 'invalid_request', message },
      ]);
      expect(recorded('task-1')).toEqual([ANA]);
    });

    it('can only report on tasks.report, and is not believed to have been checked', async () => {
      const outcomes = await ask(REPORT_SUBJECT, [
        created('a'),
        lifecycleEvent('cancelled', 'a', {}, { id: 'no' }),
        lifecycleEvent('started', 'a'),
      ]);
      expect(outcomes).toMatchObject([
        { outcome: 'accepted' },
        {
          event_id: 'no',
          outcome: 'rejected',
          task_id: null,
          code: 400,
          reason: 'invalid_request',
          message: 'type: task.cancelled is not taken from who may not cancel',
        },
        { outcome: 'accepted' },
      ]);
      const said = ['Ána', undefined];
      expect(recorded('task-1')).toEqual([said, said]);
      expect(ana.rights).toEqual(RIGHTS);
    });
  });
}
