import { useEffect, useState } from 'preact/hooks';
import { cancellationPath, listCancellationTasks } from '../api/client.js';
import type { CancellationTask } from '../api/types.js';
import { Prose } from './text.js';

const LIMIT = 100;

/** Tasks of a bulk cancel with what became of them, a page at a time. */
export function CancellationTasks({ id, outcome }: { id: string; outcome: CancellationTask['outcome'] }) {
  const first = `${cancellationPath(id)}/tasks?outcome=${outcome}&limit=${LIMIT}`;
  const [tasks, setTasks] = useState<readonly CancellationTask[]>([]);
  const [next, setNext] = useState<string | undefined>(undefined);
  const [error, setError] = useState('');
  const load = (path: string): void => {
    listCancellationTasks(path).then(
      (page) => {
        setTasks((before) => [...before, ...page.tasks]);
        setNext(page.next);
      },
      (cause: Error) => setError(cause.message),
    );
  };
  useEffect(() => load(first), []);
  return (
    <div class="previewed" tabIndex={0} role="region" aria-label="Tasks that were not cancelled">
      <table>
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col">Not cancelled because</th>
          </tr>
        </thead>
        <tbody>
          {tasks.map(({ task_id, code, message }) => (
            <tr key={task_id}>
              <td>{task_id}</td>
              <td>
                <Prose text={message ?? code ?? ''} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {next !== undefined && (
        <button type="button" class="quiet" onClick={() => load(next)}>
          More
        </button>
      )}
      {error !== '' && <p class="trouble">{error}</p>}
    </div>
  );
}
