import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject, TaskStatus } from '../../../clients/typescript/src/index.js';
import type { TaskItem as WireTask } from '../../../clients/typescript/src/wire.js';
import { parseStrictJson } from '../../../shared/core/contracts/strict-json.js';

/** A lifecycle event as it is sent. */
export interface SentEvent {
  specversion: string;
  id: string;
  source: string;
  type: string;
  subject?: string;
  time: string;
  datacontenttype: string;
  data: JsonObject;
}

type DoubleTask = Required<WireTask>;

/** How the double mistreats one request: before it looks at it, or after it has carried it out. */
export type Mishap =
  | '503'
  | 'drop before'
  | 'drop after'
  | 'last unavailable'
  | '404 of a proxy'
  | '400 of a proxy'
  | 'refuse all'
  | 'none';

/** A stand-in for Taskledger that speaks just enough of the API and keeps what it was sent. */
export class TaskledgerDouble {
  /** The events of each `POST /api/v1/events`, in the order of arrival, mistreated ones included. */
  readonly batches: { contentType: string | undefined; events: SentEvent[] }[] = [];
  readonly tasks = new Map<number, DoubleTask>();
  /** How many times a task was asked for. */
  reads = 0;
  /** Called after a task was asked for. */
  onRead: () => void = () => {};
  /** Taken one by one by the next posts of events. */
  readonly mishaps: Mishap[] = [];
  /** While set, answers to posts of events wait for it. */
  gate: Promise<void> | undefined;
  /** The most requests that were being answered at the same time. */
  inFlightMax = 0;
  /** Whether there is an event stream, and whether it says nothing. */
  streams = true;
  quiet = false;
  /** While set, answers to whoever wants the event stream wait for it. */
  streamGate: Promise<void> | undefined;
  streamsOpened = 0;
  /** Called after an event stream was opened. */
  onStream: () => void = () => {};
  /** Called after events were posted. */
  onEvents: () => void = () => {};
  refuseProgress = false;
  /** What was named by each heartbeat, and how it is answered. */
  readonly heartbeats: string[][] = [];
  heartbeatStatus = 202;
  onHeartbeat: () => void = () => {};
  /** The largest request that a proxy in between lets through. */
  requestBytesMax = Infinity;
  /** Types of events that are refused whatever they say. */
  refusedEnds: readonly string[] = [];
  /** What the histories say of every cancel; none can be had while it is not set. */
  cancel: { reason?: string; principal: string } | undefined;
  /** What the details show of every task, whatever it is: they are behind. */
  shownStatus: TaskStatus | undefined;
  /** How a report of a task that is over is refused; a sentence for people. */
  overMessage = (status: string): string => `Task is already ${status}`;
  #inFlight = 0;
  #position = 0;
  readonly #readers = new Set<ServerResponse>();
  readonly #seen = new Map<string, number>();
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** All events in the order of arrival, those sent again included. */
  get events(): SentEvent[] {
    return this.batches.flatMap(({ events }) => events);
  }

