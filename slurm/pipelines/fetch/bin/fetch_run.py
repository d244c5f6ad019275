#!/usr/bin/env python3
"""Fetches the files of one run into OUTDIR/<accession>/ and writes OUTDIR/outcomes/<accession>.json. Standard library only.

Ends 0 whenever it could say how the run went, also when it went badly. Safe to repeat: what verifies is kept, what is
there in part (.part) is continued.
"""
import argparse
import errno
import hashlib
import http.client
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

CHUNK_BYTES = 256 * 1024
LONGEST_PAUSE_SECONDS = 60
SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+=@,-]*\Z")


class FetchError(Exception):
    """A file cannot be had: `reason` in one word; `again` when another try may help, after at least `pause_seconds`."""

    def __init__(self, reason, detail, again, pause_seconds=0.0):
        super().__init__(detail)
        self.reason, self.again, self.pause_seconds = reason, again, pause_seconds


def md5_of(path):
    digest = hashlib.md5()
    with open(str(path), "rb") as stream:
        for chunk in iter(lambda: stream.read(CHUNK_BYTES), b""):
            digest.update(chunk)
    return digest.hexdigest()


def verifies(path, listed):
    """Whether a regular file of the listed size and md5 lies there."""
    return path.is_file() and not path.is_symlink() and path.stat().st_size == listed["bytes"] and md5_of(path) == listed["md5"]


def take_over(listed, accession, directory, earlier):
    """Takes a file that verifies from an earlier attempt: a hard link where the file system can, else a copy."""
    target = directory / listed["name"]
    for staging in earlier:
        source = Path(staging) / accession / listed["name"]
        if source == target or not verifies(source, listed):
            continue
        try:
            os.link(str(source), str(target))
        except OSError:
            temporary = directory / (listed["name"] + ".copy")
            shutil.copyfile(str(source), str(temporary))
            os.replace(str(temporary), str(target))
        return True
    return False


def retry_after(error):
    value = error.headers.get("Retry-After", "") if error.headers else ""
    return min(float(value), LONGEST_PAUSE_SECONDS) if value.isdigit() else 0.0


