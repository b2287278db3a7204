import { describe, expect, it, jest } from '@jest/globals';
import { MongoDbReadModel } from '../../shared/adapters/mongodb/mongodb-read-model.js';
import { exerciseTaskVersions } from '../support/exercise-task-versions.js';
import { dropDatabase } from '../support/mongodb.js';
import { position } from '../support/read-model/changes.js';
import { PastModel } from '../support/task-versions/past-model.js';
import { randomLives } from '../support/task-versions/random-lives.js';
import { RandomNumbers } from '../support/task-versions/random-numbers.js';
import { useMongoDb } from '../support/use-mongodb.js';

// A server that reads whole collections, or waits for a disk, takes its time.
jest.setTimeout(600_000);

useMongoDb('TaskVersions: MongoDB', ({ name, newUrl }) => {
  exerciseTaskVersions(
    name,
    async () => {
      const url = await newUrl();
      return {
        open: async () => {
          const readModel = new MongoDbReadModel(url);
          return { readModel, versions: readModel.versions };
        },
        cleanUp: () => dropDatabase(url),
      };
    },
    { tasks: 160, events: 2_400, lists: 60 },
  );

  describe(`MongoDbTaskVersions: ${name}`, () => {
    it('has each version once, as it held, when a projector that was thought dead goes on', async () => {
      const url = await newUrl();
      const [dead, working] = [new MongoDbReadModel(url), new MongoDbReadModel(url)];
      const model = new PastModel();
      const lived = [...randomLives(new RandomNumbers(21), 40, 1_400)];
      for (const event of lived) model.add(event);
      const apply = ({ versions }: MongoDbReadModel, from: number, to: number): Promise<void> => {
        const some = lived.slice(from, to).map(({ version }) => version);
        const last = some.at(-1)?.position ?? '';
        return versions.apply(some, { checkpoint: { projection: 'versions', position: last } });
      };
      try {
        await dead.versions.checkpoint('versions');
        await working.versions.checkpoint('versions');
        await apply(dead, 0, 300);
        await apply(working, 200, lived.length);
        // What it writes now has ended long since; its units are those that the other has counted, too.
        await apply(dead, 300, 700);
        const taskIds = Array.from({ length: model.size }, (_, task) => task + 1);
        for (let event = 0; event < lived.length; event += 40) {
          const { at } = lived[event] as (typeof lived)[number];
          const states = await working.versions.statesAt(taskIds, position(at));
          const revisions = taskIds.map((taskId) => states.get(taskId)?.revision);
          expect(revisions).toEqual(taskIds.map((taskId) => model.stateAt(taskId, at)?.revision));
        }
      } finally {
        await dead.close();
        await working.close();
        await dropDatabase(url);
      }
    });
  });
});
