"""Tasks of a stage as jobs of the cluster: what Nextflow is told, whose jobs are ended when, and what the next attempt goes on with."""
import json
import os
import subprocess
import sys
import unittest
from pathlib import Path
from unittest import mock

from support import FIXTURES, SLURM, WORKER
from test_gate import JOB as GATE_JOB, KEY, SUBMIT, GateCase, changed
from test_stages import StagesCase

import agent
import gate

LIMITS = {"queueSize": 3, "submitsPerMinute": 120, "pollSeconds": 5, "partition": "big", "account": "lab", "qos": "long"}
NEXT = WORKER[:-1] + "2"
# A stand-in for Nextflow that keeps its arguments, its environment and the configuration that it was given.
SEEN_NF = """
import glob
seen = dict(arguments=arguments, environment=dict(os.environ), config=open(arguments[arguments.index("-c") + 1]).read(), params=params)
json.dump(seen, open(os.path.join(params["outdir"], "seen.json"), "w"))
tasks = arguments[arguments.index("-w") + 1]
cache = os.path.join(os.getcwd(), ".nextflow")
knows = "-resume" in arguments and os.path.exists(cache)
if knows and os.path.exists(os.path.join(cache, "damaged")) or params.get("broken"):
    print("ERROR ~ Can't open cache DB: " + cache)
    sys.exit(1)
os.makedirs(cache, exist_ok=True)
open(os.path.join(cache, "by"), "a").write(params["outdir"] + " ")
for run in runs:
    directory = os.path.join(tasks, "aa", run["accession"] + "x")
    kept = os.path.join(os.path.dirname(tasks), "*", "aa", run["accession"] + "x")
    if knows and glob.glob(kept):
        open(os.path.join(params["outdir"], "cached"), "a").write(run["accession"] + " ")
    else:
        os.makedirs(directory, exist_ok=True)
        open(os.path.join(directory, ".command.sh"), "w").write("assemble '%s'" % run["accession"])
        open(os.path.join(params["outdir"], "made"), "a").write(run["accession"] + " ")
    os.makedirs(os.path.join(params["outdir"], run["accession"]), exist_ok=True)
    open(os.path.join(params["outdir"], run["accession"], "contigs.fa"), "w").write(">1")
    failed = run["accession"] in params.get("fails", "")
    outcome = {"accession": run["accession"], "result": "failed" if failed else "done", "reason": "fastp-failed" if failed else None}
    if run["accession"] not in params.get("silent", ""):
        json.dump(outcome, open(os.path.join(params["outdir"], "outcomes", run["accession"] + ".json"), "w"))
sys.exit(params.get("code", 0))
"""


class TasksCase(StagesCase):
    def setUp(self):
        super().setUp()
        self.pipeline("look", SEEN_NF)
        self.state = self.root.parent / "slurm"
        commands = self.root.parent / "bin"
        self.state.mkdir()
        commands.mkdir()
        for name in ("sbatch", "squeue", "sacct", "scancel", "scontrol"):
            (commands / name).symlink_to(Path(__file__).with_name("fake_slurm.py"))
        given = {"PATH": "%s:%s" % (commands, os.environ["PATH"]), "FAKE_SLURM": str(self.state), "FAKE_FIXTURES": str(FIXTURES), "SLURM_JOB_ID": "7", "SLURM_CONF": "/c"}
        before = dict(os.environ)
        os.environ.update(given)
        self.addCleanup(lambda: (os.environ.clear(), os.environ.update(before)))
        # Nothing here waits for a cluster.
        for name, value in (("LEAVE_SECONDS", 0), ("LOOK_SECONDS", 0), ("STOP_GRACE_SECONDS", 0)):
            self.addCleanup(setattr, agent, name, getattr(agent, name))
            setattr(agent, name, value)

    def jobs(self, *names):
        """What squeue shows, each running."""
        (self.state / "jobs.json").write_text(json.dumps([{"id": str(number), "name": name, "state": "RUNNING", "reason": "None"} for number, name in enumerate(names, 70)]))

    def cancelled(self):
        path = self.state / "calls.jsonl"
        calls = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [identity for call in calls if call[0] == "scancel" for identity in call[1:]]

    def attempt(self, worker=WORKER, **look):
        own = dict({"tasks": "cluster", "taskLimits": LIMITS}, **look)
        reuse = ["staging/%s/look" % WORKER] if worker != WORKER else []
        return self.do("run", self.spec(worker, **dict(own, reuse=reuse)), worker + ".look")

    def seen(self, worker=WORKER):
        return json.loads((self.staging_of("look", worker) / "seen.json").read_text())

    def said(self, name, worker=WORKER):
        path = self.staging_of("look", worker) / name
        return path.read_text().split() if path.exists() else []

    def results(self, report):
        return {run["accession"]: (run["result"], run["reason"]) for run in report["runs"]}


