"""Several stages on one worker: run one after the other, signed, verified and published; with a stand-in for Nextflow that runs a small script."""
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys

from support import WORKER, run_of
from test_bring import Bucket
from test_droplet import Store
from test_results import ResultCase, told_by

import agent

FETCH = "0123456789ab"
LOOK = "ba9876543210"
FILES = {"ERR2804790_1.fastq.gz": b"first mate"}
OTHER = {"ERR2804791_1.fastq.gz": b"another run"}


def hash_of(contents):
    """A run's filesHash, as the control plane makes it."""
    lines = sorted("%s\t%d\t%s\n" % (name, len(content), hashlib.md5(content).hexdigest()) for name, content in contents.items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()


RUNS = [run_of("ERR2804790", FILES, hash_of(FILES)), run_of("ERR2804791", OTHER, hash_of(OTHER))]

# Does what the pipeline's main.nf says, in Python: enough of Nextflow for the agent.
JAVA = """#!%s
import json, os, sys
arguments = sys.argv
params = json.load(open(arguments[arguments.index("-params-file") + 1]))
runs = json.load(open(params["runs"]))
exec(open(arguments[arguments.index("run") + 1]).read())
""" % sys.executable
FETCH_NF = """
os.makedirs(os.path.join(params["outdir"], "outcomes"), exist_ok=True)
for run in runs:
    os.makedirs(os.path.join(params["outdir"], run["accession"]), exist_ok=True)
    for item in run["files"]:
        content = {"ERR2804790_1.fastq.gz": b"first mate", "ERR2804791_1.fastq.gz": b"another run"}[item["name"]]
        open(os.path.join(params["outdir"], run["accession"], item["name"]), "wb").write(content)
    files = [dict(name=item["name"], bytes=item["bytes"], md5=item["md5"]) for item in run["files"]]
    json.dump({"accession": run["accession"], "result": "done", "bytes": 10, "files": files}, open(os.path.join(params["outdir"], "outcomes", run["accession"] + ".json"), "w"))
"""
LOOK_NF = """
for run in runs:
    directory = os.path.join(params["outdir"], run["accession"])
    os.makedirs(directory, exist_ok=True)
    read = [open(os.path.join(run["inputs"]["fetch"], item["name"]), "rb").read().decode() for item in run["files"]]
    if run["accession"] not in params.get("silent", ""):
        open(os.path.join(directory, "said.json"), "w").write(json.dumps(read))
    outcome = {"accession": run["accession"], "result": "done", "verdict": "low-q30" if "another" in read[0] else None}
    json.dump(outcome, open(os.path.join(params["outdir"], "outcomes", run["accession"] + ".json"), "w"))
    open(os.path.join(params["outdir"], "looked"), "a").write(run["accession"] + "\\n")
"""


class StagesCase(ResultCase):
    def setUp(self):
        super().setUp()
        java = self.root.parent / "jre" / "bin" / "java"
        java.parent.mkdir(parents=True)
        java.write_text(JAVA)
        java.chmod(0o755)
        (self.root / "kit" / "gate.json").write_text(json.dumps({"javaHome": str(java.parent.parent)}))
        self.pipeline("fetch", FETCH_NF)
        self.pipeline("look", LOOK_NF)

    def pipeline(self, name, text):
        directory = self.root / "kit" / "pipelines" / name
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "main.nf").write_text(text)
        return agent.content_hash(directory)

    def staging_of(self, stage, worker=WORKER):
        return self.root / "staging" / worker / stage

    def spec(self, worker=WORKER, **look):
        hashes = {name: agent.content_hash(self.root / "kit" / "pipelines" / name) for name in ("fetch", "look")}
        fetch = {"stage": "fetch", "revision": FETCH, "pinned": hashes["fetch"], "pipeline": "fetch", "staging": "staging/%s/fetch" % worker, "reuse": []}
        own = {"stage": "look", "revision": LOOK, "pinned": hashes["look"], "pipeline": "look", "after": ["fetch"], "staging": "staging/%s/look" % worker, "reuse": []}
        for stage in ("fetch", "look"):
            self.staging_of(stage, worker).mkdir(parents=True, exist_ok=True)
        return dict(own, workerId=worker, earlier=[fetch], runs=[dict(run, files=[dict(item, url="https://x/y") for item in run["files"]]) for run in RUNS], **look)

    def work(self, **look):
        return self.do("run", self.spec(**look), WORKER + ".look")

    def verified(self, report, worker=WORKER, **own):
        signed = dict({"stage": "look", "revision": LOOK, "staging": "staging/%s/look" % worker, "derived": True, "manifest": report["manifests"].get("look")}, **own)
        before = [{"stage": "fetch", "revision": FETCH, "staging": "staging/%s/fetch" % worker}]
        verified = self.do("verify", dict(signed, workerId=worker, earlier=before, umask="027", runs=RUNS), worker + ".verify-1")
        self.assertEqual(verified["result"], "finished", verified)
        return {run["accession"]: run for run in verified["runs"]}

    def home(self, stage, revision, accession="ERR2804790", files_hash=hash_of(FILES)):
        return self.root / "runs" / accession[:6] / accession / files_hash / ("%s@%s" % (stage, revision))


