"""Kind run: the watchdog and the report, with a stand-in for java that behaves as the test says."""
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path
from unittest import mock

from support import SLURM, WORKER, RootCase, run_of

import agent

JOB = WORKER + ".fetch"
OUTCOME = """
outcome() { echo "{\\"result\\": \\"$2\\", \\"reason\\": $3, \\"bytes\\": 5}" > "$STAGING/outcomes/$1.json"; }
echo "[aa/bbbbbb] Submitted process > FETCH (ERR0000001)"
"""
# In a session of its own and deaf to SIGTERM, as a task may be.
STUBBORN = "setsid sh -c 'trap \"\" TERM; echo $$ > $WORLD/task.tmp; mv $WORLD/task.tmp $WORLD/task; while :; do sleep 1; done' &\nwhile [ ! -f $WORLD/task ]; do sleep 0.02; done\n"


class WatchdogCase(RootCase):
    def setUp(self):
        super().setUp()
        pipeline = self.root / "kit" / "pipelines" / "fetch"
        pipeline.mkdir(parents=True)
        (pipeline / "main.nf").write_text("workflow {}\n")
        self.revision = agent.content_hash(pipeline)[:12]
        self.staging = self.root / "staging" / WORKER / "fetch"
        self.runs = [run_of("ERR000000%d" % number, {"a.gz": b"12345"}) for number in (1, 2)]

    def java(self, script):
        path = self.root / "java" / "bin" / "java"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\nSTAGING='%s' WORLD='%s'\nexport WORLD\n%s\n%s" % (self.staging, self.root, OUTCOME, script))
        path.chmod(0o755)
        (self.root / "kit" / "gate.json").write_text(json.dumps({"javaHome": str(path.parents[1])}))

    def start(self, script, plane=None, spec=None, **document):
        self.java(script)
        whole = dict({"workerId": WORKER, "stage": "fetch", "revision": self.revision, "pipeline": "fetch", "staging": str(self.staging), "runs": self.runs, "aliveSeconds": 1, "terminalSeconds": 5}, **(spec or {}))
        self.directory = self.job_dir("run", whole, JOB, plane, **document)
        process = subprocess.Popen([sys.executable, str(SLURM / "agent.py"), "run", "--job-dir", str(self.directory)])
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def report_of(self, process):
        code = process.wait(40)
        report = json.loads((self.directory / "report.json").read_text())
        self.assertEqual(code, 0 if report["result"] == "finished" else 1)
        return report

    def wait_for_task(self):
        until = time.monotonic() + 20
        while not (self.root / "task").exists():
            self.assertLess(time.monotonic(), until)
            time.sleep(0.02)
        return int((self.root / "task").read_text())

    def assert_gone(self, pid):
        try:
            state = Path("/proc/%d/stat" % pid).read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            return
        self.assertEqual(state, "Z", "the task still runs")


