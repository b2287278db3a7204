import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node';

/** A connection to NATS, and what makes headers for its requests. */
export interface Nats {
  connection: NatsConnection;
  headers: () => MsgHdrs;
}

/** From the loss of the connection until it is tried again, in milliseconds, and a random part of it. */
const RECONNECT_DELAY_MS = 200;
const RECONNECT_JITTER_MS = 100;

/** @throws Error when the package that NATS needs is not installed. */
export function requireNatsPackage(): void {
  try {
    // As ES modules, these files run only inside the project, which has the package.
    if (typeof require === 'function') require.resolve('@nats-io/transport-node');
  } catch (cause) {
    const message =
      'A nats:// url needs the package @nats-io/transport-node: npm install @nats-io/transport-node';
    throw new Error(message, { cause });
  }
}

/**
 * Connects to NATS with the package `@nats-io/transport-node`, which is loaded only here.
 *
 * @param url One or more servers: `nats://a:4222,nats://b:4222`, `tls://…`, with `user:password@` or `token@`.
 * @param options Further options for `connect`, which come first.
 * @param onReconnect The connection was lost and is back.
 */
export async function openNats(
  url: string,
  options: object,
  onReconnect: (connection: NatsConnection) => void,
): Promise<Nats> {
  const { connect, headers } = await import('@nats-io/transport-node');
  const connection = await connect({
    servers: url.split(',').map((server) => (server.includes('://') ? new URL(server).host : server)),
    ...credentialsOf(new URL(url.split(',')[0] as string)),
    ...(url.startsWith('tls:') ? { tls: {} } : {}),
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_DELAY_MS,
    reconnectJitter: RECONNECT_JITTER_MS,
    name: 'taskledger client',
    ...options,
  });
  void watch(connection, onReconnect);
  return { connection, headers };
}

async function watch(
  connection: NatsConnection,
  onReconnect: (connection: NatsConnection) => void,
): Promise<void> {
  for await (const { type } of connection.status()) if (type === 'reconnect') onReconnect(connection);
}

function credentialsOf({ username, password }: URL): object {
  if (username === '') return {};
  const name = decodeURIComponent(username);
  return password === '' ? { token: name } : { user: name, pass: decodeURIComponent(password) };
}
