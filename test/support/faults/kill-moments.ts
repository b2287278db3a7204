import { mkdirSync, rmSync, watch } from 'node:fs';
import { join } from 'node:path';
import { CancellationsApi } from '../cancellations-api.js';
import type { Publisher } from '../publisher.js';
import { NotStartedError, startServer, type Server } from '../server.js';

/** What a round of killing has to work with. */
export interface KillRound {
  dataDir: string;
  publishers: readonly Publisher[];
  random: () => number;
}

/** A moment at which a process is killed; it is gone when this answers. */
export type KillMoment = (round: KillRound) => Promise<void>;

/** How many answers there are in a round at most before the process is killed, and changes in a folder likewise. */
const ANSWERS_MAX = 40;
const CHANGES_MAX = 12;

/** The moments at which a process may be killed, by name. */
export const KILL_MOMENTS: Readonly<Record<string, KillMoment>> = {
  'under load': async (round) => {
    const server = await startServer({ dataDir: round.dataDir });
    await publishUntil(server, round, () => server.kill('SIGKILL'));
  },
  'during a bulk cancel': async (round) => {
    const server = await startServer({ dataDir: round.dataDir });
    const cancelled = cancelSome(server, 1 + Math.floor(round.random() * 5));
    await publishUntil(server, round, () => server.kill('SIGKILL'));
    await cancelled;
  },
  'while it drains': async (round) => {
    const server = await startServer({ dataDir: round.dataDir });
    await publishUntil(server, round, async () => {
      const ended = server.kill('SIGTERM');
      await fetch(`${server.url}/health/live`).catch(() => undefined);
      server.child.kill('SIGKILL');
      await ended;
    });
  },
  'while it starts': (round) => killWhileItStarts(round, join(round.dataDir, 'ledger')),
  'while it rebuilds the read model': (round) => {
    const folder = join(round.dataDir, 'read-model');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    return killWhileItStarts(round, folder);
  },
};

/** Has all publish until a random number of answers has come, and ends the process then. */
async function publishUntil(
  server: Server,
  { publishers, random }: KillRound,
  end: () => Promise<unknown>,
): Promise<void> {
  let left = 1 + Math.floor(random() * ANSWERS_MAX);
  let ended: Promise<unknown> | undefined;
  const onAnswer = (): void => {
    if (--left <= 0) ended ??= end();
  };
  await Promise.all(publishers.map((publisher) => publisher.publish(server.url, onAnswer)));
  await (ended ?? end());
}

/** Kills a process that starts when so many things have happened in a folder. */
async function killWhileItStarts({ dataDir, random }: KillRound, folder: string): Promise<void> {
  const changes = 1 + Math.floor(random() * CHANGES_MAX);
  const watched = new AbortController();
  let seen = 0;
  const starting = startServer({
    dataDir,
    onSpawn: (child) => {
      watch(folder, { recursive: true, signal: watched.signal }, () => {
        if (++seen >= changes) child.kill('SIGKILL');
      });
    },
  });
  try {
    await (await starting).kill('SIGKILL');
  } catch (error) {
    if (!(error instanceof NotStartedError && error.code === null)) throw error;
  } finally {
    watched.abort();
  }
}

async function cancelSome({ url }: Server, project_id: number): Promise<void> {
  const api = new CancellationsApi(url);
  try {
    const { status, data } = await api.preview({ project_id, status: 'running' });
    if (status < 300) await api.execute(data.id);
  } catch {
    // Killed meanwhile.
  }
}
