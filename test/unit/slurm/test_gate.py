"""The gate as its caller sees it: one verb, one request, one line."""
import copy
import errno
import io
import json
import os
import shutil
import stat
import subprocess
import sys
import threading
import time
import unittest
from pathlib import Path
from unittest import mock

from support import FIXTURES, SLURM, TOKEN, WORKER, RootCase, run_of

import gate

JOB = WORKER + ".fetch"
KEY = "trawl-local." + JOB
RUN = run_of("ERR2804790", {"ERR2804790_1.fastq.gz": b"one"})
RUN["files"][0]["url"] = "https://ftp.sra.ebi.ac.uk/vol1/fastq/ERR2804790_1.fastq.gz"
SUBMIT = {
    "v": 1, "key": KEY, "jobId": JOB, "kind": "run", "deadlineEpochSeconds": 1795230000,
    "resources": {"partition": "debug", "cpus": 2, "memoryMb": 1024, "timeMinutes": 60},
    "enrolment": {"url": "https://api.example.org/prod", "token": TOKEN},
    "spec": {"workerId": WORKER, "stage": "fetch", "revision": "0123456789ab", "pipeline": "fetch", "parameters": {"parallel": 4}, "staging": "staging/%s/fetch" % WORKER, "runs": [RUN]},
}
PULL = {"host": "203.0.113.7", "port": 22, "user": "root", "hostKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "a" * 43, "path": WORKER + "/fetch"}
CONNECT_FAILURE = {"code": 1, "err": "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)\n"}
REPLY_LOST = {"code": 1, "err": "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation\n"}


STAGE = {"stage": "fetch", "revision": "0123456789ab", "pipeline": "fetch", "staging": "staging/x/fetch"}


def changed(path, value):
    """The submit request with one field set; `...` removes it."""
    request = copy.deepcopy(SUBMIT)
    *parents, last = path
    holder = request
    for name in parents:
        holder = holder[name]
    if value is ...:
        del holder[last]
    else:
        holder[last] = value
    return request


class GateCase(RootCase):
    def setUp(self):
        super().setUp()
        self.state = self.root.parent / "slurm"
        commands = self.root.parent / "bin"
        self.state.mkdir()
        commands.mkdir()
        fake = Path(__file__).with_name("fake_slurm.py")
        for name in ("sbatch", "squeue", "sacct", "scancel", "sinfo", "scontrol", "sacctmgr"):
            (commands / name).symlink_to(fake)
        self.path = "%s:%s" % (commands, os.environ["PATH"])
        environment = {"FAKE_SLURM": str(self.state), "FAKE_FIXTURES": str(FIXTURES)}
        (self.root / "kit" / "gate.json").write_text(json.dumps({"environment": environment}))

    def ask(self, verb, request):
        raw = request if isinstance(request, bytes) else json.dumps(request).encode()
        done = subprocess.run(
            [sys.executable, str(SLURM / "gate.py"), "--root", str(self.root)], input=raw, stdout=subprocess.PIPE, check=True,
            env=dict(os.environ, PATH=self.path, SSH_ORIGINAL_COMMAND=verb),
        )
        lines = done.stdout.decode().splitlines()
        self.assertEqual(len(lines), 1, "exactly one line")
        answer = json.loads(lines[0])
        self.assertEqual(answer.pop("gate"), 1)
        return answer

    def slurm_answers(self, command, **answer):
        (self.state / (command + ".json")).write_text(json.dumps(answer))

    def slurm_recovers(self, command):
        (self.state / (command + ".json")).unlink()

    def calls(self, command):
        path = self.state / "calls.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [call for call in map(json.loads, lines) if call[0] == command]

    def replay(self, **names):
        (self.state / "replay.json").write_text(json.dumps(names))

    def status(self, *jobs):
        return self.ask("status", {"v": 1, "jobs": [{"jobId": job, "key": "trawl-local." + job} for job in jobs]})



ADOPT = {"slug": "study-PRJEB28810", "directory": "/lab/raw", "how": "link", "dryRun": False, "stage": "fetch", "revision": "0123456789ab", "runs": [run_of("ERR2804790", {"ERR2804790_1.fastq.gz": b"one"})]}
REHASH = {"entries": [{"accession": "ERR2804790", "filesHash": "f" * 64, "stage": "fetch", "revision": "0123456789ab"}], "before": 1, "maxBytes": 1, "aside": False}


class Home(GateCase):
    """What is asked about the results at home, and about what a laboratory holds."""

    def allow(self, *directories):
        path = self.root / "kit" / "gate.json"
        path.write_text(json.dumps(dict(json.loads(path.read_text()), adoptRoots=[str(found) for found in directories])))

    def submit(self, kind, spec):
        return self.ask("submit", dict(SUBMIT, kind=kind, spec=spec))

    def test_an_adoption_from_below_an_allowed_directory_is_submitted(self):
        lab = self.root.parent / "lab" / "raw"
        lab.mkdir(parents=True)
        self.allow(lab.parent)
        self.assertEqual(self.submit("adopt", dict(ADOPT, directory=str(lab)))["outcome"], "done")

    def test_any_other_directory_is_refused_by_name_and_no_job_is_made(self):
        lab, secret = self.root.parent / "lab", self.root.parent / "lab-secret"
        for path in (lab, secret):
            path.mkdir()
        (lab / "out").symlink_to(secret)
        self.assertIn("adoptRoots", self.submit("adopt", dict(ADOPT, directory=str(lab)))["detail"])
        self.allow(lab, self.root.parent / "root")
        for directory in (secret, lab / "out", lab / ".." / "lab-secret", lab / "nothing", self.root / "runs", Path("/")):
            with self.subTest(str(directory)):
                answer = self.submit("adopt", dict(ADOPT, directory=str(directory)))
                self.assertEqual((answer["outcome"], answer["reason"]), ("failed", "directory-refused"))
                self.assertIn(str(directory), answer["detail"])
        self.assertEqual(self.calls("sbatch"), [])

    def test_a_spec_of_another_form_is_refused_with_its_field(self):
        table = [
            ("adopt", dict(ADOPT, how="move"), "spec.how"), ("adopt", dict(ADOPT, dryRun=1), "spec.dryRun"),
            ("adopt", dict(ADOPT, directory="lab"), "spec.directory"), ("adopt", dict(ADOPT, directory="/lab\n"), "spec.directory"),
            ("rehash", dict(REHASH, before=-1), "spec.before"), ("rehash", dict(REHASH, aside="no"), "spec.aside"),
            ("rehash", dict(REHASH, entries=[dict(REHASH["entries"][0], revision="../..")]), "spec.entries[0].revision"),
        ]
        for kind, spec, field in table:
            answer = self.submit(kind, spec)
            self.assertEqual((answer["outcome"], answer["reason"]), ("failed", "invalid-request"))
            self.assertIn(field, answer["detail"])

    def test_hashing_again_is_submitted(self):
        self.assertEqual(self.submit("rehash", REHASH)["outcome"], "done")

class Requests(GateCase):
    def test_only_the_listed_verbs_are_served(self):
        for verb in ("", "sh", "submit; id", "submit ", "SUBMIT", "read_config", "__init__", "../gate"):
            with self.subTest(verb):
                answer = self.ask(verb, {"v": 1})
                self.assertEqual((answer["outcome"], answer["reason"]), ("failed", "invalid-request"))
                self.assertIn("verb", answer["detail"])

    def test_a_request_that_is_no_json_object_is_refused(self):
        for raw in (b"", b"{", b"[]", b"\xff\xfe", b'{"v": NaN}', b"[" * 100000):
            with self.subTest(raw[:8]):
                self.assertEqual(self.ask("disk", raw)["reason"], "invalid-request")

    def test_a_bad_field_is_named_and_nothing_is_submitted(self):
        table = [
            (("v",), 2, "v"), (("v",), ..., "v"), (("jobId",), "../x", "jobId"), (("jobId",), "a/b", "jobId"), (("jobId",), "a\n", "jobId"),
            (("jobId",), "-x", "jobId"), (("jobId",), 7, "jobId"), (("key",), "trawl.other", "key"), (("key",), "a,b." + JOB, "key"),
            (("kind",), "shell", "kind"), (("kind",), ["run"], "kind"), (("deadlineEpochSeconds",), True, "deadlineEpochSeconds"),
            (("deadlineEpochSeconds",), "1", "deadlineEpochSeconds"), (("resources", "cpus"), 0, "resources.cpus"),
            (("resources", "cpus"), 1.5, "resources.cpus"), (("resources", "memoryMb"), ..., "resources.memoryMb"),
            (("resources", "partition"), "--wrap=id", "resources.partition"), (("resources", "account"), "a b", "resources.account"),
            (("resources", "exclude"), ["n1", "--wrap=id"], "resources.exclude[1]"), (("resources", "exclude"), "n1", "resources.exclude"),
            (("resources", "exclude"), ["n%d" % each for each in range(17)], "resources.exclude"), (("resources", "exclude"), ["n1,n2"], "resources.exclude[0]"),
            (("resources", "gres"), "gpu", "resources.gres"), (("enrolment", "url"), "file:///etc/passwd", "enrolment.url"),
            (("enrolment", "token"), "a\nb", "enrolment.token"), (("extra",), 1, "extra"), (("spec",), [], "spec"),
            (("spec", "workerId"), "..", "spec.workerId"), (("spec", "pipeline"), "../../x", "spec.pipeline"),
            (("spec", "revision"), "a/b", "spec.revision"), (("spec", "staging"), "/etc", "spec.staging"),
            (("spec", "staging"), "staging/../jobs", "spec.staging"), (("spec", "staging"), "staging", "spec.staging"),
            # These paths come to stand in scripts of pipelines.
            (("spec", "staging"), "staging/x'$(id)'/fetch", "spec.staging"), (("spec", "reuse"), ["staging/x'; id; '/fetch"], "spec.reuse[0]"),
            (("spec", "staging"), "staging/x/fetch\n", "spec.staging"), (("spec", "earlier"), [dict(STAGE, staging="staging/a b")], "spec.earlier[0].staging"),
            (("spec", "reuse"), ["/tmp/x"], "spec.reuse[0]"), (("spec", "parameters"), {"a b": 1}, "spec.parameters"),
            (("spec", "parameters"), {"a": [1]}, "spec.parameters.a"), (("spec", "runs", 0, "accession"), "ERR1/..", "spec.runs[0].accession"),
            (("spec", "runs", 0, "filesHash"), "..", "spec.runs[0].filesHash"), (("spec", "runs", 0, "files"), [], "spec.runs[0].files"),
            (("spec", "runs", 0, "files", 0, "name"), "../a.gz", "spec.runs[0].files[0].name"),
            (("spec", "runs", 0, "files", 0, "name"), ".hidden", "spec.runs[0].files[0].name"),
            (("spec", "runs", 0, "files", 0, "md5"), "xyz", "spec.runs[0].files[0].md5"),
            (("spec", "runs", 0, "files", 0, "bytes"), -1, "spec.runs[0].files[0].bytes"),
            (("spec", "runs", 0, "files", 0, "url"), "https://x/'; id", "spec.runs[0].files[0].url"),
            (("spec", "runs"), [RUN, RUN], "spec.runs"),
            (("spec", "repository"), "ext::sh -c id", "spec.repository"), (("spec", "repository"), "-x", "spec.repository"),
            (("spec", "profile"), "-x", "spec.profile"), (("spec", "pinned"), "--x", "spec.pinned"), (("spec", "retries"), 99, "spec.retries"),
            (("spec", "success"), {"files": ["../x"]}, "spec.success.files[0]"), (("spec", "after"), ["a b"], "spec.after[0]"),
            (("spec", "earlier"), [dict(STAGE, staging="/etc")], "spec.earlier[0].staging"), (("spec", "earlier"), [dict(STAGE, runs=[])], "spec.earlier[0].runs"),
            (("spec", "earlier"), [dict(STAGE, stage="../x")], "spec.earlier[0].stage"), (("spec", "earlier"), [STAGE] * 21, "spec.earlier"),
            (("spec", "inputs"), [{"stage": "../x", "revision": "0123456789ab"}], "spec.inputs[0].stage"), (("spec", "inputs"), [{"stage": "look"}], "spec.inputs[0].revision"),
        ]
        for path, value, name in table:
            with self.subTest(path=path, value=value):
                answer = gate.answer_to("submit", io.BytesIO(json.dumps(changed(path, value)).encode()), str(self.root), "/nonexistent")
                self.assertEqual((answer.get("outcome"), answer.get("reason")), ("failed", "invalid-request"), answer)
                self.assertTrue(answer["detail"].startswith(name + ":"), answer["detail"])
        self.assertEqual(list((self.root / "jobs").iterdir()), [])

    def test_each_kind_takes_the_spec_that_the_contract_names(self):
        entry = {"accession": "ERR2804790", "filesHash": "f" * 64, "stage": "fetch", "revision": "0123456789ab"}
        verify = {"workerId": WORKER, "stage": "fetch", "revision": "0123456789ab", "staging": "staging/x/fetch", "group": "lab", "umask": "027", "runs": [run_of("ERR2804790", {"a.gz": b""})]}
        looked = dict(verify, stage="look", derived=True, manifest="a" * 64, earlier=[{name: verify[name] for name in ("stage", "revision", "staging")}])
        staged = dict(SUBMIT["spec"], earlier=[STAGE], after=["fetch"], pinned="a" * 40, repository="https://git.example.org/x.git", pipeline="a/b", success={"files": ["*.json"]}, atOnce=2, retries=0)
        inputs = {"inputs": [{"stage": "fetch", "revision": "0123456789ab"}]}
        for kind, spec in (("child.run", dict(staged, earlier=[], **inputs)), ("child.verify", dict(looked, earlier=[], **inputs)), ("staged.run", staged), ("looked.verify", looked), ("verify", verify), ("sweep", dict(verify, pull=PULL)), ("index", {"slug": "taxon-9031", "sourceId": "taxon:9031", "entries": [entry]}), ("clean", {"workerId": WORKER}), ("tidy.clean", {"installation": "trawl", "before": 1700000000, "keep": [WORKER]})):
            with self.subTest(kind):
                job = "%s.%s" % (WORKER, kind)
                request = dict(SUBMIT, kind=kind.split(".")[-1], spec=spec, jobId=job, key="trawl." + job, enrolment=None)
                self.assertEqual(self.ask("submit", request)["outcome"], "done")

    def test_what_a_tidying_removes_is_held_to_its_form(self):
        whole = {"installation": "trawl", "before": 1700000000, "keep": []}
        for name, value in (("installation", "../x"), ("before", -1), ("before", "1"), ("keep", ["a/b"]), ("keep", {}), ("workerId2", "x")):
            with self.subTest(name=name, value=value):
                request = dict(SUBMIT, kind="clean", spec=dict(whole, **{name: value}))
                answer = gate.answer_to("submit", io.BytesIO(json.dumps(request).encode()), str(self.root), "/nonexistent")
                self.assertEqual(answer.get("reason"), "invalid-request", answer)
                self.assertTrue(answer["detail"].startswith("spec." + name), answer["detail"])


    def test_where_a_sweep_pulls_from_is_held_to_its_form(self):
        verify = {"workerId": WORKER, "stage": "fetch", "revision": "0123456789ab", "staging": "staging/x/fetch", "runs": []}

        def answer_to(pull):
            request = dict(SUBMIT, kind="sweep", spec=dict(verify, pull=pull))
            return gate.answer_to("submit", io.BytesIO(json.dumps(request).encode()), str(self.root), "/nonexistent")

        table = [
            ("host", "-oProxyCommand=id"), ("host", "a b"), ("host", "root@x"), ("host", "x:y"), ("host", "fe80::1%eth0"), ("host", ""), ("host", 7), ("host", "x\n"),
            ("port", 0), ("port", 65536), ("port", "22"), ("port", True), ("user", "-l"), ("user", "Root"), ("user", "a@b"), ("user", ""),
            ("hostKey", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ"), ("hostKey", PULL["hostKey"] + "\n* ssh-ed25519 AAAA"), ("hostKey", "ssh-ed25519"), ("path", "/etc"),
            ("path", "../" + WORKER), ("path", WORKER), ("path", WORKER + "/fetch/x"), ("path", WORKER + "/../x"), ("path", "-x/fetch"), ("path", WORKER + "/fetch;id"),
            ("extra", 1),
        ]
        for name, value in table:
            with self.subTest(name=name, value=value):
                answer = answer_to(dict(PULL, **{name: value}))
                self.assertEqual(answer.get("reason"), "invalid-request", answer)
                self.assertTrue(answer["detail"].startswith("spec.pull." + name + ":"), answer["detail"])
        for host in ("203.0.113.7", "2001:db8::1", "worker-1.example.org"):
            with self.subTest(host):
                gate.check_spec_sweep(dict(verify, pull=dict(PULL, host=host)), str(self.root))
        bucket = {"bucket": True, "path": PULL["path"]}
        gate.check_spec_sweep(dict(verify, pull=bucket), str(self.root))
        for name, value in (("bucket", "x"), ("bucket", 1), ("host", "203.0.113.7"), ("path", "/etc"), ("path", WORKER + "/../x")):
            with self.subTest(name=name, value=value):
                self.assertTrue(answer_to(dict(bucket, **{name: value}))["detail"].startswith("spec.pull." + name + ":"))
        gate.check_spec_sweep(dict(verify, pull=PULL, early=True), str(self.root))
        for early, given in ((False, PULL), (1, PULL), ("yes", PULL), (True, bucket)):
            with self.subTest(early=early, pull=given), self.assertRaisesRegex(gate.InvalidRequest, "spec.early"):
                gate.check_spec_sweep(dict(verify, pull=given, early=early), str(self.root))
        with self.assertRaisesRegex(gate.InvalidRequest, "spec.early"):
            gate.check_spec_verify(dict(verify, early=True), str(self.root))
        missing = {name: value for name, value in PULL.items() if name != "hostKey"}
        self.assertIn("spec.pull.hostKey", answer_to(missing)["detail"])


class Submitting(GateCase):
    def test_a_job_is_written_down_and_submitted_under_its_key(self):
        self.assertEqual(self.ask("submit", SUBMIT), {"outcome": "done", "slurmId": "63", "attached": False})
        directory = self.root / "jobs" / JOB
        for name, content in (("spec.json", SUBMIT["spec"]), ("enrolment.json", SUBMIT["enrolment"])):
            self.assertEqual(stat.S_IMODE((directory / name).stat().st_mode), 0o600)
            found = json.loads((directory / name).read_text())
            self.assertEqual(found.get("spec", found), content)
        self.assertNotIn(TOKEN, (directory / "spec.json").read_text())
        (call,) = self.calls("sbatch")
        (comment,) = [argument for argument in call if argument.startswith("--comment=")]
        self.assertRegex(comment, r"^--comment=trawl:%s:1795230000:[0-9a-f]{16}$" % KEY.replace(".", r"\."))
        for argument in ("--job-name=" + KEY, "--no-requeue", "--signal=B:TERM@120", "--time=60", "--mem=1024M", "--cpus-per-task=2", "--partition=debug"):
            self.assertIn(argument, call)
        self.assertNotIn(TOKEN, " ".join(call))

    def test_pipelines_come_from_the_repositories_that_the_site_names(self):
        lab, path = "https://git.example.org/lab", self.root / "kit" / "gate.json"
        settings = json.loads(path.read_text())
        table = [
            (None, "https://elsewhere.example.org/x.git", True), ([lab], lab + "/x.git", True), ([lab + "/"], lab, True), ([], lab + "/x.git", False),
            ([lab], lab + "-evil/x.git", False), ([lab], lab + "/../evil/x.git", False), ([lab], lab + "/%2e%2e/evil.git", False), (lab, lab + "/x.git", False),
        ]
        for number, (allowed, repository, is_taken) in enumerate(table):
            for where in ("own", "earlier"):
                with self.subTest(allowed=allowed, repository=repository, where=where):
                    path.write_text(json.dumps(dict(settings, pipelineRepositories=allowed)))
                    foreign = dict(STAGE, repository=repository, pinned="a" * 40, pipeline=".")
                    more = {"earlier": [foreign], "after": ["fetch"]} if where == "earlier" else {name: foreign[name] for name in ("repository", "pinned", "pipeline")}
                    job = "%s.%s%d" % (JOB, where, number)
                    answer = self.ask("submit", dict(SUBMIT, jobId=job, key=KEY.replace(JOB, job), spec=dict(SUBMIT["spec"], **more)))
                    self.assertEqual(answer["outcome"], "done" if is_taken else "failed", answer)
                    if not is_taken:
                        self.assertEqual(answer["reason"], "rejected")
                        self.assertIn(repository, answer["detail"])
                        self.assertFalse((self.root / "jobs" / job).exists())

    def test_nodes_are_excluded_as_long_as_others_are_left(self):
        table = [
            (["n1"], "debug", "--exclude=n1"), (["n1", "gone"], "debug", "--exclude=n1"), (["n1", "n2"], "debug", None), (["gone"], "debug", None),
            (["n1"], None, "--exclude=n1"), (["n3"], None, None), ([], "debug", None), (["n3", "n4"], "high", None),
        ]
        for exclude, partition, argument in table:
            with self.subTest(exclude=exclude, partition=partition):
                job = "%s.%d" % (JOB, table.index((exclude, partition, argument)))
                resources = dict(SUBMIT["resources"], exclude=exclude, partition=partition)
                request = dict(SUBMIT, jobId=job, key=KEY.replace(JOB, job), resources=resources)
                self.assertEqual(self.ask("submit", request)["outcome"], "done")
                self.assertEqual([each for each in self.calls("sbatch")[-1] if each.startswith("--exclude")], [argument] if argument else [])

    def test_where_slurm_does_not_tell_its_nodes_none_is_excluded(self):
        self.slurm_answers("sinfo", code=1, err="slurm_load_partitions: Socket timed out")
        self.assertEqual(self.ask("submit", dict(SUBMIT, resources=dict(SUBMIT["resources"], exclude=["n1"])))["outcome"], "done")
        self.assertFalse([each for each in self.calls("sbatch")[-1] if each.startswith("--exclude")])

    def asking(self, **resources):
        return self.ask("submit", dict(SUBMIT, resources=dict({"cpus": 1, "memoryMb": 100, "timeMinutes": 60}, **resources)))

    def test_what_no_node_could_ever_run_is_refused_by_value_and_limit_and_not_submitted(self):
        table = [
            ({"partition": "nosuch"}, "resources.partition: nosuch has no node; there are debug, high"),
            ({"partition": "debug", "cpus": 3}, "resources.cpus: 3, and no node of partition debug gives a job more than 2"),
            ({"cpus": 17}, "resources.cpus: 17, and no node of this cluster gives a job more than 16"),
            ({"memoryMb": 64001}, "resources.memoryMb: 64001, and no node of this cluster gives a job more than 64000"),
            ({"partition": "high", "timeMinutes": 1591}, "resources.timeMinutes: 1591, and no node of partition high gives a job more than 1590"),
            ({"partition": "debug", "constraint": "ssd"}, "resources.constraint: no node of partition debug is ssd; their features are none"),
            ({"partition": "high", "constraint": "big&gpu"}, "resources.constraint: no node of partition high is big&gpu; their features are big, ssd"),
            ({"partition": "high", "cpus": 16, "memoryMb": 64000}, "resources: no node of partition high gives a job all of this at once: cpus 16, memoryMb 64000, timeMinutes 60"),
            ({"cpus": 16, "constraint": "ssd"}, "resources: no node of this cluster gives a job all of this at once: cpus 16, memoryMb 100, timeMinutes 60, constraint ssd"),
        ]
        for resources, detail in table:
            with self.subTest(resources):
                self.assertEqual(self.asking(**resources), {"outcome": "failed", "reason": "rejected", "detail": detail})
        self.assertEqual(self.calls("sbatch"), [])

    def test_what_one_node_can_run_is_submitted(self):
        table = [
            {"partition": "debug", "cpus": 2, "memoryMb": 20000, "timeMinutes": 527040}, {"cpus": 16}, {"partition": "high", "timeMinutes": 1590},
            {"partition": "high", "constraint": "ssd|gpu"}, {"partition": "high", "cpus": 16, "memoryMb": 32000, "constraint": "big"},
        ]
        for index, resources in enumerate(table):
            with self.subTest(resources):
                job = "%s.%d" % (JOB, index)
                asked = dict({"cpus": 1, "memoryMb": 100, "timeMinutes": 60}, **resources)
                self.assertEqual(self.ask("submit", dict(SUBMIT, jobId=job, key=KEY.replace(JOB, job), resources=asked))["outcome"], "done")

    def test_a_cluster_that_does_not_tell_its_nodes_decides_itself(self):
        for answer in ({"code": 1}, {"out": "slurm says something else"}):
            self.slurm_answers("sinfo", **answer)
            self.assertEqual(self.asking(cpus=4096, partition="nosuch")["outcome"], "done")

    def limited(self, enforce="associations,limits,qos", partition="PartitionName=debug QoS=N/A MaxTime=UNLIMITED"):
        (self.state / "shown.json").write_text(json.dumps({
            "config": "ClusterName = lab\nAccountingStorageEnforce = %s\n" % enforce, "partition": partition,
            "qos": "normal||\nshort|01:00:00|cpu=8,mem=4G\n", "associations": "lab||normal,short|1-00:00:00|cpu=4\nguests|debug|short||\n",
        }))

    def test_what_accounting_would_let_wait_for_ever_is_refused_by_value_and_limit(self):
        self.limited()
        table = [
            ({"account": "other"}, "resources.account: other is not granted; there are guests, lab"),
            ({"account": "guests", "qos": "normal"}, "resources.qos: normal is not granted; there are short"),
            ({"cpus": 9}, "resources.cpus: 9, and accounting allows a job no more than 8"),
            ({"qos": "normal", "timeMinutes": 1441}, "resources.timeMinutes: 1441, and accounting allows a job no more than 1440"),
            ({"qos": "short", "memoryMb": 4097}, "resources.memoryMb: 4097, and accounting allows a job no more than 4096"),
            ({"cpus": 8, "timeMinutes": 90}, "resources: no account and QOS allows a job all of this at once: cpus 8, memoryMb 100, timeMinutes 90"),
        ]
        for resources, detail in table:
            with self.subTest(resources):
                self.assertEqual(self.asking(**resources), {"outcome": "failed", "reason": "rejected", "detail": detail})
        self.assertEqual(self.calls("sbatch"), [])
        self.assertEqual(self.asking(cpus=8, account="lab", qos="short")["outcome"], "done")

    def test_limits_that_are_not_held_to_or_that_a_partition_may_set_aside_refuse_nothing(self):
        for index, given in enumerate(({"enforce": "none"}, {"enforce": "associations"}, {"partition": "PartitionName=debug QoS=part MaxTime=UNLIMITED"})):
            self.limited(**given)
            job = "%s.%d" % (JOB, index)
            request = dict(SUBMIT, jobId=job, key=KEY.replace(JOB, job), resources={"cpus": 9, "memoryMb": 100, "timeMinutes": 60, "account": "other"})
            self.assertEqual(self.ask("submit", request)["outcome"], "done")

    def shown(self, **texts):
        (self.state / "shown.json").write_text(json.dumps(texts))

    def verdict(self, **resources):
        """Why it was rejected, or "done", of a job that was not asked for yet."""
        job = "%s.%d" % (JOB, len(list((self.root / "jobs").iterdir())))
        asked = dict({"cpus": 1, "memoryMb": 100, "timeMinutes": 60}, **resources)
        answer = self.ask("submit", dict(SUBMIT, jobId=job, key=KEY.replace(JOB, job), resources=asked))
        self.assertFalse(answer.get("attached"), answer)
        return answer["detail"] if answer.get("reason") == "rejected" else answer["outcome"]

    def test_a_time_limit_that_a_qos_may_set_aside_refuses_nothing(self):
        long = {"partition": "high", "timeMinutes": 1591}
        self.shown(qos="normal|DenyOnLimit\n")
        self.assertIn("resources.timeMinutes: 1591", self.verdict(**long))
        self.shown(qos="normal|\nlong|DenyOnLimit,PartitionTimeLimit\n")
        self.assertEqual(self.verdict(**long), "done")
        self.assertIn("resources.cpus: 17", self.verdict(cpus=17, **long))
        self.shown()
        self.slurm_answers("sacctmgr", code=1, err="sacctmgr: error: Connection refused\n")
        self.assertEqual(self.verdict(**long), "done")
        self.assertIn("resources.cpus: 17", self.verdict(cpus=17, **long))

    def test_nodes_of_a_cloud_that_may_be_hidden_are_not_judged_by(self):
        table = [("/usr/sbin/suspend", "none", True), ("/usr/sbin/suspend", "accounts,cloud", False), ("(null)", "none", False), ("N/A", "none", False)]
        for program, private, can_run in table:
            with self.subTest(program=program, private=private):
                self.shown(config="PrivateData             = %s\nSuspendProgram          = %s\n" % (private, program))
                self.assertEqual(self.verdict(cpus=17) == "done", can_run)

    def test_rules_of_the_site_leave_it_to_slurm(self):
        for name in ("JobSubmitPlugins", "CliFilterPlugins"):
            for rules, can_run in (("lua", True), ("(null)", False), ("", False)):
                with self.subTest(name=name, rules=rules):
                    self.shown(config="%s = %s\nKillWait = 30 sec\n" % (name, rules))
                    self.assertEqual(self.verdict(cpus=17) == "done", can_run)

    def test_what_scontrol_does_not_say_refuses_nothing(self):
        self.limited()
        self.slurm_answers("scontrol", code=1, out="AccountingStorageEnforce = limits", err="slurm_load_ctl_conf error: Socket timed out")
        self.assertEqual(self.verdict(cpus=17, account="other"), "done")

    def test_what_is_not_said_of_partitions_holds_to_no_limit(self):
        said = mock.Mock(returncode=0, stdout=b"PartitionName=debug QoS=N/A", stderr=b"")
        with mock.patch.object(gate.subprocess, "run", return_value=said) as run, mock.patch.object(gate, "STARTED", time.monotonic()):
            self.assertTrue(gate.Slurm({}).is_limited({"limits"}))
            said.returncode = 1
            self.assertFalse(gate.Slurm({}).is_limited({"limits"}))
            with mock.patch.object(gate, "LOOK_SECONDS", 7):
                gate.Slurm({}).nodes()
        self.assertLessEqual(run.call_args[1]["timeout"], 7)

    def test_a_qos_of_a_partition_that_is_hidden_counts(self):
        self.limited()
        self.verdict(cpus=8)
        self.assertIn(["scontrol", "--all", "show", "partition", "--oneliner"], self.calls("scontrol"))

    def test_accounting_knows_no_capital_letters(self):
        self.limited()
        self.assertEqual(self.verdict(account="LAB", qos="Short"), "done")
        self.shown(config="AccountingStorageEnforce = limits,qos", partition="QoS=N/A", qos="normal||\n", associations="Lab|DEBUG|Normal||cpu=1\n")
        self.assertEqual(self.verdict(account="lab", qos="normal", partition="debug"), "done")
        self.assertIn("resources.cpus: 2, and accounting", self.verdict(cpus=2, partition="debug"))

    def test_an_association_without_a_qos_grants_its_account(self):
        self.shown(config="AccountingStorageEnforce = safe", partition="QoS=N/A", qos="normal|02:00:00|\n", associations="lab|||1-00:00:00|cpu=4\nguests||normal||\n")
        self.assertEqual(self.verdict(account="lab"), "done")
        self.assertIn("resources.account: other is not granted; there are guests, lab", self.verdict(account="other"))
        self.assertIn("resources.cpus: 5, and accounting allows a job no more than 4", self.verdict(account="lab", cpus=5))
        # The QOS that such a job gets may allow it more time than its association does.
        self.assertEqual(self.verdict(account="lab", timeMinutes=1441), "done")

    def test_a_qos_that_need_not_be_granted_is_left_to_slurm(self):
        self.limited(enforce="associations,limits")
        self.assertEqual(self.verdict(account="guests", qos="normal"), "done")

    def test_limits_of_qos_that_cannot_be_asked_refuse_nothing(self):
        self.limited()
        self.slurm_answers("sacctmgr", code=1, out="lab||normal|00:10:00|cpu=1", err="sacctmgr: error: Connection refused\n")
        self.assertEqual(self.verdict(account="other", cpus=2), "done")

    def test_no_node_is_excluded_where_the_others_could_not_run_it(self):
        table = [
            ({"partition": "high", "cpus": 16, "exclude": ["n4"]}, []), ({"partition": "high", "cpus": 4, "exclude": ["n4"]}, ["--exclude=n4"]),
            ({"partition": "high", "constraint": "ssd", "exclude": ["n3"]}, []), ({"memoryMb": 17000, "exclude": ["n1"]}, []),
        ]
        for resources, expected in table:
            with self.subTest(resources):
                self.assertEqual(self.verdict(**resources), "done")
                self.assertEqual([each for each in self.calls("sbatch")[-1] if each.startswith("--exclude")], expected)

    def test_sinfo_tells_whole_numbers(self):
        self.verdict()
        self.ask("capabilities", {"v": 1})
        self.assertTrue(all("--noconvert" in call for call in self.calls("sinfo")), "1K is no number of cpus")

    def test_a_slow_controller_is_asked_no_more_than_there_is_time_for_and_sbatch_is_called(self):
        self.slurm_answers("sinfo", sleep=600)
        environment = {"FAKE_SLURM": str(self.state), "FAKE_FIXTURES": str(FIXTURES), "PATH": self.path}
        config = self.root / "kit" / "gate.json"
        config.write_text(json.dumps({"environment": environment}))
        request = changed(["resources"], {"cpus": 17, "memoryMb": 100, "timeMinutes": 60, "exclude": ["n1"]})
        with mock.patch.object(gate, "STARTED", time.monotonic()), mock.patch.object(gate, "LOOK_SECONDS", 2):
            answer = gate.answer_to("submit", io.BytesIO(json.dumps(request).encode()), str(self.root), str(config))
        self.assertEqual(answer["outcome"], "done", answer)
        self.assertEqual([self.calls(name) for name in ("scontrol", "sacctmgr")], [[], []], "no time was left for these")

    def test_a_name_that_slurm_refuses_is_named_with_those_that_there_are(self):
        self.limited(enforce="none")
        (self.state / "shown.json").write_text(json.dumps({"associations": "lab||normal,short|||\n"}))
        self.slurm_answers("sbatch", code=1, err="sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified\n")
        answer = self.asking(account="other", qos="fast")
        self.assertEqual(answer["reason"], "rejected")
        self.assertIn("Invalid account or account/partition combination specified (resources.account: other; resources.qos: fast; granted as account: lab; granted as qos: normal, short)", answer["detail"])

    def test_a_second_submit_attaches_to_the_first(self):
        self.ask("submit", SUBMIT)
        self.assertEqual(self.ask("submit", SUBMIT), {"outcome": "done", "slurmId": "63", "attached": True})
        self.assertEqual(len(self.calls("sbatch")), 1)

    def ended(self, result, seconds_ago):
        """The job of SUBMIT is over since then, with this report; squeue still shows it, as it does for a while."""
        directory = self.root / "jobs" / JOB
        jobs = json.loads((self.state / "jobs.json").read_text())
        jobs[-1]["state"] = "COMPLETED"
        (self.state / "jobs.json").write_text(json.dumps(jobs))
        (directory / "lock").mkdir()
        (directory / "report.json").write_text(json.dumps({"result": result}))
        at = time.time() - seconds_ago
        os.utime(str(directory / "spec.json"), (at, at))

    def test_a_job_that_is_over_is_attached_to_unless_it_is_asked_for_again(self):
        now = int(time.time())
        table = [
            (None, "failed", 900, True), ({"when": "always", "askedAt": now}, "finished", 60, False), ({"when": "if-failed", "askedAt": now}, "finished", 900, True),
            ({"when": "if-failed", "askedAt": now}, "failed", 900, False), ({"when": "if-older-than", "askedAt": now, "seconds": 600}, "finished", 900, False),
            ({"when": "if-older-than", "askedAt": now, "seconds": 600}, "failed", 300, True), ({"when": "always", "askedAt": now - 60}, "failed", 30, True),
        ]
        for again, result, seconds_ago, attached in table:
            with self.subTest(again=again, result=result, seconds_ago=seconds_ago):
                shutil.rmtree(str(self.root / "jobs"))
                shutil.rmtree(str(self.state))
                self.state.mkdir()
                self.ask("submit", SUBMIT)
                self.ended(result, seconds_ago)
                request = dict(SUBMIT, again=again) if again else SUBMIT
                answer = self.ask("submit", request)
                self.assertEqual((answer["attached"], answer["slurmId"]), (attached, "63" if attached else "64"))
                # The same question once more is answered by the same job.
                self.assertEqual(self.ask("submit", request), {"outcome": "done", "slurmId": answer["slurmId"], "attached": True})

    def test_what_an_earlier_start_left_is_kept_and_told_of_no_more(self):
        self.ask("submit", SUBMIT)
        self.ended("failed", 900)
        self.ask("submit", dict(SUBMIT, again={"when": "always", "askedAt": int(time.time())}))
        (told,) = self.status(JOB)["jobs"]
        self.assertEqual((told["slurm"]["slurmId"], told["slurm"]["state"], told["report"], told["locked"]), ("64", "PENDING", None, False))
        self.assertEqual(json.loads((self.root / "jobs" / JOB / "earlier" / "63" / "report.json").read_text()), {"result": "failed"})

    def test_a_job_that_lives_is_attached_to_whatever_is_asked(self):
        self.ask("submit", SUBMIT)
        spec = self.root / "jobs" / JOB / "spec.json"
        os.utime(str(spec), (1, 1))
        for when in ("always", "if-failed"):
            self.assertTrue(self.ask("submit", dict(SUBMIT, again={"when": when, "askedAt": int(time.time())}))["attached"])
        self.assertEqual(len(self.calls("sbatch")), 1)

    def test_account_qos_and_constraint_reach_slurm(self):
        self.ask("submit", changed(["resources"], {"partition": "high", "cpus": 4, "memoryMb": 64000, "timeMinutes": 60, "account": "lab", "qos": "long", "constraint": "ssd&big"}))
        for argument in ("--account=lab", "--qos=long", "--constraint=ssd&big"):
            self.assertIn(argument, self.calls("sbatch")[0])

    def test_a_job_that_has_left_queue_and_accounting_is_known_by_its_directory(self):
        self.ask("submit", SUBMIT)
        (self.state / "jobs.json").unlink()
        self.assertTrue(self.ask("submit", SUBMIT)["attached"])
        (self.root / "jobs" / JOB / "submitted.json").unlink()
        (self.root / "jobs" / JOB / "lock").mkdir()
        (self.root / "jobs" / JOB / "lock" / "slurm-id").write_text("99\n")
        self.assertEqual(self.ask("submit", SUBMIT), {"outcome": "done", "slurmId": "99", "attached": True})

    def test_a_job_of_another_installation_in_the_same_directory_is_refused_not_attached(self):
        self.ask("submit", SUBMIT)
        other = dict(SUBMIT, enrolment=dict(SUBMIT["enrolment"], token="t" * 43))
        answer = self.ask("submit", other)
        self.assertEqual((answer["outcome"], answer["reason"]), ("failed", "foreign-job"))

    def test_a_lost_reply_is_unknown_and_the_next_submit_finds_the_job(self):
        self.slurm_answers("sbatch", accept=True, out="", **REPLY_LOST)
        self.assertEqual(self.ask("submit", SUBMIT)["outcome"], "unknown")
        self.slurm_recovers("sbatch")
        self.assertEqual(self.ask("submit", SUBMIT), {"outcome": "done", "slurmId": "63", "attached": True})
        self.assertEqual(len(self.calls("sbatch")), 1)

    def test_submits_at_the_same_time_make_one_job(self):
        self.slurm_answers("sbatch", accept=True, sleep=0.3, out="63")
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(self.ask("submit", SUBMIT))) for _each in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(answer["attached"] for answer in answers), [False, True, True, True])
        self.assertEqual(len(self.calls("sbatch")), 1)

    def test_a_root_that_cannot_be_written_to_is_named_before_anything_is_sent_and_after_it_the_job_is_known(self):
        directory = self.root / "jobs" / JOB
        (directory / "spec.json").mkdir(parents=True)  # in its place no file can be put
        answer = self.ask("submit", SUBMIT)
        self.assertEqual((answer["outcome"], answer["reason"]), ("failed", "unavailable"), answer)
        self.assertIn("spec.json", answer["detail"])
        self.assertEqual(self.calls("sbatch"), [])
        shutil.rmtree(str(directory))
        directory.write_text("no directory")
        self.assertEqual(self.ask("submit", SUBMIT)["reason"], "unavailable")
        directory.unlink()
        (directory / "submitted.json").mkdir(parents=True)
        answer = self.ask("submit", SUBMIT)
        self.assertEqual((answer["outcome"], answer["attached"], len(self.calls("sbatch"))), ("done", False, 1), answer)
        self.assertIn("submitted.json", answer["detail"])
        (directory / "enrolment.json").unlink()
        (directory / "enrolment.json").mkdir()
        self.assertEqual(self.ask("submit", SUBMIT)["outcome"], "unknown", "the job is there")

    def test_a_file_system_without_locks_is_named_and_nothing_is_submitted(self):
        fault = OSError(errno.ENOSYS, "Function not implemented")  # Lustre that was mounted without them
        with mock.patch.object(gate.fcntl, "flock", side_effect=fault), mock.patch.object(gate.time, "sleep", side_effect=AssertionError("waited")):
            answer = gate.answer_to("submit", io.BytesIO(json.dumps(SUBMIT).encode()), str(self.root), str(self.root / "kit" / "gate.json"))
        self.assertEqual((answer["outcome"], answer["reason"]), ("failed", "unavailable"), answer)
        self.assertIn("Function not implemented", answer["detail"])
        self.assertIn("flock", answer["detail"])
        self.assertEqual(self.calls("sbatch"), [])

    def test_a_controller_that_is_away_is_unavailable_and_not_asked_to_submit(self):
        self.slurm_answers("squeue", code=1, err="slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n")
        answer = self.ask("submit", SUBMIT)
        self.assertEqual((answer["outcome"], answer["reason"]), ("failed", "unavailable"))
        self.assertEqual(self.calls("sbatch"), [])

    def test_a_database_that_is_down_does_not_stop_submitting(self):
        self.slurm_answers("sacct", code=1, err="sacct: error: Problem talking to the database: Connection refused\n")
        self.assertEqual(self.ask("submit", SUBMIT)["outcome"], "done")

    def test_what_sbatch_says_is_judged(self):
        table = [
            (0, "63\n", "", "done"), (0, "63;cluster\n", "", "done"), (0, "63\n", "sbatch: warning: something\n", "done"),
            (0, "", "", "unknown"), (0, "Submitted\n", "", "unknown"), (None, "", "", "unknown"), (1, "", "", "unknown"), (-9, "", "", "unknown"),
            (1, "", REPLY_LOST["err"], "unknown"), (1, "", CONNECT_FAILURE["err"], "unavailable"),
            (1, "", "Munge encode failed: Failed to connect\nsbatch: error: Batch job submission failed: Protocol authentication error\n", "unavailable"),
            (1, "", "sbatch: error: Batch job submission failed: Protocol authentication error\n", "unknown"),
            (1, "", "sbatch: error: Batch job submission failed: Zero Bytes were transmitted or received\n", "unknown"),
            (1, "", "sbatch: error: invalid partition specified: nosuch\nsbatch: error: Batch job submission failed: Invalid partition name specified\n", "rejected"),
            (1, "", "sbatch: error: Batch job submission failed: Memory specification can not be satisfied\n", "rejected"),
            (1, "", "sbatch: error: Unable to open file /x/job.sh\n", "rejected"), (255, "", "sbatch: error: Invalid --time specification\n", "rejected"),
        ]
        for code, out, err, expected in table:
            with self.subTest(err=err, code=code, out=out):
                answer = gate.judge_submission(code, out, err)
                self.assertEqual(answer.get("reason", answer["outcome"]), expected)

    def test_a_token_that_was_used_does_not_come_back_once_the_job_has_started(self):
        self.ask("submit", SUBMIT)
        path = self.root / "jobs" / JOB / "enrolment.json"
        (self.root / "jobs" / JOB / "lock").mkdir()
        path.unlink()
        self.ask("submit", SUBMIT)
        self.assertFalse(path.exists())


