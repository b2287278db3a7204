#!/usr/bin/env bash
# Builds the servers that the tests need into .backends/bin, where they are not there yet: a real NATS server and a server
# that speaks MongoDB's protocol. KurrentDB has a double in test/support, which needs nothing. Chromium and Redis are installed
# by apt, Celery and what checks signatures by pip. Beside them the CloudEvents SDKs of other languages, schemathesis, and what makes clients from the API's description.
set -euo pipefail
cd "$(dirname "$0")"
bash nats.sh
bash mongodb.sh
bash chromium.sh
bash redis.sh
bash celery.sh
bash cryptography.sh
bash sdks.sh
bash schemathesis.sh
bash openapi.sh
