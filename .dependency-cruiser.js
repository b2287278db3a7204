/**
 * Which part of Taskledger may import which: `docs/architecture.md`, "Direction". Paths in `to` are matched against
 * files of the project, `node_modules/…` for packages, and bare names for Node's own modules.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
export default {
  forbidden: [
    // The core: each layer imports only what is further inside.
    {
      name: 'domain-imports-only-domain',
      comment: 'The domain is pure: no other layer, no package, nothing of Node.',
      severity: 'error',
      from: { path: '^shared/core/domain/' },
      to: { pathNot: '^shared/core/domain/' },
    },
    {
      name: 'contracts-import-only-domain-and-zod',
      comment:
        'Contracts say what is sent and stored. They build on the domain; zod is the one package of the core.',
      severity: 'error',
      from: { path: '^shared/core/contracts/' },
      to: { pathNot: ['^shared/core/(domain|contracts)/', '(^|/)node_modules/zod/'] },
    },
    {
      name: 'ports-import-only-domain-and-contracts',
      comment: 'Ports say what the core needs of the world, in words of the domain. They name no vendor.',
      severity: 'error',
      from: { path: '^shared/core/ports/' },
      to: { pathNot: '^shared/core/(domain|contracts|ports)/' },
    },
    {
      name: 'application-imports-only-the-core',
      comment:
        'The application reaches the world through ports alone, so that every engine can be exchanged.',
      severity: 'error',
      from: { path: '^shared/core/application/' },
      to: { pathNot: '^shared/(core|kit)/' },
    },

    {
      name: 'kit-knows-nothing-of-tasks',
      comment:
        'The kit has what any program could use: queues, caches, waits. It knows neither the core nor a vendor.',
      severity: 'error',
      from: { path: '^shared/kit/' },
      to: { path: '^(shared|services|projections|cli|clients|examples)/', pathNot: '^shared/kit/' },
    },
    {
      name: 'runtime-imports-only-the-core',
      comment:
        'The runtime is what a process has around its work: settings, an ordered stop, log and metrics.',
      severity: 'error',
      from: { path: '^shared/runtime/' },
      to: {
        path: '^(shared|services|projections|cli|clients|examples)/',
        pathNot: '^shared/(core|kit|runtime)/',
      },
    },

    // Adapters: one vendor each, known to nobody but those who put the program together.
    {
      name: 'adapters-import-only-inwards',
      comment: 'An adapter implements ports. It knows neither the application nor another adapter.',
      severity: 'error',
      from: { path: '^shared/adapters/([^/]+)/' },
      to: {
        path: '^(shared|services|projections|cli|clients|examples)/',
        pathNot: ['^shared/adapters/$1/', '^shared/core/(ports|contracts|domain)/', '^shared/kit/'],
      },
    },
    {
      name: 'adapter-embedded-knows-only-lmdb',
      comment: 'The embedded adapter is made of lmdb, the locks of the file system and Node.',
      severity: 'error',
      from: { path: '^shared/adapters/embedded/' },
      to: {
        path: '(^|/)node_modules/',
        pathNot: '(^|/)node_modules/(lmdb|fs-native-extensions|@types/node)/',
      },
    },
    {
      name: 'adapter-node-knows-only-node',
      comment: 'One vendor each: the node adapter is made of what Node brings.',
      severity: 'error',
      from: { path: '^shared/adapters/node/' },
      to: { path: '(^|/)node_modules/', pathNot: '(^|/)node_modules/@types/node/' },
    },
    {
      name: 'adapter-kurrentdb-knows-only-kurrentdb',
      comment:
        'One vendor each: the kurrentdb adapter is made of the client of KurrentDB (with its generated service definitions) and Node.',
      severity: 'error',
      from: { path: '^shared/adapters/kurrentdb/' },
      to: {
        path: '(^|/)node_modules/',
        pathNot:
          '(^|/)node_modules/(@kurrent/[^/]+|@grpc/grpc-js|google-protobuf|@types/(node|google-protobuf))/',
      },
    },
    {
      name: 'adapter-mongodb-knows-only-mongodb',
      comment: "One vendor each: the mongodb adapter is made of MongoDB's driver and Node.",
      severity: 'error',
      from: { path: '^shared/adapters/mongodb/' },
      to: { path: '(^|/)node_modules/', pathNot: '(^|/)node_modules/(mongodb|bson|@types/node)/' },
    },
    {
      name: 'adapter-nats-knows-only-nats',
      comment: 'One vendor each: the nats adapter is made of the clients of NATS and Node.',
      severity: 'error',
      from: { path: '^shared/adapters/nats/' },
      to: { path: '(^|/)node_modules/', pathNot: '(^|/)node_modules/(@nats-io/[^/]+|@types/node)/' },
    },
    {
      name: 'only-composition-roots-import-adapters',
      comment:
        'Which engine stands behind a port is decided in main.ts and cli/; everybody else is given the port.',
      severity: 'error',
      from: { pathNot: ['(^|/)main\\.ts$', '^cli/', '^shared/adapters/', '^(test|bench)/'] },
      to: { path: '^shared/adapters/' },
    },

    // Services, projections and the command line: side by side, on top of shared/.
    {
      name: 'shared-imports-no-service',
      comment: 'shared/ is what the others build on; it imports none of them.',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^(services|projections|cli|clients|examples)/' },
    },
    {
      name: 'services-stay-apart',
      comment:
        'A service runs alone, so it imports no other service and no projection; it talks over the bus.',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^(services|projections)/', pathNot: '^services/$1/' },
    },
    {
      name: 'dashboard-imports-nothing-of-the-server',
      comment:
        'The page runs in a browser and talks to the API alone; it may share what is pure: the domain and the contracts.',
      severity: 'error',
      from: { path: '^services/dashboard/' },
      to: {
        path: '^(shared|services|projections|cli|clients|examples)/',
        pathNot: '^(services/dashboard|shared/core/domain|shared/core/contracts)/',
      },
    },
    {
      name: 'dashboard-is-made-of-preact-alone',
      comment: 'All that a browser has to load and run stands here; nothing of Node is there.',
      severity: 'error',
      from: { path: '^services/dashboard/' },
      to: {
        pathNot: ['^(services|shared)/', '(^|/)node_modules/preact/'],
      },
    },
    {
      name: 'dashboard-state-is-pure',
      comment:
        'What the page shows is decided apart from how it is drawn and loaded, so that tests need no browser.',
      severity: 'error',
      from: { path: '^services/dashboard/state/' },
      to: { path: '^services/dashboard/', pathNot: '^services/dashboard/(state/|api/types\\.ts$)' },
    },
    {
      name: 'server-imports-no-page',
      comment: 'The server hands out the built page; it is not made of its sources.',
      severity: 'error',
      from: { pathNot: '^(services/dashboard|test)/' },
      to: { path: '^services/dashboard/' },
    },
    {
      name: 'projections-import-no-service',
      comment: 'A projection reads the ledger and writes the read model; it needs no service for that.',
      severity: 'error',
      from: { path: '^projections/' },
      to: { path: '^services/' },
    },
    {
      name: 'cli-is-the-outermost',
      comment: 'The command line puts the parts together; no part knows that it was.',
      severity: 'error',
      from: { pathNot: '^(cli|test|bench)/' },
      to: { path: '^cli/' },
    },

    // What publishers use, and what only proves something.
    {
      name: 'client-stands-alone',
      comment: 'The client is taken into pipelines without Taskledger, so it imports nothing of it.',
      severity: 'error',
      from: { path: '^clients/typescript/' },
      to: { path: '^(shared|services|projections|cli|clients|examples)/', pathNot: '^clients/typescript/' },
    },
    {
      name: 'client-needs-no-package',
      comment:
        'The client is taken into pipelines as it is; only who talks over NATS installs what that needs.',
      severity: 'error',
      from: { path: '^clients/typescript/' },
      to: {
        path: '(^|/)node_modules/',
        pathNot: '(^|/)node_modules/(@nats-io/transport-node|@types/node)/',
      },
    },
    {
      name: 'server-imports-no-client',
      comment: 'The server does not depend on what is published for its users.',
      severity: 'error',
      from: { path: '^(services|projections)/' },
      to: { path: '^(clients|examples)/' },
    },
    {
      name: 'examples-import-only-clients',
      comment: 'An example shows what a user can do, with nothing but what a user has.',
      severity: 'error',
      from: { path: '^examples/' },
      to: { path: '^(shared|services|projections|cli)/' },
    },
    {
      name: 'nothing-imports-test-or-bench',
      comment: 'What runs in production knows nothing of how it is proved.',
      severity: 'error',
      from: { pathNot: '^(test|bench)/' },
      to: { path: '^(test|bench)/' },
    },

    // Of any file.
    {
      name: 'no-cycles',
      comment: 'Files that import each other in a circle are one file in pieces.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file that nothing imports and that imports nothing is left over.',
      severity: 'error',
      from: { orphan: true, pathNot: '\\.d\\.ts$' },
      to: {},
    },
    {
      name: 'only-declared-packages',
      comment:
        'What is imported must be installed by package.json itself, and not by the grace of another package.',
      severity: 'error',
      from: {},
      // What a package leaves its user to install (the client NATS) counts as declared.
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['npm-peer'] },
    },
    {
      name: 'everything-resolves',
      comment:
        'An import that leads nowhere fails when the program runs. The client as it is built is there after the build.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: 'clients/typescript/dist/' },
    },
    {
      name: 'production-needs-no-dev-packages',
      comment:
        'What runs in production must work after `npm ci --omit=dev`; types are gone by then, and the page is built.',
      severity: 'error',
      from: { path: '^(shared|services|projections|cli|clients)/', pathNot: '^services/dashboard/' },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: '(^|/)node_modules/@types/',
      },
    },
  ],
  options: {
    doNotFollow: { path: '(^|/)node_modules/' },
    // Neither what is built, nor the two files that only lead there.
    exclude: { path: '^((dist|clients/typescript/dist|data|test/fixtures)/|clients/typescript/index\\.)' },
    // What a folder says beside its package (that its files are ES modules) declares no packages.
    combinedDependencies: true,
    // Imports of types alone count too: they say who knows whom.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
