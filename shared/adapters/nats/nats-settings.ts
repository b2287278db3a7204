import { readFileSync } from 'node:fs';
import {
  credsAuthenticator,
  nkeyAuthenticator,
  usernamePasswordAuthenticator,
  tokenAuthenticator,
  type Authenticator,
  type NodeConnectionOptions,
} from '@nats-io/transport-node';
import { InvalidSettingError } from '../../core/contracts/errors.js';

/** How to reach NATS: what `NATS_URL`, `NATS_CREDS`, `NATS_CA` and `NATS_REPLICAS` say. */
export interface NatsSettings {
  /**
   * One or more servers of a cluster, separated by commas: `nats://` or, encrypted, `tls://`, with `user:password@` or
   * `token@` where that is how it is secured.
   */
  url: string;
  /** A file with credentials (a user's JWT and its seed) or with an NKEY seed alone. */
  credsFile?: string | undefined;
  /** A file with the certificates of the authorities that the servers' certificates are checked against, in PEM form. */
  caFile?: string | undefined;
  /** How many servers the streams that we make are kept on; as the server has it (one) when absent. */
  replicas?: number | undefined;
}

const ALLOWED = 'must be nats://host:port or tls://host:port, several separated by commas';

/**
 * Makes the options of the client out of our settings.
 *
 * @throws InvalidSettingError that names the setting and what is allowed.
 */
export function connectionOptions({ url, credsFile, caFile }: NatsSettings): NodeConnectionOptions {
  const urls = url.split(',').map(parseUrl);
  const [first] = urls as [URL, ...URL[]];
  if (urls.some(({ username, password }) => username !== first.username || password !== first.password)) {
    throw new InvalidSettingError('NATS_URL must name the same user and password for every server');
  }
  const encrypted = urls.some(({ protocol }) => protocol === 'tls:') || caFile !== undefined;
  if (caFile !== undefined) readFile('NATS_CA', caFile);
  const authenticator =
    credsFile === undefined ? loginOf(first) : keyOf(readFile('NATS_CREDS', credsFile), credsFile);
  return {
    servers: urls.map(({ host }) => host),
    ...(authenticator !== undefined && { authenticator }),
    ...(encrypted && { tls: caFile === undefined ? {} : { caFile } }),
  };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  if (url === undefined || !['nats:', 'tls:'].includes(url.protocol) || url.hostname === '') {
    // The text itself may hold a password, so it is not repeated.
    throw new InvalidSettingError(`NATS_URL ${ALLOWED}`);
  }
  if (!['', '/'].includes(url.pathname) || url.search !== '' || url.hash !== '') {
    throw new InvalidSettingError(`NATS_URL ${ALLOWED}, with nothing after the port`);
  }
  return url;
}

function loginOf({ username, password }: URL): Authenticator | undefined {
  if (username === '') return undefined;
  const user = decodeURIComponent(username);
  return password === ''
    ? tokenAuthenticator(user)
    : usernamePasswordAuthenticator(user, decodeURIComponent(password));
}

function keyOf(text: string, file: string): Authenticator {
  const bytes = new TextEncoder().encode(text);
  if (text.includes('BEGIN NATS USER JWT')) return credsAuthenticator(bytes);
  const seed = text.trim();
  if (/^SU[A-Z2-7]{56}$/.test(seed)) return nkeyAuthenticator(new TextEncoder().encode(seed));
  throw new InvalidSettingError(
    `NATS_CREDS must name a file with NATS user credentials or an NKEY user seed; ${file} holds neither`,
  );
}

function readFile(setting: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new InvalidSettingError(`${setting} must name a file that can be read, not ${file}`, { cause });
  }
}
