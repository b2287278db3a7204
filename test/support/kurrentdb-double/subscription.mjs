import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { filterOf } from './event-filter.mjs';
import { streams, Timestamp } from './generated.mjs';
import { eventResponse } from './messages.mjs';

const { ReadResp } = streams;

/** A page of a catch-up has so many events at most, and looks at so many if the client does not say how many. */
const PAGE_EVENTS = 32;

/** A subscriber that is further behind than this is caught up again, and told so, as the real server does. */
const LIVE_EVENTS_MAX = 100;

/**
 * A subscription to all events, starting after a position. Like the real server it looks at the events in pages; a
 * checkpoint is where a page began (commit position of the next record, prepare position 0), so the last events that
 * the filter left out are covered by none until more come; `caughtUp` comes each time that it has caught up.
 */
export async function subscribeToAll(log, options, send, signal) {
  const stall = { isStalled: false };
  const sendUnlessStalled = async (response) => {
    if (stall.isStalled) await once(signal, 'abort');
    return send(response);
  };
  const subscription = new AllSubscription(log, options, sendUnlessStalled);
  open.add(stall);
  try {
    await send(confirmation());
    while (!signal.aborted) {
      await subscription.catchUp();
      await subscription.followLive(signal);
    }
  } finally {
    open.delete(stall);
  }
}

/** The subscriptions that are open, each with whether it was told to say nothing any more. */
const open = new Set();

/** Lets every subscription that is open say nothing from now on, as was seen of the real server; its connection stays. */
export function stallSubscriptions() {
  for (const stall of open) stall.isStalled = true;
}

class AllSubscription {
  #log;
  #send;
  #allowed;
  #format;
  #window;
  #interval;
  /** The index of the next event to look at. */
  #next;
  #considered = 0;
  /** What was sent last, event or checkpoint: as [commit, prepare]. */
  #checkpoint;

  constructor(log, options, send) {
    this.#log = log;
    this.#send = send;
    this.#allowed = filterOf(options);
    this.#format = { structuredIds: options.getUuidOption().hasStructured() };
    const filter = options.getFilter();
    this.#window = filter?.hasMax() ? filter.getMax() : PAGE_EVENTS;
    this.#interval =
      filter === undefined ? Infinity : this.#window * filter.getCheckpointintervalmultiplier();
    const all = options.getAll();
    if (all.hasPosition()) {
      const position = all.getPosition();
      this.#checkpoint = [Number(position.getCommitPosition()), Number(position.getPreparePosition())];
      this.#next = log.indexFrom(this.#checkpoint[0]);
      const at = log.events[this.#next];
      if (at !== undefined && at.position === this.#checkpoint[0] && this.#checkpoint[1] >= at.position)
        this.#next++;
    } else {
      this.#next = all.hasStart() ? 0 : log.visible;
    }
  }

  async catchUp() {
    let counted = 0;
    while (this.#next < this.#log.visible) {
      const pageStart = [this.#log.events[this.#next].position, 0];
      let matched = 0;
      let considered = 0;
      while (this.#next < this.#log.visible && matched < PAGE_EVENTS && considered < this.#window) {
        considered++;
        if (await this.#give(this.#log.events[this.#next++])) matched++;
      }
      if (isBefore(this.#checkpoint, pageStart)) this.#checkpoint = pageStart;
      counted += considered;
      if (counted >= this.#interval) {
        counted %= this.#interval;
        await this.#sendCheckpoint();
      }
    }
    if (this.#interval < Infinity) await this.#sendCheckpoint();
    await this.#send(caughtUp(this.#checkpoint));
  }

  /** Sends what comes, until the subscriber has fallen behind. */
  async followLive(signal) {
    for (;;) {
      if (this.#log.visible - this.#next > LIVE_EVENTS_MAX) return;
      while (this.#next < this.#log.visible) {
        const event = this.#log.events[this.#next++];
        await this.#give(event);
        if (++this.#considered % this.#interval === 0) {
          this.#checkpoint = [event.position, event.position];
          await this.#sendCheckpoint();
        }
      }
      await once(this.#log, 'appended', { signal });
    }
  }

  async #give(event) {
    if (!this.#allowed(event)) return false;
    this.#checkpoint = [event.position, event.position];
    await this.#send(eventResponse(event, this.#format));
    return true;
  }

  async #sendCheckpoint() {
    if (this.#checkpoint === undefined) return;
    const checkpoint = new ReadResp.Checkpoint();
    checkpoint.setCommitPosition(String(this.#checkpoint[0]));
    checkpoint.setPreparePosition(String(this.#checkpoint[1]));
    const response = new ReadResp();
    response.setCheckpoint(checkpoint);
    await this.#send(response);
  }
}

function isBefore(one, other) {
  return one === undefined || one[0] < other[0] || (one[0] === other[0] && one[1] < other[1]);
}

function confirmation() {
  const confirmed = new ReadResp.SubscriptionConfirmation();
  confirmed.setSubscriptionId(randomUUID());
  const response = new ReadResp();
  response.setConfirmation(confirmed);
  return response;
}

function caughtUp(checkpoint) {
  const message = new ReadResp.CaughtUp();
  message.setTimestamp(Timestamp.fromDate(new Date()));
  if (checkpoint !== undefined) {
    const position = new ReadResp.Position();
    position.setCommitPosition(String(checkpoint[0]));
    position.setPreparePosition(String(checkpoint[1]));
    message.setPosition(position);
  }
  const response = new ReadResp();
  response.setCaughtUp(message);
  return response;
}
