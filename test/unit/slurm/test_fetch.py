"""The script that fetches one run, against a server with the faults that real ones have."""
import errno
import gzip
import hashlib
import importlib.util
import io
import json
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock

from support import SLURM, listed

BIN = SLURM / "pipelines" / "fetch" / "bin"
GOOD = gzip.compress(bytes(range(256)) * 2000, 0)
ACCESSION = "ERR2804790"


class FaultyServer:
    """Serves `content` at every path. `faults`: per request one of an HTTP status, "cut", "wrong", "no-range", "long", "silent" or None."""

    def __init__(self, content, faults):
        self.requests, self.closing = [], threading.Event()
        left = list(faults)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_arguments):
                pass

            def do_GET(self):
                fault = left.pop(0) if left else None
                wanted = self.headers.get("Range")
                outer.requests.append(wanted)
                start = int(wanted[6:-1]) if wanted and fault != "no-range" else 0
                body = content[start:]
                if fault == "wrong":
                    body = bytes(len(body))
                if fault == "long":
                    body += b"more"
                status = fault if isinstance(fault, int) else (206 if start else 200)
                self.send_response(status)
                if status == 206:
                    self.send_header("Content-Range", "bytes %d-%d/%d" % (start, len(content) - 1, len(content)))
                self.send_header("Content-Length", str(len(body) if status < 300 else 0))
                self.end_headers()
                if status < 300:
                    self.wfile.write(body[: len(body) // 2] if fault in ("cut", "silent") else body)
                if fault == "silent":
                    outer.closing.wait(30)
                self.close_connection = True

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d/vol1/%%s" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()


class Response(io.BytesIO):
    """What urlopen gives; its body breaks off with `fault`."""

    status, headers = 200, {}

    def __init__(self, fault=None):
        super().__init__(b"some")
        self.fault = fault

    def read(self, *count):
        got = super().read(*count)
        if self.fault and not got:
            raise self.fault
        return got


def script(name):
    """A program of the pipeline as a module."""
    spec = importlib.util.spec_from_file_location(name, str(BIN / (name + ".py")))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class FetchCase(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.base = Path(holder.name)
        self.outdir = self.base / "now"

    def serve(self, content, *faults):
        server = FaultyServer(content, faults)
        self.addCleanup(server.close)
        return server

    def fetch(self, server, content, name=ACCESSION + "_1.fastq.gz", tries=4, reuse=(), silence=5, **given):
        item = dict(listed(name, content), url=server.url % "x", **given)
        (self.base / "runs.json").write_text(json.dumps([{"accession": ACCESSION, "files": [item], "metadata": {"sample_accession": "SAMEA1"}}]))
        command = [sys.executable, str(BIN / "fetch_run.py"), "--runs", str(self.base / "runs.json"), "--accession", ACCESSION, "--outdir", str(self.outdir)]
        command += ["--tries", str(tries), "--first-pause-seconds", "0.01", "--timeout-seconds", str(silence)] + [part for path in reuse for part in ("--reuse", str(path))]
        subprocess.run(command, cwd=str(self.base), check=True, stderr=subprocess.DEVNULL)
        outcome = json.loads((self.outdir / "outcomes" / (ACCESSION + ".json")).read_text())
        self.assertEqual(outcome, json.loads((self.base / (ACCESSION + ".json")).read_text()))
        return outcome

    def path(self):
        return self.outdir / ACCESSION / (ACCESSION + "_1.fastq.gz")


class Fetch(FetchCase):
    def test_faults_that_pass_end_in_the_right_bytes(self):
        half = "bytes=%d-" % (len(GOOD) // 2)
        table = [
            ("no fault", [], [None]), ("busy twice", [503, 429], [None] * 3), ("cut, then continued", ["cut"], [None, half]),
            ("cut, and the server ignores ranges", ["cut", "no-range"], [None, half]), ("wrong bytes once", ["wrong"], [None] * 2),
            ("range refused", ["cut", 416], [None, half, None]), ("too long once", ["long"], None),
        ]
        for name, faults, requests in table:
            with self.subTest(name):
                server = self.serve(GOOD, *faults)
                outcome = self.fetch(server, GOOD)
                self.assertEqual((outcome["result"], outcome["bytes"]), ("done", len(GOOD)), outcome)
                self.assertEqual(self.path().read_bytes(), GOOD)
                self.assertEqual([path.name for path in self.path().parent.iterdir()], [self.path().name])
                if requests:
                    self.assertEqual(server.requests, requests)
                self.path().unlink()

    def test_faults_that_stay_are_the_outcome_not_a_crash(self):
        table = [("http-404", [404], 1), ("http-403", [403], 1), ("http-500", [500] * 3, 3), ("md5-mismatch", ["wrong"] * 3, 3), ("truncated", ["cut"] * 3, 3), ("size-mismatch", ["long"] * 3, 3)]
        for reason, faults, requests in table:
            with self.subTest(reason):
                server = self.serve(GOOD, *faults)
                outcome = self.fetch(server, GOOD, tries=3)
                self.assertEqual((outcome["result"], outcome["reason"], len(server.requests)), ("failed", reason, requests))
                self.assertFalse(self.path().exists())
                for path in self.path().parent.iterdir():
                    path.unlink()

    def test_a_server_that_is_not_there_is_a_connection_fault(self):
        server = self.serve(GOOD)
        server.close()
        server.close = lambda: None
        self.assertEqual(self.fetch(server, GOOD, tries=2)["reason"], "connection")

    def test_a_server_that_falls_silent_is_a_connection_fault_and_is_asked_for_the_rest(self):
        large = gzip.compress(bytes(range(256)) * 3000, 0)
        server = self.serve(large, "silent")
        self.assertEqual(self.fetch(server, large, silence=0.2)["result"], "done")
        self.assertEqual(server.requests, [None, "bytes=%d-" % (256 * 1024)])
        server = self.serve(GOOD, "silent", "silent")
        self.path().unlink()
        self.assertEqual(self.fetch(server, GOOD, silence=0.2, tries=2)["reason"], "connection")

    def test_what_a_network_says_beside_time_outs_is_a_connection_fault_and_a_disk_is_not(self):
        fetch_run = script("fetch_run")
        item = dict(listed("x", GOOD), url="http://127.0.0.1/x")
        for fault in (ssl.SSLError(1, "bad record mac"), OSError(errno.EHOSTUNREACH, "no route to host"), socket.timeout("timed out")):
            with self.subTest(while_it_came=fault), mock.patch.object(fetch_run.urllib.request, "urlopen", lambda *_a, **_k: Response(fault)):
                with self.assertRaises(fetch_run.FetchError) as told:
                    fetch_run.download(item, self.base / "x.part", 5)
                self.assertEqual((told.exception.reason, told.exception.again), ("connection", True))
            with self.subTest(before=fault), mock.patch.object(fetch_run.urllib.request, "urlopen", side_effect=fault):
                with self.assertRaises(fetch_run.FetchError) as told:
                    fetch_run.download(item, self.base / "x.part", 5)
                self.assertEqual((told.exception.reason, told.exception.again), ("connection", True))
        with mock.patch.object(fetch_run.urllib.request, "urlopen", lambda *_a, **_k: Response()), self.assertRaises(OSError) as told:
            fetch_run.download(item, Path("/dev/full"), 5)
        self.assertEqual(told.exception.errno, errno.ENOSPC)

    def test_a_listed_file_that_is_no_gzip_is_told(self):
        server = self.serve(b"plain text")
        self.assertEqual(self.fetch(server, b"plain text")["reason"], "gzip-invalid")
        self.assertEqual(len(server.requests), 1)
        self.assertEqual(self.fetch(server, b"plain text", name=ACCESSION + ".txt")["result"], "done")

    def test_names_and_addresses_that_lead_elsewhere_are_refused(self):
        server = self.serve(GOOD)
        for name in ("../x.gz", "/tmp/x.gz", ".x.gz"):
            with self.subTest(name):
                self.assertEqual(self.fetch(server, GOOD, name=name)["reason"], "unsafe-name")
        self.assertEqual(server.requests, [])

    def test_what_was_fetched_is_not_fetched_again(self):
        server = self.serve(GOOD)
        self.fetch(server, GOOD)
        outcome = self.fetch(server, GOOD)
        self.assertEqual((outcome["result"], outcome["files"][0]["how"], len(server.requests)), ("done", "kept", 1))

    def test_a_file_of_an_earlier_attempt_is_taken_over_only_if_it_verifies(self):
        earlier = self.base / "earlier" / ACCESSION
        earlier.mkdir(parents=True)
        for content, how, requests in ((GOOD, "reused", 0), (bytes(len(GOOD)), "fetched", 1), (b"short", "fetched", 1)):
            with self.subTest(how=how, size=len(content)):
                (earlier / self.path().name).write_bytes(content)
                server = self.serve(GOOD)
                outcome = self.fetch(server, GOOD, reuse=[self.base / "absent", earlier.parent])
                self.assertEqual((outcome["result"], outcome["files"][0]["how"], len(server.requests)), ("done", how, requests))
                self.assertEqual(hashlib.md5(self.path().read_bytes()).digest(), hashlib.md5(GOOD).digest())
                self.path().unlink()

    def test_the_samplesheet_lists_what_was_fetched_whole(self):
        self.fetch(self.serve(GOOD), GOOD)
        runs = json.loads((self.base / "runs.json").read_text()) + [{"accession": "ERR2804791", "files": [listed("x.gz", b"")]}]
        (self.base / "runs.json").write_text(json.dumps(runs))
        subprocess.run([sys.executable, str(BIN / "make_samplesheet.py"), "--runs", str(self.base / "runs.json"), "--outdir", str(self.outdir)], check=True)
        lines = (self.outdir / "samplesheet.csv").read_text().splitlines()
        self.assertEqual(len(lines), 2)
        self.assertTrue(lines[1].startswith("SAMEA1,%s,,%s," % (self.path(), ACCESSION)))


if __name__ == "__main__":
    unittest.main()