class Asked(TasksCase):
    def test_nextflow_submits_within_the_limits_and_tasks_bear_the_workers_key(self):
        report = self.attempt()
        self.assertEqual((report["result"], report["reason"]), ("finished", None), report)
        seen = self.seen()
        key = "trawl.%s.look" % WORKER
        for line in ("executor = 'slurm'", "queue = 'big'", "queueSize = 3", "submitRateLimit = '120/1min'", "pollInterval = '5 sec'", "--comment=trawl-task:%s:%d" % (key, 2**33)):
            self.assertIn(line, seen["config"])
        self.assertIn("native_id", seen["config"])
        environment = seen["environment"]
        self.assertEqual([environment.get(name) for name in ("SBATCH_JOB_NAME", "SBATCH_ACCOUNT", "SBATCH_QOS", "SLURM_CONF", "SLURM_JOB_ID")], ["task:" + key, "lab", "long", "/c", None])

    def test_no_task_may_run_longer_than_the_worker(self):
        for minutes, deadline in ((60, 2**33), (6000, None)):
            directory = self.job_dir("run", {"taskLimits": LIMITS}, WORKER + ".look", resources={"timeMinutes": minutes}, **({"deadlineEpochSeconds": deadline} if deadline else {"deadlineEpochSeconds": 2000000000}))
            job = agent.Job(directory, "run")
            job.load()
            expected = min(job.started_epoch + minutes * 60, job.deadline) - agent.TASK_MARGIN_SECONDS
            tasks = agent.TaskJobs(job)
            self.assertAlmostEqual(tasks.ends_at(), expected, delta=1)
            self.assertIn("resourceLimits = { [time: nextflow.util.Duration.of(Math.max(60000L, %d000L" % tasks.ends_at(), tasks.config())

    def test_the_most_of_one_task_is_told_where_the_site_says_it(self):
        directory = self.job_dir("run", {"taskLimits": dict(LIMITS, maxCpus=8, maxMemoryMb=64000)}, WORKER + ".look")
        job = agent.Job(directory, "run")
        job.load()
        self.assertIn("cpus: 8, memory: nextflow.util.MemoryUnit.of('64000 MB')]", agent.TaskJobs(job).config())

    def test_a_stage_that_does_not_ask_is_run_as_ever(self):
        report = self.do("run", self.spec(), WORKER + ".look")
        self.assertEqual(report["result"], "finished")
        seen = self.seen()
        self.assertNotIn("slurm", seen["config"])
        self.assertNotIn("-resume", seen["arguments"])
        self.assertNotIn("SBATCH_JOB_NAME", seen["environment"])
        self.assertEqual(seen["params"]["runs"], str(self.root / "jobs" / (WORKER + ".look") / "runs.json"))
        self.assertFalse((self.state / "calls.jsonl").exists(), "Slurm is asked nothing")

    def test_one_that_asks_where_it_is_not_allowed_says_so(self):
        report = self.do("run", self.spec(tasks="cluster"), WORKER + ".look")
        self.assertEqual((report["result"], report["reason"]), ("failed", "tasks-not-allowed"))

    def test_a_limit_that_is_none_never_reaches_nextflow(self):
        for limits in (dict(LIMITS, queueSize="3; x"), dict(LIMITS, partition="a'b"), dict(LIMITS, qos="a b")):
            self.assertEqual(self.attempt(taskLimits=limits)["reason"], "invalid-spec", limits)

    def test_tasks_that_nextflow_left_are_cancelled_and_no_others(self):
        self.jobs("task:trawl.%s.look" % WORKER, "task:trawl.study-PRJEB28810.1.30.a1.look", "trawl.%s.look" % WORKER, "mine")
        self.attempt()
        self.assertEqual(self.cancelled(), ["70"])

    def test_who_is_told_to_stop_does_not_wait_for_slurm(self):
        directory = self.job_dir("run", {"taskLimits": LIMITS}, WORKER + ".look")
        job = agent.Job(directory, "run")
        job.load()
        asked = []
        with mock.patch.object(agent.subprocess, "run", side_effect=lambda command, timeout, **_more: asked.append((command[0], timeout)) or subprocess.CompletedProcess(command, 0, b"70|task:%s" % job.key.encode(), b"")):
            agent.TaskJobs(job).end_own()
            job.terminated.set()
            agent.TaskJobs(job).end_own()
        # Why it is ended is asked aside.
        self.assertEqual([seconds for name, seconds in asked if name != "scontrol"], [agent.SLURM_SECONDS] * 2 + [agent.STOPPED_SLURM_SECONDS] * 2)
        self.assertLess(agent.STOPPED_SLURM_SECONDS * 2 + agent.TERMINATED_CALLBACK_SECONDS, 30 - 10, "KillWait, and Nextflow's own grace")


