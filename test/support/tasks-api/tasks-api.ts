import { expect } from '@jest/globals';

/** What every answer is. */
export interface Envelope {
  code: number;
  message: string;
  data: any;
}

/** What tests do with the Tasks API over HTTP, and what they make in it. */
export type TasksApi = ReturnType<typeof tasksApi>;

/** @param url Where it is, asked for with each call. */
export function tasksApi(url: () => string) {
  async function get(
    path: string,
  ): Promise<Envelope & { text: string; status: number; link: string | undefined }> {
    const response = await fetch(`${url()}${path}`);
    const text = await response.text();
    const link = /^<(.+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
    return { ...(JSON.parse(text) as Envelope), text, status: response.status, link };
  }

  async function cancel(
    id: number | string,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; text: string }> {
    const response = await fetch(`${url()}/api/v1/tasks/${id}/cancel`, { method: 'POST', headers });
    return { status: response.status, text: await response.text() };
  }

  let events = 0;

  /** Sends one lifecycle event; answers the task's id. Its time is what a publisher said. */
  async function publish(
    type: string,
    subject: string | number | undefined,
    data: object,
    time?: string,
  ): Promise<number> {
    const event = {
      specversion: '1.0',
      id: `contract-${++events}`,
      source: '/test/contract',
      type: `task.${type}`,
      subject: subject?.toString(),
      time,
      data,
    };
    const response = await fetch(`${url()}/api/v1/events`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/cloudevents+json' },
      body: JSON.stringify(event),
    });
    const { code, data: outcomes } = (await response.json()) as Envelope;
    expect({ code, outcomes }).toMatchObject({ code: 200, outcomes: [{ outcome: 'accepted' }] });
    return outcomes[0].task_id;
  }

  let projects = 100;

  /** A project that no other test has tasks in. */
  const newProject = (): number => ++projects;

  interface Story {
    project?: number;
    type?: string;
    status?: string;
    createdAt?: string;
    key?: string;
  }

  /** Creates a task and brings it to a status, and waits until the list shows it there. */
  async function task({
    project = newProject(),
    type = 'search',
    status = 'pending',
    createdAt,
    key,
  }: Story = {}): Promise<number> {
    const params = { query: 'machine learning', sources: ['semantic_scholar'] };
    const id = await publish(
      'created',
      key,
      { project_id: project, task_type: type, total: 100, params },
      createdAt,
    );
    if (['running', 'completed', 'failed'].includes(status)) await publish('started', id, {});
    if (status === 'running') await publish('progressed', id, { progress: 30 });
    if (status === 'completed')
      await publish('completed', id, { result: { papers_found: 15, imported: 10 } });
    if (status === 'failed') await publish('failed', id, { error_message: 'The index is full' });
    if (status === 'cancelled') await cancel(id);
    await shown(id, project, status);
    return id;
  }

  /**
   * Asks until the list shows a task with a status: what is published is durable at once and shows soon, in the order of
   * the ledger. (A detail would be fetched from the ledger, ahead of what was published before.)
   */
  async function shown(id: number, project: number, status: string): Promise<void> {
    for (let asked = 0; asked < 2000; asked++) {
      const { data } = await get(`/api/v1/tasks?project_id=${project}&limit=1000`);
      const item = (data as { id: number; status: string; progress: number }[]).find((one) => one.id === id);
      if (item?.status === status && (status !== 'running' || item.progress === 30)) return;
    }
    throw new Error(`Task ${id} did not become ${status}`);
  }

  const idsOf = ({ data }: Envelope): number[] => (data as { id: number }[]).map(({ id }) => id);

  return { url, get, cancel, publish, newProject, task, shown, idsOf };
}
