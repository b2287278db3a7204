import { z } from 'zod';
import { InvalidSettingError } from '../core/contracts/errors.js';
import {
  ANY_TASK_TYPE,
  DEFAULT_TASK_TYPES,
  isTaskType,
  TASK_TYPE_ALLOWED,
} from '../core/contracts/fields.js';
import { LOG_LEVELS, type LogLevel } from './observability/logger.js';

/** What a process can do. */
export const ROLES = ['commands', 'query', 'projector', 'feed', 'watchdog', 'sealer'] as const;

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
  /** What stands before each path of the query service, where a proxy has it; empty at the root. */
  basePath: string;
  /** The folder of the embedded stores. */
  dataDir: string;
  roles: Role[];
  /** The ledger; the embedded one when absent. */
  eventStoreUrl: string | undefined;
  /** The read model; the embedded one when absent. */
  readModel: ReadModelSettings | undefined;
  /** The message bus; in process when absent. */
  nats: NatsSettings | undefined;
  logLevel: LogLevel;
  /** How many days the series go back. */
  seriesKeepDays: number;
  /** How many days the versions of tasks go back, by which lists are shown as they were. */
  versionsKeepDays: number;
  /** The types that a task may have; `ANY_TASK_TYPE` among them stands for any. */
  taskTypes: string[];
  /** How the ledger is sealed; not at all when absent. */
  sealing: SealingSettings | undefined;
}

/** With what, how often and to where the ledger is sealed. */
export interface SealingSettings {
  /** The file with the key, as `taskledger keys new` makes it. */
  keyFile: string;
  /** The time between two seals, in milliseconds. */
  intervalMs: number;
  /** A file that seals are appended to, and an HTTP address that they are posted to. */
  file: string | undefined;
  url: string | undefined;
}

/** How MongoDB is reached, and how long it is waited for, in milliseconds; absent: as the adapter has it. */
export interface ReadModelSettings {
  url: string;
  /** The longest that a read, or a write, takes. */
  readMsMax: number | undefined;
  writeMsMax: number | undefined;
  /** How long a projector that says nothing keeps its lease. */
  leaseMs: number | undefined;
}

/** How NATS is reached, and used. */
export interface NatsSettings {
  url: string;
  /** Files with credentials and with authorities. */
  credsFile: string | undefined;
  caFile: string | undefined;
  /** How many servers our streams are to be kept on, where that is set. */
  replicas: number | undefined;
}

/** JetStream needs a majority, so that an even number is of no use; it takes five at most. */
const NATS_REPLICAS = ['1', '3', '5'] as const;

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

/** No segment is `.` or `..`, which clients take out of a path. */
const basePathPattern = /^(\/(?!\.\.?(\/|$))[A-Za-z0-9._~-]+)*\/?$/;

const portError = { error: 'must be an int from 0 to 65535' };
function urlField(protocols: readonly string[], example: string) {
  const error = { error: `must be a URL such as ${example}` };
  return z
    .string()
    .refine((text) => protocols.some((protocol) => text.startsWith(`${protocol}://`)), error)
    .optional();
}

function msField(min: number, max: number) {
  const error = { error: `must be an int from ${min} to ${max}, in milliseconds` };
  return z
    .string()
    .regex(/^\d{1,9}$/, error)
    .transform(Number)
    .pipe(z.number().min(min, error).max(max, error))
    .optional();
}

const KEEP_DAYS_MAX = 10_000;

function daysField(daysMin: number) {
  const error = { error: `must be an int from ${daysMin} to ${KEEP_DAYS_MAX}, in days` };
  return z
    .string()
    .regex(/^\d{1,5}$/, error)
    .transform(Number)
    .pipe(z.number().min(daysMin, error).max(KEEP_DAYS_MAX, error));
}

/** Where the read model is embedded: on an engine each version is one more write of its own, which is to be asked for. */
const VERSIONS_KEEP_DAYS_DEFAULT = 90;

