import { TooManyNamesError, UnavailableError } from '../contracts/errors.js';
import { describeIssue } from '../contracts/issues.js';
import { withoutNulls } from '../contracts/left-out.js';
import {
  registerProjectSchema,
  type RegisterProjectErrorCode,
  type RegisterProjectReply,
  type RegisterProjectRequest,
} from '../contracts/messages.js';
import { REGISTER_PROJECT_SUBJECT } from '../contracts/subjects.js';
import { REGISTERED_NAMES_MAX } from '../domain/limits.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { EventStore } from '../ports/event-store.js';
import type { RequestContext } from '../ports/message-bus.js';
import { checkRight } from './asked-by.js';
import { PROJECTS, type Project } from './project-names.js';
import { Registrar, type EntryFor } from './registrar.js';
import { Registry } from './registry.js';

/**
 * The first id that a name is given by itself: far from the ids that publishers number their projects with, and with all that
 * follow it within 32 bits, which an int has in many languages.
 */
export const GIVEN_PROJECT_ID_MIN = 1_000_000_000;

/** Registers projects by name, each for good. */
export class Projects {
  private readonly registry: Registry<Project>;
  private readonly registrar: Registrar<Project, number | undefined>;

  constructor(private readonly deps: { store: EventStore; clock: Clock; crypto: Crypto }) {
    this.registry = new Registry(PROJECTS, deps.store, deps.crypto);
    this.registrar = new Registrar(this.registry, deps, newProjects);
  }

  /** Forgets all that was read: the ledger that it is from is no longer there. */
  forget(): void {
    this.registry.forget();
  }

  /**
   * The id of the project with a name, which is registered when it is new.
   *
   * @throws TooManyNamesError when there are as many projects as there may be.
   * @throws UnavailableError when the effect is unknown; asking again is safe.
   */
  async idOf(name: string): Promise<number> {
    const project = await this.registrar.entryOf(name, undefined);
    if (project === undefined) throw new TooManyNamesError('too_many_projects', `data.project: ${TOO_MANY}`);
    return project.project_id;
  }

  /**
   * Registers a project, with an id of the caller's choice or with one that is given to it. The repeat has no effect.
   *
   * @param request A `RegisterProjectRequest`, not yet validated.
   * @param context After its deadline nothing is begun.
   * @throws InvalidRequestError when its caller may not publish.
   * @throws UnavailableError when the effect is unknown.
   */
  async register(request: unknown, context: RequestContext): Promise<RegisterProjectReply> {
    checkRight(context, 'publish', REGISTER_PROJECT_SUBJECT);
    const parsed = registerProjectSchema.safeParse(withoutNulls(request, registerProjectSchema));
    if (!parsed.success) return failed('invalid_request', describeIssue(parsed.error));
    if (this.deps.clock.nowMs() > context.deadlineMs)
      throw new UnavailableError('The deadline of the request has passed');
    const { name, project_id } = parsed.data;
    await this.registry.refresh();
    const isNew = this.registry.known(name) === undefined;
    const project = await this.registrar.entryOf(name, project_id);
    if (project === undefined) return this.notRegistered(parsed.data);
    if (project_id !== undefined && project.project_id !== project_id)
      return failed(
        'project_conflict',
        `The project ${JSON.stringify(name)} has the id ${project.project_id}`,
      );
    return { ok: true, ...project, is_new: isNew };
  }

  private notRegistered({ project_id }: RegisterProjectRequest): RegisterProjectReply {
    const other = this.registry.all().find((project) => project.project_id === project_id);
    if (other === undefined) return failed('too_many_projects', `name: ${TOO_MANY}`);
    return failed(
      'project_conflict',
      `The id ${project_id} is that of the project ${JSON.stringify(other.name)}`,
    );
  }
}

const TOO_MANY = `must be one of the ${REGISTERED_NAMES_MAX} projects that there are; no more are registered`;

function newProjects(registered: readonly Project[]): EntryFor<Project, number | undefined> {
  const ids = new Set(registered.map(({ project_id }) => project_id));
  let given = GIVEN_PROJECT_ID_MIN;
  return (name, wish) => {
    if (ids.size >= REGISTERED_NAMES_MAX || (wish !== undefined && ids.has(wish))) return undefined;
    while (ids.has(given)) given++;
    const project_id = wish ?? given;
    ids.add(project_id);
    return { project_id, name };
  };
}

function failed(code: RegisterProjectErrorCode, message: string): RegisterProjectReply {
  return { ok: false, error: { code, message } };
}
