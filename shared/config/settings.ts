import { z } from 'zod';
import { InvalidSettingError } from '../contracts/errors.js';
import { DEFAULT_TASK_TYPES } from '../contracts/fields.js';
import { LOG_LEVELS, type LogLevel } from '../observability/logger.js';

/** What a process can do. */
export const ROLES = ['commands', 'query', 'projector'] as const;

/** One of the things that a process can do. */
export type Role = (typeof ROLES)[number];

/** Everything that can be set. */
export interface Settings {
  /** The TCP port of the query service; 0 lets the system choose one. */
  port: number;
  /** The address that it listens on. */
  host: string;
  /** Host names, beside loopback and IP addresses, under which it may be asked. */
  allowedHosts: string[];
  /** The folder of the embedded stores. */
  dataDir: string;
  roles: Role[];
  logLevel: LogLevel;
  /** Every type that a task may have. */
  taskTypes: string[];
}

const LOOPBACK_HOSTS = ['127.0.0.1', '::1', 'localhost'];

function oneOf<const Value extends string>(values: readonly Value[]) {
  return z.enum(values as unknown as [Value, ...Value[]], { error: `must be one of ${values.join(', ')}` });
}

function listOf<Item extends z.ZodType<unknown, string>>(item: Item) {
  return z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(item as z.ZodType<z.output<Item>, string>));
}

const portError = { error: 'must be an int from 0 to 65535' };
const notAvailable = z
  .never({ error: 'is not supported by this version, which has the embedded engines only' })
  .optional();

const environmentSchema = z.object({
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, portError)
    .transform(Number)
    .pipe(z.number().max(65535, portError))
    .default(8000),
  HOST: z
    .string()
    .regex(/^[0-9A-Za-z.:_-]+$/, { error: 'must be an IP address or a host name' })
    .default('127.0.0.1'),
  ALLOWED_HOSTS: listOf(
    z.string().regex(/^[0-9A-Za-z._-]+$/, { error: 'must be host names, separated by commas' }),
  ).default([]),
  ALLOW_ANONYMOUS: oneOf(['true', 'false']).default('false'),
  DATA_DIR: z.string().min(1, { error: 'must name a folder' }).default('./data'),
  ROLES: z
    .string()
    .transform((text) => (text === 'all' ? ROLES.join(',') : text))
    .pipe(listOf(oneOf(ROLES)))
    .default([...ROLES]),
  LOG_LEVEL: oneOf(LOG_LEVELS).default('info'),
  TASK_TYPES: listOf(
    z
      .string()
      .regex(/^[a-z][a-z0-9_]{0,63}$/, { error: 'must be names of a-z, 0-9 and _, separated by commas' }),
  ).default([]),
  EVENT_STORE_URL: notAvailable,
  READ_MODEL_URL: notAvailable,
  NATS_URL: notAvailable,
});

/**
 * Reads the settings. An empty value counts as unset.
 *
 * @param environment Names and values, as in `process.env`.
 * @throws InvalidSettingError that names the setting and what is allowed.
 */
export function readSettings(environment: Record<string, string | undefined>): Settings {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(set);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new InvalidSettingError(`${String(issue?.path[0])} ${issue?.message ?? 'is not allowed'}`);
  }
  const { PORT, HOST, ALLOWED_HOSTS, ALLOW_ANONYMOUS, DATA_DIR, LOG_LEVEL, TASK_TYPES } = parsed.data;
  if (!LOOPBACK_HOSTS.includes(HOST) && ALLOW_ANONYMOUS !== 'true') {
    throw new InvalidSettingError(
      `HOST ${HOST} lets other machines in, and there is no login yet: set ALLOW_ANONYMOUS=true to allow it, or use 127.0.0.1`,
    );
  }
  const missing = ROLES.filter((role) => !parsed.data.ROLES.includes(role));
  if (missing.length > 0) {
    throw new InvalidSettingError(
      `ROLES must be all without NATS_URL, through which roles in different processes talk`,
    );
  }
  return {
    port: PORT,
    host: HOST,
    allowedHosts: ALLOWED_HOSTS,
    dataDir: DATA_DIR,
    roles: parsed.data.ROLES,
    logLevel: LOG_LEVEL,
    taskTypes: [...new Set([...DEFAULT_TASK_TYPES, ...TASK_TYPES])],
  };
}
