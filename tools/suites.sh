# shellcheck shell=bash
# Sourced, after bazel_env.sh, by the scripts beside it that run all tests in one
# way after the other: counts what passed, and says it in the end.
# shellcheck disable=SC2154  # bazel_config, tools: of who sources it

work="$(mktemp -d)"
passed=0
failed=0
skipped=0
summary=()
suite_targets=(//...)

# record NAME SECONDS PASSED FAILED SKIPPED
record() {
  passed=$((passed + $3))
  failed=$((failed + $4))
  skipped=$((skipped + $5))
  summary+=("$(printf '%-11s %4d s  passed: %d  failed: %d  skipped: %d' "$@")")
}

# run_suite NAME OPTION...: every test, built with the options.
run_suite() {
  local name=$1 start=$SECONDS code=0 events="$work/$1.json" counts
  shift
  echo "=== $name"
  run_bazel test "${bazel_config[@]}" --keep_going \
    --build_event_json_file="$events" "$@" -- "${suite_targets[@]}" || code=$?
  counts="$("$tools/count_tests.py" "$events")" || counts="0 1 0"
  local -a count
  read -ra count <<<"$counts"
  # The two must agree, whatever the counting may have missed.
  if ((code != 0 && count[1] == 0)); then count[1]=1; fi
  record "$name" $((SECONDS - start)) "${count[@]}"
}

# The summary; succeeds if something ran and nothing failed.
summarize() {
  echo "=== $SECONDS s in all"
  printf '%s\n' "${summary[@]}"
  echo "$passed passed, $failed failed"
  ((failed == 0 && passed > 0))
}
