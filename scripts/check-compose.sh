#!/usr/bin/env bash
# Checks docker-compose.yml with no Docker engine: by `docker compose config` where that plugin is installed, and elsewhere
# by the library that the plugin reads such files with, which needs Go. Also that it refuses to start without each of the
# passwords that .env.example names.
set -euo pipefail
cd "$(dirname "$0")/.."
library=github.com/compose-spec/compose-go/v2/cli@v2.16.2

if docker compose version >/dev/null 2>&1; then
  check() { docker compose --file docker-compose.yml config --quiet; }
else
  command -v go >/dev/null || { echo 'Needs the docker compose plugin or Go' >&2; exit 1; }
  module=$(mktemp -d)
  trap 'rm -rf "$module"' EXIT
  cat >"$module/main.go" <<'GO'
// Reads a compose file as the docker compose plugin does: schema, variables, and everything that one part refers to.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	options, err := cli.NewProjectOptions(os.Args[1:], cli.WithOsEnv)
	if err == nil {
		_, err = options.LoadProject(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
GO
  (cd "$module" && go mod init compose-check && go get "$library" && go build -o check .) >"$module/log" 2>&1 ||
    { cat "$module/log" >&2; exit 1; }
  check() { "$module/check" docker-compose.yml; }
fi

# What is set goes before .env, so the outcome does not depend on one that lies here.
mapfile -t passwords < <(sed -n 's/^\([A-Z_]*PASSWORD\)=$/\1/p' .env.example)
((${#passwords[@]} > 0)) || { echo '.env.example names no password' >&2; exit 1; }
for name in "${passwords[@]}"; do export "$name=password"; done
check
for name in "${passwords[@]}"; do
  if (export "$name="; check 2>/dev/null); then
    echo "docker-compose.yml does without $name" >&2
    exit 1
  fi
done
echo "docker-compose.yml is in order, and refuses to start without each of ${passwords[*]}"
