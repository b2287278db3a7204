import { POLL_MS } from './reconnect.js';
import { duration } from './time.js';

/** The filters of lists that a stream does not take, and what can't be told of a single change. */
const UNTOLD: Record<string, string> = {
  root: 'which tasks stand below another one',
  q: 'which tasks have these words',
};

/** Whether there is a stream of what a filter lets through. */
export function isStreamed(parameters: URLSearchParams): boolean {
  return whyPolled(parameters) === undefined;
}

/** Why the newest tasks are asked for again and again instead, in a sentence; `undefined` where there is a stream. */
export function whyPolled(parameters: URLSearchParams): string | undefined {
  const untold = Object.keys(UNTOLD).filter((name) => parameters.has(name));
  if (untold.length === 0) return undefined;
  const what = untold.map((name) => UNTOLD[name]).join(' and ');
  return `An event stream can’t tell ${what}: the newest are asked for every ${duration(POLL_MS)} instead.`;
}
