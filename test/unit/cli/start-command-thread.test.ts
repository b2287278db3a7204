import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { startCommandThread, type CommandThread } from '../../../cli/start-command-thread.js';
import { TaskledgerError } from '../../../shared/core/contracts/errors.js';
import { Lifecycle } from '../../../shared/runtime/lifecycle.js';
import type { Settings } from '../../../shared/runtime/settings.js';
import { silentLogger } from '../../support/command-side.js';

const ENTRY = pathToFileURL(resolve('test/support/command-threads.mjs'));

/** Starts a thread that does what it is named after in `test/support/command-threads.mjs`. */
function startOf(name: string) {
  const lifecycle = new Lifecycle(silentLogger);
  let fail: (error: Error) => void = () => undefined;
  const failed = new Promise<Error>((resolve) => (fail = resolve));
  const settings = name as unknown as Settings;
  const started = startCommandThread({ settings, lifecycle, logger: silentLogger }, fail, ENTRY);
  return { lifecycle, started, failed };
}

describe('starting the command thread', () => {
  it('stops it once, however often it is asked to', async () => {
    const { lifecycle, started, failed } = startOf('do well');
    const thread: CommandThread = await started;
    await Promise.all([thread.stop(), thread.stop()]);
    expect(await lifecycle.stop()).toBe(true);
    expect(thread.bus.ready()).toBe(false);
    expect(await Promise.race([failed, Promise.resolve('well')])).toBe('well');
  });

  it('fails as the thread has failed, with the same code and message', async () => {
    const { lifecycle, started } = startOf('refuse');
    const error: unknown = await started.catch((error: unknown) => error);
    expect(error).toBeInstanceOf(TaskledgerError);
    expect(error).toMatchObject({ code: 'corrupt_store', message: 'The folder is damaged' });
    expect(await lifecycle.stop()).toBe(true);
  });

  it('takes an error without a code for what nobody has foreseen', async () => {
    const { lifecycle, started } = startOf('refuse without a code');
    const error: unknown = await started.catch((error: unknown) => error);
    expect(error).not.toBeInstanceOf(TaskledgerError);
    expect(error).toMatchObject({ message: 'x is not a function' });
    expect(await lifecycle.stop()).toBe(true);
  });

  it('fails when the thread ends before it has started', async () => {
    const { lifecycle, started } = startOf('throw at once');
    await expect(started).rejects.toThrow('Could not be loaded');
    expect(await lifecycle.stop()).toBe(false);
  });

  it('is stopped while it starts', async () => {
    const { lifecycle, started } = startOf('wait to be stopped');
    const refused = expect(started).rejects.toThrow('was stopped before it had started');
    expect(await lifecycle.stop()).toBe(true);
    await refused;
  });

  it('says that it did not stop well', async () => {
    const { lifecycle, started } = startOf('stop badly');
    await expect((await started).stop()).rejects.toThrow('ended with code 1');
    expect(await lifecycle.stop()).toBe(false);
  });

  it('tells when the thread has ended by itself', async () => {
    const { lifecycle, started, failed } = startOf('throw later');
    await started;
    expect(String(await failed)).toContain('Nobody has foreseen this');
    expect(await lifecycle.stop()).toBe(false);
  });
});
