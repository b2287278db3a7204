import { BrokenStreamError, TooManyNamesError, UnavailableError } from '../contracts/errors.js';
import { ANY_TASK_TYPE } from '../contracts/fields.js';
import type { NamedInCreation } from '../contracts/lifecycle-events.js';
import { REGISTERED_NAMES_MAX } from '../domain/limits.js';
import type { Clock } from '../ports/clock.js';
import type { Crypto } from '../ports/crypto.js';
import type { EventStore } from '../ports/event-store.js';
import { Registrar } from './registrar.js';
import { Registry } from './registry.js';
import { TASK_TYPES, type TaskType } from './task-types.js';

/** Registers what creations name that is not in the settings, before they are carried out. */
export class CreationNames {
  private readonly types: Registry<TaskType>;
  private readonly typeRegistrar: Registrar<TaskType>;

  /** @param deps `taskTypes`: the types that a task may have; `ANY_TASK_TYPE` among them stands for any. */
  constructor(deps: { store: EventStore; clock: Clock; crypto: Crypto; taskTypes: readonly string[] }) {
    const inSettings = deps.taskTypes.filter((type) => type !== ANY_TASK_TYPE).length;
    this.types = new Registry(TASK_TYPES, deps.store, deps.crypto);
    this.typeRegistrar = new Registrar(this.types, deps, (task_type, _, registered) =>
      inSettings + registered.length < REGISTERED_NAMES_MAX ? { task_type } : undefined,
    );
  }

  /** Forgets all that was read: the ledger that it is from is no longer there. */
  forget(): void {
    this.types.forget();
  }

  /**
   * Registers what is new.
   *
   * @throws TooManyNamesError when there are as many names as there may be.
   * @throws UnavailableError when the effect is unknown; sending it again is safe.
   */
  async register({ taskType }: NamedInCreation): Promise<void> {
    if (taskType !== undefined) await this.registerType(taskType);
  }

  private async registerType(taskType: string): Promise<void> {
    try {
      if ((await this.typeRegistrar.entryOf(taskType, undefined)) !== undefined) return;
    } catch (error) {
      // The limit spares the read models; for a record of it that does not verify no task has to be refused.
      if (error instanceof UnavailableError && error.cause instanceof BrokenStreamError) return;
      throw error;
    }
    throw new TooManyNamesError(
      'too_many_task_types',
      `data.task_type: must be one of the ${REGISTERED_NAMES_MAX} types of tasks that there are; no more are taken`,
    );
  }
}
