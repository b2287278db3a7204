import type { Filter } from '../state/filter.js';
import { filterOfErrors, isWithoutCondition } from '../state/errors.js';
import type { Route } from '../state/route.js';
import { timeToType, typedTime } from '../state/time.js';
import { FIRST_FIELD_ID, TIME_FORM } from './filter-bar.js';
import { FilterTags } from './filter-tags.js';
import { TextFilter } from './text-filter.js';
import { TypeFilter } from './type-filter.js';

interface Props {
  route: Route;
  /** Those that there are tasks of. */
  types: readonly string[];
  onChange: (change: (before: Route) => Partial<Route>) => void;
  onClear: () => void;
}

/** Of which tasks, and of which time, errors are shown. */
export function ErrorsFilter({ route, types, onChange, onClear }: Props) {
  const { filter, from, to } = route;
  const setFilter = (part: Partial<Filter>): void =>
    onChange((before) => ({ filter: { ...before.filter, ...part } }));
  return (
    <search class="filters unfolded" aria-label="Filter of the errors" tabIndex={-1}>
      <TextFilter
        id={FIRST_FIELD_ID}
        class="field-project"
        label="Project"
        inputMode="numeric"
        value={filter.projectId}
        read={(typed) => typed.trim()}
        onChange={(projectId) => setFilter({ projectId })}
      />
      <TypeFilter choice={filter.taskType} types={types} onChange={(taskType) => setFilter({ taskType })} />
      <TextFilter
        id="filter-from"
        class="field-time"
        label="Failed from"
        hint={`UTC, from the hour on that this is in: ${TIME_FORM}. 24 hours without it`}
        example="24 hours ago"
        value={timeToType(from)}
        read={typedTime}
        onChange={(typed) => onChange(() => ({ from: typed }))}
      />
      <TextFilter
        id="filter-to"
        class="field-time"
        label="to"
        hint={`UTC, the hours that begin before this: ${TIME_FORM}. Now without it`}
        example="now"
        value={timeToType(to)}
        read={typedTime}
        onChange={(typed) => onChange(() => ({ to: typed }))}
      />
      <button type="button" class="quiet" disabled={isWithoutCondition(route)} onClick={onClear}>
        Clear
      </button>
      <FilterTags filter={filterOfErrors(filter)} note={undefined} onChange={setFilter} />
    </search>
  );
}
