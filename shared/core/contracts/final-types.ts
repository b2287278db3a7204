const FINAL_TYPES: ReadonlySet<unknown> = new Set(['task.completed', 'task.failed', 'task.cancelled']);

/** Whether a lifecycle event of this type ends its task. */
export function isFinalType(type: unknown): boolean {
  return FINAL_TYPES.has(type);
}
