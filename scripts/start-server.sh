# Sourced by scripts that ask a server of their own: starts one with its data in $scratch, and has it end with the script. Sets
# url and server; what it says is in $scratch/server.log.
scratch=$(mktemp -d)
touch "$scratch/server.log"
PORT=0 LOG_LEVEL=warn DATA_DIR=$scratch/data node dist/cli/main.js start >>"$scratch/server.log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null && wait "$server"; rm -rf "$scratch"' EXIT
url=
for ((tries = 0; tries < 600; tries++)); do
  url=$(sed -n 's/.*listens on \(http:[^ ]*\).*/\1/p' "$scratch/server.log")
  if [[ -n $url ]]; then break; fi
  kill -0 "$server" 2>/dev/null || break
  sleep 0.1
done
[[ -n $url ]] || { echo 'The server did not start:' >&2; cat "$scratch/server.log" >&2; exit 2; }
