import type { KurrentDBClient } from '@kurrent/kurrentdb-client';
import streamServices from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_grpc_pb.js';
import type streamMessages from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js';

type StreamsClient = streamServices.StreamsClient;

export type BatchAppendCall = ReturnType<StreamsClient['batchAppend']>;
export type ReadCall = ReturnType<StreamsClient['read']>;

/** What the client's own calls are made of, with its connection, discovery and credentials. It is not in its types. */
interface ClientCalls {
  GRPCStreamCreator<Call>(
    service: typeof streamServices.StreamsClient,
    name: string,
    create: (service: StreamsClient) => Call,
  ): () => Promise<Call>;
  callArguments(options: object, callOptions: object): [never, never];
}

/** What a follower knows may be older than what was acknowledged, so everything is asked of the leader. */
const OF_LEADER = { requiresLeader: true };

/** Opens a BatchAppend call, which goes on until it is cancelled or the connection ends. */
export function batchAppendCall(client: KurrentDBClient): Promise<BatchAppendCall> {
  return open(client, 'batchAppend', (service, calls) =>
    service.batchAppend(...calls.callArguments(OF_LEADER, { deadline: Infinity })),
  );
}

/** Opens a Read call, which ends within the time. */
export function readCall(
  client: KurrentDBClient,
  request: streamMessages.ReadReq,
  msMax: number,
): Promise<ReadCall> {
  return open(client, 'read', (service, calls) =>
    service.read(request, ...calls.callArguments(OF_LEADER, { deadline: Date.now() + msMax })),
  );
}

function open<Call>(
  client: KurrentDBClient,
  name: string,
  create: (service: StreamsClient, calls: ClientCalls) => Call,
): Promise<Call> {
  const calls = client as unknown as ClientCalls;
  return calls.GRPCStreamCreator(streamServices.StreamsClient, name, (service) => create(service, calls))();
}
