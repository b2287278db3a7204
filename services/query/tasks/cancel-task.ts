import type { Context } from 'koa';
import type { CommandClient } from '../command-client.js';
import { answerJson } from '../http/answer.js';
import { askedContext } from '../http/asked-context.js';
import { refusedCommand } from '../http/http-errors.js';
import { idempotencyKeyOf } from '../http/idempotency-key.js';
import { optionalJsonBody } from '../http/json-body.js';
import { taskIdOf } from '../http/parameters.js';
import type { RequestIntake } from '../http/request-intake.js';
import { positionHeader } from '../http/freshness.js';
import type { AwaitVisible } from './read-your-write.js';
import { cancelBodySchema } from './schemas.js';

/** `POST /api/v1/tasks/{id}/cancel`: the switch. It answers once the cancel is durable and shows in the very next GET. */
export function cancelTask(
  intake: RequestIntake,
  commands: CommandClient,
  awaitVisible: AwaitVisible,
  newId: () => string,
) {
  return async (ctx: Context, id: string): Promise<void> => {
    const taskId = taskIdOf(id);
    const commandId = idempotencyKeyOf(ctx.req) ?? newId();
    await intake.run(ctx.req, async (body) => {
      const said = optionalJsonBody(ctx.req, body, cancelBodySchema);
      const request = { task_id: taskId, ...said, command_id: commandId };
      const reply = await commands.cancel(request, askedContext(ctx.req));
      if (!reply.ok) throw refusedCommand(reply.error);
      await awaitVisible(taskId, reply.revision);
      answerJson(ctx, 200, 'Task cancelled', 'null', positionHeader(reply.position));
    });
  };
}