def download(listed, part, timeout_seconds):
    """Continues the .part file to the listed size, in one request. @raises FetchError"""
    have = part.stat().st_size if part.exists() else 0
    if have > listed["bytes"]:
        part.unlink()
        have = 0
    if have == listed["bytes"] and part.exists():
        return
    headers = {"User-Agent": "trawl-fetch/1", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = "bytes=%d-" % have
    request = urllib.request.Request(listed["url"], headers=headers)
    with opened(request, part, timeout_seconds, have) as response:
        offset = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
        resumed = response.status == 206 and offset is not None and int(offset.group(1)) == have
        receive(response, part, listed, have if resumed else 0)


def opened(request, part, timeout_seconds, have):
    """The answer to a request, its body still to be read. @raises FetchError"""
    try:
        return urllib.request.urlopen(request, timeout=timeout_seconds)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:
            part.unlink()
            raise FetchError("range-refused", "HTTP 416 at %d bytes" % have, True) from error
        again = error.code in (408, 425, 429) or error.code >= 500
        raise FetchError("http-%d" % error.code, "HTTP %d from %s" % (error.code, request.full_url), again, retry_after(error)) from error
    except (OSError, http.client.HTTPException) as error:
        raise connection_fault(error) from error


def connection_fault(error):
    """More than a ConnectionError: also a time-out (no TimeoutError before Python 3.10), a fault of TLS, a route that is gone."""
    return FetchError("connection", "%s: %s" % (type(error).__name__, error), True)


def read_chunk(response):
    """Some more bytes, none at the end; an OSError here is the network's, while one of writing is the disk's. @raises FetchError"""
    try:
        return response.read(CHUNK_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise connection_fault(error) from error


def receive(response, part, listed, offset):
    with open(str(part), "r+b" if offset else "wb") as stream:
        stream.seek(offset)
        size = offset
        for chunk in iter(lambda: read_chunk(response), b""):
            size += len(chunk)
            if size > listed["bytes"]:
                raise FetchError("size-mismatch", "more than the listed %d bytes" % listed["bytes"], True)
            stream.write(chunk)
    if size < listed["bytes"]:
        raise FetchError("truncated", "%d of %d bytes came" % (size, listed["bytes"]), True)


def check(part, listed):
    """md5, then gzip's own checksum. What fails is removed: continuing it would only repeat the fault."""
    found = md5_of(part)
    if found != listed["md5"]:
        part.unlink()
        raise FetchError("md5-mismatch", "md5 %s, listed %s" % (found, listed["md5"]), True)
    if listed["name"].endswith(".gz"):
        with open(str(part), "rb") as stream:
            tested = subprocess.run(["gzip", "-t"], stdin=stream, stderr=subprocess.PIPE, check=False)
        if tested.returncode != 0:
            part.unlink()
            raise FetchError("gzip-invalid", "as listed by ENA, but no whole gzip file", False)


def fetch_file(listed, accession, directory, options):
    """Whole and verified under its name when this returns. The bytes that had to be fetched count as `fetched`. @raises FetchError"""
    if not SAFE_NAME.match(listed["name"]) or not re.match(r"https?://", listed["url"]):
        raise FetchError("unsafe-name", "file name or address %r" % listed["name"], False)
    target, part = directory / listed["name"], directory / (listed["name"] + ".part")
    if verifies(target, listed):
        return "kept"
    if target.exists() or target.is_symlink():
        target.unlink()
    if take_over(listed, accession, directory, options.reuse):
        return "reused"
    for number in range(1, options.tries + 1):
        try:
            download(listed, part, options.timeout_seconds)
            check(part, listed)
            os.replace(str(part), str(target))
            return "fetched"
        except FetchError as error:
            print("%s try %d: %s: %s" % (listed["name"], number, error.reason, error), file=sys.stderr)
            if not error.again or number == options.tries:
                raise
            pause = min(LONGEST_PAUSE_SECONDS, options.first_pause_seconds * 2 ** (number - 1)) * random.uniform(0.5, 1.0)
            time.sleep(max(pause, error.pause_seconds))
    raise FetchError("no-tries", "no try was allowed", False)


def fetch_run(run, options):
    """The outcome of one run: done only when every file of it verifies."""
    accession = run["accession"]
    outcome = {"v": 1, "accession": accession, "result": "done", "reason": None, "detail": None, "bytes": 0, "files": []}
    directory = Path(options.outdir, accession)
    directory.mkdir(parents=True, exist_ok=True)
    for listed in run["files"]:
        try:
            how = fetch_file(listed, accession, directory, options)
            outcome["files"].append({"name": listed["name"], "bytes": listed["bytes"], "md5": listed["md5"], "how": how})
            outcome["bytes"] += listed["bytes"]
        except FetchError as error:
            outcome.update(result="failed", reason=error.reason, detail="%s: %s" % (listed["name"], error))
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            outcome.update(result="failed", reason="disk-full", detail="%s: %s" % (listed["name"], error))
    return outcome


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", required=True)
    parser.add_argument("--accession", required=True)
    parser.add_argument("--outdir", required=True)
    parser.add_argument("--reuse", action="append", default=[])
    parser.add_argument("--tries", type=int, default=6)
    parser.add_argument("--timeout-seconds", type=float, default=60)
    parser.add_argument("--first-pause-seconds", type=float, default=1)
    options = parser.parse_args()
    with open(options.runs, encoding="utf-8") as stream:
        run = next(found for found in json.load(stream) if found["accession"] == options.accession)
    outcome = json.dumps(fetch_run(run, options)) + "\n"
    name = options.accession + ".json"
    Path(name).write_text(outcome, encoding="utf-8")
    final = Path(options.outdir, "outcomes", name)
    final.parent.mkdir(parents=True, exist_ok=True)
    temporary = final.with_name("." + name)
    temporary.write_text(outcome, encoding="utf-8")
    os.replace(str(temporary), str(final))


if __name__ == "__main__":
    main()
