"""Enrolment and callbacks, against a control plane that answers, fails, hangs up or orders."""
import json
import signal
import stat
import subprocess
import sys
import time
import unittest
from datetime import datetime, timedelta, timezone

from support import SLURM, TOKEN, WORKER, RootCase

import agent

JOB = WORKER + ".clean"


class CallbackCase(RootCase):
    def start_agent(self, plane, until=2**33, **spec):
        whole = dict({"workerId": WORKER, "aliveSeconds": 1, "enrolSeconds": 5, "terminalSeconds": 5}, **spec)
        directory = self.job_dir("clean", whole, JOB, plane, deadlineEpochSeconds=until)
        process = subprocess.Popen([sys.executable, str(SLURM / "agent.py"), "clean", "--job-dir", str(directory)])
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return directory, process

    def channel(self, plane, **options):
        directory = self.root / "jobs" / JOB
        directory.mkdir(exist_ok=True)
        channel = agent.Channel(directory, JOB, {"url": plane.url, "token": TOKEN}, first_pause=0.01, longest_pause=0.05, **options)
        return directory, channel

    def report(self, directory):
        return json.loads((directory / "report.json").read_text())


class WholeAgent(CallbackCase):
    def test_a_job_enrols_tells_and_leaves_no_secret_on_the_disk(self):
        plane = self.plane()
        directory, process = self.start_agent(plane)
        self.assertEqual(process.wait(30), 0)
        self.assertEqual(plane.kinds(), ["started", "finished"])
        self.assertEqual([message["seq"] for message in plane.messages], [1, 2])
        self.assertEqual((plane.bad_signatures, plane.enrolments[0]["token"]), (0, TOKEN))
        self.assertEqual(plane.messages[1]["body"], self.report(directory))
        self.assertFalse((directory / "enrolment.json").exists())
        kept = b"".join(path.read_bytes() for path in directory.iterdir())
        self.assertNotIn(TOKEN.encode(), kept)
        self.assertNotIn(b"ab" * 32, kept)

    def test_an_api_that_is_away_does_not_stop_the_work(self):
        plane = self.plane(lambda path, message: 503)
        (self.root / "staging" / WORKER).mkdir()
        directory, process = self.start_agent(plane, enrolSeconds=1, terminalSeconds=1)
        self.assertEqual(process.wait(30), 0)
        self.assertEqual(self.report(directory)["result"], "finished")
        self.assertFalse((self.root / "staging" / WORKER).exists())
        self.assertEqual(plane.messages, [])

    def test_a_job_that_is_not_wanted_any_more_does_nothing(self):
        plane = self.plane(lambda path, message: 403)
        (self.root / "staging" / WORKER).mkdir()
        directory, process = self.start_agent(plane)
        self.assertEqual(process.wait(30), 1)
        self.assertEqual(self.report(directory)["reason"], "enrolment-refused")
        self.assertTrue((self.root / "staging" / WORKER).exists())

    def test_the_order_to_stop_at_enrolment_is_obeyed(self):
        plane = self.plane()
        plane.order = "stop"
        directory, process = self.start_agent(plane)
        self.assertEqual(process.wait(30), 1)
        self.assertEqual((self.report(directory)["reason"], plane.kinds()), ("stopped", ["started", "failed"]))

    def test_the_order_to_wait_holds_the_work_until_it_changes(self):
        plane = self.plane()
        plane.order = "wait"
        directory, process = self.start_agent(plane)
        plane.wait_for(lambda: "alive" in plane.kinds())
        self.assertFalse((directory / "report.json").exists())
        plane.order = "run"
        self.assertEqual(process.wait(30), 0)
        self.assertEqual(plane.kinds()[-1], "finished")

    def test_a_deadline_is_the_control_planes_whatever_the_clock_of_the_node_shows(self):
        day = 86400
        for name, ahead, left, reason in (("a day ahead", day, 3600, None), ("a day behind", -day, -60, "time-limit"), ("nobody tells the time", None, 60, None)):
            with self.subTest(name):
                plane = self.plane()
                plane.server_time = ahead and (datetime.now(timezone.utc) - timedelta(seconds=ahead)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
                directory, process = self.start_agent(plane, until=int(time.time() - (ahead or 0) + left))
                process.wait(30)
                self.assertEqual(self.report(directory)["reason"], reason)

    def test_a_signal_from_slurm_ends_in_a_report_and_a_callback(self):
        plane = self.plane()
        plane.order = "wait"
        directory, process = self.start_agent(plane)
        plane.wait_for(lambda: "alive" in plane.kinds())
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 1)
        self.assertEqual((self.report(directory)["reason"], plane.kinds()[-1]), ("cancelled", "failed"))

    def test_the_report_stands_before_the_terminal_callback_leaves(self):
        seen = []
        directory = self.root / "jobs" / JOB
        plane = self.plane(lambda path, message: seen.append((directory / "report.json").exists()) if message.get("kind") == "finished" else None)
        _directory, process = self.start_agent(plane)
        process.wait(30)
        self.assertEqual(seen, [True])

    def test_a_job_directory_without_a_whole_spec_is_reported(self):
        directory = self.job_dir("clean", {"workerId": WORKER}, JOB)
        for content in ("", "{", "[]", json.dumps({"kind": "clean", "jobId": JOB, "spec": {"umask": "9"}}), json.dumps({"kind": "run", "jobId": JOB, "spec": {}})):
            with self.subTest(content):
                (directory / "spec.json").write_text(content)
                code = subprocess.run([sys.executable, str(SLURM / "agent.py"), "clean", "--job-dir", str(directory)], check=False).returncode
                self.assertEqual((code, self.report(directory)["reason"]), (1, "invalid-spec"))


