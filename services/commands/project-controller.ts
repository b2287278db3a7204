import { Controller, Inject } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { Projects } from '../../shared/core/application/projects.js';
import type { BusFailure, RegisterProjectReply } from '../../shared/core/contracts/messages.js';
import { REGISTER_PROJECT_SUBJECT } from '../../shared/core/contracts/subjects.js';
import type { RequestContext } from '../../shared/core/ports/message-bus.js';
import { failureOf } from './bus-errors.js';

/** Answers on `tasks.commands.projects.register`. */
@Controller()
export class ProjectController {
  constructor(@Inject(Projects) private readonly projects: Projects) {}

  @MessagePattern(REGISTER_PROJECT_SUBJECT)
  async register(
    @Payload() data: unknown,
    @Ctx() context: RequestContext,
  ): Promise<RegisterProjectReply | BusFailure> {
    try {
      return await this.projects.register(data, context);
    } catch (error) {
      return failureOf(error);
    }
  }
}
