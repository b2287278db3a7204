import { describe, expect, it } from '@jest/globals';
import { readSettings } from '../../../shared/runtime/settings.js';

describe('the settings of seals', () => {
  it('seal nothing without a key', () => {
    const { sealing, roles } = readSettings({});
    expect(sealing).toBeUndefined();
    expect(roles).not.toContain('sealer');
  });

  it('seal once a minute with one, and leave seals where they are told to', () => {
    const SEAL_URL = 'https://seals.example.org/x';
    const { sealing, roles } = readSettings({ SEAL_KEY_FILE: 'key', SEAL_FILE: 'seals', SEAL_URL });
    expect(sealing).toEqual({ keyFile: 'key', intervalMs: 60_000, file: 'seals', url: SEAL_URL });
    expect(roles).toContain('sealer');
  });

  it.each([
    [{ SEAL_FILE: 'seals' }, 'SEAL_FILE takes SEAL_KEY_FILE as well'],
    [{ SEAL_URL: 'https://seals.example.org' }, 'SEAL_URL takes SEAL_KEY_FILE as well'],
    [{ SEAL_KEY_FILE: 'key', SEAL_URL: 'ftp://seals.example.org' }, 'SEAL_URL must be a URL'],
    [{ SEAL_KEY_FILE: 'key', SEAL_SECONDS: '0' }, 'SEAL_SECONDS must be an int from 1 to 86400'],
  ])('refuse %j', (environment, message) => {
    expect(() => readSettings(environment)).toThrow(message);
  });

  it('let a process leave out sealing alone', () => {
    expect(() => readSettings({ ROLES: 'commands,query,projector,feed,watchdog' })).not.toThrow();
  });
});