  set(id: number, change: Partial<WireTask>): void {
    const task = Object.assign(this.tasks.get(id) as DoubleTask, change);
    if (change.status !== 'cancelled' || this.quiet) return;
    for (const reader of this.#readers)
      reader.write(`id: ${++this.#position}\nevent: task\ndata: ${JSON.stringify(task)}\n\n`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const send = (code: number, message: string, data: unknown): void => {
      response
        .writeHead(code, { 'content-type': 'application/json' })
        .end(JSON.stringify({ code, message, data }));
    };
    if (request.method === 'POST' && request.url === '/api/v1/events') {
      this.inFlightMax = Math.max(this.inFlightMax, ++this.#inFlight);
      await this.#events(request, response, body, send);
      this.#inFlight--;
      return this.onEvents();
    }
    if (request.method === 'POST' && request.url === '/api/v1/heartbeats') {
      this.heartbeats.push((JSON.parse(body) as { tasks: string[] }).tasks);
      send(this.heartbeatStatus, 'heard', null);
      return this.onHeartbeat();
    }
    if (request.url === '/api/v1/tasks/stream?status=cancelled') {
      await this.streamGate;
      if (!this.streams) return send(400, 'id must be a positive int', null);
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      this.#readers.add(response);
      response.once('close', () => this.#readers.delete(response));
      this.streamsOpened++;
      return this.onStream();
    }
    const streamed = this.tasks.get(Number(/^\/api\/v1\/tasks\/(\d+)\/stream$/.exec(request.url ?? '')?.[1]));
    if (streamed !== undefined && this.streams) {
      const event = `event: task\nid: 1\ndata: ${JSON.stringify(streamed)}\n\n`;
      return void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(event);
    }
    const history = /^\/api\/v1\/tasks\/(\d+)\/history\?limit=1000$/.exec(request.url ?? '');
    if (history !== null && this.cancel !== undefined) {
      const { reason, principal } = this.cancel;
      const events = [{ type: 'TaskCreated' }, { type: 'TaskCancelled', principal, data: { reason } }];
      return send(200, 'success', { events, evidence: [] });
    }
    const found = /^\/api\/v1\/tasks\/(\d+)(\/cancel)?(?:\?include=key,attempt)?$/.exec(request.url ?? '');
    const task = this.tasks.get(Number(found?.[1]));
    if (request.method === 'GET') {
      this.reads++;
      this.onRead();
    }
    if (task === undefined) return send(404, 'Task not found', null);
    if (found?.[2] !== undefined) {
      if (isOver(task.status)) return send(400, `Cannot cancel task (already ${task.status})`, null);
      this.set(task.id, { status: 'cancelled' });
      return send(200, 'Task cancelled', null);
    }
    send(200, 'success', { ...task, status: this.shownStatus ?? task.status });
  }

  async #events(
    request: IncomingMessage,
    response: ServerResponse,
    body: string,
    send: (code: number, message: string, data: unknown) => void,
  ): Promise<void> {
    const parsed = JSON.parse(body) as SentEvent | SentEvent[];
    const events = Array.isArray(parsed) ? parsed : [parsed];
    this.batches.push({ contentType: request.headers['content-type'], events });
    await this.gate;
    const mishap = this.mishaps.shift();
    if (mishap === '503') return send(503, 'The ledger is away', null);
    if (mishap === 'drop before') return void request.socket.destroy();
    if (mishap === 'refuse all') return send(400, 'Malformed JSON', null);
    if (mishap === '400 of a proxy') return void response.writeHead(400).end('Bad Request');
    if (Buffer.byteLength(body) > this.requestBytesMax)
      return void response.writeHead(413).end('Request Entity Too Large');
    if (mishap === '404 of a proxy') return void response.writeHead(404).end('default backend');
    const outcomes = events.map((event, at) => {
      if (mishap === 'last unavailable' && at === events.length - 1) {
        return {
          event_id: event.id,
          outcome: 'unavailable',
          task_id: null,
          code: 503,
          reason: 'unavailable',
          message: 'The ledger is away',
        };
      }
      return this.#take(event);
    });
    if (mishap === 'drop after') return void request.socket.destroy();
    send(Array.isArray(parsed) ? 200 : (outcomes[0]?.code ?? 500), 'success', outcomes);
  }

  #take(event: SentEvent) {
    const answer = (outcome: string, code: number, id: number | null, message = outcome) => {
      return { event_id: event.id, outcome, task_id: id, code, reason: reasonOf(outcome, code), message };
    };
    const seen = this.#seen.get(event.id);
    if (seen !== undefined) return answer('duplicate', 200, seen);
    if (event.type === 'task.created') return this.#create(event, answer);
    const task = [...this.tasks.values()].find(
      ({ id, key }) => String(id) === event.subject || key === event.subject,
    );
    if (task === undefined) return answer('rejected', 404, null, 'Task not found');
    if (isOver(task.status)) return answer('rejected', 409, task.id, this.overMessage(task.status));
    if (this.refuseProgress && event.type === 'task.progressed')
      return answer('rejected', 400, task.id, 'Progress 1 is behind');
    const reason = reasonToRefuse(event);
    if (reason !== undefined) return answer('rejected', 400, task.id, reason);
    if (this.refusedEnds.includes(event.type)) return answer('rejected', 400, task.id, 'No such end');
    const { progress, total, result, error_message } = event.data as Partial<WireTask>;
    const status = event.type.slice('task.'.length);
    this.#seen.set(event.id, task.id);
    if (status === 'progressed' && progress === undefined) return answer('accepted', 200, task.id);
    const next = status === 'attempt_failed' ? 'pending' : 'running';
    task.status = (isOver(status) ? status : next) as TaskStatus;
    task.total = total ?? task.total;
    task.progress = status === 'completed' ? task.total : (progress ?? task.progress);
    task.result = result ?? {};
    task.error_message = error_message ?? '';
    return answer('accepted', 200, task.id);
  }

  #create(
    event: SentEvent,
    answer: (outcome: string, code: number, id: number | null, message?: string) => unknown,
  ) {
    const { project_id, task_type, params = {}, total = 0 } = event.data as Partial<WireTask>;
    if (project_id === undefined || task_type === undefined) {
      return answer('rejected', 400, null, 'data.project_id: must be an int') as never;
    }
    const taken = [...this.tasks.values()].find(({ key }) => key !== null && key === event.subject);
    if (taken !== undefined) return answer('duplicate', 200, taken.id) as never;
    const id = this.tasks.size + 1;
    this.tasks.set(id, {
      ...{
        id,
        project_id,
        task_type,
        params,
        total,
        key: event.subject ?? null,
        attempt: 1,
        status: 'pending',
        progress: 0,
        result: {},
      },
      ...{ labels: {}, parent: null, retry_of: null, worker: null, error_type: null },
      ...{ due_at: null, heartbeat_s: null, silent: false, heard_at: null },
      ...{ error_message: '', created_at: '2025-03-12T10:00:00', started_at: null, completed_at: null },
    });
    this.#seen.set(event.id, id);
    return answer('accepted', 200, id) as never;
  }
}

/** Why Taskledger would not take what an event says; in short what its contract says. */
function reasonToRefuse(event: SentEvent): string | undefined {
  const text = JSON.stringify(event);
  try {
    parseStrictJson(text);
  } catch (error) {
    return (error as Error).message;
  }
  if (Buffer.byteLength(text) > 240 * 1024) return 'The event is too large';
  const { error_message, result, reason, progress, message } = event.data;
  if (
    (event.type === 'task.failed' || event.type === 'task.attempt_failed') &&
    typeof error_message !== 'string'
  )
    return 'data.error_message: must be a string';
  if (event.type === 'task.completed' && (typeof result !== 'object' || Array.isArray(result)))
    return 'data.result: must be an object';
  if (event.type === 'task.progressed' && message === undefined && !Number.isSafeInteger(progress))
    return 'data.progress: must be an int of 0 or more';
  return reason === undefined || typeof reason === 'string' ? undefined : 'data.reason: must be a string';
}

function isOver(status: string): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

function reasonOf(outcome: string, code: number): string {
  if (outcome !== 'rejected') return outcome;
  return code === 404 ? 'task_not_found' : 'invalid_request';
}