class Status(GateCase):
    def test_recorded_jobs_are_told_as_they_ended_with_one_call_each(self):
        table = {  # name in the recording: (slurmId, state, exit)
            "segv": ("5", "FAILED", "0:11"), "long": ("4", "CANCELLED", "0:0"), "exit300": ("37", "PENDING", None),
            "timeout": ("34", "RUNNING", None), "nodefail": ("51", "NODE_FAIL", "0:0"), "preemptor": ("29", "CANCELLED", "0:0"),
        }
        self.replay(**{name: "trawl-local.%s.%s" % (WORKER, name) for name in table})
        answer = self.status(*("%s.%s" % (WORKER, name) for name in table))
        self.assertEqual((answer["slurm"], answer["queue"], answer["accounting"]), ("answered", "answered", "answered"))
        for job, (name, (slurm_id, state, exit_text)) in zip(answer["jobs"], table.items()):
            with self.subTest(name):
                self.assertEqual(job["jobId"], "%s.%s" % (WORKER, name))
                self.assertEqual((job["slurm"]["slurmId"], job["slurm"]["state"], job["slurm"]["exit"]), (slurm_id, state, exit_text))
        self.assertEqual((len(self.calls("squeue")), len(self.calls("sacct"))), (1, 1))
        self.assertNotIn("-j", self.calls("squeue")[0] + self.calls("sacct")[0])

    def test_an_unknown_job_is_null_and_its_files_are_told(self):
        directory = self.root / "jobs" / JOB
        (directory / "lock").mkdir(parents=True)
        (directory / "report.json").write_text('{"v": 1, "result": "finished"}')
        (directory / "progress.json").write_text('{"done": 1')
        (job,) = self.status(JOB)["jobs"]
        self.assertEqual(job, {"jobId": JOB, "slurm": None, "locked": True, "report": {"v": 1, "result": "finished"}, "progress": None})

    def test_a_report_that_is_no_json_to_the_caller_is_none_and_the_other_jobs_are_told(self):
        other = WORKER + ".other"
        for text in ('{"bytes": NaN}', '{"bytes": 1e999}', '{"bytes": %s1%s}' % ("[" * 100000, "]" * 100000)):
            for job_id, content in ((JOB, text), (other, '{"result": "finished"}')):
                (self.root / "jobs" / job_id).mkdir(exist_ok=True)
                (self.root / "jobs" / job_id / "report.json").write_text(content)
            with self.subTest(text[:20]):
                told = self.status(JOB, other)
                self.assertEqual([job["report"] for job in told.get("jobs", [])], [None, {"result": "finished"}], told)

    def test_a_number_that_no_json_can_say_is_refused(self):
        request = json.dumps(changed(("spec", "parameters", "parallel"), 1)).replace('"parallel": 1', '"parallel": 1e999')
        self.assertEqual(self.ask("submit", request.encode())["detail"], "request: not JSON")

    def test_what_cannot_be_asked_is_said(self):
        database = {"code": 1, "err": "sacct: error: Problem talking to the database: Connection refused\n"}
        controller = {"code": 1, "err": "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n"}
        for queue, accounting, expected in ((None, database, "answered"), (controller, None, "answered"), (controller, database, "unavailable")):
            with self.subTest(queue=bool(queue), accounting=bool(accounting)):
                for command, fault in (("squeue", queue), ("sacct", accounting)):
                    self.slurm_answers(command, **(fault or {}))
                answer = self.status(JOB)
                self.assertEqual(answer["slurm"], expected)
                self.assertEqual(answer["queue"], "unavailable" if queue else "answered")
                self.assertEqual(answer["accounting"], "unavailable" if accounting else "answered")
                self.assertTrue(answer["detail"])

    def test_the_row_to_report_is_the_live_one_else_the_first_job_in_its_last_state(self):
        def told(slurm_id, state):
            return gate.row(slurm_id, KEY, state, "None", None)

        table = [
            ("none", [], [], None),
            ("live wins", [told("70", "COMPLETED"), told("71", "RUNNING")], [told("70", "COMPLETED")], ("71", "RUNNING")),
            ("queue knows the end before the database", [told("70", "COMPLETED")], [told("70", "RUNNING")], ("70", "COMPLETED")),
            ("the second only met the lock", [], [told("63", "FAILED"), told("64", "COMPLETED")], ("63", "FAILED")),
            ("requeued, then cancelled", [], [told("33", "REQUEUED"), told("33", "CANCELLED by 0")], ("33", "CANCELLED")),
            ("ids are numbers", [], [told("9", "FAILED"), told("10", "COMPLETED")], ("9", "FAILED")),
        ]
        for name, queue, accounting, expected in table:
            with self.subTest(name):
                picked = gate.pick_row(queue, accounting)
                self.assertEqual(picked and (picked["slurmId"], picked["state"]), expected)

    def test_the_live_jobs_of_an_installation_are_named_asked_for_or_not(self):
        self.replay(timeout="trawl-local.a.fetch", held="trawl-local.b.fetch", preemptor="trawl-local.c.fetch", kill9="trawl-local2.a.fetch", exit300="other")
        answer = self.ask("status", {"v": 1, "jobs": [], "installation": "trawl-local"})
        self.assertEqual([(job["key"], job["slurmId"], job["state"]) for job in answer["live"]], [("trawl-local.a.fetch", "34", "RUNNING"), ("trawl-local.b.fetch", "39", "PENDING")])
        self.slurm_answers("squeue", code=1, err="Unable to contact slurm controller (connect failure)")
        self.assertEqual(self.ask("status", {"v": 1, "jobs": [], "installation": "trawl-local"})["slurm"], "unavailable")
        self.assertIn("installation", self.ask("status", {"v": 1, "jobs": [], "installation": "a b"})["detail"])

    def test_no_jobs_ask_nothing(self):
        self.assertEqual(self.status(), {"slurm": "answered", "queue": "answered", "accounting": "answered", "jobs": []})
        self.assertEqual(self.calls("squeue") + self.calls("sacct"), [])

    def test_too_many_jobs_are_refused(self):
        jobs = [{"jobId": "j%d" % number, "key": "t.j%d" % number} for number in range(501)]
        self.assertIn("jobs", self.ask("status", {"v": 1, "jobs": jobs})["detail"])


