/**
 * Publishes a task's life by the CloudEvents SDK for JavaScript, in the calls of its README, to the address that is its
 * argument. Prints a JSON line for each request: its name, and what was answered.
 */
import { CloudEvent, emitterFor, HTTP, httpTransport, Mode } from 'cloudevents';

const source = '/sdks/javascript';
const subject = 'sdk/javascript/Köln – 東京';
const extensions = { origin: 'Zürich ☃ 100 %', sequence: 7, urgent: true };
const dataschema = 'https://example.org/schemas/task.json';
const time = '2025-03-12T10:00:00.123+01:00';

const transport = httpTransport(`${process.argv[2]}/api/v1/events`);
const print = (name, { body }) => console.log(JSON.stringify({ name, answer: JSON.parse(body) }));

// As the README has it: no id, no time, no subject.
const emit = emitterFor(transport);
const type = 'task.created';
const data = { project_id: 1, task_type: 'crawl', params: { site: 'example.org' } };
print('plain', await emit(new CloudEvent({ type, source, data })));

// The SDK puts attributes into headers as they are, and Node refuses what is beyond Latin-1 there: percent-encoded, as the
// HTTP binding asks for (section 3.1.3.2), they arrive.
const percentEncoded = (message) => ({
  ...message,
  headers: Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [
      name,
      name.startsWith('ce-') ? String(value).replace(/[^!#$&-~]+/gu, encodeURIComponent) : value,
    ]),
  ),
});
const emitEncoded = emitterFor((message) => transport(percentEncoded(message)), { mode: Mode.BINARY });
const emitStructured = emitterFor(transport, { mode: Mode.STRUCTURED });

const event = (type, id, data, more = {}) =>
  new CloudEvent({
    ...{ id, type: `task.${type}`, source, subject, time, dataschema, data },
    datacontenttype: 'application/json',
    ...extensions,
    ...more,
  });
const bytes = (data) => new TextEncoder().encode(JSON.stringify(data));

const created = { project_id: 1, task_type: 'crawl', total: 4, params: { city: 'Köln' } };
print('binary-object', await emitEncoded(event('created', '1', created)));
print('binary-bytes', await emitEncoded(event('started', '2', bytes({ total: 4 }))));
print('binary-string', await emitEncoded(event('progressed', '3', '{"progress":1}')));
print('structured-object', await emitStructured(event('progressed', '4', { progress: 2 })));
print('structured-bytes', await emitStructured(event('progressed', '5', bytes({ progress: 3 }))));

// The SDK reads a batch but sends none; JSON.stringify makes the list of what its events are in JSON.
const list = [
  event('progressed', '6', { progress: 4, message: 'fertig – 完' }),
  event('completed', '7', bytes({ result: { title: 'Übersicht' } })),
];
const headers = { 'content-type': 'application/cloudevents-batch+json' };
print('batch', await transport({ headers, body: JSON.stringify(list) }));

// Without encoding, Node sends these characters as Latin-1, which no receiver can tell from UTF-8 for sure.
const latin1 = event('created', '8', created, { subject: 'sdk/javascript/Köln', origin: 'Zürich' });
print('refused-latin1', await transport(HTTP.binary(latin1)));
// The data is the string, not what stands in it (CloudEvents JSON format, section 3.1.1).
print('refused-string', await emitStructured(event('started', '9', '{"total":4}')));
