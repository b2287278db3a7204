#!/usr/bin/env bash
# Builds FerretDB v1, which speaks MongoDB's protocol and keeps its data in SQLite, with Go into .backends/bin, unless it
# is there already. Remove .backends/bin/ferretdb to have it built anew.
set -euo pipefail
cd "$(dirname "$0")/../.."

# The last version 1; version 2 needs PostgreSQL with an extension.
version=v1.24.2
bin=$PWD/.backends/bin
server=$bin/ferretdb
if [[ ! -x $server ]]; then
  command -v go >/dev/null || { echo 'FerretDB is built with Go, which is not on PATH' >&2; exit 1; }
  mkdir -p "$bin"
  # Whole or not at all: a build that was interrupted leaves nothing that looks like a server.
  building=$(mktemp -d "$bin/building.XXXXXX")
  trap 'rm -rf "$building"' EXIT
  module=$(cd "$building" && go mod download -json "github.com/FerretDB/FerretDB@$version")
  cp -R "$(node -p 'JSON.parse(process.argv[1]).Dir' "$module")" "$building/source"
  chmod -R u+w "$building/source"
  # The server does not start without this file, which FerretDB's own build makes from git.
  echo "$version" >"$building/source/build/version/version.txt"
  # It looks documents up by another expression than the one that its index on _id is made of, so that every look-up
  # reads the whole collection; with the same expression in both, the index is used. Nothing else changes.
  sed -i "s|->'\$._id'\"|->\\\\\"_id\\\\\"\"|" "$building/source/internal/backends/sqlite/metadata/metadata.go"
  (
    cd "$building/source"
    CGO_ENABLED=0 nice -n 10 go build -buildvcs=false -trimpath -ldflags='-s -w' -o "$building/ferretdb" ./cmd/ferretdb
  )
  mv "$building/ferretdb" "$server"
fi
"$server" --version | head -n 1
