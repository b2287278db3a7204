import { useState } from 'preact/hooks';
import { cancellationPath, listCancellationTasks } from '../api/client.js';
import type { Cancellation } from '../api/types.js';
import { cancellationProgress } from '../state/cancellation.js';
import { dayAndTime } from '../state/time.js';
import { Progress } from './progress.js';
import { StatusMark } from './status-mark.js';
import { Prose } from './text.js';

/** How many ids are asked for at a time. */
const IDS_LIMIT = 1000;

/** Exactly the tasks that a bulk cancel would take. */
export function PreviewedTasks({ cancellation }: { cancellation: Cancellation }) {
  const { id, total, tasks, position, created_at, reason } = cancellation;
  return (
    <>
      <p>
        <strong>{cancellationProgress(cancellation)}</strong>, as of {dayAndTime(created_at, Date.now())} UTC
        (ledger position <code>{position ?? 'none'}</code>). What happens later does not change which ones.
      </p>
      {reason && (
        <p>
          Reason: <Prose text={reason} />
        </p>
      )}
      {tasks.length > 0 && (
        <div class="previewed" tabIndex={0} role="region" aria-label="Tasks that would be cancelled">
          <table>
            <thead>
              <tr>
                <th scope="col">Task</th>
                <th scope="col">Status</th>
                <th scope="col">Type</th>
                <th scope="col">Project</th>
                <th scope="col">Progress</th>
              </tr>
            </thead>
            <tbody>
              {tasks.map((task) => (
                <tr key={task.id}>
                  <td>{task.id}</td>
                  <td>
                    <StatusMark status={task.status} />
                  </td>
                  <td>{task.task_type}</td>
                  <td>{task.project_id}</td>
                  <td>
                    <Progress task={task} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {total > tasks.length && <OtherIds id={id} shown={new Set(tasks.map((task) => task.id))} />}
        </div>
      )}
    </>
  );
}

/** The ids of those that are not shown with all their columns. */
function OtherIds({ id, shown }: { id: string; shown: ReadonlySet<number> }) {
  const [ids, setIds] = useState<readonly number[]>();
  const [error, setError] = useState('');
  const load = async (): Promise<void> => {
    const all: number[] = [];
    let next: string | undefined = `${cancellationPath(id)}/tasks?limit=${IDS_LIMIT}`;
    try {
      while (next !== undefined) {
        const page: Awaited<ReturnType<typeof listCancellationTasks>> = await listCancellationTasks(next);
        all.push(...page.tasks.map(({ task_id }) => task_id));
        next = page.next;
      }
      setIds(all.filter((one) => !shown.has(one)));
    } catch (cause) {
      setError((cause as Error).message);
    }
  };
  if (ids !== undefined) return <p class="ids">and {ids.join(', ')}</p>;
  return (
    <p>
      <button type="button" class="quiet" onClick={() => void load()}>
        Show the ids of all others
      </button>
      {error !== '' && <span class="trouble">{error}</span>}
    </p>
  );
}
