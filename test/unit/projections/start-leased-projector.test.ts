import { setImmediate } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import {
  startLeasedProjector,
  type LeasedProjector,
} from '../../../projections/engine/start-leased-projector.js';
import { TaskledgerError } from '../../../shared/core/contracts/errors.js';
import type { ProjectorHeartbeat, ProjectorHeartbeats } from '../../../shared/core/ports/projector-status.js';
import { silentLogger } from '../../support/command-side.js';
import { FakeLedger } from '../../support/fake-ledger.js';
import { GivenLeases } from '../../support/given-leases.js';
import { MemoryReadModel } from '../../support/memory-read-model.js';
import { projectionWithout, until } from './projector-under-test.js';

function start(
  leases: GivenLeases,
  store: FakeLedger,
  target: MemoryReadModel,
  heartbeats: ProjectorHeartbeats,
): LeasedProjector {
  return startLeasedProjector({
    store,
    target,
    projection: projectionWithout(),
    clock: { nowMs: () => Date.now() },
    logger: silentLogger,
    leases,
    heartbeats,
  });
}

it('says nothing of itself when it takes over, before it knows where to go on', async () => {
  const [leases, store, readModel] = [new GivenLeases(), new FakeLedger(), new MemoryReadModel()];
  const { position } = store.add('task-1');
  const told = { position, lagMs: 0, caughtUp: true, parkedStreams: 0 };
  const heartbeats: ProjectorHeartbeat[] = [{ ...told, atMs: Date.now() }];
  let goOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (goOn = resolve));
  let isAsked = false;
  const checkpoint = readModel.checkpoint.bind(readModel);
  readModel.checkpoint = async (projection) => {
    isAsked = true;
    await held;
    return checkpoint(projection);
  };

  const projector = start(leases, store, readModel, {
    readHeartbeat: () => Promise.resolve(heartbeats.at(-1)),
    writeHeartbeat: (_, heartbeat) => Promise.resolve(void heartbeats.push(heartbeat)),
  });
  await until(() => projector.status().caughtUp);
  await leases.grant(2);
  await until(() => isAsked);
  await setImmediate();
  expect(projector.status()).toEqual(told);
  expect(heartbeats).toHaveLength(1);

  goOn();
  await until(() => heartbeats.length > 1);
  expect(heartbeats[1]).toMatchObject(told);
  expect(projector.status()).toMatchObject(told);
  await projector.stop();
});

it('takes the lease again, under a greater epoch, when one of a later epoch has written', async () => {
  const [leases, store, readModel] = [new GivenLeases(), new FakeLedger(), new MemoryReadModel()];
  const { position } = store.add('task-1');
  const apply = readModel.apply.bind(readModel);
  readModel.apply = (changes, progress) => {
    const { epoch = 0 } = progress?.checkpoint ?? {};
    if (epoch < 7)
      return Promise.reject(new TaskledgerError('conflict', 'Another projector works under epoch 7'));
    return apply(changes, progress);
  };
  const projector = start(leases, store, readModel, {
    readHeartbeat: () => Promise.resolve(undefined),
    writeHeartbeat: () => Promise.resolve(),
  });
  await leases.grant(1);
  await until(() => leases.released === 1);
  await leases.grant(8);
  await until(() => projector.status().position === position);
  await projector.stop();
});
