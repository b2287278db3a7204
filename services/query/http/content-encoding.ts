/** How a body can be compressed. */
export type ContentEncoding = 'br' | 'gzip';

/** The better ones first. */
const ENCODINGS: readonly ContentEncoding[] = ['br', 'gzip'];

/** Nearly every request has the same header as the one before. */
let last: { accepted: string; encoding: ContentEncoding | undefined } = { accepted: '', encoding: undefined };

/** How an answer may be compressed by what a request says in `Accept-Encoding` (RFC 9110, section 12.5.3). */
export function contentEncodingFor(accepted: string | undefined): ContentEncoding | undefined {
  if (accepted === undefined) return undefined;
  if (accepted !== last.accepted) last = { accepted, encoding: bestOf(accepted) };
  return last.encoding;
}

function bestOf(accepted: string): ContentEncoding | undefined {
  const weights = new Map(accepted.split(',').map(weightOf));
  const others = weights.get('*') ?? 0;
  let best: ContentEncoding | undefined;
  let bestWeight = weights.get('identity') ?? 0;
  for (const encoding of ENCODINGS) {
    const weight = weights.get(encoding) ?? others;
    // As it is only where that is asked for more.
    if (weight === 0 || weight < bestWeight || (best !== undefined && weight === bestWeight)) continue;
    [best, bestWeight] = [encoding, weight];
  }
  return best;
}

function weightOf(part: string): [encoding: string, weight: number] {
  const [name = '', ...parameters] = part.toLowerCase().split(';');
  const q = parameters.map((text) => /^\s*q\s*=\s*(.*)$/.exec(text)?.[1]).find(Boolean);
  const weight = q === undefined ? 1 : Number(q);
  return [name.trim(), Number.isFinite(weight) ? weight : 0];
}
