import type { Context } from 'koa';
import { readHeartbeats } from '../../../shared/core/contracts/heartbeats.js';
import { parseStrictJson } from '../../../shared/core/contracts/strict-json.js';
import { HEARTBEATS_SUBJECT } from '../../../shared/core/contracts/subjects.js';
import { answerJson } from '../http/answer.js';
import { askedContext } from '../http/asked-context.js';
import { requireMediaType } from '../http/media-type.js';
import type { RequestIntake } from '../http/request-intake.js';
import type { QueryDeps } from '../query-deps.js';

/**
 * `POST /api/v1/heartbeats`: somebody is at work on these tasks. It is told to whoever watches, and kept nowhere; which of the
 * tasks there are is not looked up.
 */
export function tellHeartbeats(intake: RequestIntake, { bus }: Pick<QueryDeps, 'bus'>) {
  return async (ctx: Context): Promise<void> => {
    await intake.run(ctx.req, async (body) => {
      requireMediaType(ctx.req, 'application/json');
      const heartbeats = readHeartbeats(parseStrictJson(body));
      bus.tell(HEARTBEATS_SUBJECT, heartbeats, askedContext(ctx.req));
      answerJson(ctx, 202, 'Heard', JSON.stringify({ heard: heartbeats.tasks.length }));
    });
  };
}
