import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LogWriter } from '../../../shared/runtime/observability/log-writer.js';
import { untilTrue } from '../../support/until-true.js';

let folder: string;
let handle: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'taskledger-log-'));
});
afterEach(() => {
  closeSync(handle);
  rmSync(folder, { recursive: true, force: true });
});

const droppedLine = (count: number): string => `${count} dropped\n`;
const line = (at: number): string => `${String(at).padStart(8, '0')}${'x'.repeat(991)}\n`;

/** What can be read of a pipe at once. */
function read(): string {
  const bytes = Buffer.alloc(1024 * 1024);
  try {
    return bytes.toString('utf8', 0, readSync(handle, bytes));
  } catch {
    return '';
  }
}

describe('a log whose reader stands still', () => {
  it('holds nobody up, keeps a bounded part, and says how many lines it has dropped', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    handle = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    const writer = new LogWriter(handle, droppedLine);
    for (let at = 0; at < 5000; at++) writer.write(line(at));
    let all = '';
    await untilTrue(() => (all += read()).includes('dropped'));
    const lines = all.trimEnd().split('\n');
    const dropped = Number(lines.at(-1)?.split(' ')[0]);
    expect(lines.length - 1 + dropped).toBe(5000);
    expect(lines.length).toBeLessThan(1300);
    expect(lines.slice(0, -1)).toEqual(lines.slice(0, -1).map((_, at) => line(at).trimEnd()));
    writer.write(line(5000));
    await untilTrue(() => read() === line(5000));
  });
});

describe('a log in a file', () => {
  it('has every line, in order', async () => {
    const file = join(folder, 'file');
    handle = openSync(file, 'a');
    const writer = new LogWriter(handle, droppedLine);
    for (let at = 0; at < 500; at++) writer.write(line(at));
    const all = Array.from({ length: 500 }, (_, at) => line(at)).join('');
    await untilTrue(() => readFileSync(file, 'utf8') === all);
  });
});