class OneChannel(CallbackCase):
    def test_a_message_is_repeated_unchanged_until_it_is_taken(self):
        faults = iter([500, ("hang up", None), 429])
        plane = self.plane(lambda path, message: next(faults, None) if message.get("kind") == "started" else None)
        _directory, channel = self.channel(plane)
        channel.start({}, lambda: None)
        plane.wait_for(lambda: len(plane.messages) == 4)
        self.assertEqual(plane.messages[0], plane.messages[3])
        self.assertTrue(channel.finish("finished", {}, 5))
        self.assertEqual([message["seq"] for message in plane.messages], [1, 1, 1, 1, 2])

    def test_a_repeated_enrolment_gives_the_same_nonce_also_after_a_new_start(self):
        faults = iter([500, ("hang up", None)])
        plane = self.plane(lambda path, message: next(faults, None) if "nonce" in message else None)
        for _start in range(2):
            directory, channel = self.channel(plane)
            channel.start({}, lambda: None)
            self.assertTrue(channel.finish("finished", {}, 5))
        self.assertEqual(len(plane.enrolments), 4)
        self.assertEqual(len({message["nonce"] for message in plane.enrolments}), 1)
        self.assertEqual(stat.S_IMODE((directory / "nonce").stat().st_mode), 0o600)
        self.assertEqual([message["seq"] for message in plane.messages], [1, 2, 3, 4], "numbers go on after a new start")

    def test_a_full_disk_does_not_keep_it_from_enrolling_as_one_party_and_telling(self):
        faults = iter([500])
        plane = self.plane(lambda path, message: next(faults, None) if "nonce" in message else None)
        directory, channel = self.channel(plane)
        for name in ("nonce", "seq"):
            (directory / name).mkdir()  # neither can be read or written
        channel.start({}, lambda: None)
        self.assertTrue(channel.finish("failed", {}, 5))
        self.assertEqual(plane.kinds(), ["started", "failed"])
        self.assertEqual((len(plane.enrolments), len({message["nonce"] for message in plane.enrolments})), (2, 1))

    def test_an_answer_that_is_no_object_is_none_and_asked_for_again(self):
        answers = iter([(200, ["a proxy's own page"]), (200, "ok")])
        plane = self.plane(lambda path, message: next(answers, None) if message.get("kind") == "started" else None)
        _directory, channel = self.channel(plane)
        channel.start({}, lambda: None)
        self.assertTrue(channel.finish("finished", {}, 5))
        self.assertEqual(plane.kinds(), ["started", "started", "started", "finished"])

    def test_an_answer_that_will_never_change_ends_the_tries(self):
        for status in (401, 409, 413, 422):
            with self.subTest(status):
                plane = self.plane(lambda path, message, status=status: status if message.get("kind") == "finished" else None)
                _directory, channel = self.channel(plane)
                channel.start({}, lambda: None)
                plane.wait_for(lambda: "started" in plane.kinds())
                self.assertFalse(channel.finish("finished", {}, 20))
                self.assertEqual(plane.kinds().count("finished"), 1)
                self.assertEqual(channel.order, "stop" if status == 409 else "run")

    def test_a_lost_sign_of_life_is_not_repeated_and_progress_goes_with_it(self):
        plane = self.plane(lambda path, message: 500 if message.get("seq") == 2 else None)
        _directory, channel = self.channel(plane, alive_seconds=0.02)
        channel.start({}, lambda: {"done": 3})
        plane.wait_for(lambda: len(plane.messages) >= 4)
        channel.finish("finished", {}, 5)
        sequence = [message["seq"] for message in plane.messages]
        self.assertEqual(sequence, list(range(1, len(sequence) + 1)))
        self.assertEqual(plane.messages[2]["body"], {"done": 3})

    def test_signs_of_life_become_seldom(self):
        pauses = []
        plane = self.plane()
        _directory, channel = self.channel(plane, alive_seconds=30)
        wait = channel.wake.wait

        def hurried(seconds):
            pauses.append(seconds)
            return len(pauses) > agent.ALIVE_OFTEN + 2 and wait(20)

        channel.wake.wait = hurried
        channel.start({}, lambda: None)
        plane.wait_for(lambda: plane.kinds().count("alive") == agent.ALIVE_OFTEN + 2)
        self.assertTrue(channel.finish("finished", {}, 5))
        self.assertEqual(pauses[: agent.ALIVE_OFTEN + 2], [30] * agent.ALIVE_OFTEN + [30 * agent.ALIVE_SELDOM] * 2)

    def test_an_order_in_any_answer_is_taken(self):
        plane = self.plane()
        _directory, channel = self.channel(plane, alive_seconds=0.02)
        channel.start({}, lambda: None)
        plane.wait_for(lambda: "alive" in plane.kinds())
        plane.order = "stop"
        count = len(plane.messages)
        plane.wait_for(lambda: len(plane.messages) > count + 1)
        channel.finish("failed", {}, 5)
        self.assertEqual(channel.order, "stop")

    def test_the_terminal_message_is_given_up_after_its_time(self):
        plane = self.plane(lambda path, message: 500 if message.get("kind") == "failed" else None)
        _directory, channel = self.channel(plane)
        channel.start({}, lambda: None)
        self.assertFalse(channel.finish("failed", {}, 0.3))

    def test_without_an_enrolment_nothing_is_sent(self):
        channel = agent.Channel(self.root, JOB, None)
        channel.start({}, lambda: None)
        self.assertTrue(channel.settled.is_set())
        self.assertFalse(channel.finish("finished", {}, 5))

    def test_a_message_never_exceeds_what_the_server_takes(self):
        plane = self.plane()
        _directory, channel = self.channel(plane)
        channel.start({}, lambda: None)
        runs = [{"accession": "ERR%07d" % number, "result": "done", "detail": "é" * 500} for number in range(400)]
        self.assertTrue(channel.finish("finished", {"v": 1, "result": "finished", "stdoutTail": "\u2603" * 16000, "runs": runs}, 5))
        self.assertLessEqual(plane.messages[-1]["rawBytes"], 64 * 1024)
        self.assertEqual(len(plane.messages[-1]["body"]["runs"]), 400)
        self.assertTrue(plane.messages[-1]["body"]["truncated"])

    def test_a_body_is_cut_from_its_least_important_end(self):
        runs = [{"accession": "ERR%07d" % number, "detail": "x" * 100} for number in range(100)]
        report = {"result": "failed", "reason": "nextflow-died", "stdoutTail": "t" * 8000, "stderrTail": "u" * 8000, "runs": runs}
        table = [(100000, {"stdoutTail": 8000, "runs": 100, "truncated": None}), (20000, {"stdoutTail": 2000, "runs": 100, "truncated": True}), (6000, {"stdoutTail": 0, "runs": 100, "truncated": True}), (1000, {"runs": None, "truncated": True})]
        for limit, expected in table:
            with self.subTest(limit):
                body = agent.fit(report, limit)
                self.assertLessEqual(len(json.dumps(body)), limit)
                self.assertEqual((body["result"], body["reason"]), ("failed", "nextflow-died"))
                for name, wanted in expected.items():
                    found = body.get(name)
                    self.assertEqual(len(found) if isinstance(found, (str, list)) else found, wanted, name)

    def test_the_files_of_runs_go_first_of_all(self):
        runs = [{"accession": "ERR%07d" % number, "detail": "x" * 10, "files": [{"name": "a" * 100, "bytes": 1, "md5": "0" * 32}]} for number in range(100)]
        body = agent.fit({"result": "finished", "stdoutTail": "t" * 8000, "runs": runs}, 16000)
        self.assertEqual((len(body["stdoutTail"]), body["truncated"], body["runs"][0]), (8000, True, {"accession": "ERR0000000", "detail": "x" * 10}))


if __name__ == "__main__":
    unittest.main()
