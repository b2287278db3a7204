import { TASK_STATUSES } from '../../../shared/core/domain/task.js';
import { toggled, type Choice } from '../state/choice.js';
import type { Counts } from '../state/counts.js';
import { ChoiceMode } from './choice-mode.js';
import { StatusShape } from './status-mark.js';

interface Props {
  choice: Choice;
  /** `undefined` while there are none. */
  counts: Counts | undefined;
  /** Whether there will be any. */
  isCounted: boolean;
  onChange: (choice: Choice) => void;
}

/** The states with their counts; pressing one takes it into the filter. */
export function StatusFilter({ choice, counts, isCounted, onChange }: Props) {
  return (
    <fieldset class="statuses">
      <legend class="unseen">
        Status{isCounted && ', with the number of tasks that the rest of the filter lets through'}
      </legend>
      <ChoiceMode label="Status" choice={choice} onChange={onChange} />
      <button
        type="button"
        class="count"
        aria-pressed={choice.values.length === 0}
        onClick={() => onChange({ values: [], negated: choice.negated })}
      >
        <span class="count-name">any</span>
        {isCounted && <Count value={counts?.total} />}
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
          {isCounted && <Count value={counts?.byStatus[status]} />}
        </button>
      ))}
    </fieldset>
  );
}

function Count({ value }: { value: number | undefined }) {
  return <span class="count-value">{value === undefined ? '…' : value.toLocaleString('en')}</span>;
}
