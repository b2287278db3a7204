import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MAIN, startServer, type Server } from '../support/server.js';

describe('docs/cli.md', () => {
  let folder: string;
  let server: Server;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'taskledger-cli-docs-'));
    await writeFile(join(folder, 'backup.sh'), '#!/bin/sh\necho backed up\n', { mode: 0o755 });
    await writeFile(join(folder, 'events.ndjson'), '{"type":"task.started","subject":"papers/8"}\n');
    server = await startServer({ dataDir: join(folder, 'data'), env: { TASK_TYPES: 'backup' } });
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('has blocks that run, one after the other, as they stand there', async () => {
    const blocks = [...(await readFile('docs/cli.md', 'utf8')).matchAll(/^```sh\n(.*?)^```$/gms)];
    expect(blocks).toHaveLength(5);
    const script = `set -e -o pipefail; taskledger() { "${process.execPath}" "${MAIN}" "$@"; }\n`;
    const said: string[] = [];
    for (const [, block] of blocks) {
      const env = { PATH: process.env.PATH, TASKLEDGER_URL: server.url };
      const { stdout } = await promisify(execFile)('bash', ['-c', script + block], { cwd: folder, env });
      said.push(stdout);
    }
    const [first, second, replayed, recorded] = said as [string, string, string, string];
    expect(first).toMatch(/^ 1 {2}running {2}crawl {6}3\/10 .* papers\/7$/m);
    expect(first).toContain('Task 1 is cancelled\n');
    expect(second).toMatch(/^accepted.*\naccepted.*$/m);
    expect(replayed.match(/TaskCreated/g)).toHaveLength(2);
    expect(recorded).toBe('backed up\n');
  }, 90_000);
});
