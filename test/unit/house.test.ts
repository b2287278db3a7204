import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const PROJECT = path.resolve(import.meta.dirname, '../..');
const DEPCRUISE = path.join(PROJECT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const FOLDERS = ['shared', 'services', 'projections', 'cli', 'clients', 'examples', 'bench', 'test'];

/** Imports that must be reported, each with the rules that report it: file, what it imports, rules. */
const FORBIDDEN: readonly (readonly [from: string, to: string, ...rules: string[]])[] = [
  ['shared/core/domain/a.ts', 'shared/core/contracts/inner.ts', 'domain-imports-only-domain'],
  ['shared/core/domain/b.ts', 'zod', 'domain-imports-only-domain'],
  ['shared/core/domain/c.ts', 'node:crypto', 'domain-imports-only-domain'],
  ['shared/core/contracts/a.ts', 'shared/core/ports/inner.ts', 'contracts-import-only-domain-and-zod'],
  ['shared/core/contracts/b.ts', 'pino', 'contracts-import-only-domain-and-zod'],
  ['shared/core/contracts/c.ts', 'node:buffer', 'contracts-import-only-domain-and-zod'],
  ['shared/core/ports/a.ts', 'shared/core/application/inner.ts', 'ports-import-only-domain-and-contracts'],
  ['shared/core/ports/b.ts', 'zod', 'ports-import-only-domain-and-contracts'],
  ['shared/core/application/a.ts', 'lmdb', 'application-imports-only-the-core'],
  ['shared/core/application/b.ts', 'fs', 'application-imports-only-the-core'],
  [
    'shared/core/application/c.ts',
    'shared/adapters/embedded/inner.ts',
    'application-imports-only-the-core',
    'only-composition-roots-import-adapters',
  ],
  ['shared/adapters/embedded/a.ts', 'shared/adapters/node/inner.ts', 'adapters-import-only-inwards'],
  ['shared/adapters/embedded/b.ts', 'shared/core/application/inner.ts', 'adapters-import-only-inwards'],
  ['shared/adapters/embedded/c.ts', 'pino', 'adapter-embedded-knows-only-lmdb'],
  ['shared/adapters/node/a.ts', 'lmdb', 'adapter-node-knows-only-node'],
  [
    'shared/runtime/a.ts',
    'shared/adapters/node/inner.ts',
    'only-composition-roots-import-adapters',
    'runtime-imports-only-the-core',
  ],
  ['services/query/a.ts', 'shared/adapters/embedded/inner.ts', 'only-composition-roots-import-adapters'],
  ['projections/tasks/a.ts', 'shared/adapters/embedded/inner.ts', 'only-composition-roots-import-adapters'],
  [
    'shared/runtime/b.ts',
    'services/query/inner.ts',
    'shared-imports-no-service',
    'runtime-imports-only-the-core',
  ],
  ['shared/kit/a.ts', 'shared/core/domain/inner.ts', 'kit-knows-nothing-of-tasks'],
  ['services/query/b.ts', 'services/commands/inner.ts', 'services-stay-apart'],
  ['services/query/main.ts', 'services/commands/inner.ts', 'services-stay-apart'],
  ['services/commands/a.ts', 'projections/tasks/inner.ts', 'services-stay-apart'],
  ['projections/engine/a.ts', 'services/query/inner.ts', 'projections-import-no-service'],
  ['services/commands/b.ts', 'cli/inner.ts', 'cli-is-the-outermost'],
  ['clients/typescript/a.ts', 'shared/core/domain/inner.ts', 'client-stands-alone'],
  ['clients/typescript/b.ts', 'zod', 'client-needs-no-package'],
  ['services/query/c.ts', 'clients/typescript/inner.ts', 'server-imports-no-client'],
  ['services/dashboard/a.ts', 'shared/core/application/inner.ts', 'dashboard-imports-nothing-of-the-server'],
  [
    'services/dashboard/b.ts',
    'services/query/inner.ts',
    'dashboard-imports-nothing-of-the-server',
    'services-stay-apart',
  ],
  ['services/dashboard/c.ts', 'zod', 'dashboard-is-made-of-preact-alone'],
  ['services/dashboard/d.ts', 'node:fs', 'dashboard-is-made-of-preact-alone'],
  ['services/dashboard/state/a.ts', 'services/dashboard/inner.ts', 'dashboard-state-is-pure'],
  ['services/query/d.ts', 'services/dashboard/inner.ts', 'server-imports-no-page', 'services-stay-apart'],
  ['examples/pipeline/a.ts', 'shared/core/contracts/inner.ts', 'examples-import-only-clients'],
  ['cli/a.ts', 'test/support/inner.ts', 'nothing-imports-test-or-bench'],
  ['cli/b.ts', 'bench/inner.ts', 'nothing-imports-test-or-bench'],
  ['cli/c.ts', 'not-in-package-json', 'only-declared-packages'],
  ['cli/d.ts', './nowhere.js', 'everything-resolves'],
  ['cli/e.ts', 'only-for-development', 'production-needs-no-dev-packages'],
];

/** Two files that import each other: reported once, at one of them. */
const CIRCLE = [
  ['cli/circle.ts', 'cli/circle-too.ts'],
  ['cli/circle-too.ts', 'cli/circle.ts'],
] as const;

/** Imports that must not be reported. */
const ALLOWED: readonly (readonly [from: string, to: string])[] = [
  ['shared/core/domain/ok.ts', 'shared/core/domain/inner.ts'],
  ['shared/core/contracts/ok.ts', 'shared/core/domain/inner.ts'],
  ['shared/core/contracts/ok-too.ts', 'zod'],
  ['shared/core/ports/ok.ts', 'shared/core/contracts/inner.ts'],
  ['shared/core/application/ok.ts', 'shared/core/ports/inner.ts'],
  ['shared/core/application/ok-too.ts', 'shared/kit/inner.ts'],
  ['shared/kit/ok.ts', 'shared/kit/inner.ts'],
  ['shared/adapters/embedded/ok.ts', 'lmdb'],
  ['shared/adapters/embedded/ok-too.ts', 'shared/core/ports/inner.ts'],
  ['shared/adapters/node/ok.ts', 'node:crypto'],
  ['services/commands/main.ts', 'shared/adapters/embedded/inner.ts'],
  ['services/query/ok.ts', 'shared/core/application/inner.ts'],
  ['cli/ok.ts', 'shared/adapters/embedded/inner.ts'],
  ['cli/ok-too.ts', 'services/query/inner.ts'],
  ['cli/ok-three.ts', 'clients/typescript/inner.ts'],
  ['services/dashboard/ok.ts', 'shared/core/domain/inner.ts'],
  ['services/dashboard/ok-too.ts', 'preact'],
  ['services/dashboard/state/ok.ts', 'services/dashboard/state/inner.ts'],
  ['examples/pipeline/ok.ts', 'clients/typescript/inner.ts'],
  ['examples/pipeline/ok-too.ts', 'only-for-development'],
  ['test/unit/ok.ts', 'shared/adapters/embedded/inner.ts'],
  ['bench/ok.ts', 'shared/core/application/inner.ts'],
];

const PACKAGES = ['zod', 'pino', 'lmdb'];
const DEV_PACKAGES = ['only-for-development', 'preact'];

describe('the rules of who may import whom', () => {
  let folder: string;
  /** `from → to: rule`. */
  let violations: string[];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'taskledger-house-'));
    await plantProject(folder);
    violations = await violationsIn(folder);
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it.each(FORBIDDEN.map(([from, to, ...rules]) => ({ from, to, rules })))(
    '$from must not import $to',
    ({ from, rules }) => {
      expect(rulesOf(violations, from)).toEqual([...rules].sort());
    },
  );

  it.each(ALLOWED.map(([from, to]) => ({ from, to })))('$from may import $to', ({ from }) => {
    expect(rulesOf(violations, from)).toEqual([]);
  });

  it('reports a file that stands alone', () => {
    expect(rulesOf(violations, 'shared/runtime/observability/orphan.ts')).toEqual(['no-orphans']);
  });

  it('reports a circle', () => {
    expect(violations.filter((line) => line.startsWith('cli/circle'))).toEqual([
      expect.stringMatching(/: no-cycles$/),
    ]);
  });

  it('fails the run for as many as there are', async () => {
    const { code } = await depcruise(folder, 'err');
    expect(code).toBe(violations.length);
  });
});

