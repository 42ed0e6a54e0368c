#!/bin/bash
# Measures what Leaktrap costs, in ten minutes or so on two processors that do
# nothing else, and writes the tables of README.md and docs/performance.md and the
# curves of docs/images/. --smoke: only whether all benchmarks still run.
# --json FOLDER: see tools/benchmarks/main.py.
set -euo pipefail
exec </dev/null

tools="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
json=()
smoke=()
while (($# > 0)); do
  case "$1" in
    --smoke) smoke=(--smoke) ;;
    --json)
      json=(--json "$(realpath -m "${2:?}")")
      shift
      ;;
    *)
      echo "usage: $0 [--smoke] [--json FOLDER]" >&2
      exit 2
      ;;
  esac
  shift
done

"$tools/install_debian.sh"
# shellcheck source-path=SCRIPTDIR source=bazel_env.sh
. "$tools/bazel_env.sh"

code=0
"$tools/benchmarks/main.py" "${smoke[@]}" "${json[@]}" \
  -- bazel run -c opt "${bazel_config[@]}" || code=$?
bazel shutdown || true
exit "$code"
