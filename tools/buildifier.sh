#!/bin/bash
# Holds every file of Bazel's against buildifier: format and lint. --fix formats
# them. Takes $BUILDIFIER, or the one in PATH.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
mode=check
case "$*" in
  '') ;;
  --fix) mode=fix ;;
  *)
    echo "usage: $0 [--fix]" >&2
    exit 2
    ;;
esac

buildifier=${BUILDIFIER:-buildifier}
if ! command -v "$buildifier" >/dev/null; then
  cat >&2 <<'END'
tools/buildifier.sh: no buildifier. It is one program:
  https://github.com/bazelbuild/buildtools/releases, or
  npm install @bazel/buildifier@8.2.1 (its files are the programs)
Then: BUILDIFIER=/path/to/it tools/buildifier.sh
END
  exit 1
fi

mapfile -t files < <(git ls-files --cached --others --exclude-standard -- \
  '*.bzl' '*.BUILD' '*BUILD.bazel' 'MODULE.bazel' '**/MODULE.bazel' \
  'WORKSPACE*' '**/WORKSPACE*' | sort -u)
((${#files[@]} > 0)) || exit 1
"$buildifier" -mode="$mode" -lint=warn "${files[@]}"
echo "${#files[@]} files are as buildifier writes them"