class Running(StagesCase):
    def test_a_stage_works_on_what_the_one_before_it_brought_and_its_word_comes_with_the_report(self):
        report = self.work()
        self.assertEqual((report["result"], report["reason"]), ("finished", None), report)
        self.assertEqual([run["result"] for run in report["runs"]], ["done", "done"])
        self.assertEqual([[(one["stage"], one["result"], one["verdict"]) for one in run["stages"]] for run in report["runs"]], [
            [("fetch", "done", None), ("look", "done", None)], [("fetch", "done", None), ("look", "done", "low-q30")],
        ])
        manifest = self.staging_of("look") / "manifest.json"
        self.assertEqual(report["manifests"], {"look": hashlib.sha256(manifest.read_bytes()).hexdigest()})
        self.assertEqual(json.loads((self.staging_of("look") / "ERR2804790" / "said.json").read_text()), ["first mate"])

    def test_a_run_that_leaves_none_of_what_it_has_to_fails_and_the_others_go_on(self):
        report = self.work(parameters={"silent": "ERR2804791"}, success={"files": ["*.json"]})
        self.assertEqual([(run["result"], run["reason"]) for run in report["runs"]], [("done", None), ("failed", "output-missing")])

    def test_a_stage_that_cannot_begin_leaves_the_word_of_the_one_before_it(self):
        report = self.work(pinned="f" * 64)
        self.assertEqual((report["result"], report["reason"]), ("failed", "revision-mismatch"))
        self.assertEqual([[one["stage"] for one in run["stages"]] for run in report["runs"]], [["fetch"], ["fetch"]])
        self.assertEqual([(run["result"], run["reason"]) for run in report["runs"]], [("failed", "no-outcome")] * 2)

    def test_a_pipeline_of_a_repository_is_the_one_of_its_commit(self):
        repository = self.root.parent / "repository"
        (repository / "deep").mkdir(parents=True)
        git = ["git", "-C", str(repository), "-c", "user.name=t", "-c", "user.email=t@example.org"]
        (repository / "deep" / "main.nf").write_text(LOOK_NF)
        subprocess.run(git + ["init", "--quiet"], check=True)
        subprocess.run(git + ["add", "-A"], check=True)
        subprocess.run(git + ["commit", "--quiet", "-m", "first"], check=True)
        commit = subprocess.run(git + ["rev-parse", "HEAD"], check=True, stdout=subprocess.PIPE).stdout.decode().strip()
        (repository / "deep" / "main.nf").write_text("raise SystemExit(1)")
        subprocess.run(git + ["commit", "--quiet", "-am", "second"], check=True)
        given = {"repository": "file://%s" % repository, "pipeline": "deep"}
        self.assertEqual(self.work(pinned=commit, **given)["result"], "finished")
        missing = self.work(pinned="0" * 40, **given)
        self.assertEqual((missing["result"], missing["reason"]), ("failed", "pipeline-unavailable"))


