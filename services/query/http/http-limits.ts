/** Everything that bounds what clients can make the service hold or wait for. */
export interface HttpLimits {
  /** From the opening of a connection, or the first byte of a request, to the end of the request's head. */
  headersTimeoutMs: number;
  /** From the first byte of a request to its last. */
  requestTimeoutMs: number;
  /** How long a connection stays open without a request, as it is announced; Node adds a second for the way. */
  keepAliveTimeoutMs: number;
  /** How often the three above are looked at, which is how much later than stated a connection may be cut off. */
  connectionsCheckMs: number;
  /** Connections beyond it are closed at once. */
  connectionsMax: number;
  /** The size of one body. */
  bodyBytesMax: number;
  /** The size of all bodies that are being received or worked on. */
  bodyBytesUnderWayMax: number;
  /** Requests with a body that are being worked on or wait for their turn, once the body is there. */
  writesUnderWayMax: number;
  /** The size of all bodies that are being worked on; what comes beyond waits, for as long as a command may take. */
  bodyBytesWorkedOnMax: number;
  /** How long the command service may take to answer. */
  commandTimeoutMs: number;
  /** How long a write waits for the read model before it brings the task's document up to date itself. */
  readModelWaitMs: number;
  /** How long a read waits for the position that it is to be answered from at least. */
  positionWaitMs: number;
  /** Readers of event streams at a time. */
  streamReadersMax: number;
  /** How often a reader is told how far it has come, or hears that the connection is there. */
  streamHeartbeatMs: number;
  /** How long a reader may take nothing before its connection is closed, rounded up to whole heartbeats. */
  streamStallMsMax: number;
  /** How much of the ledger's end is kept for the readers of event streams, in changes and in characters of their text. */
  streamRingChangesMax: number;
  streamRingCharactersMax: number;
  /** How long the ledger is still followed when the last reader has gone. */
  streamIdleMs: number;
  /** How long requests under way may take when the service closes. */
  closeTimeoutMs: number;
}

/** The limits that hold when nothing else is said; they are part of the documented behaviour. */
export const HTTP_LIMITS: HttpLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 20_000,
  keepAliveTimeoutMs: 10_000,
  connectionsCheckMs: 1_000,
  connectionsMax: 16_000,
  bodyBytesMax: 1024 * 1024,
  bodyBytesUnderWayMax: 128 * 1024 * 1024,
  writesUnderWayMax: 256,
  bodyBytesWorkedOnMax: 1024 * 1024,
  commandTimeoutMs: 5_000,
  readModelWaitMs: 300,
  positionWaitMs: 5_000,
  streamReadersMax: 4_000,
  streamHeartbeatMs: 15_000,
  streamStallMsMax: 60_000,
  streamRingChangesMax: 32_768,
  streamRingCharactersMax: 16 * 1024 * 1024,
  streamIdleMs: 60_000,
  closeTimeoutMs: 7_000,
};
