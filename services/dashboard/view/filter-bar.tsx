import { useState } from 'preact/hooks';
import { whyNotCancelled } from '../state/cancellation.js';
import { filterWords, isEmptyFilter, NO_FILTER, typedPrefix, type Filter } from '../state/filter.js';
import { fieldValues, withFirstLabel } from '../state/filter-tags.js';
import { timeToType, typedTime } from '../state/time.js';
import { FilterTags } from './filter-tags.js';
import { TextFilter } from './text-filter.js';
import { TypeFilter } from './type-filter.js';

interface Props {
  filter: Filter;
  /** Those that there are tasks of. */
  types: readonly string[];
  /** Is told what changes alone: what else has been set meanwhile stays. */
  onChange: (part: Partial<Filter>) => void;
  /** Why the list is not live, where that is of the filter. */
  note: string | undefined;
  /** Whether the list is there. */
  isReady: boolean;
  onCancelAll: () => void;
}

/** The field that the key `/` leads to. */
export const FIRST_FIELD_ID = 'filter-key';

/** How a time is typed. */
export const TIME_FORM = 'YYYY-MM-DD hh:mm';

/** The conditions beside the status. On a phone they are folded away. */
export function FilterBar({ filter, types, onChange, note, isReady, onCancelAll }: Props) {
  const [unfolded, setUnfolded] = useState(false);
  const empty = isEmptyFilter(filter);
  const conditions = filterWords(filter).length;
  const { label, worker } = fieldValues(filter);
  const notCancelled = whyNotCancelled(filter);
  return (
    <search class={`filters${unfolded ? ' unfolded' : ''}`} aria-label="Filter of the tasks" tabIndex={-1}>
      <button type="button" class="fold" aria-expanded={unfolded} onClick={() => setUnfolded(!unfolded)}>
        Filter{conditions > 0 && ` (${conditions})`} {unfolded ? '▴' : '▾'}
      </button>
      <TextFilter
        id={FIRST_FIELD_ID}
        class="field-key"
        label="Key"
        example="a whole key"
        hint="Exactly this key, with every character. Press / to come here."
        value={filter.key}
        onChange={(key) => onChange({ key })}
      />
      <TextFilter
        id="filter-key-prefix"
        class="field-key"
        label="Key below"
        example="a path/"
        hint="All keys below this path, as crawl/2025-03-12/"
        value={filter.keyPrefix}
        read={typedPrefix}
        onChange={(keyPrefix) => onChange({ keyPrefix })}
      />
      <TextFilter
        id="filter-words"
        class="field-words"
        label="Words"
        example="crawl timeout"
        hint="Whole words of the key, the labels, the type, the worker or the error, all of them; error:timeout is looked for in the error alone"
        value={filter.words}
        read={(typed) => typed.trim()}
        onChange={(words) => onChange({ words })}
      />
      <TextFilter
        id="filter-project"
        class="field-project"
        label="Project"
        inputMode="numeric"
        value={filter.projectId}
        read={(typed) => typed.trim()}
        onChange={(projectId) => onChange({ projectId })}
      />
      <TextFilter
        id="filter-label"
        class="field-name"
        label="Label"
        example="name:value"
        hint="This label, as team:search"
        value={label}
        onChange={(typed) => onChange({ labels: withFirstLabel(filter.labels, typed) })}
      />
      <TextFilter
        id="filter-worker"
        class="field-name"
        label="Worker"
        hint="Exactly this worker, who runs it or ran it last"
        value={worker}
        onChange={(typed) => onChange({ workers: typed === '' ? [] : [typed] })}
      />
      <TypeFilter choice={filter.taskType} types={types} onChange={(taskType) => onChange({ taskType })} />
      <TextFilter
        id="filter-after"
        class="field-time"
        label="Created from"
        hint={`UTC, inclusive: ${TIME_FORM}`}
        example={TIME_FORM}
        value={timeToType(filter.createdAfter)}
        read={typedTime}
        onChange={(createdAfter) => onChange({ createdAfter })}
      />
      <TextFilter
        id="filter-before"
        class="field-time"
        label="before"
        hint={`UTC, exclusive: ${TIME_FORM}`}
        example={TIME_FORM}
        value={timeToType(filter.createdBefore)}
        read={typedTime}
        onChange={(createdBefore) => onChange({ createdBefore })}
      />
      <button type="button" class="quiet" disabled={empty} onClick={() => onChange(NO_FILTER)}>
        Clear
      </button>
      <button
        type="button"
        class="quiet cancel-all"
        disabled={!isReady || notCancelled !== undefined}
        title={notCancelled}
        onClick={onCancelAll}
      >
        Cancel these…
      </button>
      <FilterTags filter={filter} note={note} onChange={onChange} />
    </search>
  );
}
