"""The gate as the document of Systems Manager starts it: one base64 text in, at most 24,000 characters out."""
import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support import SLURM
from test_gate import JOB, KEY, SUBMIT, GateCase


class Bucket:
    """Serves and takes objects by link; `refuse` answers 403."""

    def __init__(self):
        self.objects, self.refuse = {}, False
        bucket = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_arguments):
                pass

            def answer(self, status, body=b""):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                body = None if bucket.refuse else bucket.objects.get(self.path)
                self.answer(200, body) if body is not None else self.answer(403)

            def do_PUT(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if not bucket.refuse:
                    bucket.objects[self.path] = body
                self.answer(403 if bucket.refuse else 200)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class SsmCase(GateCase):
    def setUp(self):
        super().setUp()
        self.bucket = Bucket()
        self.addCleanup(self.bucket.close)

    def run_gate(self, text):
        done = subprocess.run(
            [sys.executable, str(SLURM / "gate.py"), "--root", str(self.root), "--ssm"], input=text, stdout=subprocess.PIPE, check=True,
            env=dict(os.environ, PATH=self.path),
        )
        lines = done.stdout.decode().splitlines()
        self.assertEqual(len(lines), 1, "exactly one line")
        self.assertLess(len(lines[0]), 24000)
        answer = json.loads(lines[0])
        self.assertEqual(answer.pop("gate"), 1)
        return answer

    def envelope(self, verb, asked, **changes):
        head = {"v": 1, "verb": verb, "answerTo": self.bucket.url + "/answer", "request": json.dumps(asked)}
        head.update(changes)
        return base64.b64encode(zlib.compress(json.dumps({name: value for name, value in head.items() if value is not ...}).encode()))

    def elsewhere(self, request):
        packed = zlib.compress(json.dumps(request).encode())
        self.bucket.objects["/request"] = packed
        return {"url": self.bucket.url + "/request", "sha256": hashlib.sha256(packed).hexdigest(), "bytes": len(packed)}

    def test_a_request_is_answered_like_a_forced_command(self):
        first = self.run_gate(self.envelope("submit", SUBMIT))
        self.assertEqual((first["outcome"], first["attached"]), ("done", False))
        self.assertEqual(self.ask("submit", SUBMIT), dict(first, attached=True))

    def test_a_long_request_is_fetched_and_believed_by_its_hash(self):
        place = self.elsewhere(SUBMIT)
        self.assertEqual(self.run_gate(self.envelope("submit", None, request=..., requestFrom=dict(place, sha256="0" * 64)))["reason"], "invalid-request")
        self.assertEqual(self.calls("sbatch"), [])
        self.assertEqual(self.run_gate(self.envelope("submit", None, request=..., requestFrom=place))["outcome"], "done")

    def test_a_request_that_cannot_be_fetched_did_nothing(self):
        place = self.elsewhere(SUBMIT)
        self.bucket.refuse = True
        answer = self.run_gate(self.envelope("submit", None, request=..., requestFrom=place))
        self.assertEqual((answer["outcome"], answer["reason"]), ("failed", "unavailable"))
        self.assertEqual(self.calls("sbatch"), [])

    def test_a_long_answer_is_stored_whole(self):
        self.run_gate(self.envelope("submit", SUBMIT))
        report = {"v": 1, "text": "x" * 30000}
        (self.root / "jobs" / JOB / "report.json").write_text(json.dumps(report))
        answer = self.run_gate(self.envelope("status", {"v": 1, "jobs": [{"jobId": JOB, "key": KEY}]}))
        packed = self.bucket.objects["/answer"]
        self.assertEqual(answer["stored"], {"sha256": hashlib.sha256(packed).hexdigest(), "bytes": len(packed)})
        self.assertEqual(json.loads(zlib.decompress(packed))["jobs"][0]["report"], report)

    def test_a_long_answer_that_cannot_be_stored_is_unknown(self):
        self.run_gate(self.envelope("submit", SUBMIT))
        (self.root / "jobs" / JOB / "report.json").write_text(json.dumps({"text": "x" * 30000}))
        self.bucket.refuse = True
        answer = self.run_gate(self.envelope("status", {"v": 1, "jobs": [{"jobId": JOB, "key": KEY}]}))
        self.assertEqual(answer["outcome"], "unknown")
        self.assertIn("could not be stored", answer["detail"])

    def test_what_is_no_envelope_is_named(self):
        bomb = base64.b64encode(zlib.compress(b" " * (40 * 1024 * 1024)))
        for text, said in (
            (b"not base64!", "base64"), (base64.b64encode(b"plain"), "not packed"), (bomb, "larger than"),
            (base64.b64encode(zlib.compress(b"{}")), "envelope.v: missing"), (self.envelope("rm", SUBMIT), "verb: one of"),
            (self.envelope("disk", {"v": 1}, further=1), "envelope.further: unknown field"),
            (self.envelope("disk", {"v": 1}, answerTo="file:///etc/passwd"), "envelope.answerTo"),
            (self.envelope("disk", {"v": 1}, request=..., requestFrom={"url": "file:///etc/passwd", "sha256": "0" * 64, "bytes": 9}), "requestFrom.url"),
        ):
            with self.subTest(said):
                answer = self.run_gate(text)
                self.assertEqual(answer["reason"], "invalid-request")
                self.assertIn(said, answer["detail"])
