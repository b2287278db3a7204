/** What stands in the place of a secret. */
const MARK = '***';

/** Shorter ones are taken out of URLs alone: as bare texts they stand in half of all words. */
const BARE_CHARACTERS_MIN = 4;

/** Options of a connection string whose values are secrets. */
const SECRET_OPTION = /password|passwd|secret|token|properties/i;

/** A login in any URL, also one that is no setting; our own examples say `password` for it. */
const LOGIN = /\/\/([^\s/@:?#"']*):(?!password@)[^\s/@"']+@/g;

/** Every way in which a secret may be written, the longest first. It is one list, as the environment is one. */
let hidden: string[] = [];

/** Has the secrets in some URLs (passwords, tokens) taken out of whatever the process says from now on, in this thread. */
export function hideSecretsOf(urls: Iterable<string | undefined>): void {
  const forms = new Set(hidden);
  // A URL has no white space; what stands in a variable may be more than a URL.
  for (const url of [...urls].flatMap((text) => text?.split(/\s+/) ?? []))
    for (const form of formsIn(url)) forms.add(form);
  hidden = [...forms].sort((a, b) => b.length - a.length);
}

/** A text without the secrets that are hidden, however they are written in it, and without passwords in other URLs. */
export function withoutSecrets(text: string): string {
  let safe = text;
  for (const form of hidden) {
    if (!safe.includes(form)) continue;
    safe =
      form.length < BARE_CHARACTERS_MIN
        ? safe.replaceAll(`:${form}@`, `:${MARK}@`)
        : safe.replaceAll(form, MARK);
  }
  return safe.includes('//') ? safe.replace(LOGIN, `//$1:${MARK}@`) : safe;
}

/**
 * One line of JSON without the secrets in its texts. They are taken out of each text by itself, so that it stays JSON, and
 * what the line itself is made of stays as it is.
 */
export function lineWithoutSecrets(line: string): string {
  if (withoutSecrets(line) === line && !hidden.some((form) => line.includes(escaped(form)))) return line;
  return `${JSON.stringify(cleaned(JSON.parse(line), 0))}\n`;
}

function cleaned(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return withoutSecrets(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => cleaned(item, depth + 1));
  // The names of a line's own members are ours.
  const name = (text: string): string => (depth === 0 ? text : withoutSecrets(text));
  return Object.fromEntries(
    Object.entries(value).map(([member, of]) => [name(member), cleaned(of, depth + 1)]),
  );
}

function formsIn(url: string): string[] {
  const rest = url.replace(/^[a-z+]+:\/\//i, '');
  // A list of servers may have a login in each part.
  const logins = [rest, ...rest.split(',')].flatMap((part) => loginsIn(part.replace(/^[a-z+]+:\/\//i, '')));
  const ofLogins = logins.flatMap((login) => {
    const colon = login.indexOf(':');
    // NATS takes a token in the place of a user. Elsewhere a user without a password is a name and no secret.
    if (colon === -1) return /^(nats|tls):/i.test(url) ? waysToWrite(login) : [];
    const [user, password] = [login.slice(0, colon), login.slice(colon + 1)];
    return [...waysToWrite(password), base64(`${decoded(user)}:${decoded(password)}`)];
  });
  return [...ofLogins, ...optionsIn(url).flatMap(waysToWrite)].filter((form) => form !== '');
}

/** What may be the login of a URL: a password that is not encoded as it must be may hold `@` and `/` itself. */
function loginsIn(text: string): string[] {
  const authority = /^[^/?#]*/.exec(text)?.[0] ?? '';
  const ends = [text.indexOf('@'), authority.lastIndexOf('@'), text.lastIndexOf('@')];
  return [...new Set(ends)].filter((end) => end > 0).map((end) => text.slice(0, end));
}

function optionsIn(url: string): string[] {
  const query = url.slice(url.indexOf('?') + 1);
  return query.split('&').flatMap((option) => {
    const [name = '', ...value] = option.split('=');
    const text = value.join('=');
    // MongoDB has lists of names and values in one option.
    return SECRET_OPTION.test(name) ? [text, ...text.split(',').map((one) => one.replace(/^\w+:/, ''))] : [];
  });
}

function waysToWrite(secret: string): string[] {
  const plain = decoded(secret);
  const encoded = encodeURIComponent(plain.toWellFormed());
  const lower = encoded.replace(/%../g, (code) => code.toLowerCase());
  return [secret, plain, encoded, lower, asUrlWrites(plain), escaped(plain), base64(plain)];
}

/** As `URL` writes it, which encodes less than others do. */
function asUrlWrites(password: string): string {
  const url = new URL('http://host');
  url.password = password;
  return url.password;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
