import type { Command } from 'commander';
import { addCancel } from './cancel.js';
import { addErrors } from './errors.js';
import { addList } from './list.js';
import { addMessages } from './messages.js';
import { addPublish } from './publish.js';
import { addShow } from './show.js';
import { addStats } from './stats.js';
import { addTail } from './tail.js';
import { addWatch } from './watch.js';

/** Adds the commands that ask a Taskledger, wherever it is. */
export function addClientCommands(program: Command): void {
  for (const add of [
    addList,
    addShow,
    addWatch,
    addTail,
    addCancel,
    addPublish,
    addStats,
    addErrors,
    addMessages,
  ])
    add(program);
}
