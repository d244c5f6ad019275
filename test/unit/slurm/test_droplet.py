"""The agent on a droplet: it lets itself be pulled from, stays after its job, and lets go only of what a signed order names."""
import hashlib
import hmac
import http.server
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

from machines import Machine, make_key
from support import KEY, SLURM, TOKEN, WORKER, LocalServer, run_of
from test_watchdog import JOB, WatchdogCase

import agent

CONTENTS = {"ERR0000001_1.fastq.gz": b"first mate", "ERR0000001_2.fastq.gz": b"second mate"}
FETCHED = """
stage() { mkdir -p "$STAGING/$1"; printf '%s' "$3" > "$STAGING/$1/$2"; }
stage ERR0000001 a.gz 12345; stage ERR0000002 a.gz 12345
outcome ERR0000001 done null; outcome ERR0000002 done null
"""


def signed(*accessions, key=KEY, job=JOB):
    text = "FREE\n%s\n%s" % (job, "\n".join(accessions))
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


class Store(LocalServer):
    """Takes what is PUT; `faults`: per request a status to answer instead, "hang up" in the middle, or None."""

    def __init__(self, *faults):
        self.files, self.lengths = {}, []
        left, outer = list(faults), self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_arguments):
                pass

            def do_PUT(self):
                fault = left.pop(0) if left else None
                length = int(self.headers["Content-Length"])
                outer.lengths.append(length)
                if fault == "hang up":
                    self.rfile.read(length // 2)
                    self.close_connection = True
                    self.connection.close()
                    return
                content = self.rfile.read(length)
                if not fault:
                    outer.files[self.path] = content
                self.send_response(fault or 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

        self.serve(Handler)


class DropletCase(WatchdogCase):
    def setUp(self):
        super().setUp()
        self.machine = Machine(self.root.parent / "droplet")
        self.addCleanup(self.machine.close)
        self.cluster_key = make_key(self.root.parent / "pull_key")
        self.links = lambda message: (200, {"v": 1, "links": []})
        self.ended = False
        self.command = [sys.executable, str(SLURM / "agent.py")]

    def answer(self, path, message):
        """While the job runs the usual answers; after its end what the test orders."""
        if path.endswith("/links"):
            return self.links(message)
        if message.get("kind") in ("finished", "failed"):
            self.ended = True
        return (200, dict({"v": 1, "order": "wait", "accepted": True}, **self.order)) if self.ended and "kind" in message else None

    def droplet(self, script=FETCHED, environment=None, plane=None, pull=None):
        self.order = {}
        self.control = plane or self.plane(self.answer)
        environment = dict(dict(os.environ, HOME=str(self.machine.home), PATH=self.machine.path), **(environment or {}))
        self.java(script)
        spec = {
            "workerId": WORKER, "stage": "fetch", "revision": self.revision, "pipeline": "fetch", "staging": "staging/%s/fetch" % WORKER, "runs": self.runs,
            "aliveSeconds": 0.2, "terminalSeconds": 5, "enrolSeconds": 5, "pull": pull or {"publicKey": self.cluster_key},
        }
        self.directory = self.job_dir("run", spec, JOB, self.control)
        self.process = subprocess.Popen(self.command + ["run", "--job-dir", str(self.directory)], env=environment)
        self.addCleanup(lambda: self.process.poll() is None and self.process.kill() or self.process.wait())
        return self.control

    def wait_for_stay(self):
        """The job has ended and the agent has said since that it lives."""
        self.control.wait_for(lambda: "alive" in after_end(self.control.kinds()), 40)

    def wait_for_alives(self, more=2):
        count = len(self.control.messages)
        self.control.wait_for(lambda: len(self.control.messages) >= count + more)

    def release(self):
        self.order = {"order": "stop"}
        self.assertIn(self.process.wait(30), (0, 1))

    def agent_log(self):
        return (self.directory / "agent.log").read_text()


def after_end(kinds):
    ends = [index for index, kind in enumerate(kinds) if kind in ("finished", "failed")]
    return kinds[ends[0] + 1:] if ends else []


class BeingPulled(DropletCase):
    def test_what_it_says_at_its_start_is_enough_to_pull_from_it_and_only_that(self):
        plane = self.droplet()
        self.wait_for_stay()
        ssh = plane.messages[0]["body"]["ssh"]
        self.assertEqual(ssh, {"host": "127.0.0.1", "port": self.machine.port, "user": self.machine.user, "hostKey": self.machine.host_key})
        keys = self.machine.home / ".ssh" / "authorized_keys"
        self.assertEqual(keys.read_text(), 'restrict,command="rrsync -ro %s/staging" %s\n' % (self.root, self.cluster_key))
        self.assertEqual([stat.S_IMODE(path.stat().st_mode) for path in (keys, keys.parent)], [0o600, 0o700])
        report = self.sweep_home(ssh)
        self.assertEqual([run["result"] for run in report["runs"]], ["verified", "verified"])
        self.release()

    def sweep_home(self, ssh):
        """What the cluster does: pulls from the droplet and verifies against ENA's listing. The report."""
        home = self.root.parent / "home-root"
        (home / "kit").mkdir(parents=True)
        for name in ("pull_key", "pull_key.pub"):
            shutil.copy(str(self.root.parent / name), str(home / "kit" / name))
        spec = {"workerId": WORKER, "stage": "fetch", "revision": self.revision, "staging": "staging/%s/fetch" % WORKER, "runs": self.runs, "pull": dict(ssh, path=WORKER + "/fetch")}
        job_dir = home / "jobs" / "sweep-1"
        job_dir.mkdir(parents=True)
        (job_dir / "spec.json").write_text(json.dumps({"kind": "sweep", "jobId": "sweep-1", "spec": spec}))
        self.addCleanup(subprocess.run, ["chmod", "-R", "u+w", str(home)], check=True)
        subprocess.run([sys.executable, str(SLURM / "agent.py"), "sweep", "--job-dir", str(job_dir)], check=True)
        return json.loads((job_dir / "report.json").read_text())

    def test_a_signed_manifest_that_matches_a_damaged_file_counts_for_nothing_against_the_listing(self):
        # One file is short, the other as long as it should be; the worker says of both what they are.
        lies = {"ERR0000001": b"123", "ERR0000002": b"54321"}
        script = FETCHED
        for accession, content in lies.items():
            manifest = {"name": "a.gz", "bytes": len(content), "md5": hashlib.md5(content).hexdigest()}
            outcome = json.dumps({"result": "done", "bytes": len(content), "files": [manifest]})
            script += "printf '%%s' '%s' > \"$STAGING/%s/a.gz\"; printf '%%s' '%s' > \"$STAGING/outcomes/%s.json\"\n" % (content.decode(), accession, outcome, accession)
        plane = self.droplet(script)
        self.wait_for_stay()
        finished = next(message["body"] for message in plane.messages if message["kind"] == "finished")
        self.assertEqual([run["files"][0]["md5"] for run in finished["runs"]], [hashlib.md5(content).hexdigest() for content in lies.values()])
        self.assertEqual(plane.bad_signatures, 0)
        report = self.sweep_home(plane.messages[0]["body"]["ssh"])
        self.assertEqual([(run["result"], run["reason"]) for run in report["runs"]], [("refused", "size-mismatch"), ("refused", "md5-mismatch")])
        self.assertEqual(list((self.root.parent / "home-root").glob("runs/**/a.gz")), [], "nothing is published")
        self.release()

    def test_a_second_start_admits_the_key_once_and_keeps_the_others(self):
        keys = self.machine.home / ".ssh" / "authorized_keys"
        keys.parent.mkdir()
        keys.write_text("ssh-ed25519 AAAA of-an-administrator")
        with_home = dict(os.environ, HOME=str(self.machine.home))
        for _time in range(2):
            subprocess.run([sys.executable, "-c", "import agent; agent.authorise('restrict x')"], cwd=str(SLURM), env=dict(with_home, PYTHONDONTWRITEBYTECODE="1"), check=True)
        self.assertEqual(keys.read_text(), "ssh-ed25519 AAAA of-an-administrator\nrestrict x\n")

    def test_without_rrsync_the_job_fails_and_says_so(self):
        commands = self.root.parent / "few"
        commands.mkdir()
        plane = self.droplet(environment={"PATH": str(commands)})
        self.wait_for_stay()
        failed = next(message for message in plane.messages if message["kind"] == "failed")
        self.assertEqual(failed["body"]["reason"], "rrsync-missing")
        self.release()

    def test_a_key_that_would_be_more_than_a_key_is_refused(self):
        plane = self.droplet(pull={"publicKey": self.cluster_key + "\nssh-ed25519 AAAA"})
        self.wait_for_stay()
        self.assertEqual(next(message for message in plane.messages if message["kind"] == "failed")["body"]["reason"], "invalid-spec")
        self.assertFalse((self.machine.home / ".ssh").exists())
        self.release()

    def test_the_address_is_where_sshd_listens_else_where_the_machine_speaks_from(self):
        table = [
            ({"listenaddress": ["10.0.0.5:2222"], "port": ["2222"]}, ("10.0.0.5", 2222)), ({"listenaddress": ["[2001:db8::1]:22"]}, ("2001:db8::1", 22)),
            ({"listenaddress": ["0.0.0.0:2022", "[::]:2022"], "port": ["2022"]}, (None, 2022)), ({"port": ["2022"]}, (None, 2022)), ({}, (None, 22)),
        ]
        for settings, expected in table:
            with self.subTest(settings):
                self.assertEqual(agent.listen_address(settings), expected)
        job = agent.Job(self.root / "jobs" / JOB, "run")
        job.channel = agent.Channel(job.dir, JOB, {"url": "http://127.0.0.1:9/prod", "token": "t"})
        self.assertEqual(agent.own_address(job), "127.0.0.1")
        job.channel = agent.Channel(job.dir, JOB, {"url": "http://localhost:9/prod", "token": "t"})
        self.assertEqual(agent.own_address(job), "127.0.0.1", "IPv4 first")


class Staying(DropletCase):
    def test_it_stays_until_it_is_told_to_stop(self):
        plane = self.droplet()
        self.wait_for_stay()
        self.wait_for_alives()
        self.assertIsNone(self.process.poll())
        self.release()
        self.assertEqual([message["seq"] for message in plane.messages], list(range(1, len(plane.messages) + 1)))
        self.assertEqual(plane.bad_signatures, 0)

    def test_the_end_of_a_job_that_was_stopped_is_not_the_end_of_the_agent(self):
        plane = self.droplet("sleep 600")
        plane.wait_for(lambda: "started" in plane.kinds())
        plane.order = "stop"
        self.wait_for_stay()
        self.assertEqual(next(message for message in plane.messages if message["kind"] == "failed")["body"]["reason"], "stopped")
        self.release()

    def test_an_end_that_is_never_taken_does_not_let_an_old_order_end_the_agent(self):
        plane = self.droplet("sleep 600", plane=self.plane(lambda path, message: (self.answer(path, message), (422, {}))[1] if message.get("kind") == "failed" else self.answer(path, message)))
        plane.wait_for(lambda: "started" in plane.kinds())
        plane.order = "stop"
        self.wait_for_stay()
        self.release()

    def test_an_api_that_comes_back_late_still_hears_the_end(self):
        away = threading.Event()
        away.set()
        plane = self.droplet(plane=self.plane(lambda path, message: 503 if away.is_set() and message.get("kind") in ("finished", "failed") else self.answer(path, message)))
        plane.wait_for(lambda: plane.kinds().count("finished") >= 3, 40)
        away.clear()
        self.wait_for_stay()
        self.release()

    def test_on_a_cluster_it_ends_with_its_job(self):
        plane = self.plane()
        process = self.start(FETCHED, plane)
        self.assertEqual(process.wait(40), 0)
        self.assertNotIn("ssh", plane.messages[0]["body"])
        self.assertEqual(plane.kinds()[-1], "finished")


class Words(DropletCase):
    def word(self):
        return json.loads((self.root / "staging" / WORKER / "word.json").read_text())

    def test_what_it_says_lies_beside_its_stages_from_its_start_to_after_its_end_without_a_secret(self):
        plane = self.droplet()
        self.wait_for_stay()
        said = self.word()
        self.assertEqual(sorted(said), ["attempt", "body", "jobId", "kind", "sentAt", "seq", "v"])
        self.assertEqual((said["jobId"], said["attempt"], said["kind"]), (JOB, 1, "alive"))
        plane.wait_for(lambda: any(message["seq"] == said["seq"] for message in plane.messages))
        self.assertIn(said, [{name: value for name, value in message.items() if name != "rawBytes"} for message in plane.messages])
        text = json.dumps(said)
        self.assertFalse([secret for secret in (KEY, TOKEN, self.cluster_key) if secret in text])
        self.release()

    def test_what_nobody_hears_is_left_there_all_the_same(self):
        deaf = threading.Event()

        def answer(path, message):
            if message.get("kind") in ("alive", "progress", "finished"):
                return None if not deaf.is_set() else 500
            return None

        deaf.set()
        self.droplet(plane=self.plane(answer))
        self.control.wait_for(lambda: "finished" in self.control.kinds(), 40)
        said = self.word()
        self.assertEqual((said["kind"], said["body"]["result"], said["body"]["jobId"]), ("finished", "finished", JOB))
        deaf.clear()
        self.control.wait_for(lambda: "alive" in after_end(self.control.kinds()), 40)
        self.control.order = "stop"
        self.assertEqual(self.process.wait(30), 0)

    def test_where_it_cannot_be_written_the_work_goes_on_and_the_log_says_so(self):
        (self.root / "staging" / WORKER / "word.json").mkdir(parents=True)
        plane = self.droplet()
        self.wait_for_stay()
        self.assertIn("finished", plane.kinds())
        self.assertIn(" word: ", self.agent_log())
        self.release()

    def test_on_a_cluster_there_is_none(self):
        job = agent.Job(self.root / "jobs" / JOB, "run")
        job.spec = {"workerId": WORKER}
        self.assertIsNone(job.word)
        job.spec = {"workerId": "../../etc", "pull": {}}
        self.assertIsNone(job.word)


class Freeing(DropletCase):
    def test_only_the_listed_runs_of_a_signed_order_are_removed(self):
        self.droplet()
        self.wait_for_stay()
        other = self.root / "staging" / WORKER / "fetch" / "ERR9999999"
        other.mkdir()
        self.order = {"order": "free", "verified": ["ERR0000001", "ERR9999999"], "signature": signed("ERR0000001", "ERR9999999")}
        self.wait_for_alives()
        self.release()
        self.assertEqual(sorted(path.name for path in self.staging.iterdir()), ["ERR0000002", "ERR9999999", "outcomes"])

    def test_a_forged_order_removes_nothing_and_is_noted(self):
        self.droplet()
        self.wait_for_stay()
        table = [
            {"verified": ["ERR0000001"]}, {"verified": ["ERR0000001"], "signature": "0" * 64}, {"verified": ["ERR0000001"], "signature": signed("ERR0000001", key="cd" * 32)},
            {"verified": ["ERR0000001"], "signature": signed("ERR0000001", job="another.fetch")}, {"verified": ["ERR0000001", "ERR0000002"], "signature": signed("ERR0000001")},
            {"verified": ["../fetch"], "signature": signed("../fetch")}, {"verified": "ERR0000001", "signature": signed("ERR0000001")}, {"verified": ["ERR0000001"], "signature": "é"},
        ]
        for order in table:
            with self.subTest(order):
                noted = self.agent_log().count("nothing removed")
                self.order = dict(order, order="free")
                self.wait_for_alives()
                self.assertGreater(self.agent_log().count("nothing removed"), noted)
                self.assertTrue(all((self.staging / name / "a.gz").exists() for name in ("ERR0000001", "ERR0000002")))
        self.release()


class Rescuing(DropletCase):
    def rescue(self, store):
        self.asked = []

        def links(message):
            self.asked.append(message)
            return 200, {"v": 1, "links": [{"path": entry["path"], "url": "%s/%s?X-Amz-Signature=secret" % (store.url, entry["path"])} for entry in message["files"]]}

        self.addCleanup(store.close)
        self.links = links
        plane = self.droplet()
        self.wait_for_stay()
        self.order = {"order": "rescue"}
        plane.wait_for(lambda: "rescued" in plane.kinds(), 40)
        return next(message["body"] for message in plane.messages if message["kind"] == "rescued")

    def test_every_file_is_brought_to_where_the_control_plane_says_faults_included(self):
        store = Store(503, None, 403)
        body = self.rescue(store)
        self.assertEqual(body, {"files": 2, "bytes": 10, "failed": 0})
        self.assertEqual(store.files, {"/fetch/ERR000000%d/a.gz?X-Amz-Signature=secret" % number: b"12345" for number in (1, 2)})
        self.assertEqual(self.asked[0], {"v": 1, "files": [{"path": "fetch/ERR000000%d/a.gz" % number, "bytes": 5} for number in (1, 2)]})
        self.assertEqual(self.control.bad_signatures, 0)
        self.assertNotIn("secret", self.agent_log())
        self.wait_for_alives()
        self.release()
        self.assertTrue((self.staging / "ERR0000001" / "a.gz").exists(), "what was rescued is still held")

    def test_what_was_all_there_and_is_asked_for_once_more_is_all_sent_once_more(self):
        store = Store()
        self.rescue(store)
        self.control.wait_for(lambda: self.control.kinds().count("rescued") >= 2, 40)
        self.release()
        self.assertGreaterEqual(len(store.lengths), 4)

    def test_a_file_that_is_never_taken_is_counted(self):
        self.assertEqual(self.rescue(Store(*[500] * agent.RESCUE_TRIES)), {"files": 1, "bytes": 5, "failed": 1})
        self.release()


class Parts:
    """The control plane's side of a file that goes up in parts of four bytes; an upload named "forgotten" is over."""

    def __init__(self, store):
        self.store, self.asked, self.begun, self.refuse = store, [], 0, []

    def __call__(self, message):
        self.asked.append(message)
        if "files" in message:
            return 200, {"v": 1, "links": [{"path": entry["path"], "url": "%s/%s" % (self.store.url, entry["path"])} for entry in message["files"]]}
        if "complete" in message:
            return (410, {"v": 1, "error": "upload-not-whole"}) if self.refuse and self.refuse.pop() else (200, {"v": 1, "completed": message["complete"]["path"]})
        upload = message["upload"].get("uploadId")
        if not upload:
            self.begun += 1
            upload = "upload-%d" % self.begun
        links = [{"part": part, "url": "%s/%s/%d?X-Amz-Signature=secret" % (self.store.url, upload, part)} for part in message["upload"]["parts"]]
        return 200, {"v": 1, "upload": {"uploadId": upload, "partBytes": 4, "links": links}}

    def completions(self):
        return [message["complete"] for message in self.asked if "complete" in message]


class LargeFiles(DropletCase):
    """As on a droplet, with a limit of a single PUT that a test can go beyond."""

    def stay(self, store, parts):
        script = "import agent, runpy, sys; agent.RESCUE_PUT_BYTES = 4; agent.RESCUE_FIRST_PAUSE_SECONDS = 0.01; sys.exit(agent.main())"
        self.addCleanup(store.close)
        self.links = parts
        self.command = [sys.executable, "-c", script]
        plane = self.droplet(environment={"PYTHONPATH": str(SLURM), "PYTHONDONTWRITEBYTECODE": "1"})
        self.wait_for_stay()
        self.order = {"order": "rescue"}
        plane.wait_for(lambda: "rescued" in plane.kinds(), 40)
        return next(message["body"] for message in plane.messages if message["kind"] == "rescued")

    def paths(self):
        return ["fetch/ERR000000%d/a.gz" % number for number in (1, 2)]

    def test_they_go_up_in_parts_and_only_what_was_lost_is_sent_again(self):
        store = Store(None, "hang up", None, 503)
        parts = Parts(store)
        self.assertEqual(self.stay(store, parts), {"files": 2, "bytes": 10, "failed": 0})
        expected = {"/upload-%d/%d?X-Amz-Signature=secret" % (upload, part): content for upload in (1, 2) for part, content in ((1, b"1234"), (2, b"5"))}
        self.assertEqual(store.files, expected)
        self.assertEqual(store.lengths, [4, 1, 1, 4, 4, 1], "the first part of the first file was taken and is not sent again")
        whole, pieces = hashlib.md5(b"12345").hexdigest(), [hashlib.md5(part).hexdigest() for part in (b"1234", b"5")]
        for number, completion in enumerate(parts.completions()):
            self.assertEqual(completion, {"path": self.paths()[number], "bytes": 5, "md5": whole, "uploadId": "upload-%d" % (number + 1), "parts": pieces})
        self.assertEqual(self.control.bad_signatures, 0)
        self.assertNotIn("secret", self.agent_log())
        self.release()

    def test_an_upload_that_the_bucket_forgot_is_begun_anew(self):
        store = Store(None, 404)
        parts = Parts(store)
        parts.refuse = [True]
        self.assertEqual(self.stay(store, parts)["failed"], 0)
        self.assertEqual([completion["uploadId"] for completion in parts.completions()], ["upload-2", "upload-3", "upload-4"])
        self.release()

    def test_one_that_is_never_taken_is_counted_and_goes_on_where_it_was_at_the_next_order(self):
        store = Store(None, *[500] * (agent.RESCUE_TRIES + 1))  # one taken part is progress
        parts = Parts(store)
        self.assertEqual(self.stay(store, parts), {"files": 1, "bytes": 5, "failed": 1})
        self.control.wait_for(lambda: self.control.kinds().count("rescued") >= 2, 40)
        last = [message["body"] for message in self.control.messages if message["kind"] == "rescued"][1]
        self.assertEqual(last, {"files": 2, "bytes": 10, "failed": 0})
        self.assertEqual(store.lengths, [4] + [1] * (agent.RESCUE_TRIES + 1) + [4, 1] + [1])
        self.release()


class Manifests(DropletCase):
    def reported(self, script):
        report = self.report_of(self.start(script))
        return [run["files"] for run in report["runs"]]

    def test_a_run_is_reported_with_the_files_of_its_outcome_or_what_lies_there_whole(self):
        listed = self.runs[0]["files"][0]
        whole = json.dumps({"result": "done", "bytes": 5, "files": [dict(listed, how="fetched")]})
        script = "cat > \"$STAGING/outcomes/ERR0000001.json\" <<'X'\n%s\nX\n" % whole
        self.assertEqual(self.reported(script + 'mkdir -p "$STAGING/ERR0000002"; printf 12345 > "$STAGING/ERR0000002/a.gz"; kill -9 $$'), [[listed], [listed]])
        self.assertEqual(self.reported('mkdir -p "$STAGING/ERR0000002"; printf 54321 > "$STAGING/ERR0000002/a.gz"'), [[listed], []])


class OwnJava(unittest.TestCase):
    def test_a_worker_kit_names_its_java_relative_to_itself(self):
        with tempfile.TemporaryDirectory() as holder:
            root = Path(os.path.realpath(holder))
            (root / "kit" / "jre" / "bin").mkdir(parents=True)
            (root / "kit" / "jre" / "bin" / "java").write_text("")
            (root / "kit" / "worker.json").write_text('{"javaHome": "jre"}')
            job = agent.Job(root / "jobs" / "x", "run")
            for config, expected in (({"javaHome": "jre"}, root / "kit/jre/bin/java"), ({}, root / "kit/jre/bin/java"), ({"javaHome": "/opt/java"}, Path("/opt/java/bin/java"))):
                job.config = config
                self.assertEqual(job.java, str(expected))
            self.assertEqual(job.config_path, str(root / "kit" / "worker.json"))


if __name__ == "__main__":
    unittest.main()
