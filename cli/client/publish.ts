import { Option, type Command } from 'commander';
import type { WireOutcome } from '../../clients/typescript/src/transport.js';
import { EVENT_TYPES } from '../../clients/typescript/src/wire.js';
import { EXIT_REFUSED, EXIT_UNREACHABLE, EXIT_USAGE } from '../exit-codes.js';
import { ExitError } from '../exit-error.js';
import { jsonObjectFrom } from './arguments.js';
import { askingCommand, type Asking } from './asking-command.js';
import { batchesOf, rejected, sendBatch } from './event-batches.js';
import { note } from './output.js';
import { jsonLine, printable } from './printable.js';
import { DEFAULT_SOURCE } from './source.js';
import { sentEvent, sentEvents, type SentEvent } from './sent-events.js';

interface PublishOptions {
  type?: string;
  subject?: string;
  data?: string;
  id?: string;
  source: string;
}

/** `taskledger publish`. */
export function addPublish(program: Command): void {
  const command = program
    .command('publish')
    .description('publish one event that the options say, or those on stdin: JSON, one a line, or a list')
    .addOption(new Option('--type <type>', 'one event of this type').choices([...EVENT_TYPES]))
    .option('--subject <key|id>', "the event's task")
    .addOption(new Option('--data <json>', "the event's data").argParser(jsonObjectFrom))
    .option('--id <id>', 'by which its repeat is known; a random one otherwise')
    .option('--source <source>', 'who publishes, of all events that do not say so', DEFAULT_SOURCE);
  askingCommand(command, 'the outcome of each event in a line', publish);
}

async function publish(asking: Asking<PublishOptions>): Promise<void> {
  const { options, out } = asking;
  const tally = new Tally();
  const show = async (outcomes: readonly WireOutcome[]): Promise<void> => {
    for (const outcome of outcomes) tally.add(outcome);
    await out.lines(...outcomes.map(out.asJson ? jsonLine : outcomeLine));
  };
  try {
    for await (const events of eventsOf(options)) {
      const [wrong, right] = [events.filter(isWrong), events.filter((event) => !isWrong(event))];
      await show(await Promise.all(wrong.map(({ text, wrong: message }) => invalid(text, message))));
      for (const batch of batchesOf(right.map(({ text }) => text))) {
        await show(await sendBatch(asking, batch));
        // What comes after it may be of the same tasks.
        if (tally.of('unavailable') > 0)
          throw new ExitError('Taskledger can not record events now; send them again', EXIT_UNREACHABLE);
      }
    }
  } finally {
    note(tally.text);
  }
  if (tally.of('rejected') > 0) process.exitCode = EXIT_REFUSED;
}

/** One event of the options, or what is on stdin. @throws ExitError for options that say half an event. */
async function* eventsOf(options: PublishOptions): AsyncGenerator<SentEvent[]> {
  const { type, subject, data, id, source } = options;
  if (type !== undefined) {
    const event = { ...(id !== undefined && { id }), type, ...(subject !== undefined && { subject }) };
    const said = JSON.stringify(event).slice(0, -1);
    // The data stays as it was written.
    const text = data === undefined ? `${said}}` : `${said},"data":${data}}`;
    yield [sentEvent(text, '--data', { source })];
    return;
  }
  if (subject !== undefined || data !== undefined || id !== undefined)
    throw new ExitError('--subject, --data and --id are of the one event that --type says', EXIT_USAGE);
  if (process.stdin.isTTY) note('reads events from stdin, one a line; Ctrl-D ends it');
  process.stdin.setEncoding('utf8');
  yield* sentEvents(process.stdin, { source });
}

function isWrong(event: SentEvent): event is Required<SentEvent> {
  return event.wrong !== undefined;
}

/** What can't be sent has the outcome that Taskledger would have given. */
function invalid(text: string, message: string): Promise<WireOutcome> {
  return rejected(text, { message, status: 400, reason: 'invalid_request' });
}

const OUTCOMES = ['accepted', 'duplicate', 'rejected', 'unavailable'] as const;
const OUTCOME_WIDTH = Math.max(...OUTCOMES.map(({ length }) => length));

function outcomeLine({ outcome, event_id, task_id, reason, message }: WireOutcome): string {
  const why = reason === outcome ? '' : `${message} (${reason})`;
  const parts = [
    printable(outcome).padEnd(OUTCOME_WIDTH),
    task_id === null ? '' : `task ${task_id}`,
    event_id === null ? '' : `event ${event_id}`,
    why,
  ];
  return parts
    .filter((part) => part !== '')
    .map(printable)
    .join('  ');
}

/** How many events had which outcome. */
class Tally {
  readonly #counts = new Map<WireOutcome['outcome'], number>();

  add({ outcome }: WireOutcome): void {
    this.#counts.set(outcome, this.of(outcome) + 1);
  }

  of(outcome: WireOutcome['outcome']): number {
    return this.#counts.get(outcome) ?? 0;
  }

  /** The same for people. */
  get text(): string {
    const said = OUTCOMES.filter((outcome) => this.of(outcome) > 0);
    return said.length === 0
      ? 'no events'
      : said.map((outcome) => `${this.of(outcome)} ${outcome}`).join(', ');
  }
}
