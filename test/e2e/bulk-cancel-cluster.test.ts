import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { CancellationsApi, pipelineEvent } from '../support/cancellations-api.js';
import { Cluster } from '../support/cluster.js';
import { describeOnCluster } from '../support/describe-on-cluster.js';

const TASKS = 1_000;
const PROJECT = 7;

/** Far more than it takes until the lists have caught up; each takes a millisecond or more. */
const ASKS_MAX = 30_000;

/** The states of the tasks, or of the one task, at a URL. */
async function statusesAt(url: string): Promise<string[]> {
  const { data } = (await (await fetch(url)).json()) as { data: { status: string } | { status: string }[] };
  return [data].flat().map(({ status }) => status);
}

describeOnCluster('a bulk cancel on separate processes', () => {
  let cluster: Cluster;
  let api: CancellationsApi;
  let otherApi: CancellationsApi;

  beforeAll(async () => {
    cluster = await Cluster.startEngines();
    await Promise.all([
      cluster.start('commands 1', 'commands'),
      cluster.start('commands 2', 'commands'),
      cluster.start('projector', 'projector'),
    ]);
    const [query, otherQuery] = await Promise.all([
      cluster.start('query 1', 'query'),
      cluster.start('query 2', 'query'),
    ]);
    await cluster.ready();
    api = new CancellationsApi(query.url);
    otherApi = new CancellationsApi(otherQuery.url);
  }, 180_000);

  afterAll(() => cluster.stop(), 60_000);

  it('takes exactly the previewed tasks, executed from two replicas at once and with a command service killed', async () => {
    const keys = Array.from({ length: TASKS }, (_, at) => `crawl/${at}`);
    const create = (key: string): object =>
      pipelineEvent('created', key, { project_id: PROJECT, task_type: 'crawl' });
    const created = await api.publish(keys.map(create), 250);
    const ids = created.map(({ task_id }) => task_id as number);
    await api.publish(keys.slice(0, 50).map((key) => pipelineEvent('completed', key)));
    // The projector says once a second how far it has come: the preview is right all the same.
    const { status, data: preview } = await otherApi.preview(
      { project_id: PROJECT, task_type: ['crawl'] },
      'wrong input',
    );
    expect({ status, total: preview.total }).toEqual({ status: 201, total: TASKS - 50 });
    const { id } = preview;
    await api.publish([create('after/1'), pipelineEvent('completed', keys[TASKS - 1] as string)]);

    const answers = await Promise.all([api.execute(id), otherApi.execute(id), api.execute(id)]);
    expect(answers.map((answer) => answer.status)).toEqual([202, 202, 202]);
    await cluster.process('commands 1').kill('SIGKILL');
    // Nobody can know whether the one that was killed did all of the work; asking again makes sure.
    expect((await api.execute(id)).status).toBe(202);
    const end = await api.until(id, ({ state }) => state === 'finished');
    expect(end.counts).toEqual({ cancelled: TASKS - 51, refused: 1, open: 0 });

    const outcomes = await otherApi.outcomes(id);
    expect(outcomes.map(({ task_id }) => task_id).sort((one, other) => one - other)).toEqual(
      ids.slice(50).sort((one, other) => one - other),
    );
    expect(outcomes.filter(({ outcome }) => outcome === 'refused')).toEqual([
      {
        task_id: ids[TASKS - 1],
        outcome: 'refused',
        code: 'already_completed',
        message: 'Cannot cancel task (already completed)',
      },
    ]);
    const history = (await (await fetch(`${api.url}/api/v1/tasks/${ids[60]}/history`)).json()) as {
      data: { events: { type: string; data: object; metadata: object }[] };
    };
    expect(history.data.events.map(({ type }) => type)).toEqual(['TaskCreated', 'TaskCancelled']);
    expect(history.data.events[1]).toMatchObject({
      data: { reason: 'wrong input' },
      metadata: { $correlationId: id },
    });
    await cluster.start('commands 1', 'commands');

    // The task that was cancelled last comes last; a list asks much more of the engine than one task does.
    const last = `${otherApi.url}/api/v1/tasks/${ids[50]}`;
    for (let asks = 0; (await statusesAt(last))[0] !== 'cancelled'; asks++)
      expect(asks).toBeLessThan(ASKS_MAX);
    const open = `${otherApi.url}/api/v1/tasks?project_id=${PROJECT}&status=pending,running`;
    for (let asks = 0; (await statusesAt(open)).length > 1; asks++) expect(asks).toBeLessThan(ASKS_MAX);
    expect(await statusesAt(open)).toEqual(['pending']);
  }, 600_000);
});
