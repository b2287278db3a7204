import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { EXIT_COMMAND_NOT_FOUND, EXIT_NOT_EXECUTABLE, EXIT_SIGNAL_BASE } from '../exit-codes.js';
import { writeUnguarded } from '../guard-output.js';
import { LastLines } from './last-lines.js';

/** For how long what a command has said is still read after its end: a process that it has left behind may hold its stderr. */
const DRAIN_MS_MAX = 1_000;

/** How often it is looked whether any process of the group is left, once it was told to end. */
const LOOK_MS = 50;

/** What is handed on to the command. */
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/** How a command ended. */
export interface CommandEnd {
  /** As a shell would say it: 128 and its number for a signal, 126 or 127 for a command that could not be started. */
  exitCode: number;
  /** The same for people: `exit code 3`, `killed by SIGTERM`. */
  text: string;
  seconds: number;
  /** The last lines of its stderr. */
  lastLines: string;
  /** Whether there was such a command, and it could be executed. */
  isStarted: boolean;
}

/** How a command is run. */
export interface RunOptions {
  /** Aborted when it has to end: SIGTERM to it and all processes of its group, then SIGKILL. */
  signal: AbortSignal;
  /** How long it then has, in milliseconds. */
  graceMs: number;
}

/**
 * Runs a command with the stdin, stdout and stderr of this process, and hands on the signals that this process gets. It has
 * a session, and so a process group, of its own: by that, what it has started is ended along with it.
 */
export async function runCommand(
  [command, ...args]: readonly [string, ...string[]],
  { signal, graceMs }: RunOptions,
): Promise<CommandEnd> {
  const startedMs = performance.now();
  const lastLines = new LastLines();
  // Before there is a command: a signal that comes while it is started must not leave it behind.
  const stopForwarding = onSignals((name) => void sendToGroup(child, name));
  const child = spawn(command, args, { stdio: ['inherit', 'inherit', 'pipe'], detached: true });
  child.stderr.on('data', (piece: Buffer) => {
    lastLines.add(piece);
    passOn(piece, child);
  });
  const closed = once(child, 'close').catch(() => undefined);
  let ending: Promise<void> | undefined;
  const end = (): void => void (ending ??= endGroup(child, graceMs));
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  try {
    const [code, killedBy] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    await ending;
    await Promise.race([closed, delay(DRAIN_MS_MAX, undefined, { ref: false })]);
    const exitCode = code ?? EXIT_SIGNAL_BASE + constants.signals[killedBy as NodeJS.Signals];
    const text = killedBy === null ? `exit code ${code}` : `killed by ${killedBy}`;
    return { exitCode, text, seconds: secondsSince(startedMs), lastLines: lastLines.text, isStarted: true };
  } catch (error) {
    // It could not be started.
    const { code, message } = error as NodeJS.ErrnoException;
    const isUnknown = code === 'ENOENT';
    const exitCode = isUnknown ? EXIT_COMMAND_NOT_FOUND : EXIT_NOT_EXECUTABLE;
    const text = isUnknown
      ? `command not found: ${command}`
      : `${command} can not be executed: ${code ?? message}`;
    return { exitCode, text, seconds: secondsSince(startedMs), lastLines: '', isStarted: false };
  } finally {
    signal.removeEventListener('abort', end);
    stopForwarding();
    child.stderr.destroy();
  }
}

/** As it came, byte by byte; it waits while whoever reads stderr is slow, as the command would have to by itself. */
function passOn(piece: Buffer, { stderr }: ChildProcess): void {
  if (stderr === null || writeUnguarded(process.stderr, piece)) return;
  stderr.pause();
  const goOn = (): void => {
    process.stderr.off('drain', goOn).off('error', goOn);
    stderr.resume();
  };
  process.stderr.on('drain', goOn).on('error', goOn);
}

/** Calls `told` with each signal that is handed on, instead of what it does otherwise. Answers how to stop. */
function onSignals(told: (name: NodeJS.Signals) => void): () => void {
  for (const name of FORWARDED) process.on(name, told);
  return () => {
    for (const name of FORWARDED) process.off(name, told);
  };
}

/** Ends all processes of the group: SIGTERM, and SIGKILL to those that are left after the grace. */
async function endGroup(child: ChildProcess, graceMs: number): Promise<void> {
  const deadlineMs = performance.now() + graceMs;
  sendToGroup(child, 'SIGTERM');
  // A group has no event for its end.
  while (performance.now() < deadlineMs && sendToGroup(child, 0)) await delay(LOOK_MS);
  sendToGroup(child, 'SIGKILL');
}

/** @returns whether any process of the group was there. */
function sendToGroup({ pid }: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false;
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}

function secondsSince(startedMs: number): number {
  return Math.round(performance.now() - startedMs) / 1000;
}
