/**
 * A text with what is percent-encoded in it decoded to UTF-8 (RFC 3986, section 2.1). A % that encodes nothing stands for
 * itself: there are clients that don't encode.
 *
 * @returns `undefined` when it encodes bytes that are no UTF-8.
 */
export function percentDecoded(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return text.replace(/(?:%[0-9a-fA-F]{2})+/g, decodeURIComponent);
  } catch {
    return undefined;
  }
}
