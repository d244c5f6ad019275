"""Kind sweep: a real rsync over a real sshd, cut, refused, impersonated; and what becomes of a damaged copy at home."""
import errno
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import unittest
from unittest import mock

from machines import Line, Machine, make_key
from support import FIXTURES, SLURM, WORKER, run_of
from test_results import GOOD, REVISION, STAGE, ResultCase

import agent

RECORDED = json.loads((FIXTURES / "rsync-exit-codes.json").read_text())
BIG = {"ERR2804790_1.fastq.gz": os.urandom(4 * 1024 * 1024)}

# A sender that announces a small second file and makes it large as soon as the first one is on its way.
HOSTILE = """
import os, shlex, subprocess, sys, time
os.chdir(sys.argv[1])
asked = shlex.split(os.environ["SSH_ORIGINAL_COMMAND"])
sender = subprocess.Popen(asked[:3] + ["--bwlimit=2000"] + asked[3:])
fds = "/proc/%d/fd" % sender.pid
while sender.poll() is None and not any("_1.fastq" in os.readlink(os.path.join(fds, fd)) for fd in os.listdir(fds)):
    time.sleep(0.01)
os.truncate(os.path.join(sys.argv[2], "ERR2804790_2.fastq.gz"), 1024**3)
sys.exit(sender.wait())
"""


class SweepCase(ResultCase):
    def setUp(self):
        super().setUp()
        self.staging.rmdir()
        self.machine = Machine(self.root.parent / "droplet")
        self.addCleanup(self.machine.close)
        self.far = self.root.parent / "droplet" / "root" / "staging"
        (self.far / WORKER / STAGE / "outcomes").mkdir(parents=True)
        key = make_key(self.root / "kit" / "pull_key")
        self.machine.admit('restrict,command="rrsync -ro %s" %s' % (self.far, key))
        patch = mock.patch.object(agent, "PULL_PAUSES", (0.01, 0.01))
        patch.start()
        self.addCleanup(patch.stop)

    def there(self, accession="ERR2804790", contents=None):
        """A run as it lies on the droplet."""
        directory = self.far / WORKER / STAGE / accession
        directory.mkdir()
        for name, content in (GOOD if contents is None else contents).items():
            (directory / name).write_bytes(content)
        (self.far / WORKER / STAGE / "outcomes" / (accession + ".json")).write_text("{}")
        return directory

    def spec(self, *runs, **pull):
        source = dict({"host": "127.0.0.1", "port": self.machine.port, "user": self.machine.user, "hostKey": self.machine.host_key, "path": "%s/%s" % (WORKER, STAGE)}, **pull)
        return {"workerId": WORKER, "stage": STAGE, "revision": REVISION, "staging": "staging/%s/%s" % (WORKER, STAGE), "runs": list(runs), "pull": source}

    def sweep(self, *runs, **pull):
        return self.do("sweep", self.spec(*runs, **pull))


