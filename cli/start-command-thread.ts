import { MessageChannel, Worker } from 'node:worker_threads';
import { ThreadBus } from '../shared/adapters/embedded/thread-bus.js';
import { TaskledgerError } from '../shared/core/contracts/errors.js';
import type { Broadcast } from '../shared/core/ports/broadcast.js';
import type { MessageBus } from '../shared/core/ports/message-bus.js';
import { StoppedError } from '../shared/runtime/lifecycle.js';
import type { CommandThreadData, CommandThreadReport } from './command-thread.js';
import type { EngineDeps } from './engines.js';

const ENTRY = new URL('./command-thread.js', import.meta.url);

/** The command service in a thread of its own. */
export interface CommandThread {
  /** On which it answers. */
  bus: MessageBus & Broadcast;
  /**
   * Has it answer what is under way, close the ledger's writer and end. Idempotent.
   *
   * @throws Error when the thread did not end well.
   */
  stop(): Promise<void>;
}

/**
 * Starts the command service, and with it the ledger's writer, in a worker thread: so taking in events and answering the
 * API use two processors, and neither waits for the other. Returns when it answers requests; it is stopped in the order of
 * the lifecycle at the latest.
 *
 * @param onFailure Called when the thread has ended by itself later on: by an error that nobody caught, or without one.
 * @param entry What the thread runs.
 * @throws InvalidSettingError and all else that opening the ledger throws: as a `TaskledgerError` of the same code.
 */
export async function startCommandThread(
  { settings, lifecycle, logger }: EngineDeps,
  onFailure: (error: Error) => void,
  entry = ENTRY,
): Promise<CommandThread> {
  const { port1: ownPort, port2: busPort } = new MessageChannel();
  const workerData: CommandThreadData = { settings, busPort };
  const worker = new Worker(entry, { name: 'commands', workerData, transferList: [busPort] });
  const bus = new ThreadBus(ownPort, logger);
  let stopped: Promise<void> | undefined;
  let hasReported = false;

  const ended = new Promise<Error | undefined>((resolve) => {
    let uncaught: Error | undefined;
    worker.on('error', (error: unknown) => {
      uncaught = error instanceof Error ? error : new Error(String(error));
    });
    worker.on('exit', (code) => {
      const isWell = stopped !== undefined && (code === 0 || !hasReported);
      resolve(uncaught ?? (isWell ? undefined : new Error(`The command thread has ended with code ${code}`)));
    });
  });
  const stop = async (): Promise<void> => {
    // One that does not answer yet has nothing to finish: what it holds is as after a crash, which it is made for.
    if (hasReported) worker.postMessage('stop');
    else await worker.terminate();
    const error = await ended;
    await bus.close();
    if (error !== undefined) throw error;
  };
  const thread: CommandThread = { bus, stop: () => (stopped ??= stop()) };
  lifecycle.started('command thread', () => thread.stop());

  await new Promise<void>((resolve, reject) => {
    worker.once('message', (report: CommandThreadReport) => {
      hasReported = true;
      if (report.kind === 'started') resolve();
      else reject(errorOf(report));
    });
    void ended.then((error) =>
      reject(stopped !== undefined || error === undefined ? new StoppedError() : error),
    );
  });
  void ended.then((error) => {
    if (stopped === undefined && error !== undefined) onFailure(error);
  });
  return thread;
}

/** An error keeps its code and its message on the way out of the thread, and that is what the program ends with. */
function errorOf({ code, message }: CommandThreadReport & { kind: 'failed' }): Error {
  return code === undefined ? new Error(message) : new TaskledgerError(code, message);
}
