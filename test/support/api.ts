/** How often a page or a state is asked for before a test gives up. */
const REQUESTS_MAX = 10_000;

/** Every item of the list, page by page, as JSON. @param query Further parameters. */
export async function allItems(url: string, query = ''): Promise<string[]> {
  const items: string[] = [];
  let next: string | undefined = `/api/v1/tasks?limit=1000&${query}`;
  for (let page = 0; next !== undefined && page < REQUESTS_MAX; page++) {
    const response: Response = await fetch(new URL(next, url));
    const { data, message } = (await response.json()) as { data: object[] | null; message: string };
    if (data === null) throw new Error(`${next} is answered ${response.status}: ${message}`);
    items.push(...data.map((item) => JSON.stringify(item)));
    next = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  }
  return items;
}

/** Asks until the list, the counts, or the series, hold everything that is in the ledger. */
export async function caughtUp(
  url: string,
  part: 'projector' | 'stats' | 'series' = 'projector',
): Promise<void> {
  for (let asked = 0; asked < REQUESTS_MAX; asked++) {
    const response = await fetch(`${url}/health/ready`);
    const { data } = (await response.json()) as {
      data: { parts: Record<typeof part, { lag_events: number }> };
    };
    if (data.parts[part].lag_events === 0) return;
  }
  throw new Error(`The ${part} did not catch up`);
}
