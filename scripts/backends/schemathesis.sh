#!/usr/bin/env bash
# Installs schemathesis, which sends requests made from the API's description (scripts/schemathesis.sh), into
# .backends/schemathesis with Python's pip, unless it is there already in the version that is named.
set -euo pipefail
cd "$(dirname "$0")/../.."

requirements=$PWD/scripts/schemathesis/requirements.txt
folder=$PWD/.backends/schemathesis
if ! cmp --silent "$requirements" "$folder/installed.txt"; then
  command -v python3 >/dev/null || { echo 'schemathesis is installed by Python, which is not on PATH' >&2; exit 1; }
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$requirements"
  # Last, so that an installation that was interrupted is begun anew.
  cp "$requirements" "$folder/installed.txt"
fi
"$folder/bin/schemathesis" --version
