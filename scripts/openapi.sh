#!/usr/bin/env bash
# Holds the API's description to what people do with it: redocly and spectral find nothing in it, and the clients that
# openapi-typescript, openapi-python-client and openapi-generator (Go) make from it compile, call a server of their own, and
# read its refusals. Needs what `npm run build` and scripts/backends/openapi.sh make, Go, Python and a JDK.
set -euo pipefail
cd "$(dirname "$0")/.."
sources=$PWD/scripts/openapi
tools=$PWD/.backends/openapi
[[ -f $tools/installed ]] || { echo 'Run scripts/backends/openapi.sh first' >&2; exit 2; }
modules=$PWD/node_modules

source scripts/start-server.sh
work=$tools/clients
rm -rf "$work"
mkdir -p "$work/go"
cd "$work"
curl --silent --fail "$url/openapi.json" >openapi.json

REDOCLY_TELEMETRY=off "$tools/node_modules/.bin/redocly" lint openapi.json --format=stylish >lint.txt 2>&1 || true
grep --quiet 'Your API description is valid' lint.txt && ! grep --quiet 'You have' lint.txt || { cat lint.txt >&2; exit 1; }
echo 'redocly: nothing found'
echo 'extends: ["spectral:oas"]' >.spectral.yaml
"$tools/node_modules/.bin/spectral" lint openapi.json --fail-severity=hint

cp -r "$sources/typescript" .
"$tools/node_modules/.bin/openapi-typescript" openapi.json --output typescript/api.d.ts >/dev/null
"$modules/.bin/tsc" -p typescript --typeRoots "$modules/@types"
node typescript/use.js "$url"

# Of several media types, one of them a list, openapi-python-client 0.29 makes a call that always fails: it gets one.
node -e '
  const { readFileSync, writeFileSync } = require("node:fs");
  const description = JSON.parse(readFileSync("openapi.json"));
  const body = description.paths["/api/v1/events"].post.requestBody;
  const [type, content] = Object.entries(body.content)[0];
  body.content = { [type]: content };
  writeFileSync("openapi-python.json", JSON.stringify(description));
'
PATH=$tools/python/bin:$PATH openapi-python-client generate --path openapi-python.json --output-path python/api --meta none --fail-on-warning
cp "$sources/python/use.py" python
PYTHONDONTWRITEBYTECODE=1 "$tools/python/bin/python" python/use.py "$url"

java -jar "$tools/openapi-generator-cli.jar" generate --input-spec openapi.json --generator-name go --output go/api \
  --package-name api --additional-properties=withGoMod=false,disallowAdditionalPropertiesIfNotPresent=false \
  --global-property=apis,models,supportingFiles,apiTests=false,modelTests=false,apiDocs=false,modelDocs=false >generator.log 2>&1 ||
  { cat generator.log >&2; exit 1; }
cp "$sources/go/"* go
cd go
go vet ./...
go run . "$url"
