import { mkdtemp, open as openFile, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startProjector, type Projector } from '../../projections/engine/start-projector.js';
import { KeptDays } from '../../projections/engine/kept-days.js';
import { seriesProjection } from '../../projections/series/series-projection.js';
import { statsProjection } from '../../projections/stats/stats-projection.js';
import { HealingReadModel } from '../../projections/tasks/healing-read-model.js';
import { tasksProjection } from '../../projections/tasks/tasks-projection.js';
import { EmbeddedReadModel } from '../../shared/adapters/embedded/read-model/embedded-read-model.js';
import { TASK_STATUSES } from '../../shared/core/domain/task.js';
import type { ListFilter } from '../../shared/core/ports/task-filter.js';
import { bucketOf, SERIES_INTERVALS } from '../../shared/core/ports/task-series.js';
import { FakeLedger } from '../support/fake-ledger.js';
import { MemoryReadModel } from '../support/memory-read-model.js';
import { randomOf } from '../support/random-of.js';
import { recordedLives } from '../support/recorded-life.js';
import { untilTrue } from '../support/until-true.js';

const TASKS = 150;
const FLIPS = 60;
/** When every task was created. */
const CREATED_AT = '2025-03-12T10:00:00.000Z';

/** One read model on a ledger, with the projectors that keep it up. */
class Served {
  readonly healed: number[] = [];
  readonly replaced: string[] = [];
  readModel!: HealingReadModel;
  embedded!: EmbeddedReadModel;
  private projectors: Projector[] = [];

  constructor(
    private readonly ledger: FakeLedger,
    private readonly path: string,
  ) {}

  async open(): Promise<void> {
    const note = (reason: string, what = 'all'): void => void this.replaced.push(`${what}: ${reason}`);
    this.embedded = await EmbeddedReadModel.open(this.path, { replaced: note, lost: note });
    this.readModel = new HealingReadModel(this.embedded, this.ledger, (taskId) => this.healed.push(taskId));
    const nothing = (): void => undefined;
    const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
    const options = { store: this.ledger, logger, clock: { nowMs: () => 0 } };
    this.projectors = [
      startProjector({ ...options, projection: tasksProjection, target: this.readModel }),
      startProjector({ ...options, projection: statsProjection, target: this.embedded.counters }),
      startProjector({
        ...options,
        projection: seriesProjection,
        target: new KeptDays(this.embedded.series, 1, options.clock),
      }),
    ];
  }

  /** Waits until everything is taken in, and nothing is being built. */
  caughtUp(): Promise<void> {
    const end = this.ledger.events.at(-1)?.position;
    return untilTrue(() =>
      this.projectors.every((projector) => {
        const { position, rebuilding, lastError } = projector.status();
        return position === end && rebuilding !== true && lastError === undefined;
      }),
    );
  }

  async close(): Promise<void> {
    for (const projector of this.projectors) await projector.stop();
    await this.readModel.close();
  }
}

/** What is asked of a read model, one after the other. */
const FILTERS: ListFilter[] = [
  {},
  ...TASK_STATUSES.map((status) => ({ statuses: [status] })),
  ...[1, 2, 3].map((projectId) => ({ projectId })),
  { projectId: 2, statuses: ['cancelled'], taskTypes: ['search'] },
  { taskTypes: ['search'] },
  { keyPrefix: 'life/' },
  { key: 'life/7' },
  { words: ['life', '7'] },
  { words: ['search'], projectId: 2 },
];

