#!/usr/bin/env bash
# Installs what checks the API's description and makes clients from it (scripts/openapi.sh) into .backends/openapi, unless it is
# there already in these versions: by npm, Python's pip and Maven.
set -euo pipefail
cd "$(dirname "$0")/../.."

sources=scripts/openapi
folder=$PWD/.backends/openapi
generator=org.openapitools:openapi-generator-cli:7.14.0
stamp=$(cat scripts/backends/openapi.sh "$sources/package-lock.json" "$sources/python/requirements.txt" | sha256sum)
if [[ ! -f $folder/installed || $(<"$folder/installed") != "$stamp" ]]; then
  for program in npm python3 mvn; do
    command -v "$program" >/dev/null || { echo "The makers of clients need $program, which is not on PATH" >&2; exit 1; }
  done
  rm -rf "$folder"
  mkdir -p "$folder"
  cp "$sources/package.json" "$sources/package-lock.json" "$sources/.npmrc" "$folder"
  (cd "$folder" && npm ci --no-progress --loglevel=error)
  python3 -m venv "$folder/python"
  "$folder/python/bin/pip" install --quiet --disable-pip-version-check --no-deps \
    --requirement "$sources/python/requirements.txt"
  mvn --quiet --batch-mode org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
    -Dartifact="$generator" -DoutputDirectory="$folder" -Dmdep.stripVersion=true
  # Last, so that an installation that was interrupted is begun anew.
  echo "$stamp" >"$folder/installed"
fi
echo 'openapi: redocly, spectral, openapi-typescript, openapi-python-client, openapi-generator'
