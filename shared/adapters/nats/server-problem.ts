import { PAYLOAD_BYTES_MIN } from './payload-limit.js';

/**
 * The first version of NATS that is fit for us: a server before it drops what it does not know of a stream or a consumer
 * without a word (2.9 gives a consumer with `filter_subjects` everything).
 */
const VERSION_MIN = { major: 2, minor: 11 };

/** What a server says of itself. */
export interface NatsServerInfo {
  version: string;
  max_payload: number;
}

/** Why a server is not fit for us, in one sentence that names what it has and what is needed; `undefined` when it is. */
export function serverProblem({ version, max_payload }: NatsServerInfo): string | undefined {
  if (!isNewEnough(version)) {
    const { major, minor } = VERSION_MIN;
    return `The NATS server is of version ${version}; Taskledger needs ${major}.${minor} or later`;
  }
  if (max_payload >= PAYLOAD_BYTES_MIN) return undefined;
  return `NATS takes at most ${max_payload} bytes in a message (max_payload); Taskledger needs ${PAYLOAD_BYTES_MIN} or more`;
}

function isNewEnough(version: string): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)\./.exec(version) ?? [];
  if (major === undefined || minor === undefined) return false;
  const least = VERSION_MIN;
  return Number(major) > least.major || (Number(major) === least.major && Number(minor) >= least.minor);
}
