#!/bin/bash
# Runs clang-tidy, as .clang-tidy says, over all sources or over those named.
#
# usage: tools/clang_tidy.sh [-j JOBS] [FILE...]
#
# Prints what it finds; the last line is "N passed, N failed", in files. Exits 0
# only if something was looked at and nothing was found. The whole tree takes
# half an hour of one core: it is no part of tools/test.sh.
set -euo pipefail

jobs=1
if [[ "${1:-}" == -j ]]; then
  jobs=$2
  shift 2
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if ! command -v clang-tidy >/dev/null; then
  echo "no clang-tidy; on Debian: apt-get install clang-tidy" >&2
  exit 2
fi

# No compile database: every source of ours is compiled alike, and what it needs
# from elsewhere lies where Debian's packages put it.
# Tests leak on purpose, wait in children for a signal, let calls fail, and derive
# from fixtures; using-declarations of literals are taken for unused.
checks_left_out_of_tests='-clang-analyzer-*,-bugprone-infinite-loop'
checks_left_out_of_tests+=',-bugprone-unused-return-value,-misc-unused-using-decls'
checks_left_out_of_tests+=',-cppcoreguidelines-virtual-class-destructor'
export checks_left_out_of_tests

tidy_one() {
  local output checks=
  case "$1" in
    *_test.cc | *_benchmark.cc | */children/* | examples/*)
      checks="$checks_left_out_of_tests"
      ;;
  esac
  if output="$(nice clang-tidy --quiet --checks="$checks" "$1" -- -std=c++17 -Ilib -Itesting \
    -Itesting/leaktrap -I. -DLINKED_WITH_RECORDER -DTOLD=7 2>&1)"; then
    echo "ok $1"
  else
    printf 'FAILED %s\n%s\n' "$1" "$(grep -v 'warnings\? \(treated\|generated\)' <<<"$output")"
  fi
}
export -f tidy_one

if (($# == 0)); then
  # The one left out includes a file that Bazel makes.
  mapfile -t files < <(git ls-files -- '*.cc' ':!*/static_recorder_test.cc')
else
  files=("$@")
fi
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2016  # $1 is the inner shell's
printf '%s\0' "${files[@]}" |
  xargs -0 -n 1 -P "$jobs" bash -c 'tidy_one "$1"' _ | tee "$log" | grep --line-buffered -v '^ok ' || true
passed=$(grep -c '^ok ' "$log" || true)
failed=$((${#files[@]} - passed))
echo "$passed passed, $failed failed"
((passed > 0 && failed == 0))
