#!/bin/bash
# Shows Leaktrap at work: the tests of a small HTTP client that leak, their
# reports, and their fixed twins. Exits 0 only if every leak was caught and every
# twin was clean.
set -euo pipefail
exec </dev/null

"$(dirname "${BASH_SOURCE[0]}")/install_debian.sh"
# shellcheck source-path=SCRIPTDIR source=bazel_env.sh
. "$(dirname "${BASH_SOURCE[0]}")/bazel_env.sh"

code=0
bazel run "${bazel_config[@]}" //examples/http_client:demo || code=$?
bazel shutdown || true
exit "$code"
