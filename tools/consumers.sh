#!/bin/bash
# Takes Leaktrap in as its users do, from outside of its tree: in each way a test
# that leaks must fail, with the lines that leak, and one that does not must pass.
#
# usage: tools/consumers.sh [--build=FOLDER] [NAME...]
#
# --build: a CMake build of Leaktrap, for what is installed; else one is made.
# NAME: cmake_errors, cmake_find_package, cmake_fetch_content, debian_package,
#   pkg_config, bazel_workspace, bazel_module; all but the last, which needs Bazel 7.
set -euo pipefail
exec </dev/null

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
consumers="$root/testing/consumers"
build=
names=()
for argument in "$@"; do
  case "$argument" in
    --build=*) build="$(cd "${argument#*=}" && pwd)" ;;
    -*)
      sed -n '5,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
      exit 2
      ;;
    *)
      names+=("$argument")
      ;;
  esac
done
if ((${#names[@]} == 0)); then
  names=(cmake_errors cmake_find_package cmake_fetch_content debian_package
    pkg_config bazel_workspace)
fi

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
passed=0
failed=0

# check WHAT COMMAND...: whether it succeeds. A function is not ended by the first
# command of it that fails (set -e).
check() {
  local what=$1 log="$work/log"
  shift
  if "$@" >"$log" 2>&1; then
    passed=$((passed + 1))
    echo "ok $what"
  else
    failed=$((failed + 1))
    echo "FAILED $what"
    tail -n 50 "$log"
  fi
}

# tells_leaks COMMAND...: whether it fails, for the leaks at their lines.
tells_leaks() {
  local out code=0 text source=testing/consumers/leaking_test.cc thread descriptor
  out="$("$@" 2>&1)" || code=$?
  echo "$out"
  thread="$(grep -n 'leaks a thread' "$root/$source" | cut -d: -f1)"
  descriptor="$(grep -n 'leaks a descriptor' "$root/$source" | cut -d: -f1)"
  [[ -n "$thread" && -n "$descriptor" ]] && ((code != 0)) || return
  for text in 'left behind 1 thread' 'left behind 1 descriptor' \
    'made by pthread_create() at' "leaking_test.cc:$thread" \
    'made by open() at' "leaking_test.cc:$descriptor"; do
    grep -qF -- "$text" <<<"$out" || {
      echo "$0: does not say: $text"
      return 1
    }
  done
}

says() {
  local text=$1
  shift
  "$@" | grep -F -- "$text"
}

build_leaktrap() {
  if [[ -z "$build" ]]; then
    build="$work/build"
    cmake -S "$root" -B "$build" -DLEAKTRAP_BUILD_TESTING=OFF &&
      cmake --build "$build" -j "$(nproc)"
  fi
}

# check_cmake FOLDER NAME OPTION...
check_cmake() {
  local source="$consumers/$1" name=$2 folder="$work/consumer"
  shift 2
  rm -rf "$folder"
  check "$name: builds" cmake_build "$source" "$folder" "$@"
  check "$name: what is clean passes" ctest --test-dir "$folder" \
    --no-tests=error --output-on-failure -E Leaking
  check "$name: what leaks fails" tells_leaks ctest --test-dir "$folder" \
    --no-tests=error --output-on-failure -R Leaking
  # CTest takes what GoogleTest skips for no failure.
  check "$name: what is set wrong fails" fails_saying LEAKTRAP_MODE \
    env LEAKTRAP_MODE=reprot ctest --test-dir "$folder" --no-tests=error \
    --output-on-failure -R Clean
}

cmake_build() {
  local source=$1 folder=$2
  shift 2
  cmake -S "$source" -B "$folder" "$@" &&
    cmake --build "$folder" -j "$(nproc)"
}

check_cmake_find_package() {
  check_cmake cmake_find_package cmake_find_package \
    -DCMAKE_PREFIX_PATH="$work/prefix"
}

check_cmake_fetch_content() { check_cmake cmake_fetch_content cmake_fetch_content; }

# What is missing or wrong is said in words.
check_cmake_errors() {
  local what
  for what in GTest:libgtest-dev absl:libabsl-dev; do
    check "cmake_errors: without ${what%:*}" fails_saying "apt install ${what#*:}" \
      cmake -S "$root" -B "$work/errors_${what%:*}" -DLEAKTRAP_BUILD_TESTING=OFF \
      "-DCMAKE_DISABLE_FIND_PACKAGE_${what%:*}=ON"
  done
  check "cmake_errors: no such target" fails_saying \
    'there is no target "no_target"' cmake_script \
    'leaktrap_discover_tests(no_target)'
  check "cmake_errors: no executable" fails_saying \
    '"a_library" is a INTERFACE_LIBRARY' cmake_script \
    'add_library(a_library INTERFACE) leaktrap_discover_tests(a_library)'
  check "cmake_errors: a shared library that checks" fails_saying \
    'the shared library "helper" links' cmake_script 'project(x LANGUAGES CXX)
    add_library(helper SHARED x.cc) target_link_libraries(helper PRIVATE leaktrap::main)
    add_executable(a_test x.cc) target_link_libraries(a_test helper)
    leaktrap_discover_tests(a_test)'
  check "cmake_errors: a test without sources" fails_saying \
    'needs NAME <name> and SRCS <file>' cmake_script \
    'leaktrap_cc_test(NAME my_test)'
}

# cmake_script TEXT: a project of that text, with Leaktrap's functions.
cmake_script() {
  local folder="$work/script"
  rm -rf "$folder"
  mkdir "$folder"
  {
    echo 'cmake_minimum_required(VERSION 3.22)'
    echo 'project(script LANGUAGES NONE)'
    echo "include($root/cmake/leaktrap_discover_tests.cmake)"
    sed 's/) /)\n/g' <<<"$1"
  } >"$folder/CMakeLists.txt"
  cmake -S "$folder" -B "$folder/build"
}

# fails_saying TEXT COMMAND...; CMake breaks lines.
fails_saying() {
  local text=$1 out code=0
  shift
  out="$("$@" 2>&1)" || code=$?
  echo "$out"
  ((code != 0)) || return
  tr -s ' \n' ' ' <<<"$out" | grep -qF -- "$text"
}

check_debian_package() {
  local package="$work/package"
  check "debian_package: is made" cpack --config "$build/CPackConfig.cmake" -G DEB -B "$package"
  check "debian_package: says what it needs" says libgmock-dev \
    dpkg-deb --field "$(echo "$package"/*.deb)" Depends
  dpkg-deb --extract "$package"/*.deb "$work/debian" || true
  check_cmake cmake_find_package debian_package \
    -DCMAKE_PREFIX_PATH="$work/debian/usr"
}

check_pkg_config() {
  local folder="$work/pkg_config"
  cp -r "$consumers" "$folder"
  local libdir
  libdir="$(dirname "$(find "$work/prefix" -name leaktrap-main.pc)")"
  check "pkg_config: builds" env PKG_CONFIG_PATH="$libdir" make -C "$folder/pkg_config"
  check "pkg_config: what is clean passes" "$folder/pkg_config/clean_test"
  check "pkg_config: what leaks fails" tells_leaks "$folder/pkg_config/leaking_test"
  check "pkg_config: a program counts" says "1 leased" "$folder/pkg_config/production"
  check "pkg_config: a program has no GoogleTest" lacks testing:: "$folder/pkg_config/production"
}

# lacks TEXT PROGRAM: among its names.
lacks() { nm -C "$2" >"$work/names" && ! grep -F -- "$1" "$work/names"; }

check_bazel_workspace() { check_bazel bazel_workspace; }
check_bazel_module() { check_bazel bazel_module; }

# check_bazel NAME: what its own check.sh tells.
check_bazel() {
  local out line code=0 failed_before=$failed
  out="$("$consumers/$1/check.sh" "$work/$1" 2>&1)" || code=$?
  while read -r line; do
    case "$line" in
      ok\ *) passed=$((passed + 1)) ;;
      FAILED\ *) failed=$((failed + 1)) ;;
    esac
  done <<<"$out"
  echo "$out" | grep -E '^(ok|FAILED) ' || code=1
  if ((code != 0 && failed == failed_before)); then
    failed=$((failed + 1))
    echo "FAILED $1"
  fi
  if ((failed > failed_before)); then echo "$out"; fi
}

if [[ " ${names[*]} " =~ \ (cmake_find_package|debian_package|pkg_config)\  ]]; then
  check "builds" build_leaktrap
  check "installs" cmake --install "$build" --prefix "$work/prefix"
fi
for name in "${names[@]}"; do
  [[ "$(type -t "check_$name")" == function ]] || {
    echo "$0: no consumer is called $name" >&2
    exit 2
  }
  "check_$name"
done

echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