class GoingOn(TasksCase):
    def setUp(self):
        super().setUp()
        self.kept = self.root / "work" / WORKER[:-3] / "look"

    def test_the_next_attempt_goes_on_with_the_tasks_of_the_one_before(self):
        first = self.attempt(parameters={"silent": "ERR2804791", "code": 1})
        self.assertEqual(first["reason"], "nextflow-failed")
        self.jobs("trawl.%s.look" % NEXT)  # its own
        second = self.attempt(NEXT)
        self.assertEqual(self.results(second), {"ERR2804790": ("done", None), "ERR2804791": ("done", None)})
        self.assertEqual((self.said("made", NEXT), self.said("cached", NEXT)), ([], ["ERR2804790", "ERR2804791"]))
        seen = [self.seen(worker) for worker in (WORKER, NEXT)]
        self.assertEqual(*[one["params"]["runs"] for one in seen])
        self.assertNotEqual(*[one["params"]["outdir"] for one in seen])
        self.assertEqual([one["params"]["reuse"] for one in seen], [[], []])
        self.assertIn("-resume", seen[1]["arguments"])

    def test_the_scripts_of_a_pipeline_keep_their_times(self):
        own = self.root / "work" / WORKER[:-3] / "look" / "pipeline" / "main.nf"
        self.attempt(parameters={"code": 1})
        os.utime(str(own), (1, 1))
        self.attempt(NEXT)
        self.assertEqual(own.stat().st_mtime, 1)
        own.write_text(SEEN_NF + "\n# touched")
        self.attempt(WORKER[:-1] + "3")
        self.assertNotIn("touched", own.read_text())

    def test_a_run_that_the_pipeline_called_failed_is_done_anew(self):
        first = self.attempt(parameters={"fails": "ERR2804791"})
        self.assertEqual(self.results(first)["ERR2804791"], ("failed", "fastp-failed"))
        self.attempt(NEXT)
        self.assertEqual((self.said("made", NEXT), self.said("cached", NEXT)), (["ERR2804791"], ["ERR2804790"]))

    def test_also_where_the_attempt_died_before_it_could_tell(self):
        self.attempt(parameters={"fails": "ERR2804791"})
        (self.root / "work" / WORKER[:-3] / "look" / "told.json").unlink()
        self.attempt(NEXT)
        self.assertEqual(self.said("made", NEXT), ["ERR2804791"])

    def test_a_run_without_a_word_from_a_nextflow_that_went_through_is_done_anew(self):
        self.attempt(parameters={"silent": "ERR2804790"})
        self.attempt(NEXT)
        self.assertEqual(self.said("made", NEXT), ["ERR2804790"])

    def damage(self):
        (self.kept / ".nextflow" / "damaged").write_text("")

    def log_of(self, worker):
        return (self.root / "jobs" / (worker + ".look") / "agent.log").read_text()

    def test_a_damaged_cache_is_set_aside_and_the_attempt_begins_anew(self):
        self.attempt(parameters={"silent": "ERR2804791", "code": 1})
        self.damage()
        second = self.attempt(NEXT)
        self.assertEqual(self.results(second), {"ERR2804790": ("done", None), "ERR2804791": ("done", None)})
        self.assertEqual((self.said("made", NEXT), self.said("cached", NEXT)), (["ERR2804790", "ERR2804791"], []))
        words = "Can't open cache DB: %s" % (self.kept / ".nextflow")
        self.assertEqual(second["setAside"], [{"stage": "look", "words": words}])
        self.assertIn(words, self.log_of(NEXT))
        self.assertTrue((self.kept / "aside-2" / ".nextflow" / "damaged").exists())
        self.assertEqual([path.name for path in (self.kept / "tasks").iterdir()], ["2"])
        third = WORKER[:-1] + "3"
        self.assertNotIn("setAside", self.attempt(third))
        self.assertEqual((self.said("made", third), self.said("cached", third)), ([], ["ERR2804790", "ERR2804791"]))

    def test_a_cache_that_was_not_to_blame_is_put_back(self):
        self.attempt(parameters={"code": 1, "silent": "ERR2804791"})
        second = self.attempt(NEXT, parameters={"broken": True})
        self.assertEqual((second["reason"], "setAside" in second), ("nextflow-failed", False))
        self.assertEqual(sorted(path.name for path in self.kept.iterdir() if path.name.startswith("aside")), [])
        third = WORKER[:-1] + "3"
        self.attempt(third)
        self.assertEqual((self.said("made", third), self.said("cached", third)), ([], ["ERR2804790", "ERR2804791"]))

    def test_one_that_begins_is_not_started_twice(self):
        self.assertEqual(self.attempt(parameters={"broken": True})["reason"], "nextflow-failed")
        self.assertEqual(self.log_of(WORKER).count("nextflow started"), 2, "one for each stage")

    def test_tasks_of_an_earlier_attempt_are_ended_first(self):
        self.attempt(parameters={"code": 1})
        self.jobs("task:trawl.%s.look" % WORKER, "task:other.%s.look" % WORKER)
        self.attempt(NEXT)
        self.assertEqual(self.cancelled(), ["70"])

    def test_tasks_of_a_later_attempt_are_let_be_and_nothing_is_taken_from_it(self):
        self.attempt(parameters={"code": 1})
        self.jobs(*["task:trawl.%s%d.look" % (WORKER[:-1], number) for number in (10, 3, 1)])
        self.assertEqual(self.attempt(NEXT)["result"], "finished")
        self.assertEqual(self.cancelled(), ["72"])
        self.assertNotIn("-resume", self.seen(NEXT)["arguments"])

    def test_beside_a_job_of_an_earlier_attempt_it_works_by_itself(self):
        self.attempt(parameters={"code": 1})
        for name in ("trawl.%s.look" % WORKER, "trawl.%s.verify-1" % WORKER):
            self.jobs(name)
            report = self.attempt(NEXT)
            self.assertEqual(report["result"], "finished")
            seen = self.seen(NEXT)
            self.assertNotIn("-resume", seen["arguments"])
            self.assertIn(str(self.root / "work" / NEXT / "look"), seen["arguments"][seen["arguments"].index("-w") + 1])

    def test_where_slurm_does_not_say_it_works_by_itself(self):
        self.attempt(parameters={"code": 1})
        (self.state / "squeue.json").write_text(json.dumps({"code": 1, "err": "Unable to contact slurm controller"}))
        self.assertEqual(self.attempt(NEXT)["result"], "finished")
        self.assertNotIn("-resume", self.seen(NEXT)["arguments"])

    def test_what_was_kept_goes_when_all_is_home_and_stays_until_then(self):
        kept = self.root / "work" / WORKER[:-3]
        first = self.attempt(parameters={"fails": "ERR2804791"})
        self.verified(first)
        self.assertTrue(kept.is_dir())
        second = self.attempt(NEXT)
        self.assertEqual([one["result"] for one in self.verified(second, NEXT).values()], ["verified", "verified"])
        self.assertFalse(kept.exists())

    def test_what_was_kept_goes_with_the_folders_of_its_jobs(self):
        kept = self.root / "work" / WORKER[:-3]
        for worker in (WORKER, NEXT):
            self.attempt(worker, parameters={"code": 1})
        old = {directory: 1 for directory in (self.root / "jobs").iterdir() if WORKER in directory.name}
        for directory in old:
            for path in [directory] + list(directory.iterdir()):
                os.utime(str(path), (1, 1))
        spec = {"installation": "trawl", "before": 1000, "keep": []}
        self.assertEqual(self.do("clean", spec, "study-PRJEB28810.tidy")["result"], "finished")
        self.assertTrue(kept.is_dir(), "another attempt of the batch is not old")
        self.assertEqual(self.do("clean", dict(spec, before=2**35), "study-PRJEB28810.tidy")["result"], "finished")
        self.assertFalse(kept.exists())


