import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

interface Service {
  image: string;
  restart: string;
  environment: Record<string, string>;
  networks: string[];
  ports?: string[];
  volumes?: string[];
  healthcheck: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
  init?: boolean;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt: string[];
}

interface ComposeFile {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean } | null>;
  volumes: Record<string, unknown>;
}

const PROJECT = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(PROJECT, file), 'utf8');

const { services, networks, volumes } = parse(read('docker-compose.yml'), { merge: true }) as ComposeFile;

const ENGINES = ['kurrentdb', 'mongodb', 'nats'];
/** Our own processes and what they do. */
const ROLES: Record<string, string> = {
  'commands-1': 'commands',
  'commands-2': 'commands',
  'query-1': 'query',
  'query-2': 'query',
  'projector-1': 'projector,feed,watchdog',
  'projector-2': 'projector,feed,watchdog',
};
const PORTS: Record<string, string[]> = {
  'query-1': ['127.0.0.1:8000:8000'],
  'query-2': ['127.0.0.1:8001:8000'],
};
/** Where each engine keeps what must outlive its container. */
const DATA = [
  ['kurrentdb', '/var/lib/kurrentdb'],
  ['kurrentdb', '/var/log/kurrentdb'],
  ['mongodb', '/data/db'],
  ['mongodb', '/data/configdb'],
  ['nats', '/data'],
] as const;

/** A variable without which nothing starts, and nothing else. */
const REQUIRED = /^\$\{([A-Z_]+):\?[^{}]+\}$/;

function service(name: string): Service {
  const found = services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}

describe('docker-compose.yml', () => {
  it('runs the engines, and each role twice', () => {
    expect(Object.keys(services).sort()).toEqual([...ENGINES, ...Object.keys(ROLES)].sort());
    const roles = Object.keys(ROLES).map((name) => [name, service(name).environment.ROLES]);
    expect(Object.fromEntries(roles)).toEqual(ROLES);
  });

  it.each(Object.keys(services))('%s is checked, comes back, and gets no further rights', (name) => {
    const { healthcheck, restart, security_opt } = service(name);
    expect(['CMD', 'CMD-SHELL']).toContain(healthcheck.test[0]);
    expect(restart).toBe('unless-stopped');
    expect(security_opt).toContain('no-new-privileges:true');
  });

  it.each(ENGINES)('%s is of one version', (name) => {
    expect(service(name).image).toMatch(/^[a-z/]+:\d+\.\d+\.\d+(-[a-z0-9.]+)?$/);
  });

  it.each(Object.keys(services))('%s publishes no port but on loopback, and only the API', (name) => {
    expect(service(name).ports ?? []).toEqual(PORTS[name] ?? []);
  });

  it('keeps the engines on networks that lead nowhere', () => {
    for (const name of ENGINES) {
      for (const network of service(name).networks) expect(networks[network]).toEqual({ internal: true });
    }
    // KurrentDB asks for no password there.
    expect(service('kurrentdb').networks).toEqual(['engines']);
  });

  it('lets who joins the network for pipelines reach NATS alone', () => {
    const joined = Object.keys(services).filter((name) => service(name).networks.includes('pipelines'));
    expect(joined).toEqual(['nats']);
    expect(networks['pipelines']).toEqual({ internal: true });
    // Whatever runs here asks for no password, so that the two have no network in common.
    expect(service('nats').networks).toEqual(['bus', 'pipelines']);
  });

  it.each(DATA)('%s keeps %s in a named volume', (name, folder) => {
    const mounted = service(name).volumes?.find((volume) => volume.split(':')[1] === folder);
    expect(Object.keys(volumes)).toContain(mounted?.split(':')[0]);
  });

  it.each(Object.keys(ROLES))('%s waits for the engines, and changes nothing on its own disk', (name) => {
    const { depends_on, init, read_only, cap_drop } = service(name);
    const healthy = ENGINES.map((engine) => [engine, { condition: 'service_healthy' }]);
    expect(depends_on).toEqual(Object.fromEntries(healthy));
    expect({ init, read_only, cap_drop }).toEqual({ init: true, read_only: true, cap_drop: ['ALL'] });
  });

  it.each(Object.keys(ROLES))('%s is told of all three engines', (name) => {
    const { EVENT_STORE_URL, READ_MODEL_URL, NATS_URL } = service(name).environment;
    expect(EVENT_STORE_URL).toBe('kurrentdb://kurrentdb:2113?tls=false');
    expect(READ_MODEL_URL).toMatch(/^mongodb:\/\/taskledger:.+@mongodb:27017\/taskledger$/);
    expect(NATS_URL).toMatch(/^nats:\/\/taskledger:.+@nats:4222$/);
  });
});

