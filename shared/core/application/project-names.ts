import type { RegistryForm } from './registry.js';
import { PROJECTS_STREAM } from './streams.js';

/** A project that has a name. */
export interface Project {
  project_id: number;
  name: string;
}

/** The names of projects: each has one id, and each id at most one name, for good. */
export const PROJECTS: RegistryForm<Project> = {
  stream: PROJECTS_STREAM,
  type: 'ProjectNamed',
  what: 'names of projects',
  read: ({ project_id, name }) =>
    typeof name === 'string' && Number.isSafeInteger(project_id)
      ? { name, entry: { project_id: project_id as number, name } }
      : undefined,
};
