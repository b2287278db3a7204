import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connect, headers, nkeys, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { NatsBus } from '../../shared/adapters/nats/nats-bus.js';
import type { NatsSettings } from '../../shared/adapters/nats/nats-settings.js';
import {
  InvalidRequestError,
  InvalidSettingError,
  UnavailableError,
} from '../../shared/core/contracts/errors.js';
import type { RequestContext } from '../../shared/core/ports/message-bus.js';
import { anonymously, silentLogger } from '../support/command-side.js';
import { NatsProxy } from '../support/nats-proxy.js';
import { NatsServer } from '../support/nats-server.js';
import { until, withNatsServer } from '../support/nats.js';

const open = (settings: NatsSettings): Promise<NatsBus> => NatsBus.open(settings, silentLogger);
const soon = (): RequestContext => anonymously(Date.now() + 20_000);

withNatsServer('the bus on NATS, seen from outside', () => {
  let server: NatsServer;
  let bus: NatsBus;
  let plain: NatsConnection;
  let seen: unknown[];

  beforeEach(async () => {
    server = await NatsServer.start();
    bus = await open({ url: server.url });
    plain = await connect({ servers: server.url });
    seen = [];
    await bus.respond('echo', async (data, context) => {
      seen.push(data);
      return { data, deadlineMs: context.deadlineMs };
    });
  });

  afterEach(async () => {
    await plain.close();
    await bus.close();
    await server.dispose();
  });

  const send = (body: string | Uint8Array, header?: string): Promise<Msg> => {
    const sent = headers();
    if (header !== undefined) sent.set('Taskledger-Deadline-Ms', header);
    return plain.request('echo', body, { timeout: 10_000, headers: sent });
  };

  it.each([
    ['no JSON', 'hello', 'Malformed JSON'],
    ['nothing', '', 'Malformed JSON'],
    ['half a JSON', '{"a":', 'Malformed JSON'],
    ['a member twice', '{"a":1,"a":2}', 'duplicate member'],
    ['an integer that a double does not hold', '{"a":9007199254740993}', 'integer beyond'],
    ['deep nesting', '['.repeat(100_000), 'nested too deeply'],
    ['bytes that are no text', new Uint8Array([0x22, 0xff, 0xfe, 0x22]), 'no UTF-8'],
  ])('answers %s with invalid_request', async (_, body, message) => {
    const reply = (await send(body)).json<any>();
    expect(reply).toEqual({ ok: false, error: { code: 'invalid_request', message: expect.any(String) } });
    expect(reply.error.message).toContain(message);
    expect(seen).toEqual([]);
  });

  it('answers more headers than are read with invalid_request, at once', async () => {
    const many = headers();
    for (let name = 0; name < 6_000; name++) many.append(`x-${name}`, '1');
    const same = headers();
    for (let time = 0; time < 130_000; time++) same.append('x', '');
    for (const sent of [many, same]) {
      const reply = await plain.request('echo', '{}', { timeout: 10_000, headers: sent });
      expect(reply.json()).toMatchObject({ ok: false, error: { code: 'invalid_request' } });
      expect(reply.json<any>().error.message).toMatch(
        /^The headers have \d+ bytes; at most 16384 are taken$/,
      );
    }
    expect(seen).toEqual([]);
    expect((await send('{"a":1}')).json()).toMatchObject({ data: { a: 1 } });
  });

  it('skips a byte order mark', async () => {
    expect((await send('\ufeff{"marked":1}')).json()).toMatchObject({ data: { marked: 1 } });
  });

  it('gives who says no deadline 10 seconds', async () => {
    const before = Date.now();
    const { deadlineMs } = (await send('{"a":1}')).json<any>();
    expect(deadlineMs).toBeGreaterThanOrEqual(before + 10_000);
    expect(deadlineMs).toBeLessThanOrEqual(Date.now() + 10_000);
  });

  it('takes a deadline from the header, and carries nothing out after it', async () => {
    const deadlineMs = Date.now() + 30_000;
    expect((await send('{}', String(deadlineMs))).json()).toEqual({ data: {}, deadlineMs });
    const late = await send('{"late":1}', String(Date.now() - 1));
    expect(late.json()).toMatchObject({ ok: false, error: { code: 'unavailable' } });
    const odd = await send('{"odd":1}', 'tomorrow');
    expect(odd.json()).toMatchObject({ ok: false, error: { code: 'invalid_request' } });
    expect(seen).toEqual([{}]);
  });

  it('goes on after messages that nobody waits for, good ones and bad ones', async () => {
    for (const body of ['{"silent":1}', '{', '']) plain.publish('echo', body);
    expect((await send('{"last":1}')).json()).toMatchObject({ data: { last: 1 } });
    expect(seen).toEqual([{ silent: 1 }, { last: 1 }]);
  });

  it.each(['$JS.API.STREAM.PURGE.TASKS_FEED', 'tasks.events.1.1.cancelled', 'tasks.publish.x'])(
    'sends no answer to %s, whoever wants it there',
    async (reply) => {
      const heard: unknown[] = [];
      plain.subscribe(reply, { callback: (_, message) => void heard.push(message.string()) });
      for (const body of ['{"asked":1}', '{']) plain.publish('echo', body, { reply });
      expect((await send('{"last":1}')).json()).toMatchObject({ data: { last: 1 } });
      expect(seen).toEqual([{ last: 1 }]);
      expect(heard).toEqual([]);
    },
  );

  it('says which of its answers was too large to be carried', async () => {
    await bus.respond('large', async () => ({ text: 'x'.repeat(2 * 1024 * 1024) }));
    await expect(bus.request('large', {}, soon())).rejects.toThrow(/answer has 2097163 bytes/);
  });

  it('refuses a request that is larger than the server carries', async () => {
    const large = { text: 'x'.repeat(1024 * 1024) };
    await expect(bus.request('echo', large, soon())).rejects.toThrow(InvalidRequestError);
    await expect(bus.request('echo', large, soon())).rejects.toThrow(/NATS carries at most/);
  });

  it('is unavailable while the server is away, and goes on when it is back', async () => {
    await server.kill();
    await until(() => !bus.ready());
    const begun = Date.now();
    await expect(bus.request('echo', {}, soon())).rejects.toThrow(UnavailableError);
    expect(Date.now() - begun).toBeLessThan(20_000);
    await server.run();
    await until(() => bus.ready());
    expect(await bus.request('echo', { again: 1 }, soon())).toMatchObject({ data: { again: 1 } });
  });

  it('is let go of while the server is away', async () => {
    await server.kill();
    await bus.close();
    expect(bus.ready()).toBe(false);
  });
});

