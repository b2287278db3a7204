/** Every answer of the HTTP API; `code` equals the HTTP status. */
export interface Envelope<Data = unknown> {
  code: number;
  message: string;
  data: Data;
}

/** The envelope's text around `data` that is JSON already, so that stored answers are not parsed to be sent. */
export function envelopeOfJson(code: number, message: string, dataJson: string): string {
  return `{"code":${code},"message":${JSON.stringify(message)},"data":${dataJson}}`;
}
