import { z } from 'zod';
import { stepsField } from './fields.js';
import { NOTE_CHARACTERS_MAX } from './signed-note.js';

const noteField = z.string().min(1).max(NOTE_CHARACTERS_MAX);

/** What a seal's event says. */
export const sealFactsSchema = z.strictObject({
  /** The checkpoint, signed. */
  note: noteField,
  /** Of the last event that it covers. */
  position: z.string().min(1).max(64),
  /** The right edge of the tree, in base64, by which whoever has the seal goes on with it: at most one hash for each bit. */
  edge: z.array(z.string().length(44)).max(64),
});

/** What a seal's event says. */
export type SealFacts = z.infer<typeof sealFactsSchema>;

/** What the event says by which a key takes the place of another. */
export const successionFactsSchema = z.strictObject({ note: noteField });

/** The most successions that are recorded with one seal. */
export const SUCCESSIONS_MAX = 16;

/** The request on `tasks.commands.seal`. */
export const sealRequestSchema = z.strictObject({
  /** The revision of the last event of the stream of seals, as the sealer knows it; null while there is none. */
  after_revision: stepsField.nullable(),
  /** What is recorded before the seal: the notes by which keys took the place of others. */
  successions: z.array(successionFactsSchema).max(SUCCESSIONS_MAX),
  seal: sealFactsSchema,
});

/** A request to record a seal. */
export type SealRequest = z.infer<typeof sealRequestSchema>;

/** The reply on `tasks.commands.seal`: its revision, once it is on disk; or that another one stands there already. */
export type SealReply = { ok: true; outcome: 'sealed'; revision: number } | { ok: true; outcome: 'conflict' };