class AtTheGate(GateCase):
    def test_a_stage_and_its_limits_are_held_to_their_form(self):
        spec = dict(SUBMIT["spec"], tasks="cluster", taskLimits=LIMITS)
        self.assertEqual(self.ask("submit", changed(["spec"], spec))["outcome"], "done")
        table = [
            ("spec.tasks", dict(spec, tasks="droplet")), ("spec.taskLimits.queueSize", dict(spec, taskLimits=dict(LIMITS, queueSize=0))),
            ("spec.taskLimits.partition", dict(spec, taskLimits=dict(LIMITS, partition="a b"))), ("spec.taskLimits.more", dict(spec, taskLimits=dict(LIMITS, more=1))),
            ("spec.taskLimits.pollSeconds", dict(spec, taskLimits={"queueSize": 1, "submitsPerMinute": 1})),
        ]
        for field, bad in table:
            with self.subTest(field):
                self.assertIn(field + ":", self.ask("submit", changed(["spec"], bad))["detail"])

    def test_tasks_are_no_workers_and_are_counted_by_theirs(self):
        self.replay(timeout="trawl-local.a.fetch", held="task:trawl-local.a.fetch", exit300="task:trawl-local.b.fetch", kill9="task:trawl-local2.a.fetch")
        answer = self.ask("status", {"v": 1, "jobs": [], "installation": "trawl-local"})
        self.assertEqual([job["key"] for job in answer["live"]], ["trawl-local.a.fetch"])
        self.assertEqual(answer["tasks"], [{"key": "trawl-local.a.fetch", "jobs": 1}, {"key": "trawl-local.b.fetch", "jobs": 1}])
        (job,) = self.ask("status", {"v": 1, "jobs": [{"jobId": "b.fetch", "key": "trawl-local.b.fetch"}]})["jobs"]
        self.assertIsNone(job["slurm"], "a task is not its worker")

    def test_a_job_is_cancelled_with_its_tasks_the_job_first(self):
        self.replay(held="task:" + KEY, timeout=KEY, exit300="task:trawl-local.other")
        self.assertEqual(self.ask("cancel", {"v": 1, "jobId": GATE_JOB, "key": KEY}), {"outcome": "done", "found": 2})
        self.assertEqual(self.calls("scancel"), [["scancel", "34", "39"]])

    def test_tasks_whose_worker_is_gone_are_cancelled_by_its_key(self):
        self.replay(held="task:" + KEY)
        self.assertEqual(self.ask("cancel", {"v": 1, "jobId": GATE_JOB, "key": KEY}), {"outcome": "done", "found": 1})
        self.assertEqual(self.calls("scancel"), [["scancel", "39"]])


