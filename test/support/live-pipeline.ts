/** Publishes the lives of tasks, event by event, as a pipeline does. */
export class LivePipeline {
  private count = 0;

  constructor(
    private readonly url: () => string,
    private readonly source = '/pipelines/docs',
  ) {}

  /** Creates tasks and starts them. */
  start(keys: readonly string[], data: object = {}, started: object = {}): Promise<void> {
    return this.send(
      keys.flatMap((key) => [
        this.event('created', key, { project_id: 1, task_type: key.split('/')[0], total: 100, ...data }),
        this.event('started', key, started),
      ]),
    );
  }

  /** Tells one thing of one task. */
  tell(key: string, type: string, data: object = {}): Promise<void> {
    return this.send([this.event(type, key, data)]);
  }

  /** Sends events in batches of at most a thousand; late ones may be refused. */
  async send(events: readonly object[]): Promise<void> {
    for (let from = 0; from < events.length; from += 1000) {
      const response = await fetch(`${this.url()}/api/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/cloudevents-batch+json' },
        body: JSON.stringify(events.slice(from, from + 1000)),
      });
      if (response.status !== 200) throw new Error(`Events were answered with ${response.status}`);
    }
  }

  /** An event that is not sent yet. */
  event(type: string, subject: string, data: object): object {
    return {
      specversion: '1.0',
      id: String(++this.count),
      source: this.source,
      subject,
      type: `task.${type}`,
      data,
    };
  }
}
