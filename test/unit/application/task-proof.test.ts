import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NodeCrypto } from '../../../shared/adapters/node/node-crypto.js';
import { checkProof } from '../../../shared/core/application/seals/check-proof.js';
import { successionNote } from '../../../shared/core/application/seals/key-succession.js';
import { proveTask } from '../../../shared/core/application/seals/prove-task.js';
import { signNote } from '../../../shared/core/application/seals/signing.js';
import { verifierKeyText } from '../../../shared/core/contracts/note-keys.js';
import { parseNote } from '../../../shared/core/contracts/signed-note.js';
import { taskProofSchema, type TaskProof } from '../../../shared/core/contracts/task-proof.js';
import { created, lifecycleEvent } from '../../support/command-side.js';
import { describeWhere } from '../../support/describe-where.js';
import { faultRounds, faultSeed } from '../../support/faults/fault-rounds.js';
import { randomOf } from '../../support/random-of.js';
import { SealedLedger, signerOf } from '../../support/sealed-ledger.js';
import { changeWithin } from '../../support/tamperings.js';

const crypto = new NodeCrypto();
const SCRIPT = fileURLToPath(new URL('../../../scripts/check_proof.py', import.meta.url));
const PYTHON = resolve('.backends/cryptography/bin/python');
const missing = existsSync(resolve('.backends/cryptography/installed.txt'))
  ? undefined
  : 'no Python with the package cryptography on this machine (scripts/backends/cryptography.sh brings it)';
const ROUNDS = faultRounds(30);

let ledger: SealedLedger;
let proof: TaskProof;
const keys = [signerOf(1)];

beforeAll(async () => {
  ledger = new SealedLedger();
  for (let number = 1; number <= 30; number++) {
    await ledger.side.ingest(created(`papers/${number}`, {}, { params: { number, text: '“é”' } }));
    await ledger.side.ingest(lifecycleEvent('started', `papers/${number}`));
    if (number % 7 === 0) await ledger.seal();
  }
  const messages = [1, 2, 3].map((progress) =>
    lifecycleEvent('progressed', 'papers/9', { progress, message: 'on' }),
  );
  await ledger.side.ingest(...messages, lifecycleEvent('completed', 'papers/9', { result: { found: 1.5 } }));
  await ledger.side.ingest(lifecycleEvent('failed', 'papers/9', { error_message: 'too late' }));
  await ledger.seal();
  await ledger.side.ingest(created('papers/later'));
  proof = await proveTask({ store: ledger.store, crypto, taskId: 9, older: ledger.notes[1] });
});

/** A bundle as whoever is given it reads it. */
function asRead(bundle: unknown): TaskProof {
  return taskProofSchema.parse(JSON.parse(JSON.stringify(bundle)));
}

