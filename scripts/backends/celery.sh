#!/usr/bin/env bash
# Installs Celery, for the example in examples/celery, into .backends/celery with Python's pip, unless it is there already in the
# versions that are named. Its queue is Redis (redis.sh).
set -euo pipefail
cd "$(dirname "$0")/../.."

requirements=$PWD/examples/celery/requirements.txt
folder=$PWD/.backends/celery
if ! cmp --silent "$requirements" "$folder/installed.txt"; then
  command -v python3 >/dev/null || { echo 'Celery is installed by Python, which is not on PATH' >&2; exit 1; }
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$requirements"
  # Last, so that an installation that was interrupted is begun anew.
  cp "$requirements" "$folder/installed.txt"
fi
echo "celery $("$folder/bin/celery" --version)"
