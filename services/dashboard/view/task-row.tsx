import { Component } from 'preact';
import type { TaskRow as Row } from '../state/task-rows.js';
import { dayAndTime, timeMs } from '../state/time.js';
import { visibleName } from '../state/visible-text.js';
import { Elapsed } from './elapsed.js';
import { Progress } from './progress.js';
import { StatusMark } from './status-mark.js';
import { Name } from './text.js';

interface Props {
  row: Row;
  index: number;
  href: string;
  /** Whether Tab leads to it. */
  current: boolean;
  /** Whether its detail is open. */
  open: boolean;
  onOpen: (id: number) => void;
}

/** One task of the list. It is drawn anew only when something of it has changed. */
export class TaskRow extends Component<Props> {
  override shouldComponentUpdate({ row, index, href, current, open }: Props): boolean {
    const now = this.props;
    return (
      row !== now.row ||
      index !== now.index ||
      href !== now.href ||
      current !== now.current ||
      open !== now.open
    );
  }

  override render({ row, index, href, current, open }: Props) {
    const created = new Date(timeMs(row.created_at));
    return (
      <tr
        role="row"
        aria-rowindex={index + 2}
        class={`task${row.left ? ' left' : ''}${open ? ' open' : ''}`}
        onClick={this.onClick}
      >
        <td role="cell" class="id">
          <a
            href={href}
            aria-label={`Task ${row.id}`}
            data-index={index}
            tabIndex={current ? 0 : -1}
            aria-current={open ? 'true' : undefined}
            onClick={this.onLink}
          >
            {row.id}
          </a>
        </td>
        <td role="cell" class="state">
          <StatusMark status={row.status} />
          {row.attempt !== undefined && row.attempt > 1 && (
            <span class="attempt" title={`Attempt ${row.attempt}`}>
              <span class="unseen">attempt </span>×{row.attempt}
            </span>
          )}
          {row.left && <span class="unseen">, no longer in this list</span>}
        </td>
        <td role="cell" class="type">
          {row.task_type}
        </td>
        <td role="cell" class="progress-cell">
          <Progress task={row} />
        </td>
        <td role="cell" class="key" title={row.key ? visibleName(row.key) : undefined}>
          {row.key ? <Name text={row.key} /> : <span class="none">–</span>}
        </td>
        <td role="cell" class="project">
          <span class="narrow-only">project </span>
          {row.project_id}
        </td>
        <td role="cell" class="created">
          <time dateTime={`${row.created_at}Z`} title={`${created.toLocaleString()} here`}>
            {dayAndTime(row.created_at, Date.now())}
          </time>
        </td>
        <td role="cell" class="elapsed">
          <Elapsed task={row} />
        </td>
      </tr>
    );
  }

  /** Anywhere on the row opens it, unless the user marks text there. */
  private readonly onClick = (): void => {
    if (getSelection()?.isCollapsed === false) return;
    this.props.onOpen(this.props.row.id);
  };

  /** The browser's own ways (a new tab, a new window) stay. */
  private readonly onLink = (event: MouseEvent): void => {
    event.stopPropagation();
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    this.props.onOpen(this.props.row.id);
  };
}
