import { afterAll, describe, it } from '@jest/globals';
import { findMongoDb, newDatabaseName, type MongoDbServer } from './mongodb.js';

/** What a suite of tests on MongoDB is given. */
export interface MongoDbInUse {
  /** For the names of tests. */
  name: string;
  /** The URL of a database that nothing is in. The server is started when the first is asked for. */
  newUrl: () => Promise<string>;
}

/** Runs tests on the MongoDB that is found; without one a pending test of this name says what is missing. */
export function useMongoDb(name: string, tests: (mongoDb: MongoDbInUse) => void): void {
  const backend = findMongoDb();
  if (backend === undefined) {
    describe(name, () => {
      it.todo('needs READ_MODEL_URL, Docker, or FerretDB from scripts/backends/mongodb.sh');
    });
    return;
  }
  let server: Promise<MongoDbServer> | undefined;
  afterAll(async () => (await server)?.stop());
  tests({
    name: backend.name,
    newUrl: async () => (await (server ??= backend.start())).url(newDatabaseName()),
  });
}