class Watchdog(WatchdogCase):
    def test_a_run_that_failed_does_not_fail_the_job(self):
        report = self.report_of(self.start("outcome ERR0000001 done null; outcome ERR0000002 failed '\"http-404\"'"))
        self.assertEqual((report["result"], report["reason"], report["exitCode"], report["signal"]), ("finished", None, 0, None))
        self.assertEqual([(run["accession"], run["result"], run["reason"], run["bytes"]) for run in report["runs"]], [("ERR0000001", "done", None, 5), ("ERR0000002", "failed", "http-404", 5)])

    def test_what_nextflow_said_at_its_end_is_told(self):
        plane = self.plane()
        report = self.report_of(self.start("echo \"Error executing process > 'FETCH (ERR0000001)'\" >&2; exit 1", plane))
        self.assertEqual((report["result"], report["reason"], report["exitCode"], report["process"]), ("failed", "nextflow-failed", 1, "FETCH (ERR0000001)"))
        self.assertIn("Error executing", report["stderrTail"])
        self.assertEqual([run["reason"] for run in report["runs"]], ["no-outcome", "no-outcome"])
        self.assertEqual((plane.kinds()[-1], plane.messages[-1]["body"]), ("failed", report))

    def test_a_nextflow_that_was_killed_takes_its_tasks_along_and_keeps_what_was_done(self):
        process = self.start(STUBBORN + "outcome ERR0000001 done null; kill -9 $$")
        report = self.report_of(process)
        self.assertEqual((report["reason"], report["exitCode"], report["signal"]), ("nextflow-died", None, "SIGKILL"))
        self.assertEqual([run["result"] for run in report["runs"]], ["done", "failed"])
        self.assert_gone(self.wait_for_task())

    def test_a_job_of_the_same_name_of_another_installation_is_left_alone(self):
        process = self.start('echo "$TRAWL_JOB" > $WORLD/marker\n' + STUBBORN + "sleep 600")
        task = self.wait_for_task()
        theirs = (self.root / "marker").read_text().strip().replace(str(self.root), "/elsewhere")
        neighbour = subprocess.Popen(["sleep", "600"], start_new_session=True, env=dict(os.environ, TRAWL_JOB=theirs))
        self.addCleanup(neighbour.wait)
        self.addCleanup(neighbour.kill)
        process.send_signal(signal.SIGTERM)
        self.report_of(process)
        self.assert_gone(task)
        self.assertIsNone(neighbour.poll())

    def test_the_deadline_ends_a_nextflow_that_hangs(self):
        report = self.report_of(self.start(STUBBORN + "sleep 600", deadlineEpochSeconds=int(time.time()) + 8))
        self.assertEqual((report["result"], report["reason"]), ("failed", "time-limit"))
        self.assert_gone(self.wait_for_task())

    def test_slurms_signal_ends_it_and_is_told_in_time(self):
        plane = self.plane()
        process = self.start(STUBBORN + "sleep 600", plane)
        task = self.wait_for_task()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(self.report_of(process)["reason"], "cancelled")
        self.assertEqual(plane.kinds()[-1], "failed")
        self.assert_gone(task)

    def test_a_repository_that_does_not_answer_is_left_at_slurms_signal_with_all_that_asks_it(self):
        git = self.root.parent / "bin" / "git"
        git.parent.mkdir()
        git.write_text("#!/bin/sh\ncase \"$*\" in *fetch*) WORLD='%s'\nexport WORLD\n%ssleep 600;; esac\n" % (self.root, STUBBORN))
        git.chmod(0o755)
        with mock.patch.dict(os.environ, PATH="%s:%s" % (git.parent, os.environ["PATH"])):
            process = self.start("exit 0", spec={"repository": "https://git.example.org/x.git", "pinned": "0" * 40, "pipeline": "."})
        task = self.wait_for_task()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(self.report_of(process)["reason"], "cancelled")
        self.assert_gone(task)

    def test_near_slurms_own_limit_the_signal_means_time_limit(self):
        process = self.start(STUBBORN + "sleep 600", resources={"timeMinutes": 3})
        self.wait_for_task()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(self.report_of(process)["reason"], "time-limit")

    def test_the_order_to_stop_ends_it(self):
        plane = self.plane()
        process = self.start(STUBBORN + "sleep 600", plane)
        task = self.wait_for_task()
        plane.order = "stop"
        self.assertEqual(self.report_of(process)["reason"], "stopped")
        self.assert_gone(task)

    def test_progress_comes_from_trace_and_outcomes(self):
        trace = 'printf "task_id\\thash\\tstatus\\n1\\taa\\tCOMPLETED\\n2\\tbb\\tFAILED\\n3\\tcc" > "%s"' % (self.root / "jobs" / JOB / "trace.txt")
        self.report_of(self.start("outcome ERR0000001 done null\n" + trace))
        progress = json.loads((self.directory / "progress.json").read_text())
        self.assertEqual({name: progress[name] for name in ("submitted", "running", "done", "failed", "runs")}, {"submitted": 2, "running": 0, "done": 1, "failed": 1, "runs": {"total": 2, "done": 1, "failed": 0}})
        self.assertGreater(progress["bytes"], 0)
        self.assertEqual([progress[name] for name in ("runsTotal", "runsDone", "runsFailed")], [2, 1, 0])

    def test_outcomes_of_another_form_spoil_neither_the_job_nor_the_word_on_other_runs(self):
        self.runs = [run_of("ERR000000%d" % number, {"a.gz": b"12345"}) for number in range(1, 7)]
        told = [
            '[1]', '{"result": "failed", "reason": 404, "detail": {"a": "%s"}, "bytes": 5}' % ("x" * 5000), '{"result": "done", "bytes": NaN, "reason": true}',
            '[' * 100000, '{"result": "done", "bytes": 5, "files": [{"name": "a.gz"}, 7, {"name": "b.gz", "bytes": 5, "md5": "%s", "how": "fetched"}]}' % ("0" * 32),
        ]
        for number, text in enumerate(told, 1):
            (self.root.parent / ("ERR000000%d.json" % number)).write_text(text)
        report = self.report_of(self.start("cp %s/*.json $STAGING/outcomes/; outcome ERR0000006 done null; sleep 0.6" % self.root.parent))
        self.assertEqual((report["result"], report["reason"]), ("finished", None), report)
        self.assertEqual([(run["result"], run["reason"], run["bytes"]) for run in report["runs"]], [
            ("failed", "no-outcome", None), ("failed", "404", 5), ("done", "true", None), ("failed", "no-outcome", None), ("done", None, 5), ("done", None, 5),
        ])
        self.assertEqual([len(run["detail"] or "") for run in report["runs"]][1], agent.TOLD_CHARACTERS)
        self.assertEqual(report["runs"][4]["files"], [{"name": "b.gz", "bytes": 5, "md5": "0" * 32}])

    def test_what_cannot_start_says_why(self):
        table = [
            ({"revision": "000000000000"}, "revision-mismatch"), ({"pipeline": "absent"}, "pipeline-missing"), ({"staging": "/tmp/x"}, "unsafe-path"),
            ({"reuse": ["/etc/x"]}, "unsafe-path"), ({"workerId": "../x"}, "invalid-spec"),
        ]
        for spec, reason in table:
            with self.subTest(reason=reason, spec=spec):
                self.assertEqual(self.report_of(self.start("exit 0", spec=spec))["reason"], reason)
        shutil.rmtree(str(self.root / "java"))
        process = subprocess.Popen([sys.executable, str(SLURM / "agent.py"), "run", "--job-dir", str(self.job_dir("run", dict(json.loads((self.directory / "spec.json").read_text())["spec"], workerId=WORKER, reuse=[], staging=str(self.staging), revision=self.revision, pipeline="fetch"), JOB))])
        self.assertEqual(self.report_of(process)["reason"], "java-missing")


class ContentHash(RootCase):
    def test_it_is_what_coreutils_compute_and_ignores_what_is_no_source(self):
        directory = self.root / "p"
        for name, content in (("main.nf", "a"), ("bin/z.py", "b"), ("bin/a b.py", "c"), (".git/x", "d"), ("bin/__pycache__/y", "e"), (".hidden", "f")):
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            (directory / name).write_text(content)
        script = "find . -type f ! -path '*/.*' ! -path '*/__pycache__/*' -printf '%P\\0' | xargs -0 sha256sum | LC_ALL=C sort | sha256sum"
        expected = subprocess.run(["sh", "-c", script], cwd=str(directory), stdout=subprocess.PIPE, check=True).stdout.decode().split()[0]
        self.assertEqual(agent.content_hash(directory), expected)
        printed = subprocess.run([sys.executable, str(SLURM / "kit.py"), "revision", str(directory)], stdout=subprocess.PIPE, check=True, env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1"))
        self.assertEqual(printed.stdout.decode().strip(), expected[:12])


if __name__ == "__main__":
    unittest.main()
