import type { IncomingMessage } from 'node:http';
import { InvalidRequestError } from '../../../shared/core/contracts/errors.js';
import { sentText } from '../../../shared/core/contracts/sent-text.js';
import { Semaphore } from '../../../shared/kit/semaphore.js';
import { HttpError } from './http-errors.js';
import type { HttpLimits } from './http-limits.js';

/**
 * Receives bodies and bounds how much of them is held and worked on at a time. A slot is taken once a body is there, so
 * that clients which send slowly can't keep the slots from the others; what they have sent counts by its bytes.
 *
 * Large bodies are worked on a few at a time and wait as bytes until then: what all of them become in between, objects
 * and texts, would have to be moved about by the garbage collector again and again.
 */
export class RequestIntake {
  private bytesUnderWay = 0;
  private writesUnderWay = 0;
  private readonly turns: Semaphore;

  constructor(private readonly limits: HttpLimits) {
    this.turns = new Semaphore(limits.bodyBytesWorkedOnMax);
  }

  /**
   * Hands a request's whole body, as text, to `work`; a request without a body has an empty one.
   *
   * @throws HttpError 413 for a body beyond the limit, 415 for a compressed one, 503 when there is too much to do.
   * @throws InvalidRequestError for a body that is not UTF-8 or ends too early.
   */
  async run<Answer>(request: IncomingMessage, work: (body: string) => Promise<Answer>): Promise<Answer> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      checkHead(request, this.limits.bodyBytesMax);
      await received(request, (chunk) => {
        bytes += chunk.length;
        this.bytesUnderWay += chunk.length;
        if (bytes > this.limits.bodyBytesMax) throw tooLarge(this.limits.bodyBytesMax);
        if (this.bytesUnderWay > this.limits.bodyBytesUnderWayMax) throw busy();
        chunks.push(chunk);
      });
      return await this.inSlot(bytes, () => work(sentText(joined(chunks))));
    } finally {
      this.bytesUnderWay -= bytes;
    }
  }

  private async inSlot<Answer>(bytes: number, work: () => Promise<Answer>): Promise<Answer> {
    const { writesUnderWayMax, commandTimeoutMs } = this.limits;
    if (this.writesUnderWay >= writesUnderWayMax) throw busy();
    this.writesUnderWay++;
    try {
      return await this.turns.run(bytes, work, { waitMsMax: commandTimeoutMs, error: busy });
    } finally {
      this.writesUnderWay--;
    }
  }
}

function checkHead({ headers }: IncomingMessage, bytesMax: number): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new HttpError(
      'unsupported_media_type',
      'Content-Encoding must be identity: a compressed body is not taken',
      { headers: ['Accept-Encoding', 'identity'] },
    );
  }
  if (Number(headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax);
}

/** Resolves when the whole body was given to `take`; rejects with what that throws, and then takes no more. */
function received(request: IncomingMessage, take: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const onData = (chunk: Buffer): void => {
      try {
        take(chunk);
      } catch (error) {
        // The client has to get its answer, so the connection stays; the rest of the body is thrown away.
        request.off('data', onData).resume();
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const onBroken = (cause?: Error): void => {
      // Every body is closed in the end, and then it was complete.
      if (request.readableEnded) return;
      reject(new InvalidRequestError('The body ended before it was complete', { cause }));
    };
    request.on('data', onData).on('end', resolve).on('error', onBroken).on('close', onBroken);
    if (request.destroyed) onBroken();
  });
}

function joined(chunks: readonly Buffer[]): Buffer {
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

function tooLarge(bytesMax: number): HttpError {
  return new HttpError('body_too_large', `The body must have at most ${bytesMax} bytes`);
}

function busy(): HttpError {
  return new HttpError('overloaded', 'Too many requests are under way');
}