class Verifying(StagesCase):
    def test_every_stage_is_published_in_a_place_of_its_own_with_what_it_was_made_from(self):
        verified = self.verified(self.work())
        self.assertEqual({run["result"] for run in verified.values()}, {"verified"})
        self.assertEqual([one["stage"] for one in verified["ERR2804790"]["stages"]], ["fetch", "look"])
        record = json.loads((self.home("look", LOOK) / "run.json").read_text())
        self.assertEqual((record["derived"], record["earlier"], [one["name"] for one in record["files"]]), (True, [{"stage": "fetch", "revision": FETCH}], ["said.json"]))
        self.assertEqual(stat.S_IMODE((self.home("look", LOOK) / "said.json").stat().st_mode), 0o440)
        self.assertTrue((self.home("fetch", FETCH) / "ERR2804790_1.fastq.gz").is_file())
        self.assertFalse(self.staging_of("look").exists())

    def test_what_was_changed_after_it_was_signed_is_refused_and_what_was_fetched_is_home_all_the_same(self):
        report = self.work()
        (self.staging_of("look") / "ERR2804790" / "said.json").write_text(json.dumps(["FIRST mate"]))
        run = self.verified(report)["ERR2804790"]
        self.assertEqual((run["result"], run["reason"]), ("refused", "md5-mismatch"))
        self.assertEqual([one["stage"] for one in run["stages"]], ["fetch"])
        self.assertFalse(self.home("look", LOOK).exists())

    def test_another_manifest_than_the_signed_one_publishes_nothing(self):
        report = self.work()
        for manifest in (None, "0" * 64):
            run = self.verified(report, manifest=manifest)["ERR2804790"]
            self.assertEqual((run["result"], run["reason"]), ("missing", "unsigned"))
        self.assertFalse(self.home("look", LOOK).exists())

    def test_a_signed_manifest_of_another_form_keeps_nothing_else_from_being_published(self):
        report = self.work()
        path = self.staging_of("look") / "manifest.json"
        good = json.loads(path.read_text())
        one, other = good["runs"]
        table = [
            ("no object", [1], []), ("no runs", {"v": 1}, []), ("runs of no form", {"runs": [7, {"accession": []}, dict(one, files=None)]}, []),
            ("files of no form", {"runs": [dict(one, files=[{"name": "said.json"}]), dict(other, files=[dict(other["files"][0], bytes="1")])]}, []),
            ("a name that leads elsewhere, beside a good run", {"runs": [dict(one, files=[dict(one["files"][0], name="../said.json")]), other]}, ["ERR2804791"]),
        ]
        for name, content, looked in table:
            with self.subTest(name):
                path.write_text(json.dumps(content))
                runs = self.verified(dict(report, manifests={"look": hashlib.sha256(path.read_bytes()).hexdigest()}))
                self.assertEqual([accession for accession, run in runs.items() if run["result"] == "verified"], looked)
                self.assertEqual({run["reason"] for run in runs.values() if run["result"] != "verified"}, {"unsigned"})
                self.assertEqual([[stage["stage"] for stage in run["stages"]][:1] for run in runs.values()], [["fetch"], ["fetch"]])

    def test_a_damaged_fetch_publishes_nothing_of_what_was_made_from_it(self):
        report = self.work()
        (self.staging_of("fetch") / "ERR2804790" / "ERR2804790_1.fastq.gz").write_bytes(b"first MATE")
        run = self.verified(report)["ERR2804790"]
        self.assertEqual((run["result"], run["stages"]), ("refused", []))
        self.assertFalse(self.home("look", LOOK).exists())

    def test_what_is_home_is_not_made_again_and_the_next_stage_works_on_it_there(self):
        report = self.work(parameters={"silent": "ERR2804790"})
        self.assertEqual(self.verified(report)["ERR2804790"]["result"], "missing")
        (self.root / "kit" / "pipelines" / "fetch" / "main.nf").write_text("raise SystemExit(1)")
        worker = WORKER[:-1] + "2"
        again = self.do("run", self.spec(worker), worker + ".look")
        self.assertEqual([(run["accession"], run["result"]) for run in again["runs"]], [("ERR2804790", "done"), ("ERR2804791", "done")], again)
        self.assertEqual((self.staging_of("look", worker) / "looked").read_text(), "ERR2804790\n")
        verified = self.verified(again, worker)
        self.assertEqual({run["result"] for run in verified.values()}, {"verified"})


