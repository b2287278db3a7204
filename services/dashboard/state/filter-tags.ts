import { filterWords, NO_FILTER, type Filter } from './filter.js';

/** A condition that has no field on the page, and what takes it away. */
export interface FilterTag {
  words: string;
  without: Partial<Filter>;
}

/** What has no field. What has one for a single value is here where it has more. */
const WITHOUT_FIELD = [
  ...['project', 'ids', 'errorTypes', 'parent', 'root', 'retryOf', 'silent'],
  ...['endedAfter', 'endedBefore', 'startedAfter', 'startedBefore', 'dueBefore'],
] as (keyof Filter)[];

/** The conditions of a filter that are shown beside its fields, in the order in which they are always said. */
export function filterTags(filter: Filter): FilterTag[] {
  const { labels, workers } = filter;
  const tags = (part: Partial<Filter>, without: Partial<Filter>): FilterTag[] =>
    filterWords({ ...NO_FILTER, ...part }).map((words) => ({ words, without }));
  return [
    ...labels
      .slice(1)
      .flatMap((label) => tags({ labels: [label] }, { labels: labels.filter((other) => other !== label) })),
    ...(workers.length > 1 ? tags({ workers }, { workers: [] }) : []),
    ...WITHOUT_FIELD.flatMap((member) => tags({ [member]: filter[member] }, { [member]: NO_FILTER[member] })),
  ];
}

/** Of several values the one that a field shows: of labels the first, of workers the only one. */
export function fieldValues({ labels, workers }: Filter): { label: string; worker: string } {
  return { label: labels[0] ?? '', worker: workers.length === 1 ? (workers[0] as string) : '' };
}

/** Labels with another first one, or without it. */
export function withFirstLabel(labels: readonly string[], label: string): readonly string[] {
  const others = labels.slice(1).filter((other) => other !== label);
  return label === '' ? others : [label, ...others];
}
