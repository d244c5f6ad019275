"""Results of a site: brought to the bucket before the job ends, and got from there by the sweep at home."""
import unittest
from http.server import BaseHTTPRequestHandler
from unittest import mock

from support import WORKER, LocalServer, run_of
from test_droplet import FETCHED, Store
from test_results import GOOD, REVISION, STAGE, ResultCase, told_by
from test_watchdog import WatchdogCase

import agent


class Bringing(WatchdogCase):
    def bring(self, store, links=True):
        def answer(path, message):
            if not path.endswith("/links"):
                return None
            given = [{"path": each["path"], "url": "%s/%s" % (store.url, each["path"])} for each in message["files"]] if links else []
            return 200, {"v": 1, "links": given}

        self.control = self.plane(answer)
        return self.report_of(self.start(FETCHED, self.control, {"bring": True, "staging": "staging/%s/fetch" % WORKER}))

    def store(self, *faults):
        store = Store(*faults)
        self.addCleanup(store.close)
        return store

    def test_every_file_is_in_the_bucket_before_the_end_is_told(self):
        store = self.store()
        report = self.bring(store)
        self.assertEqual((report["result"], [run["result"] for run in report["runs"]]), ("finished", ["done", "done"]))
        self.assertEqual(store.files, {"/fetch/ERR0000001/a.gz": b"12345", "/fetch/ERR0000002/a.gz": b"12345"})
        self.assertEqual(self.control.kinds()[-1], "finished")

    def test_a_put_that_breaks_is_tried_again(self):
        store = self.store("hang up", 503)
        self.assertEqual([run["result"] for run in self.bring(store)["runs"]], ["done", "done"])
        self.assertEqual(len(store.files), 2)

    def test_a_run_that_the_bucket_does_not_take_has_failed_and_the_other_has_not(self):
        report = self.bring(self.store(403, 403, 403, 403))
        self.assertEqual([(run["result"], run.get("reason")) for run in report["runs"]], [("failed", "bring-failed"), ("done", None)])


class Bucket(LocalServer):
    """Serves contents by path, with Range; `faults`: bytes after which a connection is cut, one each."""

    def __init__(self, contents, *cuts):
        left, self.ranges = list(cuts), []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_arguments):
                pass

            def do_GET(self):
                content = contents[self.path.lstrip("/")]
                asked = self.headers.get("Range")
                outer.ranges.append(asked)
                start = int(asked[len("bytes="):-1]) if asked else 0
                self.send_response(206 if asked else 200)
                self.send_header("Content-Length", str(len(content) - start))
                self.end_headers()
                cut = left.pop(0) if left else None
                self.wfile.write(content[start:] if cut is None else content[start:start + cut])
                self.close_connection = True

        self.serve(Handler)


class Getting(ResultCase):
    def setUp(self):
        super().setUp()
        patch = mock.patch.object(agent, "RESCUE_FIRST_PAUSE_SECONDS", 0.01)
        patch.start()
        self.addCleanup(patch.stop)

    def sweep(self, contents, *cuts):
        there = {"%s/ERR2804790/%s" % (STAGE, name): content for name, content in contents.items()}
        self.bucket = Bucket(there, *cuts)
        self.addCleanup(self.bucket.close)

        def answer(path, message):
            if not path.endswith("/links"):
                return None
            links = [{"path": each, "bytes": len(there[each]), "url": "%s/%s" % (self.bucket.url, each)} for each in message["fetch"] if each in there]
            return 200, {"v": 1, "links": links}

        self.control = self.plane(answer)
        spec = {"workerId": WORKER, "stage": STAGE, "revision": REVISION, "staging": "staging/%s/%s" % (WORKER, STAGE), "runs": [run_of("ERR2804790", GOOD)], "pull": {"bucket": True, "path": "x"}}
        return told_by(agent.Job(self.job_dir("sweep", spec, plane=self.control), "sweep"))

    def test_what_is_in_the_bucket_comes_home_and_is_verified_against_the_listing(self):
        report = self.sweep(GOOD)
        self.assertEqual([run["result"] for run in report["runs"]], ["verified"], report)
        self.assertEqual(report["rsync"]["files"], len(GOOD))
        self.assertEqual(self.control.bad_signatures, 0)

    def test_a_transfer_that_is_cut_goes_on_where_it_broke_off(self):
        report = self.sweep(GOOD, 3)
        self.assertEqual([run["result"] for run in report["runs"]], ["verified"], report)
        self.assertIn("bytes=3-", self.bucket.ranges)

    def test_what_a_site_never_brought_is_missing_and_what_differs_is_refused(self):
        self.assertEqual([(run["result"], run["reason"]) for run in self.sweep({})["runs"]], [("missing", "missing")])
        wrong = {name: bytes(len(content)) for name, content in GOOD.items()}
        self.assertEqual([(run["result"], run["reason"]) for run in self.sweep(wrong)["runs"]], [("refused", "md5-mismatch")])
        self.assertEqual([run["result"] for run in self.sweep(GOOD)["runs"]], ["verified"])

    def test_a_bucket_that_gives_nothing_whole_fails_the_sweep(self):
        report = self.sweep(GOOD, *([0] * 20))
        self.assertEqual((report["result"], report["reason"]), ("failed", "pull-interrupted"))


if __name__ == "__main__":
    unittest.main()
