import type { Context } from 'koa';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import { lastPositionIn } from '../../../shared/core/contracts/ingest-reply.js';
import type { Metrics } from '../../../shared/runtime/observability/metrics.js';
import type { CommandClient } from '../command-client.js';
import { answerJson } from '../http/answer.js';
import { askedContext } from '../http/asked-context.js';
import { reasonHeaders } from '../http/http-errors.js';
import type { RequestIntake } from '../http/request-intake.js';
import { positionHeader } from '../http/freshness.js';
import { eventsOf } from './cloud-events-http.js';

/** `POST /api/v1/events`: lifecycle events as CloudEvents; answers what became of each, in the order sent. */
export function ingestEvents(intake: RequestIntake, commands: CommandClient, metrics: Metrics) {
  return async (ctx: Context): Promise<void> => {
    await intake.run(ctx.req, async (body) => {
      const sent = eventsOf(ctx.req, body);
      const asked = askedContext(ctx.req);
      if ('batch' in sent) {
        const outcomesJson = await commands.ingestToJson(sent.batch, asked);
        metrics.countOutcomesIn(outcomesJson);
        return answerJson(ctx, 200, 'success', outcomesJson, positionHeader(lastPositionIn(outcomesJson)));
      }
      const outcomes = await commands.ingest(sent.event, asked);
      metrics.countOutcomes(outcomes);
      // The only event's outcome is the answer's.
      const [outcome] = outcomes;
      if (outcome === undefined) throw new UnavailableError('The command service gave no outcome');
      const { code, reason, message, position } = outcome;
      const data = JSON.stringify(outcomes);
      if (code === 200) answerJson(ctx, code, 'success', data, positionHeader(position));
      else answerJson(ctx, code, message, data, reasonHeaders(reason));
    });
  };
}
