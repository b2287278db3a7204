#!/usr/bin/env bash
# Installs Debian's Redis, which the examples with BullMQ and Celery run on, unless there is one already. Needs root.
# The tests start servers of their own.
set -euo pipefail

if ! command -v redis-server >/dev/null; then
  if ((EUID != 0)); then
    echo 'redis-server is installed by apt, which needs root' >&2
    exit 1
  fi
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends redis-server
fi
redis-server --version
