import { describe, expect, it } from '@jest/globals';
import {
  hideSecretsOf,
  lineWithoutSecrets,
  withoutSecrets,
} from '../../../shared/runtime/observability/secrets.js';

hideSecretsOf([
  undefined,
  'kurrentdb+discover://ada:s%40cret%2Fone@kurrent-1:2113,kurrent-2:2113?tls=false&bogus=1',
  'mongodb://ada:tw%6F-secret@mongo/db?authMechanismProperties=AWS_SESSION_TOKEN:session-secret&tlsCertificateKeyFilePassword=key-secret',
  'nats://ada:"three"\\secret@nats-1:4222,bob:four-secret@nats-2:4222',
  'tls://token-secret@nats-3:4222',
  'mongodb://ada:fi/ve@se?cret@mongo/',
  'mongodb://plain-user@mongo/db',
  'kurrentdb://ada:abc@host',
]);

describe('a secret of a URL', () => {
  it.each([
    ['as it was given', 'no login with s%40cret%2Fone here'],
    ['decoded', 'no login with s@cret/one here'],
    ['encoded in lower case', 's%40cret%2fone'],
    ['as a URL encodes it', new URL('http://a:s@cret%2Fone@b').href],
    ['in base64, as a header has it', `Basic ${Buffer.from('ada:s@cret/one').toString('base64')}`],
    ['encoded where that is not needed', 'tw%6F-secret'],
    ['without that', 'two-secret'],
    ['in the options', 'x=session-secret and key-secret'],
    ['of a further server', 'four-secret'],
    ['that is a token', 'token-secret'],
    ['that should have been encoded', 'fi/ve@se?cret'],
    ['that is short', 'kurrentdb://ada:abc@host'],
    ['of a URL that is no setting', 'redis://someone:else-secret@host'],
    ['with a quote', 'the "three"\\secret'],
    ['with a quote, escaped', 'the \\"three\\"\\\\secret'],
  ])('is in no text: %s', (_how, text) => {
    expect(withoutSecrets(text)).toContain('***');
    expect(withoutSecrets(text)).not.toMatch(/s.{0,3}cret.{0,3}one|secret|ve@|:abc@|three/);
  });

  it('leaves everything else as it is', () => {
    for (const text of ['abc and plain-user', 'http://127.0.0.1:8000/a@b', 'mongodb://user:password@host'])
      expect(withoutSecrets(text)).toBe(text);
  });

  it('is in no line of JSON, which stays JSON', () => {
    const line = JSON.stringify({ level: 'warn', err: { 'two-secret': ['the "three"\\secret'] }, abc: 1 });
    expect(JSON.parse(lineWithoutSecrets(`${line}\n`))).toEqual({
      level: 'warn',
      err: { '***': ['the ***'] },
      abc: 1,
    });
  });
});
