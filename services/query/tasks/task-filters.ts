import type { Project } from '../../../shared/core/application/project-names.js';
import type { Registry } from '../../../shared/core/application/registry.js';
import type { TaskFilter } from '../../../shared/core/ports/task-filter.js';
import type { Parameters } from '../http/parameters.js';
import type { FilterNames } from './filter-kinds.js';
import { taskFilterOf } from './task-filter-parameters.js';

/** Reads filters, with what is named in them looked up in the ledger: it may have been registered a moment ago. */
export class TaskFilters {
  private readonly names: FilterNames;

  constructor(
    taskTypes: readonly string[],
    private readonly projects: Registry<Project>,
  ) {
    this.names = { taskTypes, projectId: (name) => projects.known(name)?.project_id };
  }

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
   */
  async namesFor({ project }: Parameters): Promise<FilterNames> {
    if (project !== undefined) await this.projects.refresh();
    return this.names;
  }
}