class Child(StagesCase):
    """A batch of its own whose stage works on what another batch brought home."""

    def child(self, worker=WORKER[:-2] + "b1", **more):
        spec = self.spec(worker, **more)
        del spec["earlier"]
        return self.do("run", dict(spec, inputs=[{"stage": "fetch", "revision": FETCH}]), worker + ".look"), worker

    def fetched(self):
        spec = self.spec()
        (fetch,) = spec["earlier"]
        self.do("run", dict(fetch, workerId=WORKER, runs=spec["runs"]), WORKER + ".fetch")
        verify = {"stage": "fetch", "revision": FETCH, "staging": "staging/%s/fetch" % WORKER, "workerId": WORKER, "umask": "027", "runs": RUNS}
        self.assertEqual([run["result"] for run in self.do("verify", verify, WORKER + ".verify-1")["runs"]], ["verified"] * 2)

    def test_it_works_on_what_is_home_is_signed_and_verified_and_says_what_it_was_made_from(self):
        self.fetched()
        report, worker = self.child()
        self.assertEqual([(run["result"], run["stages"][0]["verdict"]) for run in report["runs"]], [("done", None), ("done", "low-q30")], report)
        spec = {"stage": "look", "revision": LOOK, "staging": "staging/%s/look" % worker, "derived": True, "manifest": report["manifests"]["look"]}
        inputs = [{"stage": "fetch", "revision": FETCH}]
        verified = self.do("verify", dict(spec, workerId=worker, inputs=inputs, umask="027", runs=RUNS), worker + ".verify-1")["runs"]
        self.assertEqual([[one["stage"] for one in run["stages"]] for run in verified], [["look"], ["look"]], verified)
        self.assertEqual(json.loads((self.home("look", LOOK) / "run.json").read_text())["earlier"], inputs)
        self.assertEqual(json.loads((self.home("look", LOOK) / "said.json").read_text()), ["first mate"])

    def test_a_run_whose_input_is_not_home_any_more_fails_and_the_other_goes_on(self):
        self.fetched()
        self.home("fetch", FETCH).rename(self.root / "aside")
        report, _worker = self.child()
        self.assertEqual({run["accession"]: (run["result"], run["reason"]) for run in report["runs"]}, {"ERR2804790": ("failed", "input-missing"), "ERR2804791": ("done", None)})


class AtASite(StagesCase):
    """Where nobody may log in: what its stages made goes by the bucket, with what was signed of it."""

    def enrolled(self, kind, spec, job_id, plane):
        return told_by(agent.Job(self.job_dir(kind, spec, job_id, plane), kind))

    def brought(self):
        store = Store()
        self.addCleanup(store.close)
        give = lambda path, message: (200, {"v": 1, "links": [dict(each, url="%s/%s" % (store.url, each["path"])) for each in message["files"]]}) if path.endswith("/links") else None
        report = self.enrolled("run", self.spec(bring=True), WORKER + ".look", self.plane(give))
        return report, {path.lstrip("/"): content for path, content in store.files.items()}

    def swept(self, report, there):
        shutil.rmtree(str(self.root / "staging"))
        for stage in ("fetch", "look"):
            self.staging_of(stage).mkdir(parents=True)
        bucket = Bucket(there)
        self.addCleanup(bucket.close)
        give = lambda path, message: (200, {"v": 1, "links": [{"path": each, "bytes": len(there[each]), "url": "%s/%s" % (bucket.url, each)} for each in message["fetch"] if each in there]}) if path.endswith("/links") else None
        fetch = {"stage": "fetch", "revision": FETCH, "staging": "staging/%s/fetch" % WORKER}
        look = {"stage": "look", "revision": LOOK, "staging": "staging/%s/look" % WORKER, "derived": True, "manifest": report["manifests"]["look"]}
        spec = dict(look, workerId=WORKER, earlier=[fetch], umask="027", runs=RUNS, pull={"bucket": True, "path": "%s/look" % WORKER})
        return self.enrolled("sweep", spec, WORKER + ".sweep-1", self.plane(give))["runs"]

    def test_both_stages_are_brought_with_what_was_signed_and_are_verified_at_home(self):
        report, there = self.brought()
        self.assertEqual((report["result"], [run["result"] for run in report["runs"]]), ("finished", ["done", "done"]), report)
        self.assertEqual(sorted(there), ["fetch/ERR2804790/ERR2804790_1.fastq.gz", "fetch/ERR2804791/ERR2804791_1.fastq.gz", "look/ERR2804790/said.json", "look/ERR2804791/said.json", "look/manifest.json"])
        swept = self.swept(report, there)
        self.assertEqual([(run["result"], [one["stage"] for one in run["stages"]]) for run in swept], [("verified", ["fetch", "look"])] * 2, swept)
        self.assertEqual(json.loads((self.home("look", LOOK) / "said.json").read_text()), ["first mate"])

    def test_another_file_than_the_signed_one_is_refused_and_without_the_manifest_only_the_fetched_files_come_home(self):
        report, there = self.brought()
        changed = self.swept(report, dict(there, **{"look/ERR2804790/said.json": there["look/ERR2804790/said.json"].replace(b"first", b"FIRST")}))
        self.assertEqual([(run["result"], run["reason"]) for run in changed], [("refused", "md5-mismatch"), ("verified", None)])
        unsigned = self.swept(report, {path: content for path, content in there.items() if path != "look/manifest.json"})
        self.assertEqual((unsigned[0]["reason"], [one["stage"] for one in unsigned[0]["stages"]]), ("unsigned", ["fetch"]))


