import type { Context } from 'koa';
import type { Project } from '../../../shared/core/application/project-names.js';
import type { Registry } from '../../../shared/core/application/registry.js';
import type { CommandClient } from '../command-client.js';
import { answerJson } from '../http/answer.js';
import { askedContext } from '../http/asked-context.js';
import { refusedCommand } from '../http/http-errors.js';
import { jsonBody } from '../http/json-body.js';
import { parametersOf } from '../http/parameters.js';
import type { RequestIntake } from '../http/request-intake.js';
import { checkTaken } from '../http/taken-parameters.js';
import { projectBodySchema } from './project-schemas.js';

/** `GET /api/v1/projects`: every project that has a name, in the order in which they were registered; 10,000 at most. */
export function listProjects(projects: Registry<Project>) {
  return async (ctx: Context): Promise<void> => {
    checkTaken(parametersOf(ctx.req), []);
    await projects.refresh();
    answerJson(ctx, 200, 'success', JSON.stringify(projects.all().map(shown)));
  };
}

/** `POST /api/v1/projects`: gives a name an id, for good. Sent again it has no second effect. */
export function registerProject(intake: RequestIntake, commands: CommandClient) {
  return async (ctx: Context): Promise<void> => {
    await intake.run(ctx.req, async (body) => {
      const request = jsonBody(ctx.req, body, projectBodySchema);
      const reply = await commands.registerProject(request, askedContext(ctx.req));
      if (!reply.ok) throw refusedCommand(reply.error);
      const json = JSON.stringify(shown(reply));
      if (reply.is_new) answerJson(ctx, 201, 'Project registered', json);
      else answerJson(ctx, 200, 'Project exists already', json);
    });
  };
}

function shown({ project_id, name }: Project): Project {
  return { project_id, name };
}
