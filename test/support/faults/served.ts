import { allItems } from '../api.js';
import { untilTrue } from '../until-true.js';

/** Lists by which everything is looked at: each goes through other indexes. */
const LISTS = [
  '',
  'status=running&include=key',
  'status=!completed,!cancelled',
  'project_id=2&status=completed',
  'task_type=index&project_id=1',
  'key_prefix=/publisher/&include=key',
];

/** How many requests are under way at a time. */
const AT_ONCE = 16;

/** One answer: its status and its text. */
export interface Answer {
  status: number;
  text: string;
}

/** All that a server shows. */
export interface Served {
  /** By query: the items, in their order, as JSON. */
  lists: Map<string, string[]>;
  /** By the task's id. */
  details: Map<number, Answer>;
  histories: Map<number, Answer>;
  /** Without the position, which moves on. */
  stats: string;
}

/** Waits until a server says that it is ready. */
export async function untilReady(url: string): Promise<void> {
  await untilTrue(async () => (await get(`${url}/health/ready`)).status === 200);
}

/** How often damage may be come upon, and healed, while everything is asked for. */
const ASKS_MAX = 5;

/** Asks a server for everything, as soon as it is ready; and once more when it refuses, as it does while it heals. */
export async function everythingServed(url: string, ids: readonly number[]): Promise<Served> {
  for (let asks = 1; ; asks++) {
    await untilReady(url);
    try {
      const served = await askForEverything(url, ids);
      const answers = [...served.details.values(), ...served.histories.values()];
      const refused = answers.some(({ status }) => status === 503);
      if ((!refused && !served.stats.startsWith('503')) || asks === ASKS_MAX) return served;
    } catch (error) {
      if (asks === ASKS_MAX || !(error as Error).message.includes('is answered 503')) throw error;
    }
  }
}

async function askForEverything(url: string, ids: readonly number[]): Promise<Served> {
  const served: Served = { lists: new Map(), details: new Map(), histories: new Map(), stats: '' };
  for (const query of LISTS) served.lists.set(query, await allItems(url, query));
  await inTurns(ids, async (id) => {
    served.details.set(id, await get(`${url}/api/v1/tasks/${id}`));
    served.histories.set(id, await get(`${url}/api/v1/tasks/${id}/history?limit=1000`));
  });
  const { status, text } = await get(`${url}/api/v1/tasks/stats`);
  served.stats = `${status} ${text.replace(/"position":"\d+",/, '')}`;
  return served;
}

/** One answer to a GET. */
export async function get(url: string): Promise<Answer> {
  const response = await fetch(url);
  return { status: response.status, text: await response.text() };
}

async function inTurns<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
