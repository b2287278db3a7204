import { setTimeout as delay } from 'node:timers/promises';
import { allItems } from './api.js';
import type { Cluster } from './cluster.js';
import { Publisher } from './publisher.js';

/**
 * How often something is asked for again, in milliseconds: engines need the processor to come back, and FerretDB reads every
 * document for each list.
 */
const ASK_AGAIN_MS = 100;
const WAIT_MS_MAX = 300_000;

/** Whoever is frozen does not answer at all. */
const ANSWER_MS_MAX = 5_000;

/** The query services, by either of which everything is published and asked for. */
const QUERIES = ['query 1', 'query 2'];

/** Publishers that go on through the outages of a cluster, and what can be seen of it meanwhile. */
export class ClusterLoad {
  readonly publishers: Publisher[];
  #publishing: Promise<unknown> = Promise.resolve();
  #waitingFor = '';

  constructor(
    private readonly cluster: Cluster,
    private readonly random: () => number,
    { publishers, batches, tasksPerBatch }: { publishers: number; batches: number; tasksPerBatch?: number },
  ) {
    this.publishers = Array.from(
      { length: publishers },
      (_, at) => new Publisher(`/publisher/${at}`, batches, random, tasksPerBatch),
    );
  }

  /** Lets each publisher have published so many batches, from now on. */
  allow(batches: number): void {
    for (const publisher of this.publishers) publisher.batchesMax = batches;
  }

  /** Publishes over either query service, whichever is there. */
  begin(): void {
    this.#publishing = Promise.all(
      this.publishers.map((publisher, at) => this.#publishToTheEnd(publisher, at)),
    );
    // Whoever waits for the end hears of it.
    this.#publishing.catch(() => undefined);
  }

  /** Waits until everything is answered. */
  async end(): Promise<void> {
    await this.#publishing;
  }

  get done(): boolean {
    return this.publishers.every(({ done }) => done);
  }

  /** Lets the load go on for a while: as long as it takes to answer some batches. */
  async someAnswers(): Promise<void> {
    const answered = (): number => this.publishers.reduce((sum, publisher) => sum + publisher.answered, 0);
    const before = answered();
    const isAtRest = (): boolean =>
      this.publishers.every((one) => one.done || one.answered >= one.batchesMax);
    await this.until(() => isAtRest() || answered() >= before + 2 * this.publishers.length);
  }

  /** Waits until every process is ready. Answers how long that took, in milliseconds. */
  async allReady(): Promise<number> {
    const start = performance.now();
    for (const name of this.cluster.processes.keys()) {
      await this.until(async () => {
        const { status, away } = await this.#readiness(name);
        this.#waitingFor = `${name}: ${away.join(', ')}`;
        return status === 200;
      });
    }
    return Math.round(performance.now() - start);
  }

  /** Waits until a process says that a part of it is not there. */
  async isAway(name: string, part: string): Promise<void> {
    await this.until(async () => (await this.#readiness(name)).away.includes(part));
  }

  /** Waits until both lists are answered, and say that they lack nothing older. Answers how long that took, in milliseconds. */
  async keepsUp(lagMsMax: number): Promise<number> {
    const start = performance.now();
    for (const name of QUERIES) {
      await this.until(async () => {
        const answer = await answerOf(`${this.cluster.process(name).url}/api/v1/tasks?limit=1`);
        const lagMs = Number(answer?.headers.get('taskledger-lag-ms') ?? Infinity);
        this.#waitingFor = `${name}: ${answer?.status ?? 'no answer'}, ${lagMs} ms behind`;
        return answer?.status === 200 && lagMs <= lagMsMax;
      });
    }
    return Math.round(performance.now() - start);
  }

  /** Creates a task and waits until a list shows it. Answers how long that took, in milliseconds. */
  async visibleAgain(): Promise<number> {
    const start = performance.now();
    const id = await this.newTask(`probe/${start}`);
    await this.until(async () => {
      for (const { url } of QUERIES.map((name) => this.cluster.process(name))) {
        const answer = await answerOf(`${url}/api/v1/tasks?limit=200`);
        if (answer?.status !== 200) continue;
        const { data } = (await answer.json()) as { data: { id: number }[] };
        if (data.some((task) => task.id === id)) return true;
      }
      return false;
    });
    return Math.round(performance.now() - start);
  }

  /** Creates a task by a publisher of its own, over whichever query service is there; answers its id. */
  async newTask(source: string): Promise<number> {
    const publisher = new Publisher(source, 1, this.random);
    await this.#publishToTheEnd(publisher, 0);
    this.publishers.push(publisher);
    const [ids] = publisher.taskIds.values();
    return [...(ids ?? [])][0] as number;
  }

  /** The list once nothing is left to be taken in: a newly created task shows, and the list is the same twice. */
  async settledItems(url: string): Promise<string[]> {
    await this.visibleAgain();
    let before: string[] = [];
    let now = await allItems(url);
    await this.until(async () => {
      if (JSON.stringify(before) === JSON.stringify(now)) return true;
      before = now;
      await delay(ASK_AGAIN_MS);
      now = await allItems(url);
      return false;
    });
    return now;
  }

  /** Waits until something holds. */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const lateMs = performance.now() + WAIT_MS_MAX;
    while (!(await condition())) {
      if (performance.now() > lateMs)
        throw new Error(`It did not come to this: ${String(condition)} (${this.#waitingFor})`);
      await delay(ASK_AGAIN_MS);
    }
  }

  async #publishToTheEnd(publisher: Publisher, at: number): Promise<void> {
    for (let turn = at; !publisher.done; turn++) {
      const name = QUERIES[turn % QUERIES.length] as string;
      await publisher.publish(this.cluster.process(name).url, () => undefined, ANSWER_MS_MAX);
      if (!publisher.done) await delay(ASK_AGAIN_MS);
    }
  }

  async #readiness(name: string): Promise<{ status: number; away: string[] }> {
    const response = await answerOf(`${this.cluster.process(name).url}/health/ready`);
    if (response === undefined) return { status: 0, away: ['no answer'] };
    const { data } = (await response.json()) as { data: { parts: Record<string, { ok: boolean }> } };
    const away = Object.entries(data.parts).flatMap(([part, { ok }]) => (ok ? [] : [part]));
    return { status: response.status, away };
  }
}

/** An answer, if one comes in time. */
export async function answerOf(url: string, init: RequestInit = {}): Promise<Response | undefined> {
  return fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_MS_MAX) }).catch(() => undefined);
}