class Pulling(SweepCase):
    def test_what_lies_on_the_droplet_comes_home_and_stays_there(self):
        staged = self.there()
        report = self.sweep(run_of("ERR2804790", GOOD))
        self.assertEqual((report["result"], [run["result"] for run in report["runs"]]), ("finished", ["verified"]), report)
        rsync = report["rsync"]
        self.assertEqual((rsync["exitCode"], rsync["tries"], rsync["files"]), (0, 1, 3))
        self.assertGreaterEqual(rsync["bytes"], 21)
        self.assertEqual({path.name for path in self.published().iterdir()}, set(GOOD) | {"run.json"})
        self.assertEqual({path.name for path in staged.iterdir()}, set(GOOD), "a sweep takes nothing away")

    def test_a_line_that_is_cut_is_taken_up_where_it_was_cut(self):
        self.there(contents=BIG)
        line = Line(self.machine.port, [3 * 1024 * 1024])
        self.addCleanup(line.close)
        report = self.sweep(run_of("ERR2804790", BIG), port=line.port)
        self.assertEqual([run["result"] for run in report["runs"]], ["verified"], report)
        self.assertEqual((report["rsync"]["exitCode"], report["rsync"]["tries"]), (0, 2))
        self.assertLess(report["rsync"]["bytes"], 3 * 1024 * 1024, "the rest alone")

    def test_a_line_that_is_always_cut_is_given_up_and_the_next_sweep_goes_on(self):
        self.there(contents=BIG)
        line = Line(self.machine.port, [1024 * 1024] * 3)
        self.addCleanup(line.close)
        report = self.sweep(run_of("ERR2804790", BIG), port=line.port)
        self.assertEqual((report["result"], report["rsync"]["tries"], report["runs"]), ("failed", 3, []))
        self.assertEqual(report["reason"], "pull-interrupted")
        self.assertEqual(self.sweep(run_of("ERR2804790", BIG), port=line.port)["runs"][0]["result"], "verified")

    def test_only_what_is_listed_comes_and_what_is_published_is_not_pulled_again(self):
        staged = self.there()
        (staged / "ERR2804790_1.fastq.gz.part").write_bytes(b"half")
        self.there("ERR2804791")
        self.there("ERR9999999")
        other = dict(run_of("ERR2804790", GOOD), accession="ERR2804792")
        self.assertEqual(self.sweep(run_of("ERR2804790", GOOD), other)["rsync"]["files"], 3)
        self.assertEqual(sorted(path.name for path in self.staging.iterdir()), ["outcomes"])
        report = self.sweep(run_of("ERR2804790", GOOD), dict(run_of("ERR2804790", GOOD), accession="ERR2804791"))
        self.assertEqual(([run["result"] for run in report["runs"]], report["rsync"]["files"]), (["verified", "verified"], 3))

    def test_a_droplet_cannot_fill_the_disk_at_home(self):
        staged = self.there()
        (staged / "ERR2804790_2.fastq.gz").write_bytes(b"x" * 8 * 1024 * 1024)
        for number in range(20):
            (self.far / WORKER / STAGE / "outcomes" / ("ERR70000%02d.json" % number)).write_text("{}")
        report = self.sweep(run_of("ERR2804790", GOOD))
        self.assertEqual((report["result"], report["runs"][0]["result"]), ("finished", "missing"))
        came = [path for path in self.staging.rglob("*") if path.is_file()]
        self.assertLess(sum(path.stat().st_size for path in came), 1024 * 1024)
        self.assertEqual([path.name for path in came if path.parent.name == "outcomes"], ["ERR2804790.json"])

    def test_a_file_that_grows_while_it_is_sent_is_cut_off_at_home(self):
        staged = self.there(contents={"ERR2804790_1.fastq.gz": os.urandom(2 * 1024 * 1024), "ERR2804790_2.fastq.gz": b"second mate"})
        hostile = self.root.parent / "hostile.py"
        hostile.write_text(HOSTILE)
        key = " ".join((self.root / "kit" / "pull_key.pub").read_text().split()[:2])
        self.machine.admit('restrict,command="%s %s %s %s" %s' % (sys.executable, hostile, self.far, staged, key))
        with mock.patch.object(agent, "RSYNC_SPEECH_BYTES", 4 * 1024 * 1024):
            report = self.sweep(run_of("ERR2804790", dict(GOOD, **{"ERR2804790_1.fastq.gz": b"x" * 2 * 1024 * 1024})))
        self.assertEqual((staged / "ERR2804790_2.fastq.gz").stat().st_size, 1024**3, "it grew")
        self.assertEqual((report["result"], report["reason"]), ("failed", "pull-failed"), report)
        self.assertLessEqual(max(path.stat().st_size for path in self.staging.rglob("*") if path.is_file()), 4 * 1024 * 1024)

    def test_links_of_a_droplet_lead_nowhere(self):
        secret = self.root.parent / "secret"
        secret.write_bytes(b"first mate")
        staged = self.there(contents={"ERR2804790_2.fastq.gz": b"second mate"})
        (staged / "ERR2804790_1.fastq.gz").symlink_to(secret)
        (self.far / WORKER / STAGE / "ERR2804791").symlink_to(self.root.parent)
        report = self.sweep(run_of("ERR2804790", GOOD), dict(run_of("ERR2804790", GOOD), accession="ERR2804791"))
        self.assertNotIn("verified", [run["result"] for run in report["runs"]])
        self.assertEqual(secret.read_bytes(), b"first mate")

    def test_a_run_that_is_not_there_is_missing_and_the_others_come(self):
        self.there()
        missing = dict(run_of("ERR2804790", GOOD), accession="ERR2804791")
        self.assertEqual([run["result"] for run in self.sweep(run_of("ERR2804790", GOOD), missing)["runs"]], ["verified", "missing"])


