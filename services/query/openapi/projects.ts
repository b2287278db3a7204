import { z } from 'zod';
import { projectSchema } from '../projects/project-schemas.js';
import { answer, operation, referTo, refused, requestBody } from './parts.js';
import { READ, WRITE } from './refusals.js';

const listProjects = operation(
  'projects',
  [
    'List projects',
    'Every project that has a name, in the order in which they were registered; 10,000 at most.',
  ],
  { responses: { 200: answer('The projects', z.array(projectSchema)), ...READ } },
);

const registerProject = operation(
  'projects',
  [
    'Register a project',
    'Gives a name an id, for good: the one that is sent, or one from 1000000000 on. Sent again it has no second effect.',
  ],
  {
    requestBody: requestBody({ 'application/json': referTo('ProjectRequest') }),
    responses: {
      201: answer('It was registered', projectSchema),
      200: answer('It had been registered before', projectSchema),
      409: refused('The name has another id, or the id another name'),
      ...WRITE,
    },
  },
);

/** Projects by name. */
export const projectOperations = { listProjects, registerProject };
