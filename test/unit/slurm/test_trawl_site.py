"""trawl-site against a control plane that says what the test says, with an agent that does what the test says."""
import errno
import json
import os
import subprocess
import sys
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from unittest import mock

from support import SLURM, WORKER, RootCase

import trawl_site

JOB = WORKER + ".fetch"
FINISHED = """import json, sys
job = sys.argv[sys.argv.index("--job-dir") + 1]
assert json.load(open(job + "/spec.json"))["spec"]["bring"]
json.dump({"v": 1, "jobId": job.split("/")[-1], "kind": "run", "result": "finished", "runs": []}, open(job + "/report.json", "w"))
"""
FOREVER = "import signal, sys, time\nsignal.signal(signal.SIGTERM, lambda *_a: sys.exit(1))\nopen(sys.argv[3] + '/began', 'w').close()\nwhile True: time.sleep(0.05)\n"


CLAIM = {"workerId": WORKER, "jobId": JOB, "resources": {"cpus": 1, "memoryMb": 100, "timeMinutes": 5}}


class Plane:
    """The routes of sites, enrolment, and the document behind a link."""

    def __init__(self):
        self.heard, self.claims, self.lease = [], [], 100
        self.answers = {}  # verb: (status, body) instead of the usual
        self.garbled = []  # verbs that are answered once with what is no HTTP
        self.arrived = threading.Condition()
        plane = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_arguments):
                pass

            def answer(self, status, body):
                raw = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def do_GET(self):
                self.answer(200, {"v": 1, "jobId": JOB, "kind": "run", "spec": {"bring": True}})

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                verb = self.path.rsplit("/", 1)[1]
                with plane.arrived:
                    plane.heard.append((verb, self.path, body, self.headers.get("Authorization")))
                    garbled = verb in plane.garbled
                    status, said = plane.answers.get(verb) or (200, {} if garbled else plane.usual(verb))
                    plane.arrived.notify_all()
                if garbled:
                    plane.garbled.remove(verb)
                    self.wfile.write(b"an overloaded proxy\r\n\r\n")
                    self.close_connection = True
                    return
                self.answer(status, said)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def usual(self, verb):
        if verb == "enrol":
            return {"v": 1, "key": "k", "attempt": 1, "links": {"spec": {"url": self.url + "/spec"}}}
        if verb == "claims":
            given, self.claims = self.claims, []
            return {"v": 1, "claims": given, "waiting": {}}
        return {"v": 1, "order": "run", "leaseSeconds": self.lease, "accepted": True}

    def offer_one(self):
        self.claims = [dict(CLAIM, leaseSeconds=self.lease, enrolment={"url": self.url + "/callbacks/enrol", "token": "single-use"})]

    def verbs(self):
        return [verb for verb, *_rest in self.heard]

    def wait_for(self, condition, seconds=20):
        with self.arrived:
            assert self.arrived.wait_for(condition, seconds), self.verbs()


class SiteCase(RootCase):
    def setUp(self):
        super().setUp()
        self.control = Plane()
        self.addCleanup(self.control.server.server_close)
        self.addCleanup(self.control.server.shutdown)
        token = self.root.parent / "token"
        token.write_text("trawl_secret\n")
        token.chmod(0o600)
        self.site = self.root.parent / "site"
        self.config = {"url": self.control.url, "tokenFile": str(token), "root": str(self.site), "kit": str(self.root / "kit"), "claims": 1, "cpus": 2, "memoryMb": 1000, "timeMinutes": 60, "pollSeconds": 0, "lookSeconds": 0.02}
        self.log = b""

    def agent(self, text):
        (self.root / "kit" / "agent.py").write_text(text)

    def start(self, what="run"):
        path = self.root.parent / "config.json"
        path.write_text(json.dumps(self.config))
        process = subprocess.Popen([sys.executable, str(SLURM / "trawl_site.py"), what, "--config", str(path)], stderr=subprocess.DEVNULL)
        self.addCleanup(lambda: process.poll() is None and process.kill() or process.wait())
        return process

    def end(self, process):
        process.terminate()
        self.assertEqual(process.wait(20), 0)

    def wait_for_file(self, path):
        until = time.monotonic() + 20
        while not path.exists():
            self.assertLess(time.monotonic(), until, path)
            time.sleep(0.02)

    def record(self):
        return json.loads((self.site / "claims" / (WORKER + ".json")).read_text())

    def assert_over(self):
        until = time.monotonic() + 20
        while list((self.site / "claims").glob("[!.]*.json")):
            self.assertLess(time.monotonic(), until)
            time.sleep(0.02)


