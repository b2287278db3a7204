import type { ComponentChildren } from 'preact';
import type { TaskDetail } from '../api/types.js';
import { NO_FILTER, type Filter } from '../state/filter.js';
import { hrefOf, START } from '../state/route.js';
import { dayAndTime, shownDuration, timeMs } from '../state/time.js';
import { CopyButton } from './copy-button.js';
import { Elapsed } from './elapsed.js';
import { Progress } from './progress.js';
import { StatusMark } from './status-mark.js';
import { Name } from './text.js';

/** What is known of a task, in short. */
export function Facts({ task }: { task: TaskDetail }) {
  const nowMs = Date.now();
  const waitedUntil = task.started_at ?? task.completed_at;
  return (
    <dl class="facts">
      <dt>Status</dt>
      <dd>
        <StatusMark status={task.status} />
        {task.silent && (
          <>
            {' '}
            <FilterLink part={{ silent: 'true' }} text="not heard of any more" />
          </>
        )}
      </dd>
      <dt>Progress</dt>
      <dd>
        <Progress task={task} />
      </dd>
      {task.key && (
        <>
          <dt>Key</dt>
          <dd class="key">
            <span>
              <Name text={task.key} />
            </span>
            <CopyButton text={task.key} what="key" />
          </dd>
        </>
      )}
      <dt>Project</dt>
      <dd>{task.project_id}</dd>
      <Traits task={task} />
      <dt>Created</dt>
      <dd>{dayAndTime(task.created_at, nowMs)} UTC</dd>
      {task.started_at !== null && (
        <>
          <dt>Started</dt>
          <dd>{dayAndTime(task.started_at, nowMs)} UTC</dd>
        </>
      )}
      {task.completed_at !== null && (
        <>
          <dt>Ended</dt>
          <dd>{dayAndTime(task.completed_at, nowMs)} UTC</dd>
        </>
      )}
      {waitedUntil !== null && (
        <>
          <dt>Waited</dt>
          <dd>{shownDuration(timeMs(task.created_at), timeMs(waitedUntil))}</dd>
        </>
      )}
      <dt>Ran</dt>
      <dd>
        <Elapsed task={task} />
      </dd>
    </dl>
  );
}

/** What only some tasks have, each with the way to all that have it. */
function Traits({ task }: { task: TaskDetail }) {
  const { labels = {}, parent = null, retry_of = null, worker = null } = task;
  const { error_type = null, due_at = null } = task;
  return (
    <>
      {Object.keys(labels).length > 0 && (
        <Fact name="Labels">
          {Object.entries(labels).map(([name, value]) => (
            <FilterLink key={name} part={{ labels: [`${name}:${value}`] }} text={`${name}:${value}`} />
          ))}
        </Fact>
      )}
      {parent !== null && (
        <Fact name="Part of">
          <TaskLink name={parent} />
        </Fact>
      )}
      {retry_of !== null && (
        <Fact name="Tries again">
          <TaskLink name={retry_of} />
        </Fact>
      )}
      {worker !== null && (
        <Fact name="Worker">
          <FilterLink part={{ workers: [worker] }} text={worker} />
        </Fact>
      )}
      {error_type !== null && (
        <Fact name="Error">
          <FilterLink part={{ errorTypes: [error_type] }} text={error_type} />
        </Fact>
      )}
      {due_at !== null && <Fact name="Due">{dayAndTime(due_at, Date.now())} UTC</Fact>}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd class="names">{children}</dd>
    </>
  );
}

/** Leads to the list of what a filter lets through. */
function FilterLink({ part, text }: { part: Partial<Filter>; text: string }) {
  const route = { ...START, filter: { ...NO_FILTER, ...part } };
  return (
    <a href={hrefOf(route)}>
      <Name text={text} />
    </a>
  );
}

/** Leads to a task by its id, or to the list with its key. */
function TaskLink({ name }: { name: string }) {
  if (!/^\d+$/.test(name)) return <FilterLink part={{ key: name }} text={name} />;
  const route = { ...START, taskId: Number(name) };
  return (
    <a href={hrefOf(route)}>
      <Name text={name} />
    </a>
  );
}
