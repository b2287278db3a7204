import { PassThrough, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Output } from '../../../cli/client/output.js';

/** A stream that is taken for standard output. */
function outputTo(stream: Writable, { isTTY = false, json = false, noColour = false } = {}): Output {
  return new Output(json, noColour, Object.assign(stream, { isTTY }) as unknown as NodeJS.WriteStream);
}

describe('the colours of the output', () => {
  const { NO_COLOR, TERM } = process.env;
  beforeEach(() => {
    delete process.env.NO_COLOR;
    process.env.TERM = 'xterm';
  });
  afterEach(() => {
    delete process.env.NO_COLOR;
    delete process.env.TERM;
    Object.assign(process.env, NO_COLOR !== undefined && { NO_COLOR }, TERM !== undefined && { TERM });
  });

  it('are there on a terminal alone', () => {
    expect(outputTo(new PassThrough(), { isTTY: true }).colours).toBe(true);
    expect(outputTo(new PassThrough()).colours).toBe(false);
  });

  it('are not there when they are not wanted', () => {
    expect(outputTo(new PassThrough(), { isTTY: true, noColour: true }).colours).toBe(false);
    process.env.NO_COLOR = '1';
    expect(outputTo(new PassThrough(), { isTTY: true }).colours).toBe(false);
    process.env.NO_COLOR = '';
    expect(outputTo(new PassThrough(), { isTTY: true }).colours).toBe(true);
    process.env.TERM = 'dumb';
    expect(outputTo(new PassThrough(), { isTTY: true }).colours).toBe(false);
  });
});

describe('the lines of the output', () => {
  it('wait while whoever reads is slow', async () => {
    const stream = new PassThrough({ highWaterMark: 4 });
    const out = outputTo(stream);
    let isWritten = false;
    const written = out.lines('one', 'two').then(() => (isWritten = true));
    await new Promise(setImmediate);
    expect(isWritten).toBe(false);
    expect(String(stream.read())).toBe('one\ntwo\n');
    await written;
    await out.lines();
    expect(stream.read()).toBeNull();
  });

  it('are left out once nobody reads them, and nobody waits for that', async () => {
    let writes = 0;
    const stream = new Writable({
      highWaterMark: 1,
      autoDestroy: false,
      write: (_chunk, _encoding, done) => {
        writes++;
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      },
    });
    const out = outputTo(stream);
    await out.lines('one');
    expect(out.gone.aborted).toBe(true);
    await out.lines('two');
    expect(writes).toBe(1);
  });
});