class Early(SweepCase):
    """A sweep of a droplet that still works."""

    def says(self, kind="alive", seq=7, **more):
        word = dict({"v": 1, "jobId": WORKER + ".fetch", "attempt": 1, "seq": seq, "sentAt": "2026-11-21T00:00:00.000Z", "kind": kind, "body": {"runsDone": 1}}, **more)
        (self.far / WORKER / "word.json").write_text(json.dumps(word))
        return word

    def outcome(self, accession, result):
        (self.far / WORKER / STAGE / "outcomes" / (accession + ".json")).write_text(json.dumps({"accession": accession, "result": result}))

    def early(self, *runs, **pull):
        return self.do("sweep", dict(self.spec(*runs, **pull), early=True))

    def unfinished(self, accession="ERR2804791"):
        """Its files have their names already, its outcome is not written."""
        directory = self.there(accession)
        (self.far / WORKER / STAGE / "outcomes" / (accession + ".json")).unlink()
        return dict(run_of("ERR2804790", GOOD), accession=accession), directory

    def test_what_is_done_comes_home_and_what_is_not_has_no_verdict(self):
        self.there()
        self.outcome("ERR2804790", "done")
        unfinished, _directory = self.unfinished()
        failed = dict(run_of("ERR2804790", GOOD), accession="ERR2804792")
        self.outcome("ERR2804792", "failed")
        word = self.says()
        report = self.early(run_of("ERR2804790", GOOD), unfinished, failed)
        self.assertEqual((report["result"], [(run["accession"], run["result"]) for run in report["runs"]]), ("finished", [("ERR2804790", "verified")]), report)
        self.assertEqual(report["word"], word)
        self.assertEqual({path.name for path in self.published().iterdir()}, set(GOOD) | {"run.json"})
        self.assertFalse((self.staging / "ERR2804791").exists(), "nothing of what is unfinished comes")

    def test_a_later_sweep_finds_it_published_and_brings_the_rest(self):
        self.there()
        self.outcome("ERR2804790", "done")
        unfinished, _directory = self.unfinished()
        self.early(run_of("ERR2804790", GOOD), unfinished)
        before = (self.published() / "run.json").read_text()
        report = self.sweep(run_of("ERR2804790", GOOD), unfinished)
        self.assertEqual([run["result"] for run in report["runs"]], ["verified", "verified"])
        self.assertEqual((self.published() / "run.json").read_text(), before, "published once")

    def test_all_that_is_done_verified_takes_nothing_away_from_what_is_not(self):
        self.there()
        self.outcome("ERR2804790", "done")
        unfinished, _directory = self.unfinished()
        partial = self.staging / "ERR2804791" / ".rsync-partial"
        partial.mkdir(parents=True)
        (partial / "ERR2804791_1.fastq.gz").write_bytes(b"fir")
        self.early(run_of("ERR2804790", GOOD), unfinished)
        self.assertEqual((partial / "ERR2804791_1.fastq.gz").read_bytes(), b"fir")

    def test_a_file_that_is_not_as_listed_is_refused_and_fetched_anew_by_the_next(self):
        staged = self.there(contents=dict(GOOD, **{"ERR2804790_1.fastq.gz": b"FIRST mate"}))
        self.outcome("ERR2804790", "done")
        (entry,) = self.early(run_of("ERR2804790", GOOD))["runs"]
        self.assertEqual((entry["result"], entry["reason"]), ("refused", "md5-mismatch"))
        self.assertFalse((self.staging / "ERR2804790").exists())
        self.assertTrue((staged / "ERR2804790_1.fastq.gz").exists())

    def test_where_no_run_is_asked_for_only_the_word_comes(self):
        self.there()
        self.outcome("ERR2804790", "done")
        word = self.says()
        report = self.early()
        self.assertEqual((report["word"], report["runs"], report["rsync"]["files"], report["rsync"]["tries"]), (word, [], 1, 1))

    def test_a_word_that_is_gone_or_none_of_this_worker_is_not_told(self):
        self.says()
        self.assertIn("word", self.early())
        for content in (None, "{", "[]", json.dumps({"jobId": "study-PRJEB1.1.1.a1.fetch", "body": {}}), json.dumps({"jobId": WORKER + ".fetch", "body": 3})):
            with self.subTest(content):
                path = self.far / WORKER / "word.json"
                path.unlink() if content is None else path.write_text(content)
                report = self.early()
                self.assertEqual(report["result"], "finished")
                self.assertNotIn("word", report)

    def test_a_word_that_is_a_link_or_too_large_is_not_read(self):
        self.there()
        (self.far / WORKER / STAGE / "outcomes" / "ERR2804790.json").write_text(json.dumps(self.says()))
        word = self.far / WORKER / "word.json"
        word.unlink()
        word.symlink_to("%s/outcomes/ERR2804790.json" % STAGE)
        self.assertNotIn("word", self.early(run_of("ERR2804790", GOOD)))
        self.assertTrue((self.staging.parent / "word.json").is_symlink(), "what it leads to is here")
        word.unlink()
        self.says(body={"text": "x" * agent.WORD_LIMIT_BYTES})
        report = self.early()
        self.assertEqual((report["result"], report["rsync"]["files"]), ("finished", 0))
        self.assertNotIn("word", report)

    def test_a_long_word_is_cut_so_that_the_report_can_be_told(self):
        self.says("finished", body={"runs": [{"accession": "ERR2804790", "result": "done", "files": [{"name": "x" * 200}] * 100}] * 2, "result": "finished"})
        word = self.early()["word"]
        self.assertEqual(word["body"]["runs"], [{"accession": "ERR2804790", "result": "done"}] * 2)

    def test_ends_of_rsync_are_told_as_those_of_a_sweep(self):
        self.machine.change_host_key()
        self.assertEqual(self.early()["reason"], "host-key-changed")
        self.machine.close()
        report = self.early(run_of("ERR2804790", GOOD))
        self.assertEqual((report["result"], report["reason"], report["runs"]), ("failed", "worker-unreachable", []))


