#!/bin/bash
# Plants a leak in every way of docs/conformance.md, a hundred times in orders drawn
# anew, so that each stands beside others. PLANTED_RUNS=N: another number.
#
# The last line says "leaks planted: N, found: N, made by the call that was told: N
# of N, charged to another: N". Exits 0 only if each was found and rightly told.
set -euo pipefail
exec </dev/null

tools="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
"$tools/install_debian.sh"
# shellcheck source-path=SCRIPTDIR source=bazel_env.sh
. "$tools/bazel_env.sh"

child=testing/leaktrap/children/conformance/conformance_child
bazel build "${bazel_config[@]}" "//$(dirname "$child"):$(basename "$child")"
"$tools/planted.py" docs/conformance.md "bazel-bin/$child" "${PLANTED_RUNS:-100}"
