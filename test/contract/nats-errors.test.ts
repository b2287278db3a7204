import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { startCommandService, type CommandService } from '../../services/commands/command-service.js';
import { NatsBus } from '../../shared/adapters/nats/nats-bus.js';
import { NodeCrypto } from '../../shared/adapters/node/node-crypto.js';
import { DEFAULT_TASK_TYPES } from '../../shared/core/contracts/fields.js';
import { CommandMetrics } from '../../shared/runtime/observability/command-metrics.js';
import { anonymously, created, lifecycleEvent, silentLogger } from '../support/command-side.js';
import { MemoryEventStore } from '../support/memory-event-store.js';
import { onNats } from '../support/nats.js';

onNats((currentUrl) => {
  describe('the header Taskledger-Error', () => {
    let bus: NatsBus;
    let commands: CommandService;
    let plain: NatsConnection;

    beforeAll(async () => {
      bus = await NatsBus.open({ url: currentUrl() }, silentLogger);
      commands = await startCommandService({
        store: new MemoryEventStore(),
        clock: { nowMs: () => Date.now() },
        crypto: new NodeCrypto(),
        logger: silentLogger,
        metrics: new CommandMetrics(),
        taskTypes: DEFAULT_TASK_TYPES,
        bus,
      });
      plain = await connect({ servers: currentUrl() });
      await ask('tasks.ingest', [created('ended'), lifecycleEvent('completed', 'ended'), created('open')]);
    });

    afterAll(async () => {
      await plain?.close();
      await commands?.close();
      await bus?.close();
    });

    const ask = (subject: string, body: object | string): Promise<Msg> =>
      plain.request(subject, typeof body === 'string' ? body : JSON.stringify(body), { timeout: 20_000 });
    const cancel = 'tasks.commands.cancel';
    const [preview, execute] = ['tasks.commands.bulk_cancel.preview', 'tasks.commands.bulk_cancel.execute'];
    const abort = 'tasks.commands.bulk_cancel.abort';
    const id = '00000000-0000-4000-8000-000000000000';

    it.each([
      ['an ended task', cancel, { task_id: 1, command_id: 'a' }, 'already_completed'],
      ['an unknown task', cancel, { task_id: 99, command_id: 'b' }, 'task_not_found'],
      ['a cancel without a command', cancel, { task_id: 1 }, 'invalid_request'],
      ['no JSON', cancel, '{', 'invalid_request'],
      ['an unknown preview', execute, { id }, 'cancellation_not_found'],
      ['an unknown cancellation', abort, { id }, 'cancellation_not_found'],
      ['half an execution', execute, {}, 'invalid_request'],
      ['half a preview', preview, { id }, 'invalid_request'],
      ['too many events', 'tasks.ingest', Array.from({ length: 1_001 }, () => ({})), 'too_many_events'],
      ['events that are no JSON', 'tasks.ingest', '[{]', 'invalid_request'],
    ])('names why %s is refused', async (_, subject, body, code) => {
      const reply = await ask(subject, body);
      expect(reply.json()).toMatchObject({ ok: false, error: { code } });
      expect(reply.headers?.get('Taskledger-Error')).toBe(code);
    });

    it('is on no list of outcomes, and on nothing that was done', async () => {
      const outcomes = await ask('tasks.ingest', [{}, lifecycleEvent('started', 'nobody')]);
      expect(outcomes.json()).toHaveLength(2);
      expect(outcomes.headers?.has('Taskledger-Error') ?? false).toBe(false);
      const done = await ask(cancel, { task_id: 2, command_id: 'c' });
      expect(done.json()).toMatchObject({ ok: true });
      expect(done.headers?.has('Taskledger-Error') ?? false).toBe(false);
    });

    it('leaves it to who asks over the bus to read why', async () => {
      const context = anonymously(Date.now() + 20_000);
      const answer = await bus.request(cancel, { task_id: 1, command_id: 'd' }, context);
      expect(answer).toMatchObject({ ok: false, error: { code: 'already_completed' } });
    });
  });
});
