import { useState } from 'preact/hooks';
import type { TaskDetail } from '../api/types.js';
import { CancelDialog } from './cancel-dialog.js';
import { Detail } from './detail.js';

/** The task that is open, beside what the page shows, and the question whether to cancel it. */
export function OpenTask({
  taskId,
  onClose,
  onSay,
}: {
  taskId: number | undefined;
  onClose: () => void;
  /** Has said what was done. */
  onSay: (text: string) => void;
}) {
  const [cancelling, setCancelling] = useState<TaskDetail>();
  return (
    <>
      {taskId !== undefined && <Detail key={taskId} id={taskId} onClose={onClose} onCancel={setCancelling} />}
      {cancelling !== undefined && (
        <CancelDialog
          task={cancelling}
          onClose={() => setCancelling(undefined)}
          onDone={() => {
            setCancelling(undefined);
            onSay(`Task ${cancelling.id} is cancelled.`);
          }}
        />
      )}
    </>
  );
}