class Indexing(StagesCase):
    def test_the_sheet_names_the_files_that_were_fetched_and_each_stage_has_its_links(self):
        self.verified(self.work())
        entries = [dict(accession=run["accession"], filesHash=run["filesHash"], stage="look", revision=LOOK) for run in RUNS]
        spec = {"slug": "study-PRJEB28810", "sourceId": "study:PRJEB28810", "entries": entries}
        self.assertEqual(self.do("index", spec, "study-PRJEB28810.1.index-1")["result"], "finished")
        source = self.root / "sources" / "study-PRJEB28810"
        self.assertIn(str(self.home("fetch", FETCH) / "ERR2804790_1.fastq.gz"), (source / "samplesheet.csv").read_text())
        self.assertTrue((source / "links" / "ERR2804790" / "ERR2804790_1.fastq.gz").is_file())
        self.assertTrue((source / "stages" / "look" / "ERR2804790" / "said.json").is_file())
        self.do("index", dict(spec, entries=entries[1:]), "study-PRJEB28810.1.index-2")
        self.assertEqual([path.name for path in (source / "stages" / "look").iterdir()], ["ERR2804791"])

    def test_what_was_fetched_is_hashed_again_too_and_set_aside_together_with_what_was_made_from_it(self):
        self.verified(self.work())
        entry = dict(accession="ERR2804790", filesHash=hash_of(FILES), stage="look", revision=LOOK)
        spec = {"entries": [entry], "before": 2**33, "maxBytes": 10**9, "aside": False}
        fetched = self.home("fetch", FETCH) / "ERR2804790_1.fastq.gz"
        os.chmod(str(fetched), 0o640)
        fetched.write_bytes(b"first MATE")
        (found,) = self.do("rehash", spec, "study-PRJEB28810.1.x.rehash-1")["runs"]
        self.assertEqual((found["stage"], found["result"]), ("fetch", "damaged"))
        aside = self.do("rehash", dict(spec, aside=True), "study-PRJEB28810.1.x.rehash-2")["runs"]
        self.assertEqual(sorted((one["stage"], one["result"], one["faults"][0]["fault"]) for one in aside), [("fetch", "aside", "md5"), ("look", "aside", "input")])
        self.assertEqual([self.home("fetch", FETCH).exists(), self.home("look", LOOK).exists()], [False, False])

    def test_what_a_stage_made_is_hashed_again_by_its_own_record(self):
        self.verified(self.work())
        entry = dict(accession="ERR2804790", filesHash=hash_of(FILES), stage="look", revision=LOOK)
        spec = {"entries": [entry], "before": 2**33, "maxBytes": 10**9, "aside": False}
        self.assertEqual(self.do("rehash", spec, "study-PRJEB28810.1.x.rehash-1")["runs"], [])
        said = self.home("look", LOOK) / "said.json"
        os.chmod(str(said), 0o640)
        said.write_text(json.dumps(["first mole"]))
        (found,) = self.do("rehash", spec, "study-PRJEB28810.1.x.rehash-2")["runs"]
        self.assertEqual((found["result"], found["faults"][0]["fault"]), ("damaged", "md5"))
