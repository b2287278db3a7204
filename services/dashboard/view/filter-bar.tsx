import type { Stats } from '../api/types.js';
import { isEmptyFilter, NO_FILTER, type Filter } from '../state/filter.js';
import { withSeconds } from '../state/time.js';
import { StatusFilter } from './status-filter.js';
import { TextFilter } from './text-filter.js';
import { TypeFilter } from './type-filter.js';

interface Props {
  filter: Filter;
  stats: Stats | undefined;
  onChange: (filter: Filter) => void;
  onCancelAll: () => void;
}

/** The field that the key `/` leads to. */
export const FIRST_FIELD_ID = 'filter-key';

/** All conditions on the list. */
export function FilterBar({ filter, stats, onChange, onCancelAll }: Props) {
  const change = (part: Partial<Filter>): void => onChange({ ...filter, ...part });
  const empty = isEmptyFilter(filter);
  return (
    <search class="filters" aria-label="Filter of the tasks">
      <StatusFilter
        choice={filter.status}
        counts={stats?.by_status}
        total={stats?.total}
        scope={filter.projectId === '' ? 'all projects' : `project ${filter.projectId}`}
        onChange={(status) => change({ status })}
      />
      <div class="conditions">
        <TextFilter
          id={FIRST_FIELD_ID}
          class="field-key"
          label="Key"
          example="crawl/2025-03-12/"
          hint="A whole key; or, ending with /, everything below it. Press / to come here."
          value={filter.key}
          onChange={(key) => change({ key: key.trim() })}
        />
        <TextFilter
          id="filter-project"
          class="field-project"
          label="Project"
          inputMode="numeric"
          value={filter.projectId}
          onChange={(projectId) => change({ projectId: projectId.trim() })}
        />
        <TypeFilter
          choice={filter.taskType}
          types={Object.keys(stats?.by_type ?? {})}
          onChange={(taskType) => change({ taskType })}
        />
        <TextFilter
          id="filter-after"
          class="field-time"
          label="Created from"
          hint="UTC, inclusive"
          type="datetime-local"
          value={filter.createdAfter}
          onChange={(after) => change({ createdAfter: withSeconds(after) })}
        />
        <TextFilter
          id="filter-before"
          class="field-time"
          label="before"
          hint="UTC, exclusive"
          type="datetime-local"
          value={filter.createdBefore}
          onChange={(before) => change({ createdBefore: withSeconds(before) })}
        />
        <button type="button" class="quiet" disabled={empty} onClick={() => onChange(NO_FILTER)}>
          Clear
        </button>
        <button
          type="button"
          class="quiet cancel-all"
          disabled={empty}
          title={empty ? 'Set a filter first: without one it would be every task' : undefined}
          onClick={onCancelAll}
        >
          Cancel these…
        </button>
      </div>
    </search>
  );
}
