#!/usr/bin/env bash
# Lays out DIR/{bin,lib,libexec}: the programs of worker-kit/tools.txt, each file checked against its sha256 before it is unpacked. Repeatable; DIR is
# replaced at the end, whole or not at all.
#   fetch-tools.sh DIR [--packages FOLDER]
# --packages: a folder with the package files, for a machine that has no apt-get (bring them from one that has).
set -euo pipefail

usage() {
  echo "usage: $0 DIR [--packages FOLDER]" >&2
  exit 2
}

[ $# -eq 1 ] || { [ $# -eq 3 ] && [ "$2" = --packages ]; } || usage
out=$1
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
list=$here/worker-kit/tools.txt
mkdir -p -- "$(dirname -- "$out")"
work=$(mktemp -d -- "$out.XXXXXX")
trap 'rm -rf -- "$work"' EXIT

packages=${3:-}
if [ -z "$packages" ]; then
  command -v apt-get >/dev/null || {
    echo "apt-get is missing: bring the packages of $list from a Debian machine and name their folder with --packages" >&2
    exit 1
  }
  packages=$work/packages
  mkdir -- "$packages"
  mapfile -t wanted < <(awk '!/^#/ && NF == 3 { print $1 "=" $2 }' "$list")
  fetch() { (cd -- "$packages" && apt-get download -q=2 -- "${wanted[@]}" 2>"$work/apt.log"); }
  # Lists that are old or were never fetched.
  fetch || { apt-get update -q=2 >/dev/null 2>&1 && fetch; } || {
    cat "$work/apt.log" >&2
    echo "apt-get here does not give the versions of $list (Debian 12): bring the packages from there and name their folder with --packages" >&2
    exit 1
  }
fi

mkdir -p -- "$work/unpacked" "$work/tools"/{bin,lib,libexec}
while read -r name version sha256; do
  case $name in '#'* | '') continue ;; esac
  file=$(find "$packages" -maxdepth 1 -name "${name}_*.deb" -print -quit)
  [ -n "$file" ] || {
    echo "no package $name $version in $packages" >&2
    exit 1
  }
  printf '%s  %s\n' "$sha256" "$file" | sha256sum --check --status || {
    echo "$file is not $name $version: its sha256 differs from $list" >&2
    exit 1
  }
  # An ar archive of three parts; the third holds the files.
  python3 "$here/kit.py" unpack "$file" "$work/unpacked"
done <"$list"

cp -P -- "$work"/unpacked/usr/lib/x86_64-linux-gnu/lib*.so.* "$work/tools/lib/"
for program in "$work"/unpacked/usr/bin/*; do
  name=$(basename -- "$program")
  cp -- "$program" "$work/tools/libexec/$name"
  cat >"$work/tools/bin/$name" <<'WRAPPER'
#!/bin/sh
here=$(cd -- "$(dirname -- "$0")/.." && pwd)
LD_LIBRARY_PATH=$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} exec "$here/libexec/$(basename -- "$0")" "$@"
WRAPPER
  chmod 0755 "$work/tools/bin/$name" "$work/tools/libexec/$name"
done
sha256sum <"$list" | cut -d ' ' -f 1 >"$work/tools/pinned"
rm -rf -- "$out"
mv -- "$work/tools" "$out"
