import {
  jetstreamManager,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { InvalidSettingError, TaskledgerError, UnavailableError } from '../../contracts/errors.js';
import type { NatsLink } from './nats-link.js';

/** How long one question to JetStream may take. */
export const JETSTREAM_MS_MAX = 5_000;

/** JetStream's administration. */
export function managerOf(connection: NatsConnection): Promise<JetStreamManager> {
  return jetstreamManager(connection, { checkAPI: false, timeout: JETSTREAM_MS_MAX });
}

/**
 * Makes a stream unless there is one by that name; one that is there is never altered.
 *
 * @throws InvalidSettingError when the one that is there is not of the kind that is needed.
 */
export async function ensureStream(
  manager: JetStreamManager,
  config: Partial<StreamConfig> & { name: string },
): Promise<StreamInfo> {
  const found = await findStream(manager, config.name);
  if (found === undefined) {
    try {
      return await manager.streams.add({ ...config });
    } catch (error) {
      // Somebody else may have made it in this very moment.
      const made = await findStream(manager, config.name);
      if (made === undefined) throw error;
      return made;
    }
  }
  if (config.retention !== undefined && found.config.retention !== config.retention) {
    throw new InvalidSettingError(
      `The stream ${config.name} must have retention ${config.retention}, not ${found.config.retention}`,
    );
  }
  return found;
}

/**
 * Asks JetStream something over the connection that there is; when that is lost in between, no answer is waited for.
 *
 * @throws UnavailableError whatever fails, but for our own errors.
 */
export async function away<Result>(
  link: NatsLink,
  question: (connection: NatsConnection) => Promise<Result>,
): Promise<Result> {
  try {
    return await link.whileConnected(question(link.connection()));
  } catch (cause) {
    if (cause instanceof TaskledgerError) throw cause;
    throw new UnavailableError(`JetStream: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** Whether JetStream refused a message since another stands at the place that it was to have. */
export function isOvertaken(error: unknown): boolean {
  return error instanceof JetStreamApiError && OVERTAKEN_CODES.includes(error.code);
}

/** Wrong last sequence, known or unknown to the server, and wrong last message id (nats-server's `errors.json`). */
const OVERTAKEN_CODES: readonly number[] = [10071, 10164, 10070];

async function findStream(manager: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(name);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound)
      return undefined;
    throw error;
  }
}