describe('a read model that is damaged', () => {
  let folder: string;
  let ledger: FakeLedger;
  let expected: MemoryReadModel;
  let served: Served;
  let path: string;

  beforeAll(async () => {
    ledger = new FakeLedger();
    ledger.id = '7d0b6d8e-0000-4000-8000-000000000001';
    for (const event of await recordedLives(TASKS)) {
      ledger.take({ ...event, position: String(ledger.events.length + 1).padStart(16, '0') });
    }
    expected = new MemoryReadModel();
    await expected.apply(tasksProjection.merge(ledger.events.map((event) => tasksProjection.project(event))));
    folder = await mkdtemp(join(tmpdir(), 'taskledger-damage-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  let folders = 0;
  beforeEach(async () => {
    path = join(folder, `read-model-${++folders}`);
    served = new Served(ledger, path);
    await served.open();
    await served.caughtUp();
  });
  afterEach(() => served.close());

  const dataFile = (): string => join(path, 'data.mdb');

  /** Changes a byte in each place where a text stands in the file, which LMDB has mapped. Answers in how many. */
  async function changeWhere(text: string): Promise<number> {
    const bytes = await readFile(dataFile());
    const handle = await openFile(dataFile(), 'r+');
    let found = 0;
    for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1), found++)
      await handle.write(Buffer.from([(bytes[at] as number) ^ 0x04]), 0, 1, at);
    await handle.close();
    return found;
  }

  /** Asks everything; what is not answered is asked again when it is whole. */
  async function answersRight(): Promise<void> {
    const asked = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
      try {
        return await ask();
      } catch (error) {
        expect(error).toMatchObject({ code: 'unavailable' });
        await served.caughtUp();
        return ask();
      }
    };
    for (const filter of FILTERS) {
      const { items } = await asked(() => served.readModel.list(filter, 1_000));
      expect(items).toEqual((await expected.list(filter, 1_000)).items);
      expect(await asked(() => served.readModel.count(filter))).toEqual(await expected.count(filter));
    }
    for (const [taskId, document] of expected.documents) {
      const found = await asked(() => served.readModel.get(taskId));
      // The query side asks the ledger for a task that is not found.
      if (found !== undefined) expect(found).toEqual(document);
    }
    const stats = await asked(() => served.embedded.counters.stats());
    expect(stats?.byStatus).toMatchObject({ pending: 0, running: 0, cancelled: TASKS });
    const projects = await asked(() => served.embedded.counters.projects(10));
    expect(projects.map(({ projectId }) => projectId)).toEqual([1, 2, 3]);
    for (const interval of SERIES_INTERVALS) {
      const buckets = [bucketOf(interval, CREATED_AT)];
      const [point] = await asked(() => served.embedded.series.points(interval, buckets, 'all'));
      expect(point?.byType.get('search')).toMatchObject({ created: TASKS });
    }
  }

  /** Opens it again, so that nothing is in memory. */
  async function reopen(): Promise<void> {
    await served.close();
    served = new Served(ledger, path);
    await served.open();
    await served.caughtUp();
  }

  it('makes a task again of which a byte has changed, and leaves the others alone', async () => {
    await reopen();
    expect(await changeWhere('life/17\u001e')).toBeGreaterThan(0);
    await answersRight();
    expect(served.healed).toEqual([18]);
    expect(served.replaced).toEqual([]);
    await reopen();
    await answersRight();
    expect(served.healed).toEqual([]);
  });

  it('takes in what comes of a task that is damaged', async () => {
    await reopen();
    await changeWhere('life/20\u001e');
    const document = expected.documents.get(21)!;
    const { itemJson } = document;
    await served.readModel.apply([{ ...document, revision: 9, paramsJson: undefined }]);
    expect(await served.readModel.get(21)).toMatchObject({ revision: 9, itemJson });
    expect(served.healed).toEqual([21]);
  });

  it('builds the counts again when a byte of theirs has changed, and serves the lists meanwhile', async () => {
    await reopen();
    expect(await changeWhere('"byStatus":{"pending":0,"running":0')).toBeGreaterThan(0);
    await expect(served.embedded.counters.stats(1)).rejects.toMatchObject({ code: 'unavailable' });
    expect((await served.readModel.list({}, 1_000)).items).toHaveLength(TASKS);
    await answersRight();
    expect(served.replaced).toEqual([expect.stringMatching(/^counts: .* is not what was written$/)]);
  });

  it('builds the series again when a byte of theirs has changed, and serves the rest meanwhile', async () => {
    await reopen();
    expect(await changeWhere('"byType":[["search",{"created":')).toBeGreaterThan(0);
    const day = served.embedded.series.points('day', [bucketOf('day', CREATED_AT)], 'all');
    await expect(day).rejects.toMatchObject({ code: 'unavailable' });
    expect((await served.embedded.counters.stats())?.byStatus.cancelled).toBe(TASKS);
    // While they are built they are answered, but for the projector's word that they are not whole.
    await served.caughtUp();
    await answersRight();
    expect(served.replaced).toEqual([expect.stringMatching(/^series: .* is not what was written$/)]);
  });

  it('builds everything again when an index entry has changed', async () => {
    await reopen();
    // The entries of the path, with its length before it.
    expect(await changeWhere('\u0001\u0000\u0005life/')).toBeGreaterThan(0);
    await expect(served.readModel.list({ keyPrefix: 'life/' }, 10)).rejects.toMatchObject({
      code: 'unavailable',
    });
    await answersRight();
    expect(served.replaced).toEqual(['all: an index entry is not what was written']);
  });

  it('builds everything again when LMDB can not read its file', async () => {
    await reopen();
    const bytes = await readFile(dataFile());
    const handle = await openFile(dataFile(), 'r+');
    await handle.write(Buffer.alloc(bytes.length - 2 * 4_096), 0, bytes.length - 2 * 4_096, 2 * 4_096);
    await handle.close();
    await expect(served.readModel.list({}, 10)).rejects.toMatchObject({ code: 'unavailable' });
    await answersRight();
    expect(served.replaced).toHaveLength(1);
  });

  it(`answers right with any of ${FLIPS} changed bytes, or is built again`, async () => {
    const random = randomOf(7);
    for (let round = 0; round < FLIPS; round++) {
      await served.close();
      const bytes = await readFile(dataFile());
      (bytes[Math.floor(random() * bytes.length)] as number) ^= 1 << Math.floor(random() * 8);
      // In place: another file would be taken for a copy.
      await writeFile(dataFile(), bytes, { flag: 'r+' });
      served = new Served(ledger, path);
      await served.open();
      await served.caughtUp();
      await answersRight();
    }
  });
});
