// A worker that hands events over to a buffer on disk while Taskledger is away, and says what is in there:
//   node keep-events.mjs keep FOLDER URL    until it is killed
//   node keep-events.mjs flush FOLDER URL   sends what is there and ends
import process from 'node:process';
import { TaskledgerClient } from '../../clients/typescript/dist/index.js';

const [what, folder, url] = process.argv.slice(2);
const ledger = new TaskledgerClient({
  url,
  source: '/worker',
  awayAfterMs: 0,
  progressIntervalMs: 0,
  buffer: { folder, eventsMax: 100_000 },
  onWarning: (message, code) => code === 'TASKLEDGER_AWAY' || console.error(message),
});

async function keep(worker) {
  for (let number = 0; ; number++) {
    const name = `${process.pid}/${worker}/${number}`;
    const task = await ledger.create({ projectId: 1, taskType: 'ocr', params: { name }, total: 2 });
    console.log(`${name} created`);
    await task.started();
    console.log(`${name} started`);
    task.progress(1);
    await task.completed({ name });
    console.log(`${name} completed`);
  }
}

if (what === 'keep') await Promise.all([0, 1, 2, 3].map(keep));
else {
  const sent = await ledger.flush({ timeoutMs: 30_000 });
  await ledger.close();
  console.log(sent ? 'sent' : 'not sent');
}
