import { randomUUID } from 'node:crypto';
import { EXIT_USAGE } from '../exit-codes.js';
import { ExitError } from '../exit-error.js';

/** How long one line may be, and a whole list, which is read before the first of its events is sent. */
const LINE_CHARACTERS_MAX = 1024 * 1024;
const LIST_CHARACTERS_MAX = 64 * 1024 * 1024;
const LIST_EVENTS_MAX = 1_000_000;

/** What an event is filled up with where it says nothing. */
export interface EventDefaults {
  source: string;
}

/** An event as it is sent. */
export interface SentEvent {
  text: string;
  /** Why it can't be sent, and where it stands. */
  wrong?: string;
}

/** Is loaded when it is needed: it brings the schemas along, with which each command would start later. */
const jsonItems = () => import('../../shared/core/contracts/json-items.js');

/** The `id` of an event, where its text has one that can be read. */
export async function eventIdOf(text: string): Promise<string | null> {
  return (await jsonItems()).eventIdIn(text);
}

/**
 * The events in a text that comes piece by piece, as JSON: one a line, or one list of them. Of lines, those of a piece come together,
 * so that nothing waits for what has not been written yet.
 *
 * The text of an event is left as it is, down to the digits of its numbers; what it lacks (`specversion`, `id`, `source`)
 * is put before it.
 *
 * @throws ExitError for what is too long, or a list whose events can't be told apart.
 */
export async function* sentEvents(
  pieces: AsyncIterable<string>,
  defaults: EventDefaults,
): AsyncGenerator<SentEvent[]> {
  let rest = '';
  let linesBefore = 0;
  let isList: boolean | undefined;
  for await (const piece of pieces) {
    rest += piece;
    isList ??= rest.trim() === '' ? undefined : rest.trimStart().startsWith('[');
    if (isList === false) {
      const lines = rest.split('\n');
      rest = lines.pop() as string;
      yield ofLines(lines, linesBefore, defaults);
      linesBefore += lines.length;
    }
    const charactersMax = isList === true ? LIST_CHARACTERS_MAX : LINE_CHARACTERS_MAX;
    if (rest.length > charactersMax)
      throw new ExitError(`${isList ? 'A list' : 'A line'} may have ${charactersMax} characters`, EXIT_USAGE);
  }
  yield isList === true ? await ofList(rest, defaults) : ofLines([rest], linesBefore, defaults);
}

function ofLines(lines: readonly string[], linesBefore: number, defaults: EventDefaults): SentEvent[] {
  return lines.flatMap((line, at) =>
    // White space, which a byte order mark is as well.
    line.trim() === '' ? [] : [sentEvent(line.trim(), `line ${linesBefore + at + 1}`, defaults)],
  );
}

async function ofList(text: string, defaults: EventDefaults): Promise<SentEvent[]> {
  const items = (await jsonItems()).itemTexts(text.trim(), LIST_EVENTS_MAX);
  if (items === undefined) throw new ExitError('The list of events on stdin is not JSON', EXIT_USAGE);
  return items.map((item, at) => sentEvent(item.trim(), `event ${at + 1}`, defaults));
}

/**
 * One event, with what it lacks.
 *
 * @param place Where it stands, for people.
 */
export function sentEvent(text: string, place: string, defaults: EventDefaults): SentEvent {
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch (error) {
    return { text, wrong: `${place}: Malformed JSON: ${(error as Error).message}` };
  }
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    return { text, wrong: `${place}: an event must be a JSON object` };
  const filled = { specversion: '1.0', id: randomUUID(), source: defaults.source };
  const lacking = Object.entries(filled).filter(([member]) => !(member in event));
  if (lacking.length === 0) return { text };
  const before = JSON.stringify(Object.fromEntries(lacking)).slice(0, -1);
  const after = text.slice(1).trimStart();
  return { text: `${before}${after.startsWith('}') ? '' : ','}${after}` };
}
