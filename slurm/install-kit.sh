#!/usr/bin/env bash
# Lays out ROOT/kit, which is all that Trawl needs on a cluster. Repeatable: jars that are there stay, gate.json and pull_key are never overwritten.
#   install-kit.sh ROOT [--nextflow-lib DIR] [--tools DIR]
# --nextflow-lib: a directory of Nextflow's jars (as this script made it before) to copy instead of asking Maven.
# --tools: programs for pipelines as fetch-tools.sh laid them out, instead of calling it.
set -euo pipefail

usage() {
  echo "usage: $0 ROOT [--nextflow-lib DIR] [--tools DIR]" >&2
  exit 2
}

[ $# -ge 1 ] || usage
root=$1
shift
given_lib=
given_tools=
while [ $# -gt 0 ]; do
  case $1 in
    --nextflow-lib)
      [ $# -ge 2 ] || usage
      given_lib=$2
      shift 2
      ;;
    --tools)
      [ $# -ge 2 ] || usage
      given_tools=$2
      shift 2
      ;;
    *) usage ;;
  esac
done

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
mkdir -p -- "$root"
root=$(cd -- "$root" && pwd)
kit=$root/kit
version=$(sed -n 's:.*<version>\([0-9][0-9]*\.[0-9.]*\)</version>.*:\1:p' "$here/nextflow/pom.xml" | tail -n 1)

mkdir -p -- "$root"/{jobs,staging,work,runs,sources} "$kit"/{templates,pipelines,nextflow}
chmod 0770 "$root/jobs" "$root/staging" "$root/work"

# New files come under another name first: a job that starts meanwhile sees the old file or the new one.
place() {
  cp -- "$1" "$2.new"
  chmod "$3" "$2.new"
  mv -f -- "$2.new" "$2"
}
place "$here/gate.py" "$kit/gate.py" 0755
place "$here/agent.py" "$kit/agent.py" 0755
place "$here/templates/job.sh" "$kit/templates/job.sh" 0755
place "$here/nextflow/pom.xml" "$kit/nextflow/pom.xml" 0644

# The same of a directory. What is there stays until the new one is whole, and is missing for no longer than two renames take.
swap() {
  local old=${2%/*}/.${2##*/}.old
  rm -rf -- "$old"
  [ ! -e "$2" ] || mv -- "$2" "$old"
  mv -- "$1" "$2"
  rm -rf -- "$old"
}

for pipeline in "$here"/pipelines/*/; do
  name=$(basename -- "$pipeline")
  rm -rf -- "$kit/pipelines/.$name.new"
  cp -R -- "$pipeline" "$kit/pipelines/.$name.new"
  find "$kit/pipelines/.$name.new" -depth -name __pycache__ -exec rm -rf {} +
  find "$kit/pipelines/.$name.new/bin" -type f -exec chmod 0755 {} +
  swap "$kit/pipelines/.$name.new" "$kit/pipelines/$name"
done
PYTHONDONTWRITEBYTECODE=1 python3 "$here/kit.py" revisions "$kit/pipelines" >"$kit/revisions.json.new"
mv -f -- "$kit/revisions.json.new" "$kit/revisions.json"

if [ ! -f "$kit/nextflow/lib/nextflow-$version.jar" ]; then
  rm -rf -- "$kit/nextflow/.lib.new"
  if [ -n "$given_lib" ] && [ -f "$given_lib/nextflow-$version.jar" ]; then
    cp -R -- "$given_lib" "$kit/nextflow/.lib.new"
  else
    command -v mvn >/dev/null || {
      echo "Maven is missing; install it with: apt-get install -y maven" >&2
      exit 1
    }
    mvn -q -B -f "$kit/nextflow/pom.xml" dependency:copy-dependencies -DoutputDirectory="$kit/nextflow/.lib.new" -DincludeScope=runtime
  fi
  swap "$kit/nextflow/.lib.new" "$kit/nextflow/lib"
fi

pinned=$(sha256sum <"$here/worker-kit/tools.txt" | cut -d ' ' -f 1)
if [ "$(cat "$kit/tools/pinned" 2>/dev/null)" != "$pinned" ]; then
  rm -rf -- "$kit/.tools.new"
  if [ -n "$given_tools" ]; then cp -R -- "$given_tools" "$kit/.tools.new"; else "$here/fetch-tools.sh" "$kit/.tools.new"; fi
  swap "$kit/.tools.new" "$kit/tools"
fi

# The key by which this cluster pulls from droplets. Never overwritten: workers that live know its public half.
if [ ! -f "$kit/pull_key" ]; then
  rm -f -- "$kit/.pull_key.new" "$kit/.pull_key.new.pub"
  ssh-keygen -q -t ed25519 -N '' -C trawl-pull -f "$kit/.pull_key.new"
  chmod 0600 "$kit/.pull_key.new"
  # The private half last: where it is there, both are.
  mv -f -- "$kit/.pull_key.new.pub" "$kit/pull_key.pub"
  mv -- "$kit/.pull_key.new" "$kit/pull_key"
fi

[ -f "$kit/gate.json" ] || printf '{"environment": {}}\n' >"$kit/gate.json"
echo "kit at $kit: Nextflow $version, pipelines $(cat "$kit/revisions.json")"
