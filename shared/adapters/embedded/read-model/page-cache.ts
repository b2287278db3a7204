import type { TaskInclude } from '../../../core/contracts/task-fields.js';
import type { TimeForm } from '../../../core/contracts/time.js';
import type { ListCursor, TaskPage } from '../../../core/ports/read-model.js';
import type { TaskFilter } from '../../../core/ports/task-filter.js';

/** What a page is asked for by, as `ReadModel.list` is. */
export interface PageRequest {
  filter: TaskFilter;
  limit: number;
  cursor: ListCursor | undefined;
  include: readonly TaskInclude[];
  times: TimeForm;
}

/** How many pages are kept: far more than there are views that are open at once. */
const PAGES_MAX = 200;

/**
 * The pages that were asked for since the last change. Views that are open ask for the same page again and again, and most
 * of the time nothing has changed in between.
 */
export class PageCache {
  private readonly pages = new Map<string, TaskPage>();

  /** What a page is kept under. */
  static key({ filter, limit, cursor, include, times }: PageRequest): string {
    const { createdSecond, taskId } = cursor ?? {};
    return `${limit} ${JSON.stringify(filter)} ${createdSecond} ${taskId} ${include.join()} ${times}`;
  }

  get(key: string): TaskPage | undefined {
    return this.pages.get(key);
  }

  /** Keeps what was just read. */
  keep(key: string, page: TaskPage): TaskPage {
    if (this.pages.size < PAGES_MAX) this.pages.set(key, page);
    return page;
  }

  /** Forgets everything: something has changed. */
  clear(): void {
    if (this.pages.size > 0) this.pages.clear();
  }
}
