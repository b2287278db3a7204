import type { IndexDescription } from 'mongodb';
import type { TaskState, VersionChange } from '../../../core/ports/task-versions.js';
import { coverOf, nodeNumber } from '../../../core/ports/version-units.js';
import { storedId, storedTask, taskDocument, type StoredTask } from '../task-document.js';

/** Of a version that holds still: behind every position. */
const OPEN_TO = '~';
/** The node of these: no number of one. */
const OPEN_NODE = -1;

/** A version of a task as it is stored. All but `held` is written once. */
export interface StoredVersion {
  /** The task's id and the position. */
  _id: string;
  task: string;
  from: string;
  /** In which unit it begins. */
  unit: number;
  key?: string;
  head: Omit<StoredTask['head'], 'words' | 'ended' | 'duration'>;
  /**
   * Until when it held. `$min` leaves what ended: a version ends with the task's next event and never otherwise, so that it does
   * not matter who writes that, nor how often.
   */
  held: {
    /** The next one's position. Must stay first. */
    to: string;
    /** The nodes by which it is found, as `nodeNumber`. */
    nodes: number[];
  };
}

/** The index by which the versions of some tasks are found that held in a unit. */
export const TASK_NODES_INDEX = 'task_nodes';

/** The same of some states, in the order of a list; of all projects, or of one. */
export const STATUS_NODES_INDEX = 'status_nodes_place';
export const PROJECT_STATUS_NODES_INDEX = 'project_status_nodes_place';

/** By when versions ended, to take away what is old. */
export const HELD_TO_INDEX = 'held_to';

export const VERSION_INDEXES: readonly IndexDescription[] = [
  { name: TASK_NODES_INDEX, key: { task: 1, 'held.nodes': 1 } },
  { name: STATUS_NODES_INDEX, key: { 'head.status': 1, 'held.nodes': 1, 'head.place': -1 } },
  {
    name: PROJECT_STATUS_NODES_INDEX,
    key: { 'head.projectId': 1, 'head.status': 1, 'held.nodes': 1, 'head.place': -1 },
  },
  { name: HELD_TO_INDEX, key: { 'held.to': 1 } },
];

/** A version that holds still. */
export function storedVersion({ position, state }: VersionChange, unit: number): StoredVersion {
  const { words: _, ended: __, duration: ___, ...head } = storedTask(state).head;
  const task = storedId(state.taskId);
  return {
    ...{ _id: `${task}/${position}`, task, from: position, unit, head },
    ...(state.key !== null && { key: state.key }),
    held: { to: OPEN_TO, nodes: [OPEN_NODE] },
  };
}

/** Until when a version held. @param to The position of the next one, and its unit. */
export function heldUntil(
  { unit }: Pick<StoredVersion, 'unit'>,
  to: string,
  last: number,
): StoredVersion['held'] {
  return { to, nodes: coverOf(unit, last).map(nodeNumber) };
}

/** What finds the versions that hold still. */
export const STILL_HELD = { 'held.nodes': OPEN_NODE };

/** What finds the versions that held at a position. @param nodes Those around its unit. */
export function heldAt(position: string, nodes: readonly number[]) {
  return {
    'held.nodes': { $in: [OPEN_NODE, ...nodes] },
    from: { $lte: position },
    'held.to': { $gt: position },
  };
}

/** The state that a version stands for. */
export function stateOf({
  _id,
  task: _,
  from: __,
  unit: ___,
  held: ____,
  ...stored
}: StoredVersion): TaskState {
  const {
    paramsJson: _____,
    resultJson: ______,
    errorMessageJson: _______,
    ...state
  } = taskDocument({
    ...stored,
    _id,
    head: { ...stored.head, words: [] },
  });
  return state;
}
