import { TASK_STATUSES } from '../../../shared/domain/task.js';
import type { StatusCounts } from '../api/types.js';
import { toggled, type Choice } from '../state/filter.js';
import { ChoiceMode } from './choice-mode.js';
import { StatusShape } from './status-mark.js';

interface Props {
  choice: Choice;
  counts: StatusCounts | undefined;
  total: number | undefined;
  /** What the counts are of: `all projects`, `project 3`. */
  scope: string;
  onChange: (choice: Choice) => void;
}

/** The states with their counts; pressing one takes it into the filter. */
export function StatusFilter({ choice, counts, total, scope, onChange }: Props) {
  return (
    <fieldset class="statuses">
      <legend class="unseen">Status, with the number of tasks in {scope}</legend>
      <ChoiceMode label="Status" choice={choice} onChange={onChange} />
      <button
        type="button"
        class="count"
        aria-pressed={choice.values.length === 0}
        onClick={() => onChange({ values: [], negated: choice.negated })}
      >
        <span class="count-name">any</span>
        <Count value={total} />
      </button>
      {TASK_STATUSES.map((status) => (
        <button
          type="button"
          key={status}
          class={`count${choice.negated ? ' negated' : ''}`}
          aria-pressed={choice.values.includes(status)}
          onClick={() => onChange(toggled(choice, status))}
        >
          <StatusShape status={status} />
          <span class="count-name">{status}</span>
          <Count value={counts?.[status]} />
        </button>
      ))}
    </fieldset>
  );
}

function Count({ value }: { value: number | undefined }) {
  return <span class="count-value">{value === undefined ? '…' : value.toLocaleString('en')}</span>;
}
