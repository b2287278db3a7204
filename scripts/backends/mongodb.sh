#!/usr/bin/env bash
# Builds FerretDB v1, which speaks MongoDB's protocol and keeps its data in SQLite, with Go into .backends/bin, unless it
# is there already. Remove .backends/bin/ferretdb to have it built anew.
set -euo pipefail
cd "$(dirname "$0")/../.."

# The last version 1; version 2 needs PostgreSQL with an extension.
version=v1.24.2
module=github.com/FerretDB/FerretDB
bin=$PWD/.backends/bin
server=$bin/ferretdb
if [[ ! -x $server ]]; then
  command -v go >/dev/null || { echo 'FerretDB is built with Go, which is not on PATH' >&2; exit 1; }
  mkdir -p "$bin"
  # Whole or not at all: a build that was interrupted leaves nothing that looks like a server.
  building=$(mktemp -d "$bin/building.XXXXXX")
  trap 'rm -rf "$building"' EXIT
  (
    cd "$building"
    go mod init backends 2>/dev/null
    go get -tool "$module/cmd/ferretdb@$version" >/dev/null 2>&1
    go mod vendor
    # The server does not start without this file, which a module's archive lacks; its own documentation says to make it:
    # https://pkg.go.dev/github.com/FerretDB/FerretDB/build/version
    echo "$version" >"vendor/$module/build/version/version.txt"
    CGO_ENABLED=0 nice -n 10 go build -mod=vendor -buildvcs=false -trimpath -ldflags='-s -w' -o ferretdb "$module/cmd/ferretdb"
  )
  mv "$building/ferretdb" "$server"
fi
# All of it is read: a server whose output is cut off ends with an error.
told=$("$server" --version)
echo "FerretDB ${told%%$'\n'*}"
