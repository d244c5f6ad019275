#!/usr/bin/env python3
"""Helper of install-kit.sh and fetch-tools.sh: content hashes of pipelines, and Debian packages.

    kit.py revision DIR    the revision of a pipeline: the first 12 hex digits of its content hash
    kit.py hash DIR        the whole hash
    kit.py revisions DIR   JSON {"<pipeline>": "<whole hash>"} for every pipeline below DIR
    kit.py unpack DEB DIR  the files of a package below DIR

The algorithm (see `content_hash` in agent.py) can be checked with coreutils:
    cd DIR && find . -type f ! -path '*/.*' ! -path '*/__pycache__/*' -printf '%P\\0' | xargs -0 sha256sum | LC_ALL=C sort | sha256sum
"""
import argparse
import io
import json
import sys
import tarfile
from pathlib import Path

from agent import content_hash


def unpack(package, directory):
    """Files and links of a package; its third part is a tar packed by xz. Not every machine has dpkg."""
    content, at = package.read_bytes(), 8
    while at < len(content):
        name, size = content[at:at + 16].decode("ascii").strip(), int(content[at + 48:at + 58])
        if name.startswith("data.tar"):
            with tarfile.open(fileobj=io.BytesIO(content[at + 60:at + 60 + size])) as files:
                files.extractall(str(directory), [member for member in files.getmembers() if is_plain(member)])
            return
        at += 60 + size + size % 2
    sys.exit("%s is no package" % package)


def is_plain(member):
    """Its sha256 was checked; that it stays below the directory all the same."""
    return ".." not in member.name.split("/") and (member.isdir() or member.isfile() or (member.issym() and "/" not in member.linkname))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("revision", "hash", "revisions", "unpack"))
    parser.add_argument("directory", type=Path)
    parser.add_argument("into", type=Path, nargs="?")
    options = parser.parse_args()
    if options.what == "unpack":
        unpack(options.directory, options.into)
        return
    if not options.directory.is_dir():
        sys.exit("%s is no directory" % options.directory)
    if options.what == "revisions":
        found = {path.parent.name: content_hash(path.parent) for path in options.directory.glob("*/main.nf")}
        print(json.dumps(found, sort_keys=True))
    else:
        print(content_hash(options.directory)[: 12 if options.what == "revision" else 64])


if __name__ == "__main__":
    main()
