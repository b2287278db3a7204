import { get, request, type IncomingMessage } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { contentEncodingFor } from '../../../services/query/http/content-encoding.js';
import { document, startFaked, type FakedService } from '../../support/query-fakes.js';

let faked: FakedService;
beforeAll(async () => {
  faked = await startFaked();
  const item = document(7, { task_type: 'é' }).itemJson;
  faked.fakes.page = { items: Array<string>(1000).fill(item) };
  faked.fakes.documents.set(7, document(7));
});
afterAll(() => faked.service.close());

interface Answer {
  response: IncomingMessage;
  body: Buffer;
}

/** Asks as no client does by itself: with exactly this header, or none. */
function ask(path: string, encoding?: string, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = encoding === undefined ? {} : { 'Accept-Encoding': encoding };
    request(`${faked.url}${path}`, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ response, body: Buffer.concat(chunks) }));
    })
      .on('error', reject)
      .end();
  });
}

const decoders = { gzip: gunzipSync, br: brotliDecompressSync };

describe.each(['/api/v1/tasks?limit=1000', '/openapi.json', '/docs/swagger-ui.css', '/metrics'])(
  '%s',
  (path) => {
    it.each(['gzip', 'br'] as const)('is compressed by %s for who takes it so', async (encoding) => {
      const plain = await ask(path);
      expect(plain.response.headers['content-encoding']).toBeUndefined();
      expect(plain.response.headers.vary).toBe('Accept-Encoding');
      const { response, body } = await ask(path, encoding);
      expect(response.headers).toMatchObject({
        'content-encoding': encoding,
        vary: 'Accept-Encoding',
        'content-length': String(body.length),
        'content-type': plain.response.headers['content-type'],
      });
      expect(body.length).toBeLessThan(plain.body.length / 3);
      const text = decoders[encoding](body).toString();
      if (path !== '/metrics') expect(text).toBe(plain.body.toString());
    });
  },
);

describe('HEAD', () => {
  it.each([undefined, 'gzip', 'br'])('says the same as GET: %s', async (encoding) => {
    for (const path of ['/api/v1/tasks?limit=1000', '/docs/swagger-ui.css', '/api/v1/tasks/7']) {
      const [whole, head] = [await ask(path, encoding), await ask(path, encoding, 'HEAD')];
      expect(head.body).toHaveLength(0);
      const { date: _, ...said } = whole.response.headers;
      expect(head.response.headers).toMatchObject(said);
    }
  });
});

describe('what is not compressed', () => {
  it.each(['/api/v1/tasks/7', '/health/live', '/nowhere'])('is what is small: %s', async (path) => {
    expect((await ask(path, 'gzip, br')).response.headers['content-encoding']).toBeUndefined();
  });

  it('is a picture', async () => {
    const { headers } = (await ask('/docs/favicon-32x32.png', 'gzip')).response;
    expect(headers['content-encoding']).toBeUndefined();
  });

  it('is an event stream', async () => {
    const stream = get(`${faked.url}/api/v1/tasks/stream`, { headers: { 'Accept-Encoding': 'gzip, br' } });
    const response = await new Promise<IncomingMessage>((resolve) => stream.on('response', resolve));
    expect(response.headers['content-encoding']).toBeUndefined();
    expect(response.headers.vary).toBeUndefined();
    response.destroy();
  });
});

describe('many at once', () => {
  it('are all answered, and no more of them compressed than there is time for', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => ask('/api/v1/tasks?limit=1000', 'gzip')),
    );
    const plain = (await ask('/api/v1/tasks?limit=1000')).body.toString();
    for (const { response, body } of answers) {
      const isCompressed = response.headers['content-encoding'] === 'gzip';
      expect((isCompressed ? gunzipSync(body) : body).toString()).toBe(plain);
    }
  });

  it('are sent before the service closes', async () => {
    const other = await startFaked();
    other.fakes.page = faked.fakes.page;
    const answer = fetch(`${other.url}/api/v1/tasks?limit=1000`, { headers: { 'Accept-Encoding': 'br' } });
    const text = answer.then((response) => response.text());
    while (other.fakes.lists.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await other.service.close();
    expect(JSON.parse(await text)).toMatchObject({ code: 200 });
  });
});

describe('Accept-Encoding', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['identity', undefined],
    ['gzip', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'],
    ['GZIP;Q=0.5', 'gzip'],
    ['br;q=0.5, gzip;q=0.9', 'gzip'],
    ['br;q=0, *', 'gzip'],
    ['*', 'br'],
    ['*;q=0', undefined],
    ['gzip;q=0, br;q=0.000', undefined],
    ['gzip;q=0.5, identity', undefined],
    ['identity;q=0.5, gzip;q=0.5', 'gzip'],
    ['gzip;q=x', undefined],
    ['deflate, compress', undefined],
  ])('%j is answered by %s', (accepted, encoding) => {
    expect(contentEncodingFor(accepted)).toBe(encoding);
  });
});
