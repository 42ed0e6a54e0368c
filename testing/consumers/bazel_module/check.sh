#!/bin/bash
# check.sh OUTPUT_BASE [OPTION OF BAZEL TEST...]: see ../bazel_check.sh.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
exec "$here/../bazel_check.sh" "$here" "$@"
