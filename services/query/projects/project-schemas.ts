import { z } from 'zod';
import { projectNameField } from '../../../shared/core/contracts/fields.js';
import { registerProjectSchema } from '../../../shared/core/contracts/messages.js';
import { component } from '../openapi/registry.js';

/** The body of `POST /api/v1/projects`. */
export const projectBodySchema = component('ProjectRequest', registerProjectSchema);

/** A project that has a name. */
export const projectSchema = component('Project', z.object({ project_id: z.int(), name: projectNameField }));
