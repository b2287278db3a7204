import { z } from 'zod';
import type { JsonObject } from '../domain/json.js';
import { NOTE_CHARACTERS_MAX } from './signed-note.js';

/** What a bundle says that it is. */
export const PROOF_FORM = 'taskledger/task-proof@1';

/** The largest bundle, in bytes: a task of 100,000 events is not shown as one. */
export const PROOF_BYTES_MAX = 256 * 1024 * 1024;

/** The most events that a bundle has. */
export const PROOF_EVENTS_MAX = 20_000;

const hashField = z.string().length(44);
const noteField = z.string().max(NOTE_CHARACTERS_MAX);
const objectField = z.record(z.string(), z.unknown()).transform((value) => value as JsonObject);

/** An event as it is stored, and the proof that it is under the seal. */
const provenEventSchema = z.strictObject({
  stream: z.string(),
  revision: z.int().nonnegative(),
  type: z.string(),
  data: objectField,
  metadata: z.record(z.string(), z.string()),
  /** Its place among the ledger's events, from 0. */
  index: z.int().nonnegative(),
  /** From the leaf's sibling up to the root's child, in base64. */
  proof: z.array(hashField).max(64),
});

/** What `taskledger prove` writes: everything that is on record of a task, and proofs that it is what was sealed. */
export const taskProofSchema = z.strictObject({
  form: z.literal(PROOF_FORM),
  task_id: z.int().positive(),
  /** The seal that the proofs lead to. */
  seal: noteField,
  /** The notes by which keys took the place of others, up to the one that has signed the seal. */
  successions: z.array(noteField).max(1000),
  /** Those of the task's stream, and then what was refused, each from revision 0 on. */
  events: z.array(provenEventSchema).max(PROOF_EVENTS_MAX),
  /** An older seal that the newer one continues, and the proof of that. */
  older: z.strictObject({ seal: noteField, proof: z.array(hashField).max(64) }).optional(),
});

export type TaskProof = z.infer<typeof taskProofSchema>;
