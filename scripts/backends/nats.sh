#!/usr/bin/env bash
# Builds the newest nats-server with Go into .backends/bin, unless one is there already. Remove .backends/bin/nats-server
# to have it built anew.
set -euo pipefail
cd "$(dirname "$0")/../.."

bin=$PWD/.backends/bin
server=$bin/nats-server
if [[ ! -x $server ]]; then
  command -v go >/dev/null || { echo 'nats-server is built with Go, which is not on PATH' >&2; exit 1; }
  mkdir -p "$bin"
  # Whole or not at all: a build that was interrupted leaves nothing that looks like a server.
  building=$(mktemp -d "$bin/building.XXXXXX")
  trap 'rm -rf "$building"' EXIT
  GOBIN=$building CGO_ENABLED=0 nice -n 10 go install -trimpath -ldflags='-s -w' github.com/nats-io/nats-server/v2@latest
  mv "$building/nats-server" "$server"
fi
"$server" --version
