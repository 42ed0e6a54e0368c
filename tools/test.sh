#!/bin/bash
# Runs all tests: plain, with AddressSanitizer, with ThreadSanitizer, built by
# CMake, from outside as users have it, and against mutants of the verifier, which
# the tests must notice. --fast: plain only.
#
# The last line is "N passed, N failed", in test cases and mutants. Exits 0 only
# if something ran and nothing failed.
set -euo pipefail
exec </dev/null

fast=
case "$*" in
  '') ;;
  --fast) fast=yes ;;
  *)
    echo "usage: $0 [--fast]" >&2
    exit 2
    ;;
esac

tools="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
"$tools/install_debian.sh"
# shellcheck source-path=SCRIPTDIR source=bazel_env.sh
. "$tools/bazel_env.sh"
# shellcheck source-path=SCRIPTDIR source=suites.sh
. "$tools/suites.sh"

finish() {
  bazel shutdown || true
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# run_script NAME OPTION...: tools/NAME, whose last line says "N passed, N failed",
# which is not shown: here only the sum of all may stand so.
run_script() {
  local name=$1 start=$SECONDS code=0 out="$work/$1.out" count=(0 1)
  shift
  echo "=== ${name%.*}"
  "$tools/$name" "$@" | tee "$out" | sed -E '/^[0-9]+ passed, [0-9]+ failed$/d' ||
    code=$?
  if [[ "$(tail -n 1 "$out")" =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    count=("${BASH_REMATCH[@]:1}")
  fi
  if ((code != 0 && count[1] == 0)); then count[1]=1; fi
  record "${name%.*}" $((SECONDS - start)) "${count[@]}" 0
}

# run_cmake FOLDER: every test, built there by CMake and run by CTest.
run_cmake() {
  local build=$1 start=$SECONDS code=0 counts
  echo "=== cmake"
  "$tools/bazel_to_cmake.py" --check || code=$?
  cmake -S . -B "$build" -DCMAKE_BUILD_TYPE="" >"$work/cmake.log" &&
    cmake --build "$build" -j "$(nproc)" >>"$work/cmake.log" 2>&1 || {
    code=$?
    grep -B2 -A10 -E 'error|Error' "$work/cmake.log" >"$work/cmake.errors" || true
    head -n 100 "$work/cmake.errors"
  }
  ctest --test-dir "$build" -j "$(nproc)" --no-tests=error --output-on-failure \
    --output-junit "$build/Testing/ctest.xml" || code=$?
  counts="$("$tools/count_ctest.py" "$build")" || counts="0 1 0"
  local -a count
  read -ra count <<<"$counts"
  if ((code != 0 && count[1] == 0)); then count[1]=1; fi
  record cmake $((SECONDS - start)) "${count[@]}"
}

# The mutants are built by another server, in another tree: the disk cache
# spares them what the plain build has compiled.
cache="$work/disk_cache"
if [[ -n "$fast" ]]; then
  run_suite plain
else
  run_suite plain --disk_cache="$cache"
  # Whether verdicts depend on the recorder is seen without sanitizers.
  run_suite asan --config=asan --build_tests_only --test_tag_filters=-unrecorded,-plain_only
  run_suite tsan --config=tsan --build_tests_only --test_tag_filters=-unrecorded,-plain_only
  bazel shutdown || true  # one server at a time: each takes memory
  run_cmake "$work/cmake"
  run_script consumers.sh --build="$work/cmake"
  rm -rf "$work/cmake"  # the mutants need the room
  run_script quick_start.py
  run_script house.py
  run_script mutants.sh --disk_cache="$cache"
fi

summarize
