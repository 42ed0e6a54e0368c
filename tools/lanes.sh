#!/bin/bash
# Runs the tests built in other ways than CI builds them.
#
#   lanes.sh [--targets=PATTERN]... [LANE...]
#
#   gcc, gcc_opt      as CI has it, and with -O2, as users have it with -c opt
#   clang, clang_opt  the same by clang
#   asan, ubsan, tsan, lsan   GCC's sanitizers, each alone
#   valgrind          tests of one process that read what may be broken
#
# Without any, all. PATTERN is Bazel's (//lib/leaktrap/check:all); //... by default,
# and a few tests for valgrind. The last line is "N passed, N failed", in test cases.
# Exits 0 only if something ran and nothing failed.
set -euo pipefail
exec </dev/null

lanes=()
patterns=()
for argument in "$@"; do
  case "$argument" in
    --targets=?*) patterns+=("${argument#*=}") ;;
    gcc | gcc_opt | clang | clang_opt | asan | ubsan | tsan | lsan | valgrind)
      lanes+=("$argument")
      ;;
    *)
      sed -n '4,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
      exit 2
      ;;
  esac
done
if ((${#lanes[@]} == 0)); then
  lanes=(gcc gcc_opt asan ubsan tsan lsan valgrind clang clang_opt)
fi

tools="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
packages=()
if [[ " ${lanes[*]} " == *" clang"* ]]; then packages+=(clang libomp-dev); fi
if [[ " ${lanes[*]} " == *" valgrind "* ]]; then packages+=(valgrind); fi
"$tools/install_debian.sh" "${packages[@]}"
# shellcheck source-path=SCRIPTDIR source=bazel_env.sh
. "$tools/bazel_env.sh"
# shellcheck source-path=SCRIPTDIR source=suites.sh
. "$tools/suites.sh"
if ((${#patterns[@]} > 0)); then suite_targets=("${patterns[@]}"); fi

finish() {
  run_bazel shutdown || true
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

sanitized=(--build_tests_only "--test_tag_filters=-unrecorded,-plain_only")

# GCC 12's own, alone, hangs or gives up in programs that make threads fast, or
# make one in a child that was forked beside one. The tests with this tag do.
with_lsan=(--build_tests_only "--test_tag_filters=-unrecorded,-plain_only,-no_lsan")

# Tests that start threads and children, or count what the process has, do not fit:
# valgrind has descriptors and a loader of its own.
run_valgrind() {
  if ((${#patterns[@]} == 0)); then
    local suite_targets=(
      //lib/leaktrap/pool:all
      //lib/leaktrap/probe:text_test
      //lib/leaktrap/report:report_test
      //lib/leaktrap/resource:all
      //lib/leaktrap/stack:text_test
    )
  fi
  run_suite valgrind --build_tests_only --test_timeout=900 \
    --run_under='valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite'
}

run_lane() {
  case "$1" in
    gcc) run_suite gcc ;;
    gcc_opt) run_suite gcc_opt --config=opt ;;
    asan | ubsan | tsan) run_suite "$1" --config="$1" "${sanitized[@]}" ;;
    lsan) run_suite lsan --config=lsan "${with_lsan[@]}" ;;
    valgrind) run_valgrind ;;
    clang | clang_opt)
      if ((${#bazel_startup[@]} == 0)); then use_clang; fi
      if [[ "$1" == clang ]]; then
        run_suite clang --config=clang
      else
        run_suite clang_opt --config=clang --config=opt
      fi
      ;;
  esac
}

# Those of clang last: the server is another one then.
for lane in "${lanes[@]}"; do
  if [[ "$lane" != clang* ]]; then run_lane "$lane"; fi
done
for lane in "${lanes[@]}"; do
  if [[ "$lane" == clang* ]]; then run_lane "$lane"; fi
done

summarize
