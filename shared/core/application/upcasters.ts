import { CorruptStoreError } from '../contracts/errors.js';
import type { RecordedEvent } from '../ports/event-store.js';

/** The version of the stored form that is written. It is the first that was ever released, and stands in no event. */
export const SCHEMA_VERSION = '2';

/** The form before the first release. Nobody has a ledger of it, so that it has no upcaster. */
const UNRELEASED_VERSION = '1';

/** Makes an event of one version into one of the next: `metadata.schema_version` too, unless that is the newest. */
export type Upcaster = (event: RecordedEvent) => RecordedEvent;

/**
 * From which version which function leads on, up to the one that is written. Every read of a stored event passes here,
 * and hashes are verified before it, on what is stored; so nothing else ever has to know of an older form.
 */
export const UPCASTERS: Readonly<Record<string, Upcaster>> = {};

/** The version of the stored form that an event has. */
export function schemaVersionOf({ metadata }: RecordedEvent): string {
  return metadata.schema_version ?? SCHEMA_VERSION;
}

/**
 * The event in the form that is written today.
 *
 * @param upcasters Others than the program's own, for tests.
 * @throws CorruptStoreError when its bytes are damaged, or for a version that this program does not read.
 */
export function upcast(event: RecordedEvent, upcasters = UPCASTERS): RecordedEvent {
  // As nearly every event is.
  if (event.damage === undefined && event.metadata.schema_version === undefined) return event;
  const { stream, revision, damage } = event;
  if (damage !== undefined) throw new CorruptStoreError(`${stream}@${revision}: ${damage}`);
  let current = event;
  for (let version = schemaVersionOf(event); version !== SCHEMA_VERSION;) {
    const step = Object.hasOwn(upcasters, version) ? upcasters[version] : undefined;
    if (step === undefined) throw unknownVersion(event);
    current = step(current);
    const next = schemaVersionOf(current);
    // Only ever upwards, so that it ends.
    if (Number(next) <= Number(version)) throw unknownVersion(event);
    version = next;
  }
  return current;
}

function unknownVersion(event: RecordedEvent): CorruptStoreError {
  const version = schemaVersionOf(event);
  const which = version === UNRELEASED_VERSION ? ', the form before the first release' : '';
  return new CorruptStoreError(
    `${event.stream}@${event.revision} has schema version ${version}${which}; this program reads ${SCHEMA_VERSION}`,
  );
}
