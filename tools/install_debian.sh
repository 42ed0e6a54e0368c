#!/bin/bash
# Installs what Debian 12 must provide to build and test Leaktrap, and the packages
# that are named, which other scripts need. Run as root, or by somebody who may use
# sudo; where all is there it asks for neither.
#
#   install_debian.sh [PACKAGE...]
set -euo pipefail

packages=(
  bazel-bootstrap
  cmake
  g++
  libabsl-dev
  libboost-dev    # headers of SOCI's
  libbenchmark-dev
  libcurl4-openssl-dev  # examples/http_client
  libgmock-dev
  libgrpc++-dev   # testing/recipes
  libgtest-dev
  libhiredis-dev  # lib/leaktrap/adapters/hiredis
  libmongoc-dev   # testing/recipes
  libpoco-dev     # testing/recipes
  libpq-dev       # lib/leaktrap/adapters/libpq
  libpqxx-dev     # lib/leaktrap/adapters/libpqxx
  libpugixml-dev  # testing/child reads test.xml with it
  libsoci-dev     # testing/recipes
  libtbb-dev      # testing/recipes
  liburing-dev    # tests of the early-end proof
  make
  nginx           # examples/http_client tests against it
  patch           # tools/mutants.sh
  pkg-config
  postgresql-15  # testing/servers runs it
  python3  # tools/count_tests.py
  redis-server  # testing/servers
  unzip
  zip  # Bazel packs what tests write with it
  "$@"
)

fail() {
  echo "tools/install_debian.sh: $*" >&2
  exit 1
}

[[ "$(. /etc/os-release 2>/dev/null && echo "${ID:-}")" == debian ]] ||
  fail "this is not Debian; install by hand what stands for: ${packages[*]}"

missing=()
installed="$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' \
  "${packages[@]}" 2>/dev/null || true)"
for package in "${packages[@]}"; do
  grep -qxF "$package installed" <<<"$installed" || missing+=("$package")
done
((${#missing[@]} > 0)) || exit 0

if ((EUID != 0)); then
  command -v sudo >/dev/null ||
    fail "run it as root (there is no sudo here); missing: ${missing[*]}"
  echo "tools/install_debian.sh: asks sudo to install: ${missing[*]}" >&2
  exec sudo -- "${BASH_SOURCE[0]}" "$@" </dev/null
fi

# Only the programs of servers are wanted: the services that come with them are
# neither started now (policy-rc.d) nor at the next boot (update-rc.d).
policy=/usr/sbin/policy-rc.d
if [[ ! -e "$policy" ]]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
apt=(apt-get -q -o DPkg::Lock::Timeout=300)
"${apt[@]}" update </dev/null ||
  echo "tools/install_debian.sh: goes on with the package lists there are" >&2
# --no-remove: rather fail than take another package's place (there are several
# libcurl4-*-dev).
"${apt[@]}" install -y --no-install-recommends --no-remove \
  "${missing[@]}" </dev/null ||
  fail "apt-get could not install: ${missing[*]}"
if [[ " ${missing[*]} " == *" nginx "* ]]; then
  update-rc.d nginx disable </dev/null
fi
if [[ " ${missing[*]} " == *" postgresql-15 "* ]]; then
  update-rc.d postgresql disable </dev/null
fi
if [[ " ${missing[*]} " == *" redis-server "* ]]; then
  update-rc.d redis-server disable </dev/null
fi