class Refusals(SweepCase):
    def fails(self, reason, tries, **pull):
        report = self.sweep(run_of("ERR2804790", GOOD), **pull)
        self.assertEqual((report["result"], report["reason"], report["rsync"]["tries"], report["runs"]), ("failed", reason, tries, []), report)
        self.assertFalse(self.published().exists())

    def test_another_host_key_ends_it_at_once(self):
        self.there()
        self.machine.change_host_key()
        self.fails("host-key-changed", 1)

    def test_a_key_that_is_not_let_in_is_refused(self):
        self.there()
        self.machine.admit("")
        self.fails("pull-refused", 1)

    def test_a_path_outside_is_refused_by_rrsync(self):
        self.fails("pull-refused", 1, path="../../../home")

    def test_a_machine_that_is_away_is_tried_again_then_unreachable(self):
        self.machine.close()
        self.fails("worker-unreachable", 3)

    def test_a_directory_that_is_not_there_is_looked_for_twice_and_its_runs_are_missing(self):
        shutil.rmtree(str(self.far / WORKER / STAGE))
        report = self.sweep(run_of("ERR2804790", GOOD))
        self.assertEqual((report["result"], report["rsync"]["tries"], [run["result"] for run in report["runs"]]), ("finished", 2, ["missing"]))

    def test_a_kit_without_a_key_says_so(self):
        (self.root / "kit" / "pull_key").unlink()
        self.fails("pull-failed", 0)

    def test_a_home_without_space_is_told_whoever_meets_it_first(self):
        self.there()
        full = OSError(errno.ENOSPC, "No space left on device")
        with mock.patch.object(agent.Pull, "prepare", side_effect=full):
            self.fails("home-full", 0)
        rsync = self.root.parent / "bin" / "rsync"
        rsync.parent.mkdir()
        rsync.write_text("#!/bin/sh\necho 'rsync: [receiver] write failed on \"x\": No space left on device (28)' >&2\nexit 11\n")
        rsync.chmod(0o755)
        with mock.patch.dict(os.environ, PATH="%s:%s" % (rsync.parent, os.environ["PATH"])):
            self.fails("home-full", 1)

    def test_the_deadline_and_slurms_signal_end_rsync_too(self):
        self.there(contents=BIG)
        hung = Line(self.machine.port, [])
        self.addCleanup(hung.close)
        hung.target = ("127.0.0.1", silent_port(self))
        for ending in ("signal", "deadline"):
            with self.subTest(ending):
                document = {"deadlineEpochSeconds": int(time.time()) + 3} if ending == "deadline" else {}
                directory = self.job_dir("sweep", self.spec(run_of("ERR2804790", BIG), port=hung.port), WORKER + ".sweep-1", **document)
                process = subprocess.Popen([sys.executable, str(SLURM / "agent.py"), "sweep", "--job-dir", str(directory)])
                self.addCleanup(lambda process=process: process.poll() is None and process.kill())
                until = time.monotonic() + 20
                while not (directory / "rsync.err").exists():
                    self.assertLess(time.monotonic(), until)
                    time.sleep(0.02)
                if ending == "signal":
                    process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(30), 1)
                report = json.loads((directory / "report.json").read_text())
                self.assertEqual(report["reason"], "time-limit" if ending == "deadline" else "cancelled")
                self.assertEqual(agent.descendants(-1, os.path.realpath(str(directory))), [])
                (directory / "rsync.err").unlink()


