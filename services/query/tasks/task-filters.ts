import type { Project } from '../../../shared/core/application/project-names.js';
import type { Registry } from '../../../shared/core/application/registry.js';
import { isTaskName } from '../../../shared/core/contracts/fields.js';
import type { TaskFilter } from '../../../shared/core/ports/task-filter.js';
import { single, type Parameters } from '../http/parameters.js';
import type { QueryDeps } from '../query-deps.js';
import type { FilterNames } from './filter-kinds.js';
import { requireWhole } from './require-whole.js';
import { familyOf, namesOfTask } from './task-family.js';
import { taskFilterOf } from './task-filter-parameters.js';

/** Reads filters, with what is named in them looked up: projects in the ledger, as they may have been registered a moment ago. */
export class TaskFilters {
  constructor(
    private readonly taskTypes: readonly string[],
    private readonly projects: Registry<Project>,
    private readonly deps: Pick<QueryDeps, 'readModel' | 'projector'>,
  ) {}

  /**
   * The filter that parameters name, as `taskFilterOf`.
   *
   * @throws UnavailableError when a name can't be looked up.
   */
  async of(parameters: Parameters): Promise<TaskFilter> {
    return taskFilterOf(parameters, await this.namesFor(parameters));
  }

  /**
   * The names by which parameters are read.
   *
   * @throws UnavailableError when a name can't be looked up.
   * @throws InvalidRequestError for a root with too many tasks below it.
   */
  async namesFor(parameters: Parameters): Promise<FilterNames> {
    if (parameters.project !== undefined) await this.projects.refresh();
    const { readModel, projector } = this.deps;
    const [parent, retryOf, root] = ['parent', 'retry_of', 'root'].map((name) => nameIn(parameters, name));
    if ((parent ?? retryOf ?? root) !== undefined) requireWhole(projector, 'The lists');
    const names = new Map<string, readonly string[]>();
    for (const name of new Set([parent, retryOf]))
      if (name !== undefined) names.set(name, await namesOfTask(readModel, name));
    const family = root === undefined ? [] : await familyOf(readModel, root);
    return {
      taskTypes: this.taskTypes,
      projectId: (name) => this.projects.known(name)?.project_id,
      taskNames: (name) => names.get(name) ?? [name],
      family: () => family,
    };
  }
}

/** A task's name; what is none is refused when the parameter is read. */
function nameIn(parameters: Parameters, parameter: string): string | undefined {
  const name = single(parameters, parameter);
  return name !== undefined && isTaskName(name) ? name : undefined;
}
