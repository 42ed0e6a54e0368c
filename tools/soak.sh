#!/bin/bash
# Runs a hundred thousand clean tests twice: on the machine as it is, and with four
# busy loops for each processor beside them. SOAK_TESTS=N: another number.
#
# Each time a line says "clean tests: N, false alarms: N", from Leaktrap's JSON.
# Exits 0 only if all ran and none was a false alarm.
set -euo pipefail
exec </dev/null

"$(dirname "${BASH_SOURCE[0]}")/install_debian.sh"
# shellcheck source-path=SCRIPTDIR source=bazel_env.sh
. "$(dirname "${BASH_SOURCE[0]}")/bazel_env.sh"

export SOAK_TESTS="${SOAK_TESTS:-100000}"
SOAK_BUSY_LOOPS=$((4 * $(nproc)))
export SOAK_BUSY_LOOPS

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# count JSON: what its summary says.
count() {
  python3 - "$1" <<'PYTHON'
import json
import os
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    summary = json.load(file)["entries"][-1]
alarms = sum(summary[key] for key in ("leaks", "exceeded", "unmet"))
print(f"clean tests: {summary['tests']}, false alarms: {alarms}")
sys.exit(alarms != 0 or summary["tests"] != int(os.environ["SOAK_TESTS"]))
PYTHON
}

code=0
for name in soak_test soak_busy_test; do
  bazel build "${bazel_config[@]}" "//testing/leaktrap:$name"
  echo "=== $name"
  GTEST_BRIEF=1 TEST_TMPDIR="$work" "bazel-bin/testing/leaktrap/$name" \
    --leaktrap_json="$work/$name.json" >"$work/$name.log" 2>&1 || {
    code=1
    grep -m 20 -A 8 '^Leaktrap: .* left behind' "$work/$name.log" || true
    tail -n 3 "$work/$name.log"
  }
  count "$work/$name.json" || code=1
done
exit "$code"