def silent_port(case):
    """A port that takes connections and never says a word."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(8)
    case.addCleanup(listener.close)
    return listener.getsockname()[1]


class DamagedCopies(SweepCase):
    def test_a_copy_that_was_refused_is_fetched_anew_although_size_and_time_agree(self):
        staged = self.there()
        self.sweep(dict(run_of("ERR2804790", GOOD), accession="ERR2804799"))
        damaged = self.staging / "ERR2804790"
        shutil.copytree(str(staged), str(damaged))
        path = damaged / "ERR2804790_1.fastq.gz"
        info = path.stat()
        path.write_bytes(b"FIRST mate")
        os.utime(str(path), ns=(info.st_atime_ns, info.st_mtime_ns))
        (entry,) = self.sweep(run_of("ERR2804790", GOOD))["runs"]
        self.assertEqual((entry["result"], entry["reason"]), ("refused", "md5-mismatch"))
        self.assertFalse(damaged.exists())
        self.assertEqual(self.sweep(run_of("ERR2804790", GOOD))["runs"][0]["result"], "verified")

    def test_a_file_that_is_bad_on_the_droplet_stays_refused_and_stays_there(self):
        staged = self.there(contents=dict(GOOD, **{"ERR2804790_1.fastq.gz": b"FIRST mate"}))
        for _time in range(2):
            (entry,) = self.sweep(run_of("ERR2804790", GOOD))["runs"]
            self.assertEqual((entry["result"], entry["reason"]), ("refused", "md5-mismatch"))
        self.assertTrue((staged / "ERR2804790_1.fastq.gz").exists())

    def test_verify_keeps_what_it_refuses(self):
        kept = self.staging / "ERR2804790"
        kept.mkdir(parents=True)
        (kept / "ERR2804790_1.fastq.gz").write_bytes(b"FIRST mate")
        self.verify(run_of("ERR2804790", {"ERR2804790_1.fastq.gz": b"first mate"}))
        self.assertTrue(kept.exists())


class Judgement(unittest.TestCase):
    def test_every_recorded_exit_code_has_its_verdict(self):
        for name, verdict in (("retryable", "again"), ("retry_then_verify", "verify"), ("fatal", "fail")):
            for code in RECORDED[name]:
                with self.subTest(code=code):
                    self.assertEqual(agent.judge_pull(code, "")[0], verdict)
        self.assertEqual(agent.judge_pull(0, ""), ("done", None))
        self.assertEqual({code for code in map(int, RECORDED["codes"]) if agent.judge_pull(code, "")[0] == "done"}, {0})

    def test_what_was_said_names_the_reason(self):
        table = [
            (255, "@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @", ("fail", "host-key-changed")), (255, "Host key verification failed.", ("fail", "host-key-changed")),
            (255, "root@10.0.0.1: Permission denied (publickey).", ("fail", "pull-refused")), (255, "ssh: connect to host x port 22: Connection refused", ("again", "worker-unreachable")),
            (255, "ssh: connect to host x port 22: Connection timed out", ("again", "worker-unreachable")),
            (12, "/usr/bin/rrsync error: option -L has been disabled on this server.", ("fail", "pull-refused")), (12, "rsync error: error in rsync protocol data stream (code 12)", ("again", "pull-interrupted")),
            (11, 'rsync: [receiver] write failed on "x": No space left on device (28)', ("fail", "home-full")), (11, "rsync: mkstemp: Disk quota exceeded (122)", ("fail", "home-full")),
            (11, "rsync: mkdir failed: No such file or directory", ("fail", "pull-failed")), (23, 'rsync: send_files failed to open "x": Permission denied (13)', ("verify", None)),
            (12, "ssh: connect to host x port 22: Connection refused\nrsync: connection unexpectedly closed (0 bytes received so far) [Receiver]", ("again", "worker-unreachable")),
            (255, "rsync: connection unexpectedly closed (52428 bytes received so far) [receiver]", ("again", "pull-interrupted")),
            (30, "timeout in data send/receive", ("again", "pull-interrupted")), (127, "sh: rsync: not found", ("fail", "pull-failed")),
        ]
        for code, said, expected in table:
            with self.subTest(said):
                self.assertEqual(agent.judge_pull(code, said), expected)


if __name__ == "__main__":
    unittest.main()
