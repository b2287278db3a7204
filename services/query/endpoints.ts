import type { Right } from '../../shared/core/contracts/caller.js';

/** Where something is asked for, and who may. */
export interface Endpoint {
  method: 'GET' | 'POST';
  /** At most one segment is a parameter: `/api/v1/tasks/{id}/cancel`. */
  path: string;
  /** What whoever asks must have the right to; nothing where the process itself is asked about. */
  right?: Right;
  /** What it is answered from, where that is a past of the ledger: how far it is, can be waited for. */
  reads?: ReadSource;
}

/** What answers are read from: what is projected from the ledger, or the ledger itself. */
export type ReadSource = 'lists' | 'stats' | 'series' | 'ledger';

/**
 * What can be asked, by name: the only list of it. The handlers (`routes.ts`), the description (`openapi/`), 405 with `Allow`
 * and the label of the metrics follow from it.
 */
export const ENDPOINTS = {
  listTasks: { method: 'GET', path: '/api/v1/tasks', right: 'read', reads: 'lists' },
  createTask: { method: 'POST', path: '/api/v1/tasks', right: 'publish' },
  streamTasks: { method: 'GET', path: '/api/v1/tasks/stream', right: 'read' },
  countTasks: { method: 'GET', path: '/api/v1/tasks/count', right: 'read', reads: 'lists' },
  diffTasks: { method: 'GET', path: '/api/v1/tasks/diff', right: 'read', reads: 'lists' },
  showStats: { method: 'GET', path: '/api/v1/tasks/stats', right: 'read', reads: 'stats' },
  showSeries: { method: 'GET', path: '/api/v1/tasks/series', right: 'read', reads: 'series' },
  showTask: { method: 'GET', path: '/api/v1/tasks/{id}', right: 'read', reads: 'lists' },
  cancelTask: { method: 'POST', path: '/api/v1/tasks/{id}/cancel', right: 'cancel' },
  showHistory: { method: 'GET', path: '/api/v1/tasks/{id}/history', right: 'read', reads: 'ledger' },
  listMessages: { method: 'GET', path: '/api/v1/tasks/{id}/messages', right: 'read', reads: 'ledger' },
  streamMessages: { method: 'GET', path: '/api/v1/tasks/{id}/messages/stream', right: 'read' },
  streamTask: { method: 'GET', path: '/api/v1/tasks/{id}/stream', right: 'read' },
  /** An event that cancels takes the right to cancel instead: each event is looked at where it is taken in. */
  ingestEvents: { method: 'POST', path: '/api/v1/events', right: 'publish' },
  tellHeartbeats: { method: 'POST', path: '/api/v1/heartbeats', right: 'publish' },
  previewCancellation: { method: 'POST', path: '/api/v1/cancellations', right: 'cancel' },
  listCancellations: { method: 'GET', path: '/api/v1/cancellations', right: 'read', reads: 'ledger' },
  showCancellation: { method: 'GET', path: '/api/v1/cancellations/{id}', right: 'read', reads: 'ledger' },
  listCancellationTasks: {
    method: 'GET',
    path: '/api/v1/cancellations/{id}/tasks',
    right: 'read',
    reads: 'ledger',
  },
  executeCancellation: { method: 'POST', path: '/api/v1/cancellations/{id}/execute', right: 'cancel' },
  abortCancellation: { method: 'POST', path: '/api/v1/cancellations/{id}/abort', right: 'cancel' },
  summarizeCancels: { method: 'GET', path: '/api/v1/cancels/summary', right: 'read', reads: 'lists' },
  listErrors: { method: 'GET', path: '/api/v1/errors', right: 'read', reads: 'series' },
  listProjects: { method: 'GET', path: '/api/v1/projects', right: 'read', reads: 'ledger' },
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
