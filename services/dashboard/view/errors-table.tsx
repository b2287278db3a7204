import type { Errors, TaskError } from '../api/types.js';
import type { Navigate } from '../live/use-route.js';
import { errorsSummary, errorsTime, OTHER_ERRORS, tasksOfError } from '../state/errors.js';
import type { Route } from '../state/route.js';
import { dayAndTime, timeMs } from '../state/time.js';
import { visibleName } from '../state/visible-text.js';
import { RouteLink } from './route-link.js';
import { Name, Prose } from './text.js';

interface Props {
  errors: Errors;
  route: Route;
  navigate: Navigate;
}

const COLUMNS = [
  ['count-cell', 'Failed'],
  ['tried', 'Tried again'],
  ['kind', 'Type'],
  ['text', 'Error'],
  ['seen first', 'First seen (UTC)'],
  ['seen', 'Last seen (UTC)'],
  ['id', 'Newest task'],
] as const;

/** Each error once, those of the most tasks first. */
export function ErrorsTable({ errors, route, navigate }: Props) {
  return (
    <>
      <p class="errors-summary" role="status">
        {errorsSummary(errors)} <span class="hint">Those {errorsTime(errors, Date.now())}.</span>
      </p>
      <table role="table" aria-label="Errors">
        <thead role="rowgroup">
          <tr role="row">
            {COLUMNS.map(([name, title]) => (
              <th role="columnheader" scope="col" class={name} key={name}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {errors.errors.map((error) => (
            <ErrorRow key={`${error.error_key} ${error.error_type ?? ''}`} {...{ error, route, navigate }} />
          ))}
        </tbody>
      </table>
    </>
  );
}

function ErrorRow({ error, route, navigate }: Omit<Props, 'errors'> & { error: TaskError }) {
  const { error_key, error_type, text, count, attempts, task_id } = error;
  const tasks = tasksOfError(error, route);
  const open = route.taskId === task_id;
  return (
    <tr role="row" class={open ? 'open' : undefined}>
      <td role="cell" class="count-cell">
        {count.toLocaleString('en')}
        <span class="narrow-only"> failed</span>
      </td>
      <td role="cell" class={`tried${attempts === 0 ? ' nought' : ''}`}>
        {attempts === 0 ? <span class="none">–</span> : attempts.toLocaleString('en')}
        <span class="narrow-only"> tried again</span>
      </td>
      <td role="cell" class="kind" title={error_type === null ? undefined : visibleName(error_type)}>
        {tasks === undefined ? (
          <span class="none">–</span>
        ) : (
          <RouteLink route={tasks} navigate={navigate} label={`Tasks with ${error_type}`}>
            <Name text={error_type ?? ''} />
          </RouteLink>
        )}
      </td>
      <td role="cell" class="text">
        <Prose text={text} />
        {error_key === OTHER_ERRORS && <span class="hint"> and others that are not told apart</span>}
      </td>
      <td role="cell" class="seen first">
        <Time time={error.first_seen} />
      </td>
      <td role="cell" class="seen">
        <span class="narrow-only">last </span>
        <Time time={error.last_seen} />
      </td>
      <td role="cell" class="id">
        <RouteLink
          route={{ ...route, taskId: task_id }}
          navigate={navigate}
          label={`Newest task: ${task_id}`}
          current={open ? 'true' : undefined}
        >
          {task_id}
        </RouteLink>
      </td>
    </tr>
  );
}

function Time({ time }: { time: string }) {
  return (
    <time dateTime={`${time}Z`} title={`${new Date(timeMs(time)).toLocaleString()} here`}>
      {dayAndTime(time, Date.now())}
    </time>
  );
}