class OtherVerbs(GateCase):
    def test_tail_gives_the_end_of_the_named_log_alone(self):
        directory = self.root / "jobs" / JOB
        directory.mkdir()
        (directory / "agent.log").write_text("first\nlast é\n")
        ask = {"v": 1, "jobId": JOB, "file": "agent", "bytes": 8}
        self.assertEqual(self.ask("tail", ask), {"text": "last é\n", "totalBytes": 14})
        self.assertEqual(self.ask("tail", dict(ask, file="nextflow")), {"text": "", "totalBytes": 0})
        (directory / "slurm.log").symlink_to("/etc/passwd")
        self.assertEqual(self.ask("tail", dict(ask, file="slurm")), {"text": "", "totalBytes": 0})
        for field, value in (("file", "enrolment.json"), ("file", 1), ("bytes", 0), ("bytes", 10**9), ("jobId", "../kit")):
            with self.subTest(field=field, value=value):
                self.assertTrue(self.ask("tail", dict(ask, **{field: value}))["detail"].startswith(field + ":"))

    def test_cancel_names_the_live_jobs_of_its_key_alone(self):
        self.replay(timeout=KEY, held="trawl-local.other")
        self.assertEqual(self.ask("cancel", {"v": 1, "jobId": JOB, "key": KEY}), {"outcome": "done", "found": 1})
        self.assertEqual(self.calls("scancel"), [["scancel", "34"]])

    def test_cancel_of_nothing_is_done_and_of_an_absent_controller_failed(self):
        self.assertEqual(self.ask("cancel", {"v": 1, "jobId": JOB, "key": KEY}), {"outcome": "done", "found": 0})
        self.assertEqual(self.calls("scancel"), [])
        self.slurm_answers("squeue", code=1, err="Unable to contact slurm controller (connect failure)")
        self.assertEqual(self.ask("cancel", {"v": 1, "jobId": JOB, "key": KEY})["outcome"], "failed")

    def test_cancel_whose_reply_is_lost_is_unknown(self):
        self.replay(timeout=KEY)
        self.slurm_answers("scancel", code=1, err="scancel: error: Kill job error on job id 34: Socket timed out on send/recv operation\n")
        self.assertEqual(self.ask("cancel", {"v": 1, "jobId": JOB, "key": KEY})["outcome"], "unknown")

    def test_disk_tells_the_space_at_home(self):
        answer = self.ask("disk", {"v": 1})
        self.assertEqual(answer["path"], str(self.root))
        self.assertTrue(0 < answer["freeBytes"] <= answer["totalBytes"])

    def test_capabilities_tell_partitions_and_versions(self):
        answer = self.ask("capabilities", {"v": 1})
        self.assertEqual((answer["slurmVersion"], answer["accounting"], answer["nextflow"]), ("22.05.8", True, None))
        self.assertEqual(answer["partitions"], [
            {"name": "debug", "default": True, "state": "up", "maxTimeMinutes": None, "cpus": 2, "memoryMb": 20000},
            {"name": "high", "default": False, "state": "up", "maxTimeMinutes": 1590, "cpus": 4, "memoryMb": 64000},
        ])

    def test_capabilities_tell_the_key_that_pulls_without_its_comment(self):
        self.assertIsNone(self.ask("capabilities", {"v": 1})["pullKey"])
        public = self.root / "kit" / "pull_key.pub"
        public.write_text(PULL["hostKey"] + " trawl-pull\n")
        self.assertEqual(self.ask("capabilities", {"v": 1})["pullKey"], PULL["hostKey"])
        public.write_text("ssh-ed25519 AAAA\", command=\"id\n")
        self.assertIsNone(self.ask("capabilities", {"v": 1})["pullKey"])

    def test_a_config_that_does_not_parse_is_an_answer_not_a_default(self):
        (self.root / "kit" / "gate.json").write_text("{")
        self.assertEqual(self.ask("disk", {"v": 1})["outcome"], "unknown")