describe('the project as it stands', () => {
  it('breaks none of them', async () => {
    expect(await violationsIn(PROJECT)).toEqual([]);
  }, 120_000);

  it('has the same rules in npm run lint', async () => {
    const { scripts } = JSON.parse(await readFile(path.join(PROJECT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(scripts.lint).toContain('npm run lint:imports');
    expect(scripts['lint:imports']).toBe(`depcruise --config .dependency-cruiser.js ${FOLDERS.join(' ')}`);
  });
});

/** Writes a small project whose files import what the tables say, with packages that hold nothing. */
async function plantProject(folder: string): Promise<void> {
  await cp(path.join(PROJECT, '.dependency-cruiser.js'), path.join(folder, '.dependency-cruiser.js'));
  const versions = (names: string[]): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, '1.0.0']));
  await plant(
    folder,
    'package.json',
    JSON.stringify({
      type: 'module',
      dependencies: versions(PACKAGES),
      devDependencies: versions(DEV_PACKAGES),
    }),
  );
  for (const name of [...PACKAGES, ...DEV_PACKAGES, 'not-in-package-json']) {
    await plant(folder, `node_modules/${name}/package.json`, JSON.stringify({ name, exports: './index.js' }));
    await plant(folder, `node_modules/${name}/index.js`, 'export const nothing = 0;\n');
  }
  await plant(folder, 'shared/runtime/observability/orphan.ts', 'export const alone = 0;\n');
  for (const [from, to] of [...ALLOWED, ...FORBIDDEN, ...CIRCLE]) {
    const inProject = FOLDERS.includes(to.split('/')[0] as string);
    const specifier = inProject ? `./${path.relative(path.dirname(from), to).replace(/\.ts$/, '.js')}` : to;
    await plant(
      folder,
      from,
      `import * as imported from '${specifier}';\nexport type Imported = typeof imported;\n`,
    );
    if (to.endsWith('/inner.ts')) await plant(folder, to, 'export const inner = 0;\n');
  }
}

async function plant(folder: string, file: string, content: string): Promise<void> {
  await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
  await writeFile(path.join(folder, file), content);
}

function rulesOf(violations: string[], from: string): string[] {
  return violations
    .filter((line) => line.startsWith(`${from} `))
    .map((line) => line.split(': ')[1] as string);
}

async function violationsIn(folder: string): Promise<string[]> {
  const { stdout } = await depcruise(folder, 'json');
  const { summary } = JSON.parse(stdout) as {
    summary: { violations: { from: string; to: string; rule: { name: string } }[] };
  };
  return summary.violations.map(({ from, to, rule }) => `${from} → ${to}: ${rule.name}`).sort();
}

/** Runs what `npm run lint:imports` runs, in a folder. */
async function depcruise(cwd: string, outputType: string): Promise<{ code: number; stdout: string }> {
  const args = [DEPCRUISE, '--config', '.dependency-cruiser.js', '--output-type', outputType, ...FOLDERS];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, maxBuffer: 64 * 1024 * 1024 }, (error, stdout) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout });
    });
  });
}
