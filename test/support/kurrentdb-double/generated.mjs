import { createRequire } from 'node:module';

/**
 * The service definitions that come with the client, and the very gRPC and protobuf packages that it uses itself: the
 * double speaks exactly the protocol that the client was generated for.
 */
const requireHere = createRequire(import.meta.url);
const requireAsClient = createRequire(requireHere.resolve('@kurrent/kurrentdb-client'));
const generated = (name) =>
  requireHere(`@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/${name}.js`);

export const grpc = requireAsClient('@grpc/grpc-js');
export const { Any } = requireAsClient('google-protobuf/google/protobuf/any_pb.js');
export const { Timestamp } = requireAsClient('google-protobuf/google/protobuf/timestamp_pb.js');
export const google = requireAsClient('google-protobuf/google/protobuf/empty_pb.js');
export const features = generated('serverfeatures_pb');
export const { ServerFeaturesService } = generated('serverfeatures_grpc_pb');
export const gossip = generated('gossip_pb');
export const { GossipService } = generated('gossip_grpc_pb');
export const shared = generated('shared_pb');
export const { Status } = generated('status_pb');
export const streams = generated('streams_pb');
export const { StreamsService } = generated('streams_grpc_pb');
