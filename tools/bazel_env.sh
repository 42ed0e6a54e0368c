# shellcheck shell=bash
# Sourced by the scripts beside it: goes to the root of the tree and makes Bazel
# work for any user, also without a home. Sets `bazel_config`, the options that
# fit where the output goes.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

# Bazel keeps its outputs below HOME, and stops where it cannot write there.
_use_writable_home() {
  local cache="${HOME:-}/.cache/bazel"
  if [[ -n "${HOME:-}" ]] && mkdir -p "$cache" 2>/dev/null &&
    [[ -w "$cache" ]]; then
    return
  fi
  HOME="${TMPDIR:-/tmp}/leaktrap_bazel_$(id -u)"
  export HOME
  if ! mkdir -m 700 "$HOME" 2>/dev/null &&
    [[ ! -d "$HOME" || -L "$HOME" || ! -O "$HOME" ]]; then
    echo "$0: $HOME is not a folder of yours; set HOME to one that is" >&2
    return 1
  fi
}
_use_writable_home

# A user id without an account has no name.
if [[ -z "${USER:-}" ]]; then
  USER="$(id -un 2>/dev/null)" || USER="$(id -u)"
  export USER
fi

bazel_config=()
if [[ "${CI:-}" == true || ! -t 1 ]]; then
  # shellcheck disable=SC2034
  bazel_config=(--config=ci)
fi

# From here on `run_bazel` is a server whose toolchain is clang. It has a folder
# for its outputs alone: in one, each change of compiler makes all anew.
bazel_startup=()
use_clang() {
  local base
  base="$(bazel info output_base 2>/dev/null)"
  bazel shutdown >/dev/null 2>&1 || true  # one server at a time: each takes memory
  bazel_startup=(--output_base="${base}_clang")
  # A server follows links into the outputs of another, and takes what lies there
  # for packages.
  find . -maxdepth 1 -type l -name 'bazel-*' -delete
  bazel_config+=(--symlink_prefix=/)
}

run_bazel() {
  bazel "${bazel_startup[@]}" "$@"
}
