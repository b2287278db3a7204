#!/usr/bin/env bash
# Installs the Python package with which scripts/check_proof.py checks signatures, into .backends/cryptography, unless it is there
# already in the versions that are named.
set -euo pipefail
cd "$(dirname "$0")/../.."

requirements=$PWD/scripts/check_proof.requirements.txt
folder=$PWD/.backends/cryptography
if ! cmp --silent "$requirements" "$folder/installed.txt"; then
  command -v python3 >/dev/null || { echo 'The package cryptography is installed by Python, which is not on PATH' >&2; exit 1; }
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement "$requirements"
  # Last, so that an installation that was interrupted is begun anew.
  cp "$requirements" "$folder/installed.txt"
fi
"$folder/bin/python" -c 'import cryptography; print("cryptography", cryptography.__version__)'
