import type { Context } from 'koa';
import type { Metrics } from '../../../shared/observability/metrics.js';
import { answerJson } from '../answer.js';
import { eventsOf } from '../cloud-events-http.js';
import type { CommandClient } from '../command-client.js';
import { withRetry } from '../http-errors.js';
import type { RequestIntake } from '../request-intake.js';

/** `POST /api/v1/events`: lifecycle events as CloudEvents; answers what became of each, in the order sent. */
export function ingestEvents(intake: RequestIntake, commands: CommandClient, metrics: Metrics) {
  return async (ctx: Context): Promise<void> => {
    await intake.run(ctx.req, async (body) => {
      const sent = eventsOf(ctx.req, body);
      if ('batch' in sent) {
        const outcomesJson = await commands.ingestToJson(sent.batch);
        metrics.countOutcomesIn(outcomesJson);
        return answerJson(ctx, 200, 'success', outcomesJson);
      }
      const outcomes = await commands.ingest(sent.event);
      metrics.countOutcomes(outcomes);
      // The only event's outcome is the answer's.
      const { code = 503, message = 'The command service gave no outcome' } = outcomes[0] ?? {};
      answerJson(ctx, code, code === 200 ? 'success' : message, JSON.stringify(outcomes), withRetry(code));
    });
  };
}
