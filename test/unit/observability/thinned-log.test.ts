import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { UnavailableError } from '../../../shared/core/contracts/errors.js';
import type { Logger } from '../../../shared/core/ports/logger.js';
import { ThinnedLog } from '../../../shared/runtime/observability/thinned-log.js';

let written: { level: string; fields: object; message: string }[];
let log: ThinnedLog;
beforeEach(() => {
  jest.useFakeTimers();
  written = [];
  const write = (level: string) => (fields: object, message: string) =>
    void written.push({ level, fields, message });
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
  log = new ThinnedLog(logger);
});
afterEach(() => {
  jest.useRealTimers();
});

describe('a flood', () => {
  it('is one line a second with a count, whatever it is about', () => {
    for (let at = 0; at < 3000; at++) {
      log.warn({ err: new UnavailableError('away'), path: `/${at}` }, 'Not now');
      jest.advanceTimersByTime(1);
    }
    jest.advanceTimersByTime(10_000);
    expect(written.length).toBeLessThanOrEqual(4);
    const counted = written.reduce((sum, { fields }) => sum + ((fields as { times?: number }).times ?? 1), 0);
    expect(counted).toBe(3000);
    expect(written[0]).toMatchObject({ level: 'warn', fields: { path: '/0' }, message: 'Not now' });
    expect(written.at(-1)).toMatchObject({ fields: { path: '/2999' } });
  });

  it('does not keep other kinds from being written', () => {
    for (let at = 0; at < 100; at++) {
      log.warn({ reason: 'overloaded' }, 'Not now');
      log.warn({ reason: 'too_many_readers' }, 'Not now');
      log.error({ reason: 'overloaded' }, 'Not now');
    }
    log.info({}, 'Something else');
    expect(written).toHaveLength(4);
  });

  it('of ever new kinds is bounded too', () => {
    for (let at = 0; at < 10_000; at++) log.error({}, `Parked: ${at}`);
    expect(written.length).toBeLessThan(300);
    jest.advanceTimersByTime(2000);
    log.error({}, 'Parked: again');
    expect(written.at(-1)).toMatchObject({ message: 'Parked: again' });
  });

  it('is told of before the end', () => {
    for (let at = 0; at < 5; at++) log.error({}, 'Failed');
    log.flush();
    log.flush();
    expect(written.map(({ fields }) => fields)).toEqual([{}, { times: 4 }]);
  });
});
