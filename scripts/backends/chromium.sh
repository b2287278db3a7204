#!/usr/bin/env bash
# Installs Debian's Chromium, in which the tests of the page walk through it, unless there is one already. Needs root;
# somebody else's Chromium is found by CHROMIUM_PATH.
set -euo pipefail

if command -v "${CHROMIUM_PATH:-chromium}" >/dev/null; then exit 0; fi
if ((EUID != 0)); then
  echo 'chromium is installed by apt, which needs root; or set CHROMIUM_PATH' >&2
  exit 1
fi
apt-get update -q
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium
chromium --version