class Ended(TasksCase):
    def reason(self, said, **scontrol):
        """That of a job which is told to end, and of which Slurm says this."""
        (self.state / "shown.json").write_text(json.dumps({"job": said}))
        (self.state / "scontrol.json").write_text(json.dumps(scontrol))
        job = agent.Job(self.job_dir("verify", {"workerId": WORKER, "stage": "fetch", "runs": []}), "verify")
        job.terminated.set()
        agent.perform(job)
        return json.loads((job.dir / "report.json").read_text())["reason"]

    def test_who_gives_way_to_a_job_of_higher_rank_says_so(self):
        line = "JobState=COMPLETING Reason=None PreemptEligibleTime=2026-01-01T00:00:00 PreemptTime=%s SuspendTime=None"
        self.assertEqual(self.reason(line % "2026-01-01T00:00:03"), "slurm-preempted")
        self.assertEqual(self.reason(line % "None"), "cancelled")
        calls = [json.loads(line) for line in (self.state / "calls.jsonl").read_text().splitlines()]
        self.assertEqual([call for call in calls if call[0] == "scontrol"], [["scontrol", "show", "job", "7"]] * 2, "once each")

    def test_where_slurm_does_not_say_it_was_cancelled(self):
        self.assertEqual(self.reason("PreemptTime=2026-01-01T00:00:03", code=1, err="Unable to contact slurm controller"), "cancelled")
        os.environ["PATH"] = str(self.root)
        self.assertEqual(self.reason("PreemptTime=2026-01-01T00:00:03"), "cancelled")


