import type { Right } from '../../shared/core/contracts/caller.js';

/** Where something is asked for, and who may. */
export interface Endpoint {
  method: 'GET' | 'POST';
  /** At most one segment is a parameter: `/api/v1/tasks/{id}/cancel`. */
  path: string;
  /** What whoever asks must have the right to; nothing where the process itself is asked about. */
  right?: Right;
}

/**
 * What can be asked, by name: the only list of it. The handlers (`routes.ts`), the description (`openapi/`), 405 with `Allow`
 * and the label of the metrics follow from it.
 */
export const ENDPOINTS = {
  listTasks: { method: 'GET', path: '/api/v1/tasks', right: 'read' },
  createTask: { method: 'POST', path: '/api/v1/tasks', right: 'publish' },
  streamTasks: { method: 'GET', path: '/api/v1/tasks/stream', right: 'read' },
  countTasks: { method: 'GET', path: '/api/v1/tasks/count', right: 'read' },
  diffTasks: { method: 'GET', path: '/api/v1/tasks/diff', right: 'read' },
  showStats: { method: 'GET', path: '/api/v1/tasks/stats', right: 'read' },
  showSeries: { method: 'GET', path: '/api/v1/tasks/series', right: 'read' },
  showTask: { method: 'GET', path: '/api/v1/tasks/{id}', right: 'read' },
  cancelTask: { method: 'POST', path: '/api/v1/tasks/{id}/cancel', right: 'cancel' },
  showHistory: { method: 'GET', path: '/api/v1/tasks/{id}/history', right: 'read' },
  listMessages: { method: 'GET', path: '/api/v1/tasks/{id}/messages', right: 'read' },
  streamMessages: { method: 'GET', path: '/api/v1/tasks/{id}/messages/stream', right: 'read' },
  streamTask: { method: 'GET', path: '/api/v1/tasks/{id}/stream', right: 'read' },
  /** An event that cancels takes the right to cancel instead: each event is looked at where it is taken in. */
  ingestEvents: { method: 'POST', path: '/api/v1/events', right: 'publish' },
  tellHeartbeats: { method: 'POST', path: '/api/v1/heartbeats', right: 'publish' },
  previewCancellation: { method: 'POST', path: '/api/v1/cancellations', right: 'cancel' },
  listCancellations: { method: 'GET', path: '/api/v1/cancellations', right: 'read' },
  showCancellation: { method: 'GET', path: '/api/v1/cancellations/{id}', right: 'read' },
  listCancellationTasks: { method: 'GET', path: '/api/v1/cancellations/{id}/tasks', right: 'read' },
  executeCancellation: { method: 'POST', path: '/api/v1/cancellations/{id}/execute', right: 'cancel' },
  abortCancellation: { method: 'POST', path: '/api/v1/cancellations/{id}/abort', right: 'cancel' },
  summarizeCancels: { method: 'GET', path: '/api/v1/cancels/summary', right: 'read' },
  listErrors: { method: 'GET', path: '/api/v1/errors', right: 'read' },
  listProjects: { method: 'GET', path: '/api/v1/projects', right: 'read' },
  /** As the creation of a task that names it. */
  registerProject: { method: 'POST', path: '/api/v1/projects', right: 'publish' },
  live: { method: 'GET', path: '/health/live' },
  ready: { method: 'GET', path: '/health/ready' },
  metrics: { method: 'GET', path: '/metrics' },
} as const satisfies Record<string, Endpoint>;

/** One of `ENDPOINTS`. */
export type EndpointName = keyof typeof ENDPOINTS;

/** What the process itself is asked, whatever its roles. */
export type HealthEndpoint = 'live' | 'ready' | 'metrics';
