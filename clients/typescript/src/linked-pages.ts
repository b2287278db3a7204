import { successData, type JsonHttp } from './json-http.js';
import { withRetries, type RetryPolicy } from './retries.js';

/** The answers that a `Link` with `rel="next"` leads to, one after the other (RFC 8288). */
export async function* linkedPages(
  http: JsonHttp,
  retry: RetryPolicy,
  first: string,
): AsyncGenerator<{ data: unknown; headers: Headers }> {
  let path: string | undefined = first;
  while (path !== undefined) {
    const asked: string = path;
    const { data, headers } = await withRetries(retry, async () => {
      const answer = await http.request('GET', asked);
      return { data: successData(answer), headers: answer.headers };
    });
    yield { data, headers };
    const link = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
    path = link && http.pathOf(link);
  }
}
