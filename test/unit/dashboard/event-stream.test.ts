import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openEventStream } from '../../../services/dashboard/api/event-stream.js';

let heard: string[];
let writer: ReadableStreamDefaultController<Uint8Array>;
let aborted: AbortSignal;
const fetchBefore = globalThis.fetch;

function open(status = 200): () => void {
  heard = [];
  globalThis.fetch = (async (_path: string, { signal }: { signal: AbortSignal }) => {
    aborted = signal;
    return new Response(new ReadableStream({ start: (controller) => void (writer = controller) }), {
      status,
    });
  }) as typeof fetch;
  return openEventStream('/stream', {
    onOpen: () => heard.push('open'),
    onEvent: (type, data, position) => heard.push(`${type} ${data} ${position}`),
    onEnd: () => heard.push('end'),
    onSilence: () => heard.push('silence'),
  });
}
const tell = async (text: string): Promise<void> => {
  writer.enqueue(new TextEncoder().encode(text));
  await jest.advanceTimersByTimeAsync(0);
};

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
  globalThis.fetch = fetchBefore;
});

describe('an event stream', () => {
  it('is open with its first byte, tells its events, and ends', async () => {
    open();
    await jest.advanceTimersByTimeAsync(4_999);
    expect(heard).toEqual([]);
    await tell('retry: 2000\n\n');
    await tell('event: task\nid: 7\ndata: {}\n\n');
    writer.close();
    await jest.advanceTimersByTimeAsync(0);
    expect(heard).toEqual(['open', 'task {} 7', 'end']);
  });

  it('is silent when its head has come and nothing else, and is let go of', async () => {
    open();
    await jest.advanceTimersByTimeAsync(5_000);
    expect([heard, aborted.aborted]).toEqual([['silence'], true]);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(heard).toEqual(['silence']);
  });

  it('ends when even its heartbeats have stopped', async () => {
    open();
    await tell(':\n');
    await jest.advanceTimersByTimeAsync(39_999);
    await tell(':\n');
    await jest.advanceTimersByTimeAsync(39_999);
    expect(heard).toEqual(['open']);
    await jest.advanceTimersByTimeAsync(1);
    expect([heard, aborted.aborted]).toEqual([['open', 'end'], true]);
  });

  it('ends when it is refused, and tells nothing once it is closed', async () => {
    open(503);
    await jest.advanceTimersByTimeAsync(0);
    expect(heard).toEqual(['end']);
    const close = open();
    await jest.advanceTimersByTimeAsync(0);
    close();
    await jest.advanceTimersByTimeAsync(60_000);
    expect([heard, aborted.aborted]).toEqual([[], true]);
  });
});
