#!/bin/bash
# Runs fuzz targets (foo_fuzzer.cc) with libFuzzer, AddressSanitizer and
# UndefinedBehaviorSanitizer, built by clang, from their corpora on.
#
#   fuzz.sh [--seconds=N] [TARGET...]
#
# TARGET is a label of Bazel's or a name (task_stat_fuzzer); without any, all run,
# each for N seconds (10). What is found on the way stays in build/fuzz/NAME, for
# the next time; an input that fails is kept there as crash-*, and named. The last
# line is "N passed, N failed", in targets; exits 0 only if none failed.
set -euo pipefail
exec </dev/null

tools="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
seconds=10
wanted=()
for argument in "$@"; do
  case "$argument" in
    --seconds=[0-9]*) seconds="${argument#*=}" ;;
    -*)
      echo "usage: $0 [--seconds=N] [TARGET...]" >&2
      exit 2
      ;;
    *) wanted+=("$argument") ;;
  esac
done

"$tools/install_debian.sh" clang
# shellcheck source-path=SCRIPTDIR source=bazel_env.sh
. "$tools/bazel_env.sh"
use_clang

all="$(run_bazel query --noshow_progress 'filter("_fuzzer$", kind(cc_test, //lib/...))')"
targets=()
for name in "${wanted[@]}"; do
  target="$(grep -E "(^|:)$name\$" <<<"$all")" || {
    echo "$0: there is no $name; there are ${all//$'\n'/ }" >&2
    exit 2
  }
  targets+=("$target")
done
if ((${#targets[@]} == 0)); then mapfile -t targets <<<"$all"; fi

run_bazel build "${bazel_config[@]}" --ui_event_filters=-info --config=fuzz "${targets[@]}"
binaries="$(run_bazel info --config=fuzz bazel-bin)"
run_bazel shutdown

# fuzz TARGET: succeeds if nothing was found.
fuzz() {
  local path="${1#//}"
  local name="${path#*:}" corpus="${path%:*}/testdata/${path#*:}"
  local kept="build/fuzz/$name"
  mkdir -p "$kept/corpus"
  echo "=== $name"
  "$binaries/${path/://}" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$kept/" "$kept/corpus" "$corpus" \
    >"$kept/log" 2>&1 || {
    tail -n 60 "$kept/log"
    return 1
  }
  grep -E '^(stat::number_of_executed_units|#[0-9]+\s+DONE)' "$kept/log" || true
}

passed=0
failed=0
for target in "${targets[@]}"; do
  if fuzz "$target"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
