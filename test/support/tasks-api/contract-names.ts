/** The fields of a list item, in the contract's order. */
export const LIST_FIELDS = ['id', 'project_id', 'task_type', 'status', 'progress', 'total', 'created_at'];

/** The fields of a detail, in the contract's order. */
export const DETAIL_FIELDS = [
  ...['id', 'project_id', 'task_type', 'status', 'progress', 'total', 'params', 'result', 'error_message'],
  ...['created_at', 'started_at', 'completed_at'],
];

/** The types of tasks that the contract names. */
export const TYPES = ['search', 'dedup', 'crawl', 'ocr', 'index', 'keyword_expand'];

/** The states of a task. */
export const STATUSES = ['pending', 'running', 'completed', 'failed', 'cancelled'];
