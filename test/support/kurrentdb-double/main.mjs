import { subscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { append, batchAppend } from './append-service.mjs';
import { takeControls } from './controls.mjs';
import { EventLog } from './event-log.mjs';
import { features, GossipService, grpc, ServerFeaturesService, StreamsService } from './generated.mjs';
import { gossipRead } from './gossip-service.mjs';
import { refusingReads } from './refused-reads.mjs';
import { read } from './read-service.mjs';
import { StoreRules } from './store-rules.mjs';

/**
 * A double of KurrentDB's gRPC protocol, in a process of its own. It says `listening PORT` when it is ready.
 *
 *     node main.mjs [--port PORT] [--file LOG] [--certificate PEM --key PEM] [--credentials USER:PASSWORD]
 *       [--subscriptionRate N] [--readRate N] [--filteredReadRate N] [--appendBytesMax BYTES]
 *
 * Without a file the events are gone with the process. With a certificate it speaks TLS; with credentials it refuses
 * whoever does not have them. The rates are events a second in each call. What it can be told meanwhile is in `controls.mjs`.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    file: { type: 'string' },
    certificate: { type: 'string' },
    key: { type: 'string' },
    credentials: { type: 'string' },
    subscriptionRate: { type: 'string' },
    readRate: { type: 'string' },
    filteredReadRate: { type: 'string' },
    appendBytesMax: { type: 'string' },
  },
});
const rates = {
  subscription: numberOf(values.subscriptionRate),
  read: numberOf(values.readRate),
  filteredRead: numberOf(values.filteredReadRate),
};
const counts = { appends: 0, streamReads: 0, allReads: 0, subscriptions: 0, eventsGiven: 0 };

// As the real server: a short answer does not wait for the acknowledgement of what was sent before it.
subscribe('net.server.socket', ({ socket }) => socket.setNoDelay(true));

const log = new EventLog(values.file);
const rules = new StoreRules();
if (values.appendBytesMax !== undefined) rules.appendBytesMax = Number(values.appendBytesMax);
takeControls(log, rules, counts);
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
  read: withCredentials(refusingReads(rules, read(log, rates, counts))),
  append: withCredentials(countingAppends(append(log, rules))),
  batchAppend: withCredentials(countingAppends(batchAppend(log, rules))),
});

let boundPort;
server.addService(GossipService, { read: gossipRead(() => boundPort) });

server.bindAsync(`127.0.0.1:${values.port}`, transport(), (error, port) => {
  if (error) throw error;
  boundPort = port;
  process.stdout.write(`listening ${port}\n`);
});

process.once('SIGTERM', () => {
  server.forceShutdown();
  process.exit();
});
// With the process that started it, however that one ends.
process.once('disconnect', () => process.exit());

function numberOf(text) {
  return text === undefined ? undefined : Number(text);
}

/** Each append is one message that says that it is the last, or one call of its own. */
function countingAppends(handle) {
  return (call, callback) => {
    if (callback !== undefined) counts.appends++;
    else call.on('data', (request) => (counts.appends += request.getIsFinal() ? 1 : 0));
    handle(call, callback);
  };
}

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
