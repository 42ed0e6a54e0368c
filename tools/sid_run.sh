#!/bin/bash
# Runs COMMAND in the chroot that tools/sid_chroot.sh made, as root, with this
# work tree at /leaktrap.
#
#   tools/sid_run.sh FOLDER COMMAND [ARGUMENT...]
set -euo pipefail

fail() {
  echo "tools/sid_run.sh: $*" >&2
  exit 1
}

(($# >= 2)) || fail "usage: $0 FOLDER COMMAND [ARGUMENT...]"
folder=$(cd "$1" && pwd)
shift
tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
[[ -d "$folder/leaktrap" ]] || fail "tools/sid_chroot.sh did not make $folder"

# In namespaces of its own, so that mounts and Bazel's server go when COMMAND has
# ended. pivot_root and not chroot(2): who is in a chroot gets no user namespace,
# and so no sandbox of Bazel's.
# shellcheck disable=SC2016 # the inner shell expands it
exec unshare --mount --propagation=private --pid --fork --kill-child -- bash -c '
  set -euo pipefail
  folder=$1 tree=$2
  shift 2
  mount --bind "$folder" "$folder"
  mount --bind "$tree" "$folder/leaktrap"
  mount -t proc proc "$folder/proc"
  mount --rbind /sys "$folder/sys"
  mount --rbind /dev "$folder/dev"
  cd "$folder"
  pivot_root . mnt
  umount -l /mnt
  cd /leaktrap
  # This shell stays, to take in orphans: the server of Bazel is one.
  code=0
  env -i HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}" \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    USER=root "$@" || code=$?
  exit "$code"' bash "$folder" "$tree" "$@"
