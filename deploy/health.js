// The health check of the image: `node deploy/health.js live` asks whether the process answers, `… ready` whether what it
// needs is there as well. Exits with 0 for yes and 1 for no, and then says why.
const ANSWER_MS_MAX = 4_000;
const question = process.argv[2] ?? 'live';
const url = `http://127.0.0.1:${process.env.PORT || 8000}/health/${question}`;

try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
} catch (error) {
  process.stderr.write(`${url}: ${error.message}\n`);
  process.exitCode = 1;
}
