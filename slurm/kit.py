#!/usr/bin/env python3
"""Helper of install-kit.sh: content hashes of pipelines.

    kit.py revision DIR    the revision of a pipeline: the first 12 hex digits of its content hash
    kit.py hash DIR        the whole hash
    kit.py revisions DIR   JSON {"<pipeline>": "<whole hash>"} for every pipeline below DIR

The algorithm (see `content_hash` in agent.py) can be checked with coreutils:
    cd DIR && find . -type f ! -path '*/.*' ! -path '*/__pycache__/*' -printf '%P\\0' | xargs -0 sha256sum | LC_ALL=C sort | sha256sum
"""
import argparse
import json
import sys
from pathlib import Path

from agent import content_hash


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("revision", "hash", "revisions"))
    parser.add_argument("directory", type=Path)
    options = parser.parse_args()
    if not options.directory.is_dir():
        sys.exit("%s is no directory" % options.directory)
    if options.what == "revisions":
        found = {path.parent.name: content_hash(path.parent) for path in options.directory.glob("*/main.nf")}
        print(json.dumps(found, sort_keys=True))
    else:
        print(content_hash(options.directory)[: 12 if options.what == "revision" else 64])


if __name__ == "__main__":
    main()
