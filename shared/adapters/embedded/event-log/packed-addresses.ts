/** Stands for an event that can't be found any more. */
export const LOST = 0;

const BYTES_PER_ADDRESS_MAX = 8;

/** Addresses in ascending order, each as the distance from the one before it, in seven bits a byte (LEB128). */
export function packAddresses(addresses: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(addresses.length * BYTES_PER_ADDRESS_MAX);
  let at = 0;
  let before = 0;
  for (const address of addresses) {
    let rest = address === LOST ? 0 : address - before;
    while (rest >= 0x80) {
      bytes[at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    bytes[at++] = rest;
    if (address !== LOST) before = address;
  }
  return bytes.subarray(0, at);
}

/** What `packAddresses` was given. */
export function unpackAddresses(bytes: Uint8Array): number[] {
  const addresses: number[] = [];
  let before = 0;
  let value = 0;
  let factor = 1;
  for (const byte of bytes) {
    value += (byte & 0x7f) * factor;
    factor *= 0x80;
    if (byte >= 0x80) continue;
    if (value !== 0) before += value;
    addresses.push(value === 0 ? LOST : before);
    value = 0;
    factor = 1;
  }
  return addresses;
}