class Look(TasksCase):
    def look(self, path):
        directory = self.job_dir("look", {"reach": [], "tasks": {"partition": "big", "account": "lab"}}, job_id="look-0123")
        subprocess.run([sys.executable, "-B", str(SLURM / "agent.py"), "look", "--job-dir", str(directory)], check=True, env=dict(os.environ, PATH=path))
        return json.loads((directory / "report.json").read_text())["tasks"]

    def test_a_node_says_whether_jobs_on_it_may_submit_others(self):
        self.assertEqual(self.look(os.environ["PATH"]), {"missing": [], "refused": None})
        (call,) = [call for call in map(json.loads, (self.state / "calls.jsonl").read_text().splitlines()) if call[0] == "sbatch"]
        self.assertEqual(call[1:], ["--test-only", "--ntasks=1", "--time=5", "--partition=big", "--account=lab", "--wrap=true"])
        (self.state / "sbatch.json").write_text(json.dumps({"code": 1, "err": "sbatch: error: Access/permission denied"}))
        self.assertIn("Access/permission denied", self.look(os.environ["PATH"])["refused"])
        self.assertEqual(self.look(str(self.root)), {"missing": ["sbatch", "squeue", "scancel", "sacct"], "refused": None})

    def test_where_it_would_submit_is_held_to_its_form(self):
        check = gate.SPEC_CHECKS["look"]
        check({"reach": [], "tasks": {"partition": "big"}}, "/root")
        for tasks in ({"partition": "--x"}, {"command": "id"}, "big"):
            self.assertRaises(gate.InvalidRequest, check, {"reach": [], "tasks": tasks}, "/root")


if __name__ == "__main__":
    unittest.main()
