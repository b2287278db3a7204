#!/usr/bin/env bash
# Brings the CloudEvents SDKs of Python, Go and Java into .backends/sdks, in the versions that the folders in test/sdks name,
# unless they are there already; that of JavaScript is among the project's packages. A language that is not on the machine is
# named at the end, after the others have been brought.
set -euo pipefail
cd "$(dirname "$0")/../.."

sdks=$PWD/.backends/sdks
missing=()

# Builds one of them in a folder of its own: whole or not at all, and anew when one of these files has changed.
build() {
  local language=$1 program=$2
  shift 2
  local built=$sdks/$language stamp
  stamp=$(cat "${@/#/test/sdks/$language/}" | sha256sum)
  if [[ -f $built/stamp && $(<"$built/stamp") == "$stamp" ]]; then return 0; fi
  command -v "$program" >/dev/null || { missing+=("$program"); return 0; }
  rm -rf "$built"
  mkdir -p "$built"
  "bring_$language" "$built"
  echo "$stamp" >"$built/stamp"
}

bring_python() {
  python3 -m venv "$1"
  "$1/bin/pip" install --quiet --disable-pip-version-check --no-deps --requirement test/sdks/python/requirements.txt
}

bring_go() {
  CGO_ENABLED=0 nice -n 10 go build -C test/sdks/go -trimpath -ldflags='-s -w' -o "$1/send" .
}

bring_java() {
  mvn --quiet --batch-mode --file test/sdks/java/pom.xml dependency:copy-dependencies -DoutputDirectory="$1/lib"
  javac -d "$1/classes" -cp "$1/lib/*" test/sdks/java/Send.java
}

build python python3 requirements.txt
build go go main.go go.mod go.sum
build java mvn Send.java pom.xml

if ((${#missing[@]} > 0)); then
  echo "CloudEvents SDKs that are not there, since these are not on PATH: ${missing[*]}" >&2
  exit 1
fi
echo 'CloudEvents SDKs: Python, Go, Java'
