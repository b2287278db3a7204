import { duration, timeOfDay } from '../state/time.js';
import type { Attempt, TimelineItem } from '../state/timeline.js';

/** What is recorded later than this after it happened is shown to be late. */
const LATE_MS = 10_000;

/** What happened to a task, oldest first. */
export function Timeline({ items }: { items: readonly TimelineItem[] }) {
  return (
    <ol class="timeline">
      {items.map((item) => (
        <li key={item.id} class={`moment moment-${item.kind} ${finalClass(item)}`}>
          <div class="moment-head">
            <span class="moment-title">{item.title}</span>
            <span class="moment-time">
              <time dateTime={item.at}>{timeOfDay(item.at)}</time>
              {item.sinceMs !== undefined && <span class="since"> +{duration(item.sinceMs)}</span>}
            </span>
          </div>
          {item.note !== '' && <div class="note">{item.note}</div>}
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

/** Who said it; behind that, where it stands in the ledger, for whoever wants to hold the page against it. */
function Proof({ item }: { item: TimelineItem }) {
  const { who, entries, lateMs } = item;
  const entry = entries[entries.length - 1];
  if (entry === undefined) return null;
  return (
    <details class="proof">
      <summary>
        {who}
        {entries.length > 1 && `, ${entries.length.toLocaleString('en')} reports`}
        {lateMs > LATE_MS && `, recorded ${duration(lateMs)} later`}
      </summary>
      <dl>
        <dt>event</dt>
        <dd>{entry.event_id}</dd>
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

function finalClass({ kind, entries }: TimelineItem): string {
  return kind === 'event' ? `moment-${entries[0]?.type ?? ''}` : '';
}
