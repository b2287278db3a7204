import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  startLeasedProjector,
  type LeasedProjector,
} from '../../projections/engine/start-leased-projector.js';
import { startProjector } from '../../projections/engine/start-projector.js';
import { storedProjectorStatus } from '../../projections/engine/stored-projector-status.js';
import { MongoDbReadModel } from '../../shared/adapters/mongodb/mongodb-read-model.js';
import { silentLogger } from '../support/command-side.js';
import { FakeLedger } from '../support/fake-ledger.js';
import { FerretDbServer } from '../support/ferretdb-server.js';
import { change, position } from '../support/read-model/changes.js';
import { untilTrue } from '../support/until-true.js';
import { projectionWithout } from '../unit/projections/projector-under-test.js';

jest.setTimeout(180_000);

const clock = { nowMs: () => Date.now() };
const projection = projectionWithout();
const never = new AbortController().signal;

if (FerretDbServer.isThere()) outages();
else {
  describe('MongoDbReadModel in outages', () => {
    it.todo('needs FerretDB from scripts/backends/mongodb.sh, which it kills and starts again');
  });
}

function outages(): void {
  describe('MongoDbReadModel in outages (FerretDB)', () => {
    let server: FerretDbServer;
    let store: FakeLedger;
    let opened: MongoDbReadModel[];
    let projectors: { stop(): Promise<void> }[];

    beforeEach(async () => {
      server = await FerretDbServer.make();
      store = new FakeLedger();
      opened = [];
      projectors = [];
    });
    afterEach(async () => {
      await Promise.all(projectors.map((projector) => projector.stop()));
      await Promise.all(opened.map((readModel) => readModel.close()));
      await server.remove();
    });

    const open = (): MongoDbReadModel => {
      const readModel = new MongoDbReadModel(`mongodb://127.0.0.1:${server.port}/outages`);
      opened.push(readModel);
      return readModel;
    };
    const started = <Some extends { stop(): Promise<void> }>(projector: Some): Some => {
      projectors.push(projector);
      return projector;
    };
    const startLeased = (readModel: MongoDbReadModel): LeasedProjector =>
      started(
        startLeasedProjector({
          store,
          target: readModel,
          projection,
          clock,
          logger: silentLogger,
          leases: readModel.leases,
          heartbeats: readModel,
        }),
      );
    /** Every task at its last revision, and the checkpoint at the ledger's end. */
    const expectFold = async (readModel: MongoDbReadModel): Promise<void> => {
      const expected = Object.fromEntries(store.events.map(({ stream, revision }) => [stream, revision]));
      const { items } = await readModel.list({}, 1000);
      const shown = items.map((item) => JSON.parse(item) as { id: number; revision: number });
      expect(Object.fromEntries(shown.map(({ id, revision }) => [`task-${id}`, revision]))).toEqual(expected);
      expect(await readModel.checkpoint('toy-1')).toBe(store.events.at(-1)?.position);
    };

    it('says in time that it is away, and works when it comes', async () => {
      const readModel = open();
      const away = { code: 'unavailable' };
      await Promise.all([
        expect(readModel.get(1)).rejects.toMatchObject(away),
        expect(readModel.list({}, 1)).rejects.toMatchObject(away),
        expect(readModel.apply([change(1, 0)])).rejects.toMatchObject(away),
        expect(readModel.checkpoint('tasks')).rejects.toMatchObject(away),
        expect(readModel.waitForRevision(1, 0, never)).rejects.toMatchObject(away),
        expect(readModel.leases.acquire('work', never)).rejects.toMatchObject(away),
      ]);
      await server.start();
      await readModel.apply([change(1, 0)]);
      expect(await readModel.get(1)).toMatchObject({ revision: 0 });
    });

    it('closes while it is away', async () => {
      const readModel = open();
      const waiting = expect(readModel.waitForRevision(1, 0, never)).rejects.toMatchObject({
        code: 'unavailable',
      });
      await Promise.all([readModel.close(), readModel.close()]);
      await waiting;
    });

    it('goes on where it was when it is killed again and again while a projector works', async () => {
      const readModel = open();
      const projector = started(
        startProjector({ store, target: readModel, projection, clock, logger: silentLogger }),
      );
      for (let round = 0; round < 3; round++) {
        await server.start();
        for (let event = 0; event < 2_000; event++) store.add(`task-${(event % 400) + 1}`);
        const before = projector.status().position ?? '';
        // In the middle of what there is.
        await untilTrue(() => (projector.status().position ?? '') > before);
        await server.kill();
      }
      await server.start();
      await untilTrue(() => projector.status().position === position(6_000));
      await expectFold(readModel);
    });

    it('has another projector take over when the one that works is cut off', async () => {
      await server.start();
      const [first, second, watching] = [open(), open(), open()];
      for (let event = 0; event < 500; event++) store.add(`task-${(event % 100) + 1}`);
      const working = startLeased(first);
      await untilTrue(() => working.status().position === position(500));
      const standingBy = startLeased(second);
      const seen = started(storedProjectorStatus({ heartbeats: watching, projection: 'toy-1', clock }));
      await untilTrue(() => seen.status().position === position(500) && seen.status().caughtUp);
      await untilTrue(() => standingBy.status().position === position(500));
      await first.close();
      for (let event = 0; event < 500; event++) store.add(`task-${(event % 100) + 1}`);
      await untilTrue(() => seen.status().position === position(1_000));
      expect(seen.status()).toMatchObject({ caughtUp: true, parkedStreams: 0, lagMs: 0 });
      await expectFold(second);
    });

    it('lets the next projector begin at once when the one that works is stopped', async () => {
      await server.start();
      const working = startLeased(open());
      store.add('task-1');
      await untilTrue(() => working.status().position === position(1));
      const next = startLeased(open());
      await working.stop();
      store.add('task-1');
      await untilTrue(() => next.status().position === position(2));
      await expectFold(open());
    });

    it('stands by again when the server was away for longer than the lease', async () => {
      await server.start();
      const [one, other] = [startLeased(open()), startLeased(open())];
      store.add('task-1');
      await untilTrue(() => [one, other].every((projector) => projector.status().position === position(1)));
      await server.kill();
      await untilTrue(() => [one, other].every((projector) => projector.status().lastError !== undefined));
      store.add('task-1');
      await server.start();
      await untilTrue(() => [one, other].every((projector) => projector.status().position === position(2)));
      await expectFold(open());
    });
  });
}
