#!/bin/bash
# Whether a project that takes Leaktrap in by Bazel is built, passes where it
# leaves nothing behind, and fails where it leaks, with the leak's line.
#
#   bazel_check.sh PROJECT OUTPUT_BASE [OPTION OF BAZEL TEST...]
#
# Prints "ok NAME" or "FAILED NAME" for each check, and exits with 0 if all is
# ok. Bazel's server is shut down; OUTPUT_BASE stays.
# shellcheck disable=SC2317 # check() calls functions by their names
set -euo pipefail
exec </dev/null

if (($# < 2)); then
  echo "usage: $0 PROJECT OUTPUT_BASE [OPTION OF BAZEL TEST...]" >&2
  exit 2
fi
cd "$1"
project=$(basename "$PWD")
mkdir -p "$2"
base=$(cd "$2" && pwd)
options=(--symlink_prefix=/ --color=no --curses=no --noshow_progress "${@:3}")

bazel() { command bazel --output_base="$base/output" "$@"; }
trap 'bazel shutdown' EXIT
trap 'exit 1' HUP INT TERM

failed=0
# check NAME COMMAND...: the command is to succeed.
check() {
  local name=$1
  shift
  if "$@"; then
    echo "ok $project: $name"
  else
    echo "FAILED $project: $name"
    failed=1
  fi
}

# The line of leaking_test.cc that says what it leaks.
line_of() { grep -n "leaks a $1" leaking_test.cc | cut -d: -f1; }

# run TARGET: a log of its own, with Bazel's exit code as its last line.
log() { echo "$base/$1.log"; }
run() {
  local code=0
  bazel test "${options[@]}" --test_output=all "//:$1" >"$(log "$1")" 2>&1 ||
    code=$?
  echo "$code" >>"$(log "$1")"
}
# exited CODE TARGET
exited() {
  [[ "$(tail -n 1 "$(log "$2")")" == "$1" ]] && return
  cat "$(log "$2")"
  return 1
}
# says WORDS TARGET
says() {
  grep -qF -- "$1" "$(log "$2")" && return
  echo "not said by $2: $1"
  cat "$(log "$2")"
  return 1
}
readonly passed=0 tests_failed=3 # as Bazel exits

for test in clean_test plain_clean_test; do
  run "$test"
  check "$test passes" exited "$passed" "$test"
  check "$test is checked" says "Leaktrap: 1 test checked, 0 leaks" "$test"
done

for test in leaking_test plain_leaking_test; do
  run "$test"
  check "$test fails" exited "$tests_failed" "$test"
  check "$test names the thread" \
    says "Leaking.ForgetsAThread left behind 1 thread" "$test"
  check "$test names the thread's line" \
    says "leaking_test.cc:$(line_of thread): Failure" "$test"
  check "$test names the descriptor" \
    says "Leaking.ForgetsADescriptor left behind 1 descriptor" "$test"
  check "$test names the descriptor's line" \
    says "leaking_test.cc:$(line_of descriptor): Failure" "$test"
done

# All that the tests above wrote, summed up by a program of Leaktrap's.
summarize() {
  bazel run "${options[@]}" @leaktrap//tools:leaktrap_summary -- \
    "$(bazel info bazel-testlogs)" >"$(log summary)" 2>&1
}
check "the reports can be summed up" summarize
check "the summary names the descriptor's line" \
  says "leaking_test.cc:$(line_of descriptor)" summary
check "the summary knows both targets" says "2 targets in all" summary

run unchecked_leaking_test
check "without Leaktrap the leaks pass" exited "$passed" unchecked_leaking_test

exit "$failed"
