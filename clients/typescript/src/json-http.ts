import { TaskledgerRefusedError, TaskledgerUnavailableError } from './errors.js';

/** An answer of the API: its HTTP status and what the envelope holds. */
export interface ApiAnswer {
  status: number;
  message: string;
  data: unknown;
  headers: Headers;
  /** Its `Taskledger-Reason`, where it has one. */
  reason: string | undefined;
  /** The answer's `Retry-After`, where it has one. */
  retryAfterMs: number | undefined;
}

/** Statuses that say nothing about the request, only that no answer could be had now. */
const UNAVAILABLE_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Requests to one Taskledger, by the global `fetch`; knows envelopes, but neither tasks nor retries. */
export class JsonHttp {
  readonly #url: string | undefined;

  /**
   * @param url Where the API is; `undefined` when nobody has said, which shows with the first use.
   * @throws TypeError when `url` is no URL.
   */
  constructor(
    url: string | undefined,
    readonly requestTimeoutMs: number,
  ) {
    this.#url = url && new URL(url).href.replace(/\/$/, '');
  }

  get #base(): string {
    if (this.#url !== undefined) return this.#url;
    throw new Error('This goes over HTTP: say where the API is by the option apiUrl');
  }

  /**
   * Sends one request and reads its whole answer.
   *
   * @param body A text that is JSON already; a retry must send the same bytes.
   * @throws TaskledgerUnavailableError when no answer came: whether the request took effect is unknown.
   * @throws TaskledgerRefusedError when what answered does not speak this API.
   */
  async request(
    method: 'GET' | 'POST',
    path: string,
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<ApiAnswer> {
    const url = this.url(path);
    let response: Response;
    let text: string;
    try {
      const signal = AbortSignal.timeout(this.requestTimeoutMs);
      response = await fetch(url, {
        method,
        headers,
        signal,
        ...(body === undefined ? {} : { body }),
      });
      text = await response.text();
    } catch (cause) {
      throw new TaskledgerUnavailableError(`No answer from ${this.#base}: ${reasonOf(cause)}`, undefined, {
        cause,
      });
    }
    const seconds = Number(response.headers.get('retry-after') ?? NaN);
    const retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : undefined;
    const envelope = parseEnvelope(text);
    if (envelope !== undefined) {
      const { status, headers: given } = response;
      const reason = given.get('taskledger-reason') ?? undefined;
      return { status, ...envelope, headers: given, reason, retryAfterMs };
    }
    if (response.status >= 500) {
      throw new TaskledgerUnavailableError(`${this.#base} answered ${response.status}`, retryAfterMs);
    }
    throw new TaskledgerRefusedError(
      `${this.#base} answered ${response.status} without an envelope`,
      response.status,
    );
  }

  /** A path of the API as a whole URL. */
  url(path: string): URL {
    return new URL(this.#base + path);
  }

  /** The path of a `Link`, which has the path that Taskledger is served under, as `request` takes it: without. */
  pathOf(link: string): string {
    const under = new URL(this.#base).pathname.replace(/\/$/, '');
    return under !== '' && link.startsWith(`${under}/`) ? link.slice(under.length) : link;
  }

  /** The `data` of an answer that is a success. @throws TaskledgerUnavailableError, TaskledgerRefusedError */
  async data(...request: Parameters<JsonHttp['request']>): Promise<unknown> {
    return successData(await this.request(...request));
  }
}

/** The `data` of a success. @throws TaskledgerUnavailableError, TaskledgerRefusedError for any other answer. */
export function successData(answer: ApiAnswer): unknown {
  if (answer.status >= 200 && answer.status < 300) return answer.data;
  if (UNAVAILABLE_STATUSES.has(answer.status))
    throw new TaskledgerUnavailableError(answer.message, answer.retryAfterMs);
  throw new TaskledgerRefusedError(answer.message, answer.status, answer.reason);
}

/** An envelope's message and data; `undefined` for a text that is none. */
export function parseEnvelope(text: string): { message: string; data: unknown } | undefined {
  try {
    const value = JSON.parse(text) as { code?: unknown; message?: unknown; data?: unknown } | null;
    if (typeof value?.code !== 'number' || typeof value.message !== 'string') return undefined;
    return { message: value.message, data: value.data };
  } catch {
    return undefined;
  }
}

/** What went wrong, in the words of the cause: `fetch` itself only says "fetch failed". */
function reasonOf(error: unknown): string {
  const { cause, message } = error as { cause?: { message?: string; code?: string }; message?: string };
  return cause?.message || cause?.code || message || String(error);
}
