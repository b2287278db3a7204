import type { SealOutlet } from '../../core/ports/seal-outlet.js';

/** How long one try may take, in milliseconds. */
const POST_MS_MAX = 10_000;

/** Posts seals to an HTTP address, as plain text. */
export class HttpSealOutlet implements SealOutlet {
  readonly name: string;

  constructor(private readonly url: string) {
    this.name = new URL(url).origin;
  }

  async leave(note: string): Promise<void> {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: note,
      redirect: 'error',
      signal: AbortSignal.timeout(POST_MS_MAX),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`It was answered with ${response.status}`);
  }
}
