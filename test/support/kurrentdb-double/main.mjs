import { subscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { append, batchAppend } from './append-service.mjs';
import { EventLog } from './event-log.mjs';
import { features, grpc, ServerFeaturesService, StreamsService } from './generated.mjs';
import { read } from './read-service.mjs';

/**
 * A double of KurrentDB's gRPC protocol, in a process of its own. It says `listening PORT` when it is ready.
 *
 *     node main.mjs [--port PORT] [--file LOG] [--certificate PEM --key PEM] [--credentials USER:PASSWORD]
 *
 * Without a file the events are gone with the process. With a certificate it speaks TLS; with credentials it refuses
 * whoever does not have them.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    file: { type: 'string' },
    certificate: { type: 'string' },
    key: { type: 'string' },
    credentials: { type: 'string' },
  },
});

// As the real server: a short answer does not wait for the acknowledgement of what was sent before it.
subscribe('net.server.socket', ({ socket }) => socket.setNoDelay(true));

const log = new EventLog(values.file);
const server = new grpc.Server({
  // As the real server: an event can be larger than what gRPC takes by default.
  'grpc.max_receive_message_length': 17 * 1024 * 1024,
});

server.addService(ServerFeaturesService, {
  getSupportedMethods(_call, callback) {
    const methods = new features.SupportedMethods();
    methods.setEventStoreServerVersion('26.1.0');
    for (const name of ['Read', 'Append', 'BatchAppend']) {
      const method = new features.SupportedMethod();
      method.setServiceName('event_store.client.streams.Streams');
      method.setMethodName(name);
      methods.addMethods(method);
    }
    callback(null, methods);
  },
});
server.addService(StreamsService, {
  read: withCredentials(read(log)),
  append: withCredentials(append(log)),
  batchAppend: withCredentials(batchAppend(log)),
});

server.bindAsync(`127.0.0.1:${values.port}`, transport(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`listening ${port}\n`);
});

process.once('SIGTERM', () => {
  server.forceShutdown();
  process.exit();
});
// With the process that started it, however that one ends.
process.once('disconnect', () => process.exit());

function transport() {
  if (values.certificate === undefined) return grpc.ServerCredentials.createInsecure();
  const pair = { cert_chain: readFileSync(values.certificate), private_key: readFileSync(values.key) };
  return grpc.ServerCredentials.createSsl(null, [pair]);
}

function withCredentials(handle) {
  if (values.credentials === undefined) return handle;
  const expected = `Basic ${Buffer.from(values.credentials).toString('base64')}`;
  return (call, callback) => {
    if (call.metadata.get('authorization').includes(expected)) {
      handle(call, callback);
      return;
    }
    call.emit('error', { code: grpc.status.UNAUTHENTICATED, details: 'Wrong credentials' });
  };
}
