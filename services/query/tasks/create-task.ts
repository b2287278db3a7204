import type { Context } from 'koa';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import type { EventOutcome } from '../../../shared/core/contracts/messages.js';
import { taskDetailJson } from '../../../shared/core/contracts/task-json.js';
import type { Metrics } from '../../../shared/runtime/observability/metrics.js';
import type { CommandClient } from '../command-client.js';
import { answerJson } from '../http/answer.js';
import { askedContext } from '../http/asked-context.js';
import { locationOf } from '../http/base-path.js';
import { HttpError } from '../http/http-errors.js';
import { idempotencyKeyOf } from '../http/idempotency-key.js';
import { jsonBody } from '../http/json-body.js';
import { parametersOf } from '../http/parameters.js';
import type { RequestIntake } from '../http/request-intake.js';
import { timesOf } from '../http/times.js';
import type { QueryDeps } from '../query-deps.js';
import { positionHeader } from '../http/freshness.js';
import type { AwaitVisible } from './read-your-write.js';
import { createTaskSchema } from './schemas.js';

/** Under which source the ledger knows the events that `POST /api/v1/tasks` makes. */
const CREATE_SOURCE = '/api/v1/tasks';

/** `POST /api/v1/tasks`: makes a `task.created` event of the body, and answers with the task's detail. */
export function createTask(
  { newId, readModel, settings }: QueryDeps,
  intake: RequestIntake,
  commands: CommandClient,
  awaitVisible: AwaitVisible,
  metrics: Metrics,
) {
  const schema = createTaskSchema(settings.taskTypes);

  return async (ctx: Context): Promise<void> => {
    const times = timesOf(parametersOf(ctx.req));
    const eventId = idempotencyKeyOf(ctx.req) ?? newId();
    await intake.run(ctx.req, async (body) => {
      const { key, ...data } = jsonBody(ctx.req, body, schema);
      const subject = key === undefined ? {} : { subject: key };
      const event = {
        specversion: '1.0',
        id: eventId,
        source: CREATE_SOURCE,
        type: 'task.created',
        ...subject,
        data,
      };
      const outcomes = await commands.ingest(event, askedContext(ctx.req));
      metrics.countOutcomes(outcomes);

      const taskId = createdTask(outcomes[0]);
      await awaitVisible(taskId, 0);
      const task = await readModel.get(taskId);
      if (task === undefined) throw new UnavailableError('The task is recorded, but does not show yet');
      const headers = [
        ...locationOf(ctx, `/api/v1/tasks/${taskId}`),
        ...positionHeader(outcomes[0]?.position),
      ];
      const detail = taskDetailJson(task, times);
      if (outcomes[0]?.outcome === 'accepted') answerJson(ctx, 201, 'Task created', detail, headers);
      else answerJson(ctx, 200, 'Task exists already', detail, headers);
    });
  };
}

function createdTask(outcome: EventOutcome | undefined): number {
  if (outcome === undefined) throw new UnavailableError('The command service gave no outcome');
  const { reason, message, task_id: taskId } = outcome;
  if (reason !== 'accepted' && reason !== 'duplicate') throw new HttpError(reason, message);
  if (taskId === null) throw new UnavailableError('The command service named no task');
  return taskId;
}
