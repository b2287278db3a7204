#!/usr/bin/env bash
# Builds the newest nats-server and the `nats` command line tool with Go into .backends/bin, unless they are there
# already. Remove them from .backends/bin to have them built anew.
set -euo pipefail
cd "$(dirname "$0")/../.."

bin=$PWD/.backends/bin

# Builds a package of the Go module proxy: whole or not at all, so that a build that was interrupted leaves nothing that
# looks like a program.
build() {
  local program=$1 package=$2
  if [[ -x $bin/$program ]]; then return 0; fi
  command -v go >/dev/null || { echo "$program is built with Go, which is not on PATH" >&2; exit 1; }
  mkdir -p "$bin"
  local building
  building=$(mktemp -d "$bin/building.XXXXXX")
  # shellcheck disable=SC2064
  trap "rm -rf '$building'" EXIT
  GOBIN=$building CGO_ENABLED=0 nice -n 10 go install -trimpath -ldflags='-s -w' "$package@latest"
  mv "$building/$program" "$bin/$program"
  rm -rf "$building"
}

build nats-server github.com/nats-io/nats-server/v2
build nats github.com/nats-io/natscli/nats
"$bin/nats-server" --version
echo "nats: $("$bin/nats" --version)"
