import { describe, expect, it } from '@jest/globals';
import { Lifecycle, StoppedError } from '../../../shared/runtime/lifecycle.js';
import { silentLogger } from '../../support/command-side.js';

describe('what is started while everything is being stopped', () => {
  it.each([
    ['during the stop', false],
    ['after it', true],
  ])('is stopped too, and ends the start: %s', async (_when, after) => {
    const lifecycle = new Lifecycle(silentLogger);
    const stopped: string[] = [];
    const part = (name: string) => (): Promise<void> => Promise.resolve(void stopped.push(name));
    lifecycle.started('first', part('first'));
    lifecycle.started('second', part('second'));
    const stop = lifecycle.stop();
    if (after) await stop;
    expect(() => lifecycle.started('late', part('late'))).toThrow(StoppedError);
    expect(await lifecycle.stop()).toBe(true);
    expect([...stopped].sort()).toEqual(['first', 'late', 'second']);
    expect(stopped.indexOf('second')).toBeLessThan(stopped.indexOf('first'));
  });
});
