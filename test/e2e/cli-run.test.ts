import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { caughtUp } from '../support/api.js';
import { runCli, startCli } from '../support/cli.js';
import { freePort } from '../support/free-port.js';
import { startServer, type Ended, type Server } from '../support/server.js';
import { untilTrue } from '../support/until-true.js';

/** `taskledger run`, with commands that end in every way. */

let folder: string;
let server: Server;
let start: (port: number) => Promise<Server>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'taskledger-run-'));
  start = (port) =>
    startServer({ dataDir: join(folder, `data-${port}`), env: { PORT: String(port), TASK_TYPES: 'backup' } });
  server = await start(await freePort());
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const runArgs = (key: string, ...rest: string[]): string[] => [
  'run',
  '--type',
  'backup',
  '--key',
  key,
  ...rest,
];
const shell = (script: string): string[] => ['--', 'sh', '-c', script];
const run = (key: string, ...rest: string[]): Promise<Ended> =>
  runCli(runArgs(key, ...rest), { url: server.url });

/** The only task under a key, with all that is known of it. */
async function taskOf(key: string, url = server.url): Promise<any> {
  await caughtUp(url);
  const query = `key=${key}&include=key,attempt,params,result,error_message`;
  const { data } = (await (await fetch(`${url}/api/v1/tasks?${query}`)).json()) as { data: any[] };
  expect(data).toHaveLength(1);
  return data[0];
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('taskledger run', () => {
  it('records a command that ends well, and hands its streams through byte by byte', async () => {
    const script = 'cat; printf "\\303" >&2; printf "\\251 \\377 mongodb://ada:pw@host" >&2';
    const options = ['--project-id', '7', '--params', '{"host":"a"}'];
    const { child, ended } = startCli(runArgs('well', ...options, ...shell(script)), { url: server.url });
    const errors: Buffer[] = [];
    child.stderr.setEncoding('latin1').on('data', (text: string) => errors.push(Buffer.from(text, 'latin1')));
    child.stdin.end('what it reads');
    expect(await ended).toMatchObject({ code: 0, stdout: 'what it reads' });
    expect(Buffer.concat(errors).toString('latin1')).toBe('\xc3\xa9 \xff mongodb://ada:pw@host');
    expect(await taskOf('well')).toMatchObject({
      ...{ project_id: 7, status: 'completed', params: { host: 'a' }, attempt: 1, error_message: '' },
      result: { exit_code: 0, seconds: expect.any(Number) },
    });
  });

  it('has the exit code of the command, and its last lines as the error message', async () => {
    const script = 'for n in $(seq 30); do echo "line $n" >&2; done; exit 3';
    const { code, stderr } = await run('badly', ...shell(script));
    expect(code).toBe(3);
    expect(stderr.split('\n')).toHaveLength(31);
    const lines = Array.from({ length: 20 }, (_, at) => `line ${at + 11}`);
    expect(await taskOf('badly')).toMatchObject({
      status: 'failed',
      error_message: `exit code 3: ${lines.join('\n')}`,
    });
  });

  it.each([
    ['nothing-of-this-name', 127, 'command not found: nothing-of-this-name'],
    [tmpdir(), 126, `${tmpdir()} can not be executed: EACCES`],
  ])('says of %s as a shell that it can not be run', async (command, exitCode, message) => {
    const key = `not/${exitCode}`;
    expect(await run(key, '--', command)).toMatchObject({
      code: exitCode,
      stderr: `taskledger: ${message}\n`,
    });
    expect(await taskOf(key)).toMatchObject({ status: 'failed', error_message: message });
  });

  it('leaves to the command what follows it', async () => {
    expect(await run('args', '--', 'printf', '%s,', '--type', 'x', '--', '-h')).toMatchObject({
      ...{ code: 0, stdout: '--type,x,--,-h,' },
    });
  });

  it('ends the command and all that it has started when its task is cancelled', async () => {
    const file = join(folder, 'children');
    const script = `sleep 600 & echo $! $$ > ${file}; echo begun; wait`;
    const { said, ended } = startCli(runArgs('cancelled', ...shell(script)), { url: server.url });
    await said(/begun/);
    const { id } = await taskOf('cancelled');
    expect(await runCli(['cancel', String(id)], { url: server.url })).toMatchObject({ code: 0 });
    expect(await ended).toMatchObject({
      ...{ code: 143, stderr: 'taskledger: the task was cancelled: killed by SIGTERM\n' },
    });
    for (const pid of (await readFile(file, 'utf8')).trim().split(' '))
      await untilTrue(() => !isAlive(Number(pid)));
    expect(await taskOf('cancelled')).toMatchObject({ status: 'cancelled', error_message: '' });
  });

  it('lets it end in its own way, and kills what does not within the grace', async () => {
    const tidy = startCli(
      runArgs('tidy', ...shell('trap "echo tidied; exit 4" TERM; echo begun; sleep 600 & wait')),
      {
        url: server.url,
      },
    );
    const script = 'trap "" TERM; echo begun; while :; do sleep 0.05; done';
    const deaf = startCli(runArgs('deaf', '--grace', '1', ...shell(script)), { url: server.url });
    for (const [key, { said }] of [['tidy', tidy] as const, ['deaf', deaf] as const]) {
      await said(/begun/);
      await runCli(['cancel', String((await taskOf(key)).id)], { url: server.url });
    }
    expect(await tidy.ended).toMatchObject({ code: 4, stdout: 'begun\ntidied\n' });
    expect(await deaf.ended).toMatchObject({ code: 137 });
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('hands %s on', async (signal) => {
    const script = `trap "echo got it; exit 9" ${signal.slice(3)}; echo begun; while :; do sleep 0.05; done`;
    const { child, said, ended } = startCli(runArgs(`on/${signal}`, ...shell(script)), { url: server.url });
    await said(/begun/);
    child.kill(signal);
    expect(await ended).toMatchObject({ code: 9, stdout: 'begun\ngot it\n' });
    // The shell may have said something of its own.
    const error_message: unknown = expect.stringMatching(/^exit code 9/);
    expect(await taskOf(`on/${signal}`)).toMatchObject({ status: 'failed', error_message });
  });

  it('says by which signal the command has ended', async () => {
    expect(await run('killed', ...shell('kill -KILL $$'))).toMatchObject({ code: 137 });
    expect(await taskOf('killed')).toMatchObject({ status: 'failed', error_message: 'killed by SIGKILL' });
  });

  it('does not wait for a process that the command has left behind', async () => {
    const { child, ended } = startCli(runArgs('left', ...shell('sleep 600 & echo $!')), { url: server.url });
    let pid = '';
    child.stdout.on('data', (text: string) => (pid += text));
    // The one that is left has its stdout, too; so the end of the program is what counts.
    const exited = new Promise((resolve) => child.once('exit', resolve));
    expect(await exited).toBe(0);
    process.kill(Number(pid));
    await ended;
    expect(await taskOf('left')).toMatchObject({ status: 'completed' });
  });

  it('goes on when nobody reads its stderr any more', async () => {
    const { child, said, ended } = startCli(
      runArgs('unheard', ...shell('echo begun >&2; read go; seq 100000 >&2; exit 5')),
      { url: server.url },
    );
    await said(/begun/);
    child.stderr.destroy();
    child.stdin.end('go\n');
    expect(await ended).toMatchObject({ code: 5 });
    expect(await taskOf('unheard')).toMatchObject({
      error_message: expect.stringMatching(/^exit code 5: 99981\n[\d\n]*\n100000$/),
    });
  });
});

describe('a task that Taskledger refuses', () => {
  it('is not run: of a type that there is not', async () => {
    const { code, stdout, stderr } = await runCli(['run', '--type', 'none', ...shell('echo done')], {
      url: server.url,
    });
    expect({ code, stdout }).toEqual({ code: 125, stdout: '' });
    expect(stderr).toMatch(/^taskledger: the command was not run: .*task_type: must be one of .*backup\n$/);
  });

  it('is not run: under a key that has run already', async () => {
    expect(await run('once', ...shell('echo done'))).toMatchObject({ code: 0, stdout: 'done\n' });
    expect(await run('once', ...shell('echo done'))).toEqual({
      code: 125,
      stdout: '',
      stderr: expect.stringContaining('the command was not run: task.started was refused'),
    });
  });

  it.each([
    [['run', '--', 'true'], "required option '--type <type>' not specified"],
    [['run', '--type', 'backup'], "missing required argument 'command'"],
    [['run', '--type', 'backup', '--params', '5', '--', 'true'], 'It must be a JSON object.'],
    [['run', '--type', 'backup', '--grace', 'x', '--', 'true'], 'It must be an int from 0 to 3600.'],
    [['run', '--type', 'backup', '--url', 'here', '--', 'true'], '--url must be a URL such as'],
  ])('is not even sent when the options are wrong: %j', async (args, line) => {
    expect(await runCli(args, { url: server.url })).toMatchObject({
      ...{ code: 2, stderr: expect.stringContaining(line) },
    });
  });
});

describe('a Taskledger that is away', () => {
  it('does not stop the command; what happened is given up with a line', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, stdout, stderr } = await runCli(
      ['run', '--type', 'backup', ...shell('echo done; exit 6')],
      { url },
    );
    expect({ code, stdout }).toEqual({ code: 6, stdout: 'done\n' });
    expect(stderr).toMatch(/^taskledger: Taskledger can't be reached; .*ECONNREFUSED/);
    expect(stderr).toMatch(
      /taskledger: not all of it is on record: 3 events could not be sent and are lost\n$/,
    );
  });

  it('has all of it when it comes back while the command runs', async () => {
    const port = await freePort();
    let killed = await start(port);
    const go = join(folder, 'go');
    const script = `echo begun; while [ ! -e ${go} ]; do sleep 0.05; done; echo so >&2; exit 3`;
    const { said, ended } = startCli(runArgs('back', ...shell(script)), { url: killed.url });
    await said(/begun/);
    await killed.kill('SIGKILL');
    await writeFile(go, '');
    // It has ended while nobody was there to be told, and is told of that.
    await said(/Taskledger can't be reached/);
    killed = await start(port);
    const { code, stderr } = await ended;
    expect(code).toBe(3);
    expect(stderr).not.toContain('lost');
    expect(await taskOf('back', killed.url)).toMatchObject({
      status: 'failed',
      error_message: 'exit code 3: so',
    });
    await killed.stop();
  });

  it('hears of a cancel that happened meanwhile when it is back', async () => {
    const port = await freePort();
    let killed = await start(port);
    const { said, ended } = startCli(runArgs('meanwhile', ...shell('echo begun; sleep 600')), {
      url: killed.url,
    });
    await said(/begun/);
    await killed.kill('SIGKILL');
    killed = await start(port);
    const { id } = await taskOf('meanwhile', killed.url);
    await runCli(['cancel', String(id)], { url: killed.url });
    expect(await ended).toMatchObject({ code: 143 });
    await killed.stop();
  });
});
