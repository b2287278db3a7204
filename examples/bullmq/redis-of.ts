/** Where Redis is, in the form that BullMQ takes. @throws TypeError when `url` is none. */
export function redisOf(url = 'redis://127.0.0.1:6379'): { host: string; port: number } {
  const { hostname: host, port } = new URL(url);
  return { host, port: Number(port || 6379) };
}
