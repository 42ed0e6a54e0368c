#!/bin/bash
# Breaks the verifier in the ways of tools/mutants/*.patch, with --all also in
# those of tools/mutants/more, one after the other, and demands that the tests
# notice: a unit test in lib/ and a verdict in testing/ must fail. A verdict alone
# proves little, since every checked program looks at its own probes when it starts.
# One that failed by chance would be taken for that: the red ones are printed.
# What is broken in testing/ has no unit test in lib/; where no verdict can notice,
# the patch says why, in a line that begins with "Unit tests only:".
#
#   mutants.sh [--disk_cache=DIR] [--all | PATCH...]
#
# Works in a copy of the tree. Says of how many a test noticed ("passed"), and of
# how many not, or that do not apply or build ("failed"); exits 0 only if there
# are none of those.
set -euo pipefail
exec </dev/null

tools="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cache=
patches=()
for argument in "$@"; do
  case "$argument" in
    --disk_cache=?*) cache="$(realpath -m -- "${argument#*=}")" ;;
    --all) patches+=("$tools"/mutants/*.patch "$tools"/mutants/more/*.patch) ;;
    -*)
      echo "usage: $0 [--disk_cache=DIR] [--all | PATCH...]" >&2
      exit 2
      ;;
    *) patches+=("$(realpath -- "$argument")") ;;
  esac
done
if ((${#patches[@]} == 0)); then patches=("$tools"/mutants/*.patch); fi

# shellcheck source-path=SCRIPTDIR source=bazel_env.sh
. "$tools/bazel_env.sh"

work="$(mktemp -d)"
: "${cache:="$work/disk_cache"}"
tree="$work/tree"
log="$work/log"
bazel_here() {
  (cd "$tree" && bazel --output_base="$work/output_base" "$@")
}

finish() {
  if [[ -d "$tree" ]]; then bazel_here shutdown || true; fi
  chmod -R u+w "$work"  # Bazel takes it from its outputs
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

original="$work/original.tar"
tar -C "$tools/.." --exclude=./.git --exclude='./bazel-*' -cf "$original" .
mkdir "$tree"
tar -C "$tree" -xf "$original"

# Runs the tests below //FOLDER, up to the first that fails. Sets `code` to
# Bazel's exit code (3: all that was needed was built, and a test failed). What a
# plain run of all tests has in the cache is not run again: with another time-out
# it would be.
run_tests() {
  code=0
  bazel_here test --config=ci --notest_keep_going --test_output=summary \
    --build_tests_only --disk_cache="$cache" "${cache_flags[@]}" \
    --test_tag_filters=-unrecorded,-plain_only "//$1/..." >"$log" 2>&1 || code=$?
}

# judge PATCH: prints what became of the mutant; succeeds if it was killed.
judge() {
  if ! (cd "$tree" && patch -p1 -F0 --no-backup-if-mismatch <"$1") >"$log" 2>&1; then
    cat "$log"
    echo "  does not apply: make the patch anew"
    return 1
  fi
  local folder survived='' folders=(lib testing)
  if ! grep -q '^+++ b/lib/' "$1"; then folders=(testing); fi
  if grep -q '^Unit tests only:' "$1"; then folders=(lib); fi
  for folder in "${folders[@]}"; do
    run_tests "$folder"
    case "$code" in
      0) survived="$survived //$folder" ;;
      3) sed -nE 's/^(FAIL|TIMEOUT): (\S*).*/  red: \2/p' "$log" ;;
      *)
        grep -E -A 5 'error:|ERROR:' "$log" | head -n 30
        echo "  was not tested: Bazel exited with $code (above); a mutant must build"
        survived=yes
        break
        ;;
    esac
  done
  # Not by `patch -R`: a mutant that applied in part would stay.
  tar -C "$tree" -xf "$original"
  if [[ -n "$survived" ]]; then
    echo "  survived:$survived; it must fail a test in each of: ${folders[*]}"
    return 1
  fi
  echo "  killed"
}

killed=0
others=0
cache_flags=()
for folder in lib testing; do
  run_tests "$folder"
  if ((code != 0)); then
    tail -n 30 "$log"
    echo "The tests of //$folder fail without any mutant."
    others=${#patches[@]}
  fi
done
# Nothing of a mutant is ever used again, and each links a gigabyte of tests.
cache_flags=(--noremote_upload_local_results)
if ((others == 0)); then
  for patch in "${patches[@]}"; do
    basename "$patch" .patch
    if judge "$patch"; then killed=$((killed + 1)); else others=$((others + 1)); fi
  done
fi

echo "$killed passed, $others failed"
((others == 0))
