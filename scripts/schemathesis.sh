#!/usr/bin/env bash
# Sends requests made from the API's description, right ones and wrong ones, to a server of its own, and checks all the answers
# against the description: by schemathesis, with all of its checks. Needs what `npm run build` and
# scripts/backends/schemathesis.sh make.
#
#   CASES=10000 SEED=1 PHASES=examples,coverage,fuzzing,stateful bash scripts/schemathesis.sh
#
# Rounds follow, each with the next seed, until there were so many cases. The exit code is 0 when nothing failed but what
# scripts/schemathesis/listed.toml lists with its reason.
set -euo pipefail
cd "$(dirname "$0")/.."

cases_wanted=${CASES:-10000}
seed=${SEED:-$RANDOM}
phases=${PHASES:-examples,coverage,fuzzing,stateful}
schemathesis=$PWD/.backends/schemathesis/bin/schemathesis
[[ -x $schemathesis ]] || { echo 'Run scripts/backends/schemathesis.sh first' >&2; exit 2; }

source scripts/start-server.sh
config=$PWD/scripts/schemathesis/schemathesis.toml
export PYTHONPATH=$PWD/scripts/schemathesis PYTHONDONTWRITEBYTECODE=1 LISTED_COUNTS=$scratch/listed
touch "$LISTED_COUNTS"
# It keeps notes in the folder where it runs.
cd "$scratch"
cases=0
failed=0
while ((cases < cases_wanted)); do
  echo "Seed $seed"
  # A 20th for each operation, and for what follows from one to the next, makes about as many in all; a round takes its time.
  each=$(((cases_wanted - cases + 19) / 20))
  if ((each < 25)); then each=25; fi
  if ! "$schemathesis" --config-file "$config" run "$url/openapi.json" \
    --checks all --continue-on-failure --phases "$phases" --max-examples "$each" --seed "$seed" \
    --generation-database none --no-color >"$scratch/round.log" 2>&1; then
    failed=1
    cat "$scratch/round.log"
  fi
  made=$(sed -n 's/^ *\([0-9]*\) generated.*/\1/p' "$scratch/round.log")
  if [[ -z $made || $made == 0 ]]; then
    echo 'It made no cases:' >&2
    cat "$scratch/round.log" >&2
    exit 2
  fi
  cases=$((cases + made))
  seed=$((seed + 1))
done

echo "$cases cases"
echo 'Failures that are listed with their reason:'
awk '{ n = $1; $1 = ""; sum[$0] += n } END { for (reason in sum) print " ", sum[reason] " ×" reason }' "$LISTED_COUNTS"
if ! kill "$server" || ! wait "$server"; then
  echo 'The server did not end in order:' >&2
  failed=1
fi
if ((failed)); then
  cat "$scratch/server.log" >&2
  echo 'There are failures that are not listed.' >&2
fi
exit "$failed"
