#!/bin/bash
# Makes FOLDER a chroot of Debian sid with what Leaktrap needs to be built as a
# Bazel module: Bazel 7.7, the newest g++, GoogleTest and Abseil. Needs root and
# mmdebstrap.
#
#   tools/sid_chroot.sh FOLDER
#
# tools/sid_run.sh runs commands in it:
#
#   tools/sid_run.sh FOLDER bazel test //...
#
# Packages come from deb.debian.org, or from the mirror that MIRROR names, which
# may be a snapshot of some day.
set -euo pipefail

fail() {
  echo "tools/sid_chroot.sh: $*" >&2
  exit 1
}

(($# == 1)) || fail "usage: $0 FOLDER"
folder=$1
[[ ! -e "$folder" ]] || fail "$folder exists"
((EUID == 0)) || fail "run it as root"
command -v mmdebstrap >/dev/null || fail "install mmdebstrap first"
mirror=${MIRROR:-http://deb.debian.org/debian}
apt_options=(--aptopt='APT::Install-Recommends "false"')
if [[ -n "${MIRROR:-}" ]]; then
  apt_options+=(--aptopt='Acquire::Check-Valid-Until "false"')
fi

# Bazel, the rules, and what tools/install_debian.sh installs on Debian 12.
packages=(
  bazel-bootstrap
  bazel-rules-cc
  bazel-rules-java
  bazel-rules-shell
  bazel-skylib
  ca-certificates
  g++
  libabsl-dev
  libbenchmark-dev
  libboost-dev
  libcurl4-openssl-dev
  libgmock-dev
  libgrpc++-dev
  libgtest-dev
  libhiredis-dev
  libmongoc-dev
  libpoco-dev
  libpq-dev
  libpqxx-dev
  libpugixml-dev
  libsoci-dev
  libtbb-dev
  liburing-dev
  nginx-light
  pkg-config
  postgresql
  python3
  redis-server
  unzip
  zip
)
include=$(IFS=,; echo "${packages[*]}")

# minbase and no recommended packages: it takes 1.5 GB. The services that
# come with nginx are not started: there is no init in a chroot.
mmdebstrap --mode=root --variant=minbase --include="$include" \
  "${apt_options[@]}" sid "$folder" "$mirror"

tools="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
mkdir "$folder/leaktrap"

# Debian's own bazelrc has the rules' modules stand in /usr/share/bazel, whatever
# the version. Nothing else is to be asked of a registry on the network. To name
# a module here that a build does not use would be an error: those that only
# Leaktrap's own build uses are in a registry of their own.
share=/usr/local/share/bazel
always=(abseil-cpp googletest)
# Bazel's own. No build of C++ loads anything of them.
unused=(apple_support buildozer protobuf zlib)
{
  echo "common --registry=file://$share/registry"
  echo "common --lockfile_mode=off"
  # Bazel 7 would read the end of every WORKSPACE too, and download for that.
  echo "common --noenable_workspace"
  for module in "${always[@]}" "${unused[@]}"; do
    echo "common --override_module=$module=$share/modules/$module"
  done
} >"$folder/etc/bazel.bazelrc"
for module in "${unused[@]}"; do
  mkdir -p "$folder$share/modules/$module"
  echo "module(name = \"$module\")" \
    >"$folder$share/modules/$module/MODULE.bazel"
done

# register MODULE PATH: in the version that Leaktrap names.
register() {
  local version entry
  version=$(sed -n "s/^bazel_dep(name = \"$1\", version = \"\([^\"]*\)\".*/\1/p" \
    "$tools/../MODULE.bazel")
  [[ -n "$version" ]] || fail "MODULE.bazel names no version of $1"
  entry="$folder$share/registry/modules/$1/$version"
  mkdir -p "$entry"
  echo "{\"type\": \"local_path\", \"path\": \"$2\"}" >"$entry/source.json"
  sed "s/^ *version = .*/    version = \"$version\",/" "$folder$2/MODULE.bazel" \
    >"$entry/MODULE.bazel"
}

# Debian's packages as modules: the repositories that bazel/debian makes of them
# for WORKSPACE builds, and a MODULE.bazel in each.
# shellcheck disable=SC2016 # the inner shell expands it
"$tools/sid_run.sh" "$folder" bash -c '
  set -euo pipefail
  modules=$1
  with_workspace=(--noenable_bzlmod --enable_workspace)
  bazel query "${with_workspace[@]}" "@com_google_absl//... +
    @com_google_googletest//:all + @com_google_benchmark//:all" >/dev/null
  made=$(bazel info "${with_workspace[@]}" output_base)/external
  module() {
    cp -rL "$made/$1" "$modules/$2"  # links would lead into this tree
    rm -f "$modules/$2/WORKSPACE" "$modules/$2/MODULE.bazel"
    cat >"$modules/$2/MODULE.bazel" <<END
module(
    name = "$2",
    version = "",
)
bazel_dep(name = "rules_cc")
END
  }
  module com_google_absl abseil-cpp
  module com_google_googletest googletest
  module com_google_benchmark google_benchmark' bash "$share/modules"

register google_benchmark "$share/modules/google_benchmark"
register rules_shell /usr/share/bazel/rules/shell