describe('a proof of a task', () => {
  it('has all that is on record of it, what was refused too, and needs no ledger', () => {
    const read = asRead(proof);
    expect(read.events.map(({ stream, type }) => `${stream} ${type}`)).toEqual([
      'task-9 TaskCreated',
      'task-9 TaskStarted',
      'task-9 TaskProgressed',
      'task-9 TaskProgressed',
      'task-9 TaskProgressed',
      'task-9 TaskCompleted',
      'taskEvidence-9 TaskEventRefused',
    ]);
    expect(checkProof(read, keys, crypto, ledger.notes[1])).toMatchObject({
      events: 7,
      olderSize: sizeIn(ledger.notes[1]),
    });
  });

  it('proves nothing by another key, or for another older seal', () => {
    expect(checkProof(proof, [signerOf(2)], crypto).fault).toMatch(/not by a key that is trusted/);
    expect(checkProof(proof, keys, crypto, ledger.notes[0]).fault).toMatch(/made for another older seal/);
  });

  it('is refused where something of it was changed, left out, moved or is of another ledger', () => {
    const random = randomOf(faultSeed());
    const pick = (below: number): number => Math.floor(random() * below);
    const passed: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const changed = structuredClone(proof);
      const event = changed.events[pick(changed.events.length)] as TaskProof['events'][number];
      const kind = pick(6);
      if (kind === 0) changeWithin(event.data, pick);
      else if (kind === 1) changeWithin(event.metadata, pick);
      else if (kind === 2) event.index += 1;
      else if (kind === 3) event.proof[pick(event.proof.length)] = 'A'.repeat(43) + '=';
      else if (kind === 4) changed.events.splice(pick(5), 1);
      else event.type += 'x';
      if (checkProof(changed, keys, crypto).fault === undefined) passed.push(JSON.stringify([kind, event]));
    }
    expect(passed).toEqual([]);
  });

  it('is refused when an older seal is not continued', () => {
    const older = proof.older as NonNullable<TaskProof['older']>;
    const { text } = parseNote(older.seal) as { text: string };
    const forked = signNote(text.replace(/^.{10}(?=.{33}=\n)/m, 'AAAAAAAAAA'), keys, crypto);
    const changed = { ...proof, older: { ...older, seal: forked } };
    expect(checkProof(changed, keys, crypto).fault).toMatch(/does not continue the older one/);
  });

  it('is had of no task that is not under a seal', async () => {
    const { store } = ledger;
    await expect(proveTask({ store, crypto, taskId: 999 })).rejects.toThrow('There is no task 999');
    await expect(proveTask({ store, crypto, taskId: 31 })).rejects.toThrow('There is no task 31');
    const { store: unsealed } = new SealedLedger();
    await expect(proveTask({ store: unsealed, crypto, taskId: 1 })).rejects.toThrow('no seal yet');
  });

  it('follows from one key to the next', () => {
    const [one, two] = [signerOf(1), signerOf(2)];
    const { text } = parseNote(proof.seal) as { text: string };
    const byNext = { ...proof, seal: signNote(text, [two], crypto), older: undefined };
    expect(checkProof(byNext, [one], crypto).fault).toMatch(/not by a key that is trusted/);
    const vouched = { ...byNext, successions: [successionNote(one, two, crypto)] };
    expect(checkProof(vouched, [one], crypto).fault).toBeUndefined();
    const byItself = { ...byNext, successions: [successionNote(two, two, crypto)] };
    expect(checkProof(byItself, [one], crypto).fault).toMatch(/not by a key that is trusted/);
  });
});

describeWhere(missing, 'scripts/check_proof.py, which shares nothing with the program', () => {
  const folder = mkdtempSync(join(tmpdir(), 'check-proof-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const check = (name: string, bundle: unknown): { status: number | null; text: string } => {
    const path = join(folder, `${name}.json`);
    writeFileSync(path, JSON.stringify(bundle));
    const args = [SCRIPT, '--key', verifierKeyText(signerOf(1)), path];
    const { status, stdout, stderr } = spawnSync(PYTHON, args, { encoding: 'utf8' });
    return { status, text: stdout + stderr };
  };

  it('finds the same proof right', () => {
    expect(check('right', proof)).toMatchObject({
      status: 0,
      text: expect.stringMatching(/7 events are under/),
    });
  });

  it('finds proofs right of every task, in trees of many sizes', async () => {
    const other = new SealedLedger();
    for (let number = 1; number <= 12; number++) {
      await other.side.ingest(created(`papers/${number}`));
      await other.seal();
      const made = await proveTask({
        store: other.store,
        crypto,
        taskId: 1 + ((number * 5) % number),
        older: other.notes[Math.floor(number / 2)],
      });
      expect(check(`tree-${number}`, made).text).toMatch(/1 events are under/);
    }
  });

  it.each<[string, (bundle: TaskProof) => unknown]>([
    ['a value', ({ events }) => Object.assign(events[2]?.data ?? {}, { progress: 77 })],
    ['a place', ({ events }) => events[1] && (events[1].index += 1)],
    ['an event less', ({ events }) => events.splice(1, 1)],
    ['another older seal', (bundle) => bundle.older && (bundle.older.seal = ledger.notes[0] as string)],
    ['a changed seal', (bundle) => (bundle.seal = bundle.seal.replace(/\n\d+\n/, '\n7\n'))],
  ])('finds one wrong with %s', (name, change) => {
    const changed = structuredClone(proof);
    change(changed);
    expect(check(name.replaceAll(' ', '-'), changed).status).toBe(1);
  });
});

function sizeIn(note = ''): number {
  return Number(note.split('\n')[1]);
}
