import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { memberTexts } from '../../core/contracts/ingest-reply.js';
import type { IngestOutcome } from '../../core/contracts/messages.js';
import type { ProjectorProgress, ProjectorStatus } from '../../core/ports/projector-status.js';
import { LeaseMetrics } from './lease-metrics.js';

/** How long a request took is counted in these classes, in seconds. */
const DURATION_BUCKETS_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10,
];

/** What projectors write, in words, by the middle of their metrics' names. */
const PROJECTED_INTO = { projector: 'read model', stats: 'counts', series: 'series', versions: 'versions' };

/** The middle of the names of a projector's metrics. */
export type WatchedProjector = keyof typeof PROJECTED_INTO;

/** The labels of a request's duration. All have few values: routes are patterns, never paths. */
interface RequestLabels extends Record<string, string | number> {
  method: string;
  route: string;
  status: number;
}

/** What the program counts of itself, as Prometheus reads it. */
export class Metrics {
  readonly registry = new Registry();
  readonly leases = new LeaseMetrics(this.registry);
  /** What another thread counts, under names of its own. */
  private readonly further: (() => Promise<string>)[] = [];
  private readonly labels = new Map<string, RequestLabels>();
  private readonly requests = new Histogram({
    name: 'taskledger_http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its handling, by route pattern and status',
    labelNames: ['method', 'route', 'status'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [this.registry],
  });
  private readonly outcomes = new Counter({
    name: 'taskledger_ingest_outcomes_total',
    help: 'Events that were answered over HTTP, by what became of them',
    labelNames: ['outcome'],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Counts one request that was answered. */
  observeRequest(method: string, route: string, status: number, seconds: number): void {
    // The library would make a new object of labels each time; this runs with every request.
    const key = `${method} ${route} ${status}`;
    let labels = this.labels.get(key);
    if (labels === undefined) this.labels.set(key, (labels = { method, route, status }));
    this.requests.observe(labels, seconds);
  }

  /** Counts what became of events that were sent in. */
  countOutcomes(outcomes: readonly IngestOutcome[]): void {
    this.addOutcomes(outcomes.map(({ outcome }) => outcome));
  }

  /** The same for outcomes that are JSON, as `JSON.stringify` writes it. */
  countOutcomesIn(outcomesJson: string): void {
    this.addOutcomes(memberTexts(outcomesJson, 'outcome'));
  }

  private addOutcomes(outcomes: readonly string[]): void {
    const counts = new Map<string, number>();
    for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    for (const [outcome, count] of counts) this.outcomes.inc({ outcome }, count);
  }

  /**
   * Shows how far a projector has come.
   *
   * @param name The middle of its metrics' names.
   * @param lagEvents How many events it has not taken in yet, where that can be counted.
   */
  watchProjector(
    name: WatchedProjector,
    projector: ProjectorStatus,
    lagEvents: () => Promise<number | undefined> = async () => undefined,
  ): void {
    const into = PROJECTED_INTO[name];
    const gauge = (
      member: string,
      help: string,
      value: () => number | undefined | Promise<number | undefined>,
    ) => this.gauge(`taskledger_${name}_${member}`, help, value);
    gauge('lag_seconds', `Age of the oldest event that is not yet in the ${into}`, () => {
      return projector.status().lagMs / 1000;
    });
    gauge('lag_events', `Events that are not yet in the ${into}, where known`, lagEvents);
    gauge('parked_streams', `Streams that could not be taken into the ${into}`, () => {
      return projector.status().parkedStreams;
    });
    gauge('caught_up', `1 once the ${into} came to the end of the ledger`, () => {
      return projector.status().caughtUp ? 1 : 0;
    });
  }

  /** Shows how far a feed has come, while it works here: `undefined` else. */
  watchFeed(status: () => ProjectorProgress | undefined): void {
    const gauge = (
      member: string,
      help: string,
      value: (progress: ProjectorProgress) => number | undefined,
    ): void =>
      this.gauge(`taskledger_feed_${member}`, help, () => {
        const progress = status();
        return progress === undefined ? undefined : value(progress);
      });
    gauge('lag_seconds', 'Age of the oldest event that is not yet on the feed', ({ lagMs }) => lagMs / 1000);
    gauge(
      'position',
      'The place in the ledger of the last event that was fed: it only ever grows',
      (progress) => numberOf(progress.position),
    );
    gauge('unreadable_events', 'Events that were fed as unreadable since this process works', (progress) => {
      return progress.parkedStreams;
    });
  }

  /** Shows how many readers of event streams there are, and what they make the process hold. */
  watchStreams(streams: { readonly readerCount: number; readonly waitingBytes: number }): void {
    this.gauge('taskledger_stream_readers', 'Readers of event streams that are connected', () => {
      return streams.readerCount;
    });
    this.gauge('taskledger_stream_waiting_bytes', 'What readers of event streams have yet to take', () => {
      return streams.waitingBytes;
    });
  }

  /** The media type of `text()`. */
  get contentType(): string {
    return this.registry.contentType;
  }

  /** Everything in Prometheus' text format. */
  async text(): Promise<string> {
    const texts = await Promise.all([this.registry.metrics(), ...this.further.map((text) => text())]);
    return texts.join('\n');
  }

  /** Has the metrics of another thread told beside its own; none are while it does not answer. */
  add(text: () => Promise<string>): void {
    this.further.push(() => text().catch(() => ''));
  }

  /** Shows how often something has happened, which is counted elsewhere: it only ever grows. */
  counter(name: string, help: string, value: () => number): void {
    let shown = 0;
    new Counter({
      name,
      help,
      registers: [this.registry],
      collect() {
        const now = value();
        this.inc(now - shown);
        shown = now;
      },
    });
  }

  /** Shows a number; none while the value is `undefined`. */
  gauge(name: string, help: string, value: () => number | undefined | Promise<number | undefined>): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      async collect() {
        const now = await value();
        // Without a value it is not shown: 0 would be one.
        if (now === undefined) this.remove();
        else this.set(now);
      },
    });
  }
}

/** A position as a number: what it begins with, for a store that has more than one offset in it. */
function numberOf(position: string | undefined): number | undefined {
  return position === undefined ? undefined : Number.parseInt(position, 10);
}