describe('the passwords', () => {
  const settings = Object.values(services).flatMap(({ environment }) => Object.entries(environment));
  const named = settings.filter(([name]) => name.endsWith('PASSWORD'));
  const inUrls = settings.flatMap(([name, value]) => {
    const password = /:\/\/[^/:@]+:(.+)@/.exec(value)?.[1];
    return password === undefined ? [] : [[name, password] as const];
  });
  const passwords = [...named, ...inUrls].map(
    ([name, value]) => [name, value.replace(/^"|"$/g, '')] as const,
  );

  it('come from the environment alone', () => {
    expect(passwords.length).toBeGreaterThan(0);
    expect(passwords.filter(([, value]) => !REQUIRED.test(value))).toEqual([]);
  });

  it('are those of .env.example, where they are empty', () => {
    const asked = new Set(passwords.map(([, value]) => REQUIRED.exec(value)?.[1]));
    const lines = read('.env.example')
      .split('\n')
      .filter((line) => /^[A-Z]/.test(line));
    expect(lines.filter((line) => !line.endsWith('='))).toEqual([]);
    const offered = lines.map((line) => line.slice(0, -1)).filter((name) => name.endsWith('PASSWORD'));
    expect(offered.sort()).toEqual([...asked].sort());
  });

  it('are in no file that the engines read', () => {
    const nats = [...read('deploy/nats.conf').matchAll(/password: *(\S+)/g)].map(([, value]) => value);
    expect(nats).toEqual(['$NATS_PASSWORD', '$NATS_PIPELINE_PASSWORD']);
    expect(Object.keys(service('nats').environment)).toEqual(['NATS_PASSWORD', 'NATS_PIPELINE_PASSWORD']);
    expect(read('deploy/mongodb-user.js')).toContain('pwd: process.env.MONGODB_PASSWORD,');
  });
});

describe('the image', () => {
  /** The instructions, each on one line. */
  const instructions = read('Dockerfile')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const last = instructions.slice(instructions.map((line) => /^FROM /.test(line)).lastIndexOf(true));
  const starting = (name: string): string | undefined => last.find((line) => line.startsWith(`${name} `));

  it('is of one version of Node, in every stage', () => {
    expect(instructions[0]).toMatch(/^ARG NODE_IMAGE=node:\d+\.\d+\.\d+-bookworm-slim$/);
    const stages = instructions.filter((line) => line.startsWith('FROM '));
    expect(stages.filter((line) => !line.startsWith('FROM ${NODE_IMAGE}'))).toEqual([]);
  });

  it('runs without root', () => {
    expect(last.filter((line) => line.startsWith('USER '))).toEqual(['USER node']);
    // All that needs rights comes before.
    expect(last.slice(last.indexOf('USER node')).filter((line) => /^(RUN|COPY|ADD) /.test(line))).toEqual([]);
  });

  it('is started without a shell, so that signals reach the process', () => {
    expect(JSON.parse(starting('CMD')?.slice('CMD '.length) ?? 'null')).toEqual([
      'node',
      '--max-semi-space-size=64',
      '--min-semi-space-size=32',
      '--v8-pool-size=1',
      'dist/cli/main.js',
      'start',
    ]);
  });

  it('is checked by Node itself', () => {
    expect(starting('HEALTHCHECK')).toContain('CMD ["node", "deploy/health.js", "live"]');
  });

  it('has the packages for production alone, and what was built', () => {
    const copied = last.filter((line) => line.startsWith('COPY '));
    expect(copied).toEqual([
      'COPY --from=packages /app/node_modules ./node_modules',
      'COPY --from=build /app/dist ./dist',
      'COPY package.json ./',
      'COPY deploy/health.js ./deploy/',
    ]);
    expect(instructions).toContain('RUN npm ci --omit=dev --ignore-scripts --no-progress');
  });

  it('is built from nothing but what .dockerignore lets in', () => {
    const rules = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(rules[0]).toBe('*');
    const letIn = rules.slice(1);
    // What was built here is not let in again; the image builds it itself.
    expect(letIn.filter((line) => !line.startsWith('!'))).toEqual(['clients/typescript/dist']);
    const open = letIn.filter((line) => line.startsWith('!'));
    expect(open.filter((line) => /env|data|test|node_modules|dist$/.test(line))).toEqual([]);
    const { include } = JSON.parse(read('tsconfig.build.json')) as { include: string[] };
    const needed = include.filter((folder) => !['examples', 'bench', 'scripts/*.ts'].includes(folder));
    const isLetIn = (path: string): boolean =>
      open.some((line) => path === line.slice(1) || path.startsWith(`${line.slice(1)}/`));
    expect(needed.filter((path) => !isLetIn(path))).toEqual([]);
  });
});