class Working(SiteCase):
    def test_a_claim_is_enrolled_done_and_reported_with_the_token_of_the_site(self):
        self.agent(FINISHED)
        self.control.offer_one()
        process = self.start()
        self.control.wait_for(lambda: "report" in self.control.verbs())
        verb, path, report, authorization = next(each for each in self.control.heard if each[0] == "report")
        self.assertEqual((path, report["result"], authorization), ("/site/claims/%s/report" % WORKER, "finished", "Bearer trawl_secret"))
        offer = self.control.heard[0][2]["offer"]
        self.assertEqual({name: offer[name] for name in ("cpus", "memoryMb", "timeMinutes")}, {"cpus": 2, "memoryMb": 1000, "timeMinutes": 60})
        self.assert_over()
        self.assertEqual((self.site / "jobs" / JOB).stat().st_mode & 0o077, 0)
        self.assertFalse((self.site / "jobs" / JOB / "enrolment.json").exists())
        self.end(process)

    def test_a_request_whose_answer_was_lost_is_sent_again_with_the_same_nonce(self):
        self.control.answers["claims"] = (500, {})
        process = self.start()
        self.control.wait_for(lambda: self.control.verbs().count("claims") >= 3)
        self.assertEqual(len({body["nonce"] for _verb, _path, body, _token in self.control.heard[:3]}), 1)
        self.end(process)

    def test_an_agent_that_dies_without_a_word_is_reported_as_failed(self):
        self.agent("raise SystemExit(9)")
        self.control.offer_one()
        process = self.start()
        self.control.wait_for(lambda: "report" in self.control.verbs())
        body = next(body for verb, _path, body, _token in self.control.heard if verb == "report")
        self.assertEqual((body["result"], body["reason"], body["jobId"]), ("failed", "agent-error", JOB))
        self.end(process)

    def test_what_cannot_begin_is_given_back(self):
        self.control.answers["enrol"] = (403, {"error": "token-spent"})
        self.control.offer_one()
        process = self.start()
        self.control.wait_for(lambda: "release" in self.control.verbs())
        self.assert_over()
        self.end(process)

    def test_a_claim_that_is_over_ends_its_agent_and_says_no_more(self):
        self.agent(FOREVER)
        self.control.lease = 3
        self.control.answers["renew"] = (410, {"error": {"message": "over"}})
        self.control.offer_one()
        process = self.start()
        self.control.wait_for(lambda: "renew" in self.control.verbs())
        self.assert_over()
        self.assertNotIn("report", self.control.verbs())
        self.end(process)

    def test_where_nobody_answers_the_agent_ends_before_the_lease_does(self):
        self.agent(FOREVER)
        self.control.lease = 2
        self.control.answers["renew"] = (503, {})
        self.control.offer_one()
        process = self.start()
        self.wait_for_file(self.site / "jobs" / JOB / "began")
        pid, began = self.record()["pid"], self.record()["born"]
        self.assert_over()
        self.assertNotEqual(trawl_site.born(pid), began)
        self.end(process)

    def test_an_order_to_stop_ends_the_agent_and_its_end_is_reported(self):
        self.agent(FOREVER)
        self.control.lease = 1
        self.control.answers["renew"] = (200, {"v": 1, "order": "stop", "leaseSeconds": 100})
        self.control.offer_one()
        process = self.start()
        self.control.wait_for(lambda: "report" in self.control.verbs())
        self.end(process)


