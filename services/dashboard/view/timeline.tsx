import { duration, timeOfDay } from '../state/time.js';
import type { Attempt, TimelineItem } from '../state/timeline.js';

/** What happened to a task, oldest first. */
export function Timeline({ items }: { items: readonly TimelineItem[] }) {
  return (
    <ol class="timeline">
      {items.map((item) => (
        <li key={item.id} class={`moment moment-${item.kind} ${finalClass(item)}`}>
          <div class="moment-head">
            <span class="moment-title">{item.title}</span>
            {item.attempt !== undefined && item.attempt > 1 && (
              <span class="attempt">attempt {item.attempt}</span>
            )}
            <span class="moment-time">
              <time dateTime={item.at}>{timeOfDay(item.at)}</time>
              {item.sinceMs !== undefined && <span class="since"> +{duration(item.sinceMs)}</span>}
            </span>
          </div>
          {item.note !== '' && <div class="note">{item.note}</div>}
          <div class="who">
            {item.who}
            {item.entries.length > 1 && `, ${item.entries.length.toLocaleString('en')} reports`}
          </div>
          <Proof item={item} />
        </li>
      ))}
    </ol>
  );
}

/** The runs of a task, where there was more than one. */
export function Attempts({ attempts, nowMs }: { attempts: readonly Attempt[]; nowMs: number }) {
  if (attempts.length < 2) return null;
  return (
    <ol class="attempts" aria-label="Attempts">
      {attempts.map(({ attempt, startedAt, endedAt, end }) => (
        <li key={attempt}>
          <span>attempt {attempt}</span>
          <span class="numbers">
            {duration((endedAt === undefined ? nowMs : Date.parse(endedAt)) - Date.parse(startedAt))}
          </span>
          <span>{end}</span>
        </li>
      ))}
    </ol>
  );
}

/** Where an event stands in the ledger, for whoever wants to hold the page against it. */
function Proof({ item }: { item: TimelineItem }) {
  const entry = item.entries[item.entries.length - 1];
  if (entry === undefined) return null;
  return (
    <details class="proof">
      <summary>
        revision {entry.revision}
        {entry.occurred_at !== null && entry.occurred_at !== entry.recorded_at && ', said to be earlier'}
      </summary>
      <dl>
        <dt>event</dt>
        <dd>{entry.event_id}</dd>
        {entry.occurred_at !== null && (
          <>
            <dt>occurred</dt>
            <dd>{entry.occurred_at}</dd>
          </>
        )}
        <dt>recorded</dt>
        <dd>{entry.recorded_at}</dd>
        <dt>position</dt>
        <dd>{entry.position}</dd>
        <dt>hash</dt>
        <dd>{entry.hash}</dd>
      </dl>
    </details>
  );
}

function finalClass({ kind, entries }: TimelineItem): string {
  return kind === 'event' ? `moment-${entries[0]?.type ?? ''}` : '';
}