withNatsServer('the bus on NATS, at its start', () => {
  let folder: string;
  const started: { close(): Promise<void> }[] = [];
  let server: NatsServer | undefined;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'taskledger-nats-keys-'));
  });

  afterEach(async () => {
    for (const one of started.splice(0)) await one.close();
    await server?.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  const start = async (config: string): Promise<NatsServer> => {
    const file = join(folder, 'nats.conf');
    await writeFile(file, config);
    return (server = await NatsServer.start('-c', file));
  };

  const opened = async (settings: NatsSettings): Promise<NatsBus> => {
    const bus = await open(settings);
    started.push(bus);
    return bus;
  };

  /** Whether a request gets through with these settings. */
  const works = async (settings: NatsSettings): Promise<boolean> => {
    const bus = await opened(settings);
    await bus.respond('any', async () => ({ ok: true }));
    return (await bus.request('any', {}, soon())) !== undefined;
  };

  it('starts without the server, answers once it is there, and tries the servers of a list', async () => {
    server = await NatsServer.prepare();
    const nobody = await NatsServer.prepare();
    const bus = await opened({ url: `${nobody.url},${server.url}` });
    await bus.respond('any', async () => ({ there: true }));
    expect(bus.ready()).toBe(false);
    await expect(bus.request('any', {}, soon())).rejects.toThrow('NATS is unavailable');
    await server.run();
    await until(() => bus.ready());
    expect(await bus.request('any', {}, soon())).toEqual({ there: true });
    await nobody.dispose();
  });

  it('is let go of before the server was ever there', async () => {
    const nobody = await NatsServer.prepare();
    const bus = await open({ url: nobody.url });
    await Promise.all([bus.close(), bus.close()]);
    await nobody.dispose();
  });

  it('refuses a server that takes too little', async () => {
    const { url } = await start('max_payload: 65536');
    await expect(open({ url })).rejects.toThrow(InvalidSettingError);
    await expect(open({ url })).rejects.toThrow('NATS takes at most 65536 bytes');
  });

  describe('before a server of another version', () => {
    let proxy: NatsProxy;
    const before = async (version: string): Promise<NatsSettings> => {
      server = await NatsServer.start();
      proxy = await NatsProxy.start(server.port, version);
      return { url: proxy.url };
    };
    afterEach(() => proxy.stop());

    it.each(['2.9.25', '2.10.29', '1.4.1'])('refuses %s', async (version) => {
      const settings = await before(version);
      await expect(open(settings)).rejects.toThrow(InvalidSettingError);
      const line = `The NATS server is of version ${version}; Taskledger needs 2.11 or later`;
      await expect(open(settings)).rejects.toThrow(line);
    });

    it.each(['2.11.0', '2.12.0-preview.1', '3.0.1'])('takes %s', async (version) => {
      expect(await works(await before(version))).toBe(true);
    });

    it('asks nothing of one that it finds when it comes back, until there is one that is fit', async () => {
      const bus = await opened(await before('2.11.0'));
      await bus.respond('any', async () => ({ ok: true }));
      proxy.becomes('2.9.25');
      // One that was sent while the connection broke has no answer.
      const told = (): Promise<string> =>
        bus.request('any', {}, anonymously(Date.now() + 100)).then(String, String);
      await until(async () =>
        (await told()).includes('is of version 2.9.25; Taskledger needs 2.11 or later'),
      );
      expect(bus.ready()).toBe(false);
      proxy.becomes('2.11.1');
      await until(() => bus.ready());
      expect(await bus.request('any', {}, soon())).toEqual({ ok: true });
    });
  });

  it('logs in with a user and password', async () => {
    const { port } = await start('authorization { users = [{ user: "ledger", password: "p@ss" }] }');
    expect(await works({ url: `nats://ledger:p%40ss@127.0.0.1:${port}` })).toBe(true);
    for (const login of ['ledger:wrong@', '']) {
      await expect(open({ url: `nats://${login}127.0.0.1:${port}` })).rejects.toThrow(
        'NATS refuses the credentials',
      );
    }
  });

  it('logs in with a token', async () => {
    const { port } = await start('authorization { token: "s3cret" }');
    expect(await works({ url: `nats://s3cret@127.0.0.1:${port}` })).toBe(true);
  });

  it('logs in with an NKEY from a file', async () => {
    const user = nkeys.createUser();
    const { url } = await start(`authorization { users = [{ nkey: ${user.getPublicKey()} }] }`);
    const credsFile = join(folder, 'user.nk');
    await writeFile(credsFile, user.getSeed());
    expect(await works({ url, credsFile })).toBe(true);
  });

  it('talks TLS, and only to a server that its authority vouches for', async () => {
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const ask = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'];
    execFileSync('openssl', [...ask, ...subject, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
    const { port } = await start(`tls { cert_file: "${certificate}", key_file: "${key}" }`);
    const url = `tls://localhost:${port}`;
    expect(await works({ url, caFile: certificate })).toBe(true);
    const bus = await opened({ url });
    await expect(bus.request('any', {}, soon())).rejects.toThrow(UnavailableError);
  });

  it('talks TLS or not at all', async () => {
    server = await NatsServer.start();
    const bus = await opened({ url: `tls://127.0.0.1:${server.port}` });
    await expect(bus.request('any', {}, soon())).rejects.toThrow('NATS is unavailable');
  });

  describe('settings that are wrong', () => {
    it.each([
      [{ url: 'http://127.0.0.1:4222' }, 'NATS_URL must be nats://host:port'],
      [{ url: 'nats://127.0.0.1:4222/x' }, 'nothing after the port'],
      [{ url: 'nats://a:b@127.0.0.1,nats://127.0.0.2' }, 'the same user and password'],
      [{ url: 'nats://127.0.0.1', credsFile: '/nowhere/user.creds' }, 'NATS_CREDS must name a file'],
      [{ url: 'nats://127.0.0.1', credsFile: import.meta.filename }, 'holds neither'],
      [{ url: 'tls://127.0.0.1', caFile: '/nowhere/ca.pem' }, 'NATS_CA must name a file'],
    ])('refuses %j', async (settings, message) => {
      await expect(open(settings)).rejects.toThrow(InvalidSettingError);
      await expect(open(settings)).rejects.toThrow(message);
    });
  });
});