class Lasting(SiteCase):
    def begin(self):
        self.agent(FOREVER)
        self.control.offer_one()
        process = self.start()
        self.wait_for_file(self.site / "jobs" / JOB / "began")
        return process

    def test_the_agent_outlives_a_restart_and_is_found_again(self):
        self.end(self.begin())
        pid = self.record()["pid"]
        self.assertEqual(trawl_site.born(pid), self.record()["born"])
        self.control.answers["renew"] = (200, {"v": 1, "order": "stop", "leaseSeconds": 100})
        process = self.start()
        self.control.wait_for(lambda: "report" in self.control.verbs())
        self.assertEqual(self.control.verbs().count("enrol"), 1)
        self.end(process)

    def test_a_second_one_leaves_at_once_and_a_release_waits_for_none(self):
        process = self.begin()
        self.assertEqual(self.start().wait(20), 0)
        self.assertEqual(self.start("release").wait(20), 1)
        self.end(process)
        self.assertEqual(self.start("release").wait(30), 0)
        self.assertIn("release", self.control.verbs())
        self.assert_over()

    def test_where_nothing_can_be_locked_it_says_so_and_does_not_take_itself_for_a_second_one(self):
        path = self.root.parent / "config.json"
        path.write_text(json.dumps(self.config))
        fault = OSError(errno.ENOLCK, "No locks available")
        with mock.patch.object(trawl_site.fcntl, "flock", side_effect=fault), mock.patch.object(sys, "argv", ["trawl_site.py", "run", "--config", str(path)]):
            mask = os.umask(0)
            self.addCleanup(os.umask, mask)
            with self.assertRaises(SystemExit) as said:
                trawl_site.main()
        self.assertIn("No locks available", str(said.exception))


class Troubled(SiteCase):
    def test_words_that_are_no_http_are_no_answer_and_do_not_end_it(self):
        self.agent(FINISHED)
        self.control.garbled = ["claims", "report"]
        self.control.offer_one()
        process = self.start()
        self.control.wait_for(lambda: self.control.verbs().count("report") == 2)
        self.assert_over()
        self.control.garbled = ["enrol"]
        self.control.offer_one()
        self.control.wait_for(lambda: "release" in self.control.verbs())
        self.assert_over()
        self.end(process)

    def test_a_claim_that_cannot_be_written_down_does_not_keep_the_others_from_being_ended(self):
        site = trawl_site.Site(dict(self.config, claims=2))
        stuck, over = [trawl_site.Claim(site, dict(CLAIM, workerId=WORKER + end, leaseEnds=time.time() + 100)) for end in ("", "x")]
        over.keep(over=True)
        (site.root / "staging" / over.worker).mkdir()
        site.claims = [stuck, over]
        stuck.record["pid"], stuck.record["born"] = os.getpid(), trawl_site.born(os.getpid())
        full = OSError(errno.ENOSPC, "No space left on device")
        with mock.patch.object(trawl_site, "write_json", side_effect=full):
            site.tick()
        self.assertEqual(site.claims, [stuck])
        self.assertFalse((site.root / "staging" / over.worker).exists())
        self.assertGreater(stuck.record["leaseEnds"], time.time() + 50)


class Refusing(SiteCase):
    def test_settings_that_would_give_the_token_away_are_refused(self):
        path = self.root.parent / "config.json"
        for change, said in (({"url": "http://api.example.org"}, "https"), ({"claims": 0}, "claims"), ({"launcher": "srun"}, "launcher")):
            path.write_text(json.dumps(dict(self.config, **change)))
            with self.assertRaises(SystemExit) as refused:
                trawl_site.read_config(str(path))
            self.assertIn(said, str(refused.exception))
        os.chmod(self.config["tokenFile"], 0o644)
        path.write_text(json.dumps(self.config))
        with self.assertRaises(SystemExit) as refused:
            trawl_site.read_config(str(path))
        self.assertIn("chmod 600", str(refused.exception))


if __name__ == "__main__":
    unittest.main()
