"""What these tests share: the project's files, a control plane that listens to callbacks, and a place to work in."""
import hashlib
import hmac
import json
import os
import sys
import tempfile
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
SLURM = PROJECT / "slurm"
FIXTURES = PROJECT / "test" / "fixtures" / "slurm"
sys.path.insert(0, str(SLURM))
sys.dont_write_bytecode = True

KEY = "ab" * 32
TOKEN = "enrolment-token-0123456789"
WORKER = "study-PRJEB28810.1.3.a1"


def listed(name, content):
    """A file as ENA's listing has it."""
    return {"name": name, "bytes": len(content), "md5": hashlib.md5(content).hexdigest()}


def run_of(accession, contents, files_hash="f" * 64, **metadata):
    """A run as a spec has it; `contents` maps file names to bytes."""
    files = [listed(name, content) for name, content in contents.items()]
    return {"accession": accession, "filesHash": files_hash, "files": files, "metadata": metadata}


class LocalServer:
    """Serves HTTP on a port of its own until it is closed."""

    def serve(self, handler):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class ControlPlane:
    """Answers callbacks as `plan` says: a function of (path, message) that gives a status, (status, answer) or None for the usual answer."""

    def __init__(self, plan=lambda path, message: None):
        self.messages, self.bad_signatures, self.enrolments = [], 0, []
        self.order, self.server_time = "run", "2026-11-21T00:00:00.000Z"
        self.arrived = threading.Condition()
        plane = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_arguments):
                pass

            def do_POST(self):
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                message = json.loads(raw)
                given = plan(self.path, message)
                with plane.arrived:
                    plane.note(self.path, message, raw, self.headers)
                    plane.arrived.notify_all()
                status, answer = given if isinstance(given, tuple) else (given or 200, plane.usual(self.path))
                if status == "hang up":
                    self.close_connection = True
                    self.connection.close()
                    return
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d/prod" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def note(self, path, message, raw, headers):
        if path.endswith("/callbacks/enrol"):
            self.enrolments.append(message)
            return
        signed = ("POST\n%s\n" % path[len("/prod"):]).encode() + raw
        right = "v1=" + hmac.new(KEY.encode(), signed, hashlib.sha256).hexdigest()
        self.bad_signatures += headers.get("X-Trawl-Signature") != right
        if path.endswith("/links"):
            return
        self.messages.append(dict(message, rawBytes=len(raw)))

    def usual(self, path):
        if path.endswith("/callbacks/enrol"):
            return {"v": 1, "key": KEY, "attempt": 1, "serverTime": self.server_time, "order": self.order}
        return {"v": 1, "order": self.order, "accepted": True}

    def kinds(self):
        return [message["kind"] for message in self.messages]

    def wait_for(self, condition, seconds=20):
        """Waits for messages, not for time. @raises AssertionError"""
        with self.arrived:
            assert self.arrived.wait_for(condition, seconds), "never came; so far: %s" % self.kinds()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class RootCase(unittest.TestCase):
    """A test with a ROOT of its own."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.root = Path(os.path.realpath(holder.name), "root")
        for name in ("jobs", "staging", "work", "runs", "sources", "kit"):
            (self.root / name).mkdir(parents=True)

    def plane(self, *arguments):
        plane = ControlPlane(*arguments)
        self.addCleanup(plane.close)
        return plane

    def job_dir(self, kind, spec, job_id=WORKER + ".job", plane=None, **document):
        """A job directory as the gate leaves it."""
        directory = self.root / "jobs" / job_id
        directory.mkdir(exist_ok=True)
        whole = dict({"v": 1, "jobId": job_id, "key": "trawl." + job_id, "kind": kind, "deadlineEpochSeconds": 2**33, "resources": {"timeMinutes": 60}, "spec": spec}, **document)
        (directory / "spec.json").write_text(json.dumps(whole))
        if plane:
            (directory / "enrolment.json").write_text(json.dumps({"url": plane.url, "token": TOKEN}))
        return directory