class JobScript(RootCase):
    def setUp(self):
        super().setUp()
        self.directory = self.job_dir("verify", {}, job_id=JOB)
        self.agent = self.root / "agent.sh"
        self.agent.write_text('echo "$@"\n')

    def start(self, number, *agent, restarts="0"):
        agent = agent or (str(self.agent), "sh")
        command = ["bash", str(SLURM / "templates" / "job.sh"), "verify", str(self.directory), agent[0], "/c.json", agent[1]]
        done = subprocess.run(command, stdout=subprocess.PIPE, env=dict(os.environ, SLURM_JOB_ID=number, SLURM_RESTART_COUNT=restarts), check=False)
        return done.stdout.decode()

    def test_another_job_of_its_key_finds_the_lock_and_does_nothing(self):
        self.assertEqual(self.start("63"), "verify --job-dir %s --config /c.json\n" % self.directory)
        self.assertEqual(self.start("64"), "lock is held by Slurm job 63: nothing to do\n")

    def test_a_requeued_job_does_no_work_and_reports(self):
        self.start("63")
        real = (str(SLURM / "agent.py"), sys.executable)
        self.start("63", *real, restarts="1")
        report = json.loads((self.directory / "report.json").read_text())
        self.assertEqual((report["jobId"], report["kind"], report["result"], report["reason"], report["runs"]), (JOB, "verify", "failed", "requeued", []))

    def test_a_requeued_job_whose_first_start_died_before_it_wrote_its_number_reports_too(self):
        (self.directory / "lock").mkdir()
        self.assertNotIn("--second-start", self.start("63"))
        self.assertIn("--second-start", self.start("63", restarts="1"))

    def test_a_report_that_the_first_start_wrote_stands(self):
        self.start("63")
        (self.directory / "report.json").write_text('{"result": "finished"}')
        self.start("63", str(SLURM / "agent.py"), sys.executable, restarts="1")
        self.assertEqual((self.directory / "report.json").read_text(), '{"result": "finished"}')


if __name__ == "__main__":
    unittest.main()