const SEAL_SECONDS_MAX = 86_400;
const sealSecondsError = { error: `must be an int from 1 to ${SEAL_SECONDS_MAX}, in seconds` };

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
  BASE_PATH: z
    .string()
    .regex(basePathPattern, {
      error: 'must be a path of letters, digits, -, _, . and ~, such as /taskledger',
    })
    .transform((path) => path.replace(/\/$/, ''))
    .default(''),
  ALLOW_ANONYMOUS: oneOf(['true', 'false']).default('false'),
  DATA_DIR: z.string().min(1, { error: 'must name a folder' }).default('./data'),
  ROLES: z
    .string()
    .transform((text) => (text === 'all' ? ROLES.join(',') : text))
    .pipe(listOf(oneOf(ROLES)))
    .default([...ROLES]),
  LOG_LEVEL: oneOf(LOG_LEVELS).default('info'),
  TASK_TYPES: listOf(
    z.string().refine((name) => isTaskType(name) || name === ANY_TASK_TYPE, {
      error: `must be names of ${TASK_TYPE_ALLOWED}, separated by commas, or ${ANY_TASK_TYPE} for any`,
    }),
  ).default([]),
  SERIES_KEEP_DAYS: daysField(1).default(400),
  VERSIONS_KEEP_DAYS: daysField(0).optional(),
  EVENT_STORE_URL: urlField(
    ['kurrentdb', 'kurrentdb+discover', 'kdb', 'kdb+discover', 'esdb', 'esdb+discover'],
    'kurrentdb://127.0.0.1:2113?tls=false',
  ),
  READ_MODEL_URL: urlField(['mongodb', 'mongodb+srv'], 'mongodb://127.0.0.1:27017/taskledger'),
  READ_MODEL_READ_MS: msField(100, 60_000),
  READ_MODEL_WRITE_MS: msField(1_000, 600_000),
  READ_MODEL_LEASE_MS: msField(1_000, 600_000),
  NATS_URL: urlField(['nats', 'tls'], 'nats://127.0.0.1:4222'),
  NATS_CREDS: z.string().optional(),
  NATS_CA: z.string().optional(),
  NATS_REPLICAS: oneOf(NATS_REPLICAS).transform(Number).optional(),
  SEAL_KEY_FILE: z.string().optional(),
  SEAL_SECONDS: z
    .string()
    .regex(/^\d{1,5}$/, sealSecondsError)
    .transform(Number)
    .pipe(z.number().min(1, sealSecondsError).max(SEAL_SECONDS_MAX, sealSecondsError))
    .default(60),
  SEAL_FILE: z.string().optional(),
  SEAL_URL: urlField(['http', 'https'], 'https://seals.example.org/taskledger').refine(
    (url) => url === undefined || URL.canParse(url),
    { error: 'must be a URL such as https://seals.example.org/taskledger' },
  ),
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
  const { PORT, HOST, ALLOWED_HOSTS, BASE_PATH, ALLOW_ANONYMOUS, DATA_DIR, LOG_LEVEL, TASK_TYPES } =
    parsed.data;
  if (!LOOPBACK_HOSTS.includes(HOST) && ALLOW_ANONYMOUS !== 'true') {
    throw new InvalidSettingError(
      `HOST ${HOST} lets other machines in, and there is no login yet: set ALLOW_ANONYMOUS=true to allow it, or use 127.0.0.1`,
    );
  }
  const {
    EVENT_STORE_URL,
    READ_MODEL_URL,
    NATS_URL,
    NATS_CREDS,
    NATS_CA,
    NATS_REPLICAS: replicas,
  } = parsed.data;
  checkRoles(parsed.data.ROLES, { EVENT_STORE_URL, READ_MODEL_URL, NATS_URL });
  const sealing = sealingOf(parsed.data);
  return {
    port: PORT,
    host: HOST,
    allowedHosts: ALLOWED_HOSTS,
    basePath: BASE_PATH,
    dataDir: DATA_DIR,
    // There is nothing to feed without a bus that reaches other processes, and nothing to seal with without a key.
    roles: parsed.data.ROLES.filter(
      (role) => (role !== 'feed' || NATS_URL !== undefined) && (role !== 'sealer' || sealing !== undefined),
    ),
    eventStoreUrl: EVENT_STORE_URL,
    readModel:
      READ_MODEL_URL === undefined
        ? undefined
        : {
            url: READ_MODEL_URL,
            readMsMax: parsed.data.READ_MODEL_READ_MS,
            writeMsMax: parsed.data.READ_MODEL_WRITE_MS,
            leaseMs: parsed.data.READ_MODEL_LEASE_MS,
          },
    nats:
      NATS_URL === undefined
        ? undefined
        : { url: NATS_URL, credsFile: NATS_CREDS, caFile: NATS_CA, replicas },
    logLevel: LOG_LEVEL,
    seriesKeepDays: parsed.data.SERIES_KEEP_DAYS,
    versionsKeepDays:
      parsed.data.VERSIONS_KEEP_DAYS ?? (READ_MODEL_URL === undefined ? VERSIONS_KEEP_DAYS_DEFAULT : 0),
    taskTypes: [...new Set([...DEFAULT_TASK_TYPES, ...TASK_TYPES])],
    sealing,
  };
}

function sealingOf(set: z.infer<typeof environmentSchema>): SealingSettings | undefined {
  const { SEAL_KEY_FILE: keyFile, SEAL_SECONDS, SEAL_FILE: file, SEAL_URL: url } = set;
  if (keyFile !== undefined) return { keyFile, intervalMs: SEAL_SECONDS * 1000, file, url };
  const useless = file === undefined ? url && 'SEAL_URL' : 'SEAL_FILE';
  if (useless === undefined) return undefined;
  throw new InvalidSettingError(
    `${useless} takes SEAL_KEY_FILE as well: nothing is sealed without a key (taskledger keys new)`,
  );
}

/** Roles in different processes reach each other over engines that all of them can reach. */
function checkRoles(roles: readonly Role[], urls: Record<string, string | undefined>): void {
  // A ledger that nobody seals lacks nothing else.
  if (ROLES.every((role) => role === 'sealer' || roles.includes(role))) return;
  const missing = Object.keys(urls).filter((name) => urls[name] === undefined);
  if (missing.length === 0) return;
  throw new InvalidSettingError(
    `ROLES must be all without ${missing.join(', ')}: roles in different processes need engines that they share`,
  );
}
