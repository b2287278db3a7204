import { useContext, useEffect, useRef } from 'preact/hooks';
import { isFinal } from '../../../shared/core/domain/task.js';
import type { HistoryEntry, TaskDetail } from '../api/types.js';
import { StaleSince, useKnownTime } from '../live/use-known-time.js';
import { useTaskDetail } from '../live/use-task-detail.js';
import { atBase } from '../state/base-path.js';
import { attemptsOf, timelineOf } from '../state/timeline.js';
import { CopyButton } from './copy-button.js';
import { Facts } from './facts.js';
import { JsonSection } from './json-tree.js';
import { Prose } from './text.js';
import { Attempts, Timeline } from './timeline.js';

/** One task, beside the list. */
export function Detail({
  id,
  onClose,
  onCancel,
}: {
  id: number;
  onClose: () => void;
  onCancel: (task: TaskDetail) => void;
}) {
  const { task, events, evidence, fault, earlier, error, staleSinceMs, loadEarlier } = useTaskDetail(id);
  const listStaleSinceMs = useContext(StaleSince);
  const running = task !== undefined && !isFinal(task.status);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), [id]);
  return (
    <aside class="detail" aria-labelledby="detail-title">
      <header class="detail-head">
        <h2 id="detail-title" tabIndex={-1} ref={heading}>
          Task {id}
          {task && <span class="detail-type">{task.task_type}</span>}
        </h2>
        {running && (
          <button type="button" class="danger" onClick={() => onCancel(task)}>
            Cancel…
          </button>
        )}
        <CopyButton
          text={`${location.origin}${atBase('/')}?task=${id}`}
          what="link to the task"
          label="Copy link"
        />
        <button type="button" class="quiet close" aria-label="Close the detail" onClick={onClose}>
          ✕
        </button>
      </header>
      {error !== '' && (
        <p class="trouble" role="alert">
          {error}
        </p>
      )}
      {task === undefined && error === '' && <p class="hint">Loading…</p>}
      {task !== undefined && (
        <StaleSince.Provider value={staleSinceMs ?? listStaleSinceMs}>
          <Facts task={task} />
          {task.error_message !== '' && (
            <section class="json" aria-label="Error">
              <h3>
                Error <CopyButton text={task.error_message} what="error" />
              </h3>
              <pre class="error-text" tabIndex={0} role="group" aria-label="Text of the error">
                <Prose text={task.error_message} />
              </pre>
            </section>
          )}
          <section aria-label="History">
            <h3>History</h3>
            {fault !== '' && (
              <p class="trouble" role="alert">
                The record of this task does not verify: {fault}
              </p>
            )}
            {earlier && (
              <button type="button" class="quiet" onClick={loadEarlier}>
                Show earlier events
              </button>
            )}
            <Runs events={events} running={running} />
            <Timeline items={timelineOf({ events: [...events], evidence: [...evidence] })} />
          </section>
          <JsonSection title="Params" value={task.params} />
          <JsonSection title="Result" value={task.result} />
        </StaleSince.Provider>
      )}
    </aside>
  );
}

function Runs({ events, running }: { events: readonly HistoryEntry[]; running: boolean }) {
  return <Attempts attempts={attemptsOf(events)} nowMs={useKnownTime(running)} />;
}
