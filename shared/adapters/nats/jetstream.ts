import {
  jetstreamManager,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { InvalidSettingError, TaskledgerError, UnavailableError } from '../../core/contracts/errors.js';
import type { Logger } from '../../core/ports/logger.js';
import type { NatsLink } from './nats-link.js';

/** How long one question to JetStream may take. */
export const JETSTREAM_MS_MAX = 5_000;

/** JetStream's administration. */
export function managerOf(connection: NatsConnection): Promise<JetStreamManager> {
  return jetstreamManager(connection, { checkAPI: false, timeout: JETSTREAM_MS_MAX });
}

/** How our streams are made. */
export interface StreamMaking {
  /** How many servers each is to be kept on, where that is set. */
  replicas: number | undefined;
  logger: Logger;
}

/**
 * Makes a stream unless there is one by that name; one that is there is never altered, and it is said when it is kept on
 * another number of servers than is set.
 *
 * @throws InvalidSettingError when the one that is there is not of the kind that is needed.
 * @throws UnavailableError when there are not as many servers as it is to be kept on.
 */
export async function ensureStream(
  manager: JetStreamManager,
  config: Partial<StreamConfig> & { name: string },
  { replicas, logger }: StreamMaking,
): Promise<StreamInfo> {
  const found = await findStream(manager, config.name);
  if (found === undefined) {
    try {
      return await manager.streams.add({
        ...config,
        ...(replicas !== undefined && { num_replicas: replicas }),
      });
    } catch (cause) {
      // Somebody else may have made it in this very moment.
      const made = await findStream(manager, config.name);
      if (made !== undefined) return made;
      if (replicas === undefined || replicas === 1 || !(cause instanceof JetStreamApiError)) throw cause;
      const why = `NATS_REPLICAS is ${replicas}, and NATS says: ${cause.message}`;
      throw new UnavailableError(`The stream ${config.name} can't be made: ${why}`, { cause });
    }
  }
  if (replicas !== undefined && found.config.num_replicas !== replicas) {
    logger.warn(
      { event: 'stream_replicas_differ', stream: config.name, replicas: found.config.num_replicas },
      `The stream ${config.name} is kept on ${found.config.num_replicas} server(s), and NATS_REPLICAS is ${replicas}: ` +
        `\`nats stream edit ${config.name} --replicas ${replicas}\` changes it`,
    );
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
export async function orUnavailable<Result>(
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

/**
 * What a stream holds, as its leader says.
 *
 * @throws UnavailableError when there is no such stream, or no server that has it.
 */
export async function stateOf(manager: JetStreamManager, name: string): Promise<StreamInfo['state']> {
  try {
    const { cluster, state } = await manager.streams.info(name);
    if (cluster !== undefined && (cluster.leader ?? '') === '') throw new Error('it has no leader');
    return state;
  } catch (cause) {
    const gone = isNotFound(cause);
    const why = gone
      ? 'is gone'
      : `can't be asked: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new UnavailableError(`The stream ${name} ${why}`, { cause });
  }
}

async function findStream(manager: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(name);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
}
