import { useState } from 'preact/hooks';
import { day, distance, duration, timeOfDay } from '../state/time.js';
import type { Attempt, TimelineItem } from '../state/timeline.js';
import { Name, Prose } from './text.js';

/** What is recorded later than this after it happened is shown to be late. */
const LATE_MS = 10_000;

/** What happened to a task, oldest first, below the day on which it did. */
export function Timeline({ items }: { items: readonly TimelineItem[] }) {
  return (
    <ol class="timeline">
      {items.flatMap((item) => [
        item.day !== undefined && (
          <li key={`day-${item.id}`} class="day">
            <time dateTime={item.day}>{day(item.at, Date.now())}</time>
          </li>
        ),
        <Moment key={item.id} item={item} />,
      ])}
    </ol>
  );
}

function Moment({ item }: { item: TimelineItem }) {
  return (
    <li class={`moment moment-${item.kind} ${finalClass(item)}`}>
      <div class="moment-head">
        <span class="moment-title">
          <Name text={item.title} />
        </span>
        <span class="moment-time">
          <time dateTime={item.at}>{timeOfDay(item.at)}</time>
          {item.sinceMs !== undefined && <span class="since"> {distance(item.sinceMs)}</span>}
        </span>
      </div>
      {item.note !== '' && (
        <div class="note">
          <Prose text={item.note} />
        </div>
      )}
      {item.reports.length > 0 ? <Reports item={item} /> : <Proof item={item} />}
    </li>
  );
}

/** The reports that are gathered in one line, each with its own message, time and proof. */
function Reports({ item: { reports } }: { item: TimelineItem }) {
  const [open, setOpen] = useState(false);
  const messages = reports.filter(({ note }) => note !== '').length;
  return (
    <details class="reports" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {reports.length.toLocaleString('en')} reports
        {messages > 0 && `, ${messages.toLocaleString('en')} with a message`}
      </summary>
      {open && <Timeline items={reports} />}
    </details>
  );
}

/** The runs of a task, where there was more than one. */
export function Attempts({ attempts, nowMs }: { attempts: readonly Attempt[]; nowMs: number }) {
  if (attempts.length < 2) return null;
  return (
    <ol class="attempts" aria-label="Attempts">
      {attempts.map(({ attempt, startedAt, startedEarlier, endedAt, end }) => (
        <li key={attempt}>
          <span>attempt {attempt}</span>
          <span class="numbers">
            {startedEarlier && 'over '}
            {endedAt === undefined
              ? duration(Math.max(0, nowMs - Date.parse(startedAt)))
              : duration(Date.parse(endedAt) - Date.parse(startedAt))}
          </span>
          <span>{end}</span>
        </li>
      ))}
    </ol>
  );
}

/** Who said it; behind that, where it stands in the ledger, for whoever wants to hold the page against it. */
function Proof({ item: { who, entry, lateMs } }: { item: TimelineItem }) {
  return (
    <details class="proof">
      <summary>
        <Name text={who} />
        {lateMs > LATE_MS && `, recorded ${duration(lateMs)} later`}
      </summary>
      <dl>
        <dt>event</dt>
        <dd>
          <Name text={entry.event_id} />
        </dd>
        <dt>occurred</dt>
        <dd>{entry.occurred_at ?? 'not said'}</dd>
        <dt>recorded</dt>
        <dd>{entry.recorded_at}</dd>
        <dt>revision</dt>
        <dd>{entry.revision}</dd>
        <dt>position</dt>
        <dd>{entry.position}</dd>
        <dt>hash</dt>
        <dd>{entry.hash}</dd>
      </dl>
    </details>
  );
}

function finalClass({ kind, entry }: TimelineItem): string {
  return kind === 'event' ? `moment-${entry.type}` : '';
}
