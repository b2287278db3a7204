import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CommandStartedEvent, MongoClient } from 'mongodb';
import { MongoDbReadModel } from '../../shared/adapters/mongodb/mongodb-read-model.js';
import { dropDatabase } from '../support/mongodb.js';
import { change, position } from '../support/read-model/changes.js';
import { useMongoDb } from '../support/use-mongodb.js';

/** What is said between client and server is in nobody's interface. */
interface Inside {
  connection: { client: MongoClient };
  leaseConnection: { client: MongoClient };
}

useMongoDb('the limits of a read model on MongoDB', ({ name, newUrl }) => {
  describe(`the limits of a read model: ${name}`, () => {
    let url: string;
    let readModel: MongoDbReadModel;
    let commands: CommandStartedEvent[];
    let leaseCommands: CommandStartedEvent[];

    beforeEach(async () => {
      url = await newUrl();
      readModel = new MongoDbReadModel(`${url}?monitorCommands=true`);
      const { connection, leaseConnection } = readModel as unknown as Inside;
      [commands, leaseCommands] = [[], []];
      connection.client.on('commandStarted', (event) => commands.push(event));
      leaseConnection.client.on('commandStarted', (event) => leaseCommands.push(event));
    });
    afterEach(async () => {
      await readModel.close();
      await dropDatabase(url);
    });

    it('has leases over connections of their own, which wait for nothing that is slow', async () => {
      const lease = await readModel.leases.acquire('work', new AbortController().signal);
      await lease?.release();
      expect(commands).toEqual([]);
      expect(leaseCommands.map(({ commandName }) => commandName)).toContain('insert');
    });

    it('has the server give up each command when nobody waits for its answer any longer', async () => {
      const progress = { checkpoint: { projection: 'toy-1', position: position(1) } };
      const parked = {
        projection: 'toy-1',
        stream: 'task-9',
        position: position(1),
        error: 'x',
        parkedAt: '',
      };
      const never = new AbortController().signal;
      await readModel.checkpoint('toy-1');
      await readModel.apply([change(1, 0), change(2, 0)], { ...progress, park: [parked as never] });
      await readModel.apply([change(1, 1)], progress, { position: position(2) });
      const { checkpoint } = progress;
      await readModel.counters.checkpoint('stats-1');
      await readModel.counters.apply([], { checkpoint: { ...checkpoint, projection: 'stats-1' } });
      await readModel.list({ keyPrefix: 'a/', notTaskTypes: ['ocr'] }, 10);
      await readModel.list({}, 10);
      await readModel.get(1);
      await readModel.itemsOf([1, 2]);
      await readModel.parked('toy-1');
      await readModel.waitForRevision(1, 0, never);
      await readModel.counters.stats();
      await readModel.counters.projects(10);
      await readModel.writeHeartbeat('toy-1', {
        ...{ position: undefined, lagMs: 0, caughtUp: true, parkedStreams: 0 },
        atMs: 0,
      });
      await readModel.readHeartbeat('toy-1');
      await readModel.reset('toy-1');
      await (await readModel.leases.acquire('work', never))?.release();
      // The driver sends none with the one, which comes before the first document, and FerretDB takes none with the other.
      const unlimited = ['createIndexes', 'distinct'];
      const limited = [...commands, ...leaseCommands].filter((one) => !unlimited.includes(one.commandName));
      expect(limited.length).toBeGreaterThan(30);
      for (const { commandName, command } of limited) {
        const { maxTimeMS } = command as { maxTimeMS?: number };
        expect({
          commandName,
          isLimited: maxTimeMS !== undefined && maxTimeMS > 0 && maxTimeMS <= 30_000,
        }).toEqual({
          commandName,
          isLimited: true,
        });
      }
    });

    it('has as many connections as the connection string says', async () => {
      const poolSize = (model: MongoDbReadModel): number =>
        (model as unknown as Inside).connection.client.options.maxPoolSize;
      expect(poolSize(readModel)).toBe(32);
      const other = new MongoDbReadModel(`${url}?maxPoolSize=7`);
      expect(poolSize(other)).toBe(7);
      await other.close();
    });

    it('waits for a revision on a majority', async () => {
      await readModel.apply([change(1, 0)]);
      commands.length = 0;
      expect(await readModel.waitForRevision(1, 0, new AbortController().signal)).toBe(true);
      const asked = commands.filter(({ command }) => (command as { find?: string }).find === 'tasks_v5_1');
      expect(asked.map(({ command }) => command as object)).toMatchObject([
        { readConcern: { level: 'majority' } },
      ]);
    });
  });
});
