#!/usr/bin/env bash
# Builds and tests on another version of Node, which npm's `node` package brings:
#   npm run test:node -- 22 [arguments for jest]
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ ! "${1:-}" =~ ^[0-9]+(\.[0-9]+){0,2}$ ]]; then
  echo "usage: npm run test:node -- VERSION [arguments for jest], with a VERSION such as 22 or 24.9.0" >&2
  exit 2
fi
version=$1
shift

exec npm exec --yes --package "node@$version" -- bash -c '
  set -euo pipefail
  echo "Testing on Node $(node --version)"
  node node_modules/typescript/bin/tsc -p tsconfig.build.json
  node node_modules/typescript/bin/tsc -p clients/typescript
  exec node --experimental-vm-modules node_modules/jest/bin/jest.js "$@"
' bash "$@"
