"""Verification, publication, index and clean: what lies on the disk afterwards, and what the report says of it."""
import concurrent.futures
import errno
import json
import os
import shutil
import stat
import time
import unittest
from pathlib import Path
from unittest import mock

from support import WORKER, RootCase, run_of

import agent

STAGE, REVISION = "fetch", "0123456789ab"
GOOD = {"ERR2804790_1.fastq.gz": b"first mate", "ERR2804790_2.fastq.gz": b"second mate"}


def worker_of(job_directory):
    return job_directory.name.rpartition(".")[0]


def told_by(job):
    """The report of a job that was enrolled, worked and told its end, as `perform` has it do."""
    job.load()
    agent.open_channel(job)
    job.channel.start({}, lambda: None)
    report = agent.work(job)
    job.channel.finish(report["result"], report, 5)
    return report


class ResultCase(RootCase):
    def setUp(self):
        super().setUp()
        self.staging = self.root / "staging" / WORKER / STAGE
        self.staging.mkdir(parents=True)
        mask = os.umask(0)
        os.umask(mask)
        self.addCleanup(os.umask, mask)
        self.addCleanup(lambda: [os.chmod(base, 0o700) for base, _names, _files in os.walk(str(self.root))])

    def stage(self, accession="ERR2804790", contents=None):
        directory = self.staging / accession
        directory.mkdir(parents=True)
        for name, content in (GOOD if contents is None else contents).items():
            (directory / name).write_bytes(content)
        return directory

    def do(self, kind, spec, job_id=WORKER + ".job"):
        job = agent.Job(self.job_dir(kind, spec, job_id), kind)
        job.load()
        job.channel = agent.Channel(job.dir, job.id, None)
        job.channel.start({}, lambda: None)
        return agent.work(job)

    def verify(self, *runs, **spec):
        whole = dict({"workerId": WORKER, "stage": STAGE, "revision": REVISION, "staging": "staging/%s/%s" % (WORKER, STAGE), "umask": "027", "runs": list(runs)}, **spec)
        report = self.do("verify", whole)
        self.assertEqual(report["result"], "finished", report)
        return report["runs"]

    def published(self, accession="ERR2804790", files_hash="f" * 64):
        return self.root / "runs" / accession[:6] / accession / files_hash / ("%s@%s" % (STAGE, REVISION))


class Verify(ResultCase):
    def test_a_good_run_is_published_read_only_with_its_record(self):
        staged = self.stage()
        (staged / "ERR2804790_1.fastq.gz.part").write_bytes(b"left over")
        (entry,) = self.verify(run_of("ERR2804790", GOOD, sample_accession="SAMEA1"))
        self.assertEqual((entry["result"], entry["reason"], entry["bytes"]), ("verified", None, 21))
        self.assertEqual(entry["path"], str(self.published().relative_to(self.root)))
        self.assertEqual({path.name: stat.S_IMODE(path.stat().st_mode) for path in self.published().iterdir()}, {name: 0o440 for name in list(GOOD) + ["run.json"]})
        self.assertEqual(stat.S_IMODE(self.published().stat().st_mode), 0o2550)
        self.assertEqual(stat.S_IMODE(self.published().parent.stat().st_mode), 0o2750)
        record = json.loads((self.published() / "run.json").read_text())
        self.assertEqual((record["metadata"], record["workerId"], len(record["files"])), ({"sample_accession": "SAMEA1"}, WORKER, 2))
        self.assertFalse(staged.exists())

    def test_a_worker_whose_runs_are_all_home_leaves_nothing_behind_and_one_whose_are_not_keeps_them(self):
        self.stage()
        self.stage("ERR2804791", GOOD)
        work = self.root / "work" / WORKER / "fetch"
        work.mkdir(parents=True)
        missing = dict(run_of("ERR2804790", GOOD), accession="ERR2804799")
        self.verify(run_of("ERR2804790", GOOD), missing)
        self.assertTrue(work.exists() and (self.root / "staging" / WORKER / "fetch" / "ERR2804791").exists())
        self.verify(dict(run_of("ERR2804790", GOOD), accession="ERR2804791"))
        self.assertFalse((self.root / "work" / WORKER).exists() or (self.root / "staging" / WORKER).exists())

    def as_another_account(self):
        """Root may remove anything; who runs jobs may not."""
        if os.geteuid() == 0:
            concurrent.futures.ThreadPoolExecutor  # is read late, from where another account may not look
            for base, directories, files in os.walk(str(self.root.parent)):
                for path in [base] + [os.path.join(base, name) for name in directories + files]:
                    os.chown(path, 65534, 65534)
            os.seteuid(65534)
            self.addCleanup(os.seteuid, 0)

    def test_what_a_pipeline_made_read_only_is_removed_all_the_same(self):
        staged, work = self.stage(), self.root / "work" / WORKER / "fetch"
        for directory in (staged / "cache" / "inner", work / "cache" / "inner"):
            directory.mkdir(parents=True)
            (directory / "file").write_text("x")
            directory.chmod(0o500)
            directory.parent.chmod(0o000)
        self.as_another_account()
        (entry,) = self.verify(run_of("ERR2804790", GOOD))
        self.assertEqual((entry["result"], entry["detail"]), ("verified", None))
        self.assertEqual(sorted(path.name for path in self.published().iterdir()), sorted(GOOD) + ["run.json"])
        self.assertFalse((self.root / "work" / WORKER).exists() or (self.root / "staging" / WORKER).exists())

    def test_what_cannot_be_removed_takes_nothing_from_results_that_are_home(self):
        self.stage()
        (self.root / "work" / WORKER).mkdir()
        batch = self.root / "work" / WORKER.rpartition(".a")[0]
        batch.mkdir()
        # As NFS says where somebody still holds a file open.
        busy = lambda path, **_more: rmtree(path) if path == str(batch) else (_ for _ in ()).throw(OSError(errno.ENOTEMPTY, "Directory not empty", path))
        rmtree = agent.shutil.rmtree
        with mock.patch.object(agent.shutil, "rmtree", busy):
            (entry,) = self.verify(run_of("ERR2804790", GOOD))
        self.assertEqual(entry["result"], "verified")
        self.assertTrue(self.published().is_dir() and self.staging.is_dir())
        self.assertFalse(batch.exists())
        self.assertIn("Directory not empty", (self.root / "jobs" / (WORKER + ".job") / "agent.log").read_text())

    def test_what_does_not_equal_the_listing_is_refused_and_stays_in_staging(self):
        table = [
            ("size-mismatch", "refused", {"ERR2804790_1.fastq.gz": b"first mate!", "ERR2804790_2.fastq.gz": b"second mate"}),
            ("md5-mismatch", "refused", {"ERR2804790_1.fastq.gz": b"FIRST mate", "ERR2804790_2.fastq.gz": b"second mate"}),
            ("missing", "missing", {"ERR2804790_1.fastq.gz": b"first mate"}),
            ("missing", "missing", {}),
        ]
        for number, (reason, result, contents) in enumerate(table):
            with self.subTest(reason):
                accession = "ERR280000%d" % number
                staged = self.stage(accession, contents)
                (entry,) = self.verify(dict(run_of("ERR2804790", GOOD), accession=accession))
                self.assertEqual((entry["result"], entry["reason"], entry["path"]), (result, reason, None))
                self.assertTrue(staged.is_dir())
                self.assertFalse(self.published(accession).exists())

    def test_a_run_that_was_never_staged_is_missing(self):
        (entry,) = self.verify(run_of("ERR2804790", GOOD))
        self.assertEqual((entry["result"], entry["reason"]), ("missing", "missing"))

    def test_one_bad_run_does_not_stop_the_others(self):
        self.stage()
        self.stage("ERR2804791", {"a.gz": b"wrong"})
        entries = self.verify(run_of("ERR2804791", {"a.gz": b"right"}), run_of("ERR2804790", GOOD))
        self.assertEqual([entry["result"] for entry in entries], ["refused", "verified"])

    def test_a_repeat_hashes_what_is_published_and_agrees(self):
        self.stage()
        first, second = (self.verify(run_of("ERR2804790", GOOD)) for _time in range(2))
        self.assertEqual(first, second)

    def test_what_is_published_is_never_overwritten(self):
        self.stage()
        self.verify(run_of("ERR2804790", GOOD))
        path = self.published() / "ERR2804790_1.fastq.gz"
        os.chmod(str(path), 0o640)
        path.write_bytes(b"FIRST mate")
        self.stage()
        (entry,) = self.verify(run_of("ERR2804790", GOOD))
        self.assertEqual((entry["result"], entry["reason"]), ("refused", "published-differs"))
        self.assertEqual(path.read_bytes(), b"FIRST mate")

    def test_another_files_hash_lies_beside_the_old(self):
        self.stage()
        self.verify(run_of("ERR2804790", GOOD))
        changed = {"ERR2804790_1.fastq.gz": b"changed at ENA"}
        self.stage(contents=changed)
        (entry,) = self.verify(run_of("ERR2804790", changed, "e" * 64))
        self.assertEqual(entry["result"], "verified")
        self.assertTrue(self.published().is_dir() and self.published(files_hash="e" * 64).is_dir())

    def test_a_crash_after_the_rename_is_mended_by_the_repeat(self):
        self.stage()
        self.verify(run_of("ERR2804790", GOOD))
        os.chmod(str(self.published()), 0o750)
        self.verify(run_of("ERR2804790", GOOD))
        self.assertEqual(stat.S_IMODE(self.published().stat().st_mode), 0o2550)

    def test_hostile_names_are_refused_and_touch_nothing(self):
        outside = self.root.parent / "outside"
        outside.write_bytes(b"x")
        for name in ("../../../../outside", "/etc/passwd", "a/b", "..", ".x", "run.json", "a\nb", "", None, "-x"):
            with self.subTest(name=name):
                bad = run_of("ERR2804790", {"x": b"x"})
                bad["files"][0]["name"] = name
                self.assertEqual(self.verify(bad)[0]["reason"], "unsafe-name")
        for field, value in (("accession", "../x"), ("accession", "ERR1"), ("filesHash", "../../x"), ("filesHash", None)):
            with self.subTest(field=field, value=value):
                self.assertEqual(self.verify(dict(run_of("ERR2804790", GOOD), **{field: value}))[0]["reason"], "unsafe-name")
        self.assertEqual(list((self.root / "runs").iterdir()), [])
        self.assertEqual(outside.read_bytes(), b"x")

    def test_links_are_not_followed(self):
        secret = self.root.parent / "secret"
        secret.write_bytes(b"first mate")
        staged = self.stage(contents={"ERR2804790_2.fastq.gz": b"second mate"})
        (staged / "ERR2804790_1.fastq.gz").symlink_to(secret)
        self.assertEqual(self.verify(run_of("ERR2804790", GOOD))[0]["reason"], "not-a-file")
        (self.staging / "ERR2804791").symlink_to(staged)
        self.assertEqual(self.verify(run_of("ERR2804791", GOOD))[0]["reason"], "unsafe-path")

    def test_staging_outside_the_root_and_unknown_groups_fail_the_job(self):
        good = {"workerId": WORKER, "stage": STAGE, "revision": REVISION, "staging": "staging/%s/fetch" % WORKER, "runs": []}
        table = [({"staging": "/etc"}, "unsafe-path"), ({"staging": "staging/../jobs/x"}, "unsafe-path"), ({"group": "no-such-group"}, "group-unknown"), ({"revision": "../x"}, "invalid-spec")]
        for change, reason in table:
            with self.subTest(reason=reason, change=change):
                report = self.do("verify", dict(good, **change))
                self.assertEqual((report["result"], report["reason"], report["runs"]), ("failed", reason, []))

    @unittest.skipIf(os.geteuid() != 0, "needs a second group")
    def test_the_configured_group_owns_what_is_published(self):
        self.stage()
        self.verify(run_of("ERR2804790", GOOD), group="daemon")
        groups = {path.stat().st_gid for path in [self.published(), self.published().parent] + list(self.published().iterdir())}
        self.assertEqual(groups, {agent.group_id("daemon")})


class Index(ResultCase):
    def entry(self, accession):
        return {"accession": accession, "filesHash": "f" * 64, "stage": STAGE, "revision": REVISION}

    def index(self, *accessions):
        return self.do("index", {"slug": "taxon-9031", "sourceId": "taxon:9031", "entries": [self.entry(accession) for accession in accessions]})

    def publish(self, accession, names):
        contents = {name: name.encode() for name in names}
        self.stage(accession, contents)
        self.verify(run_of(accession, contents, sample_accession="SAMEA" + accession[3:], library_layout="PAIRED", note='a "b",\n\tc'))

    def setUp(self):
        super().setUp()
        self.publish("ERR2804790", ["ERR2804790.fastq.gz", "ERR2804790_1.fastq.gz", "ERR2804790_2.fastq.gz"])
        self.publish("ERR2804791", ["ERR2804791.fastq.gz"])
        self.source = self.root / "sources" / "taxon-9031"

    def test_samplesheet_table_and_links_name_what_is_published(self):
        report = self.index("ERR2804791", "ERR2804790")
        self.assertEqual((report["result"], report["entries"], report["missing"], report["samplesheet"]), ("finished", 2, [], "sources/taxon-9031/samplesheet.csv"))
        lines = [line.split(",") for line in (self.source / "samplesheet.csv").read_text().splitlines()]
        self.assertEqual(lines[0][:4], ["sample", "fastq_1", "fastq_2", "run_accession"])
        self.assertEqual([[Path(cell).name for cell in line[:4]] for line in lines[1:]], [
            ["SAMEA2804790", "ERR2804790_1.fastq.gz", "ERR2804790_2.fastq.gz", "ERR2804790"],
            ["SAMEA2804791", "ERR2804791.fastq.gz", "", "ERR2804791"],
        ])
        self.assertTrue(Path(lines[1][1]).is_file())
        rows = [line.split("\t") for line in (self.source / "runs.tsv").read_text().splitlines()]
        self.assertEqual((len(rows), {len(row) for row in rows}, rows[1][0]), (3, {len(rows[0])}, "ERR2804790"))
        link = self.source / "links" / "ERR2804790"
        self.assertEqual(os.path.realpath(str(link)), str(self.published()))
        self.assertFalse(os.readlink(str(link)).startswith("/"))

    def test_a_run_that_is_listed_no_more_loses_its_link_alone(self):
        self.index("ERR2804790", "ERR2804791")
        self.index("ERR2804791")
        self.assertEqual([path.name for path in (self.source / "links").iterdir()], ["ERR2804791"])
        self.assertEqual(len((self.source / "samplesheet.csv").read_text().splitlines()), 2)
        self.assertTrue(self.published().is_dir())

    def test_what_is_not_published_is_said_and_not_listed(self):
        report = self.index("ERR2804790", "ERR2804799")
        self.assertEqual((report["entries"], report["missing"]), (1, ["ERR2804799"]))
        self.assertEqual([path.name for path in (self.source / "links").iterdir()], ["ERR2804790"])

    def test_a_repeat_changes_nothing(self):
        self.index("ERR2804790")
        before = (self.source / "runs.tsv").read_text()
        self.index("ERR2804790")
        self.assertEqual((self.source / "runs.tsv").read_text(), before)
        self.assertEqual([path.name for path in self.source.iterdir() if path.name.startswith(".")], [])


class Clean(ResultCase):
    def test_one_worker_is_removed_and_nothing_else(self):
        other = WORKER + "0"
        for base in ("staging", "work"):
            for worker in (WORKER, other):
                (self.root / base / worker / "x").mkdir(parents=True)
        self.stage()
        self.verify(run_of("ERR2804790", GOOD))
        for _time in range(2):
            self.assertEqual(self.do("clean", {"workerId": WORKER})["result"], "finished")
        self.assertEqual([[path.name for path in (self.root / base).iterdir()] for base in ("staging", "work")], [[other], [other]])
        self.assertTrue(self.published().is_dir())

    def old_job(self, job_id, age, staged=True, **document):
        """A job directory in which nothing has moved for so many seconds, with staging and work of its worker."""
        directory = self.job_dir("run", {}, job_id, **document)
        (directory / "lock").mkdir()
        (directory / "agent.log").write_text("x")
        then = time.time() - age
        for path in list(directory.iterdir()) + [directory]:
            os.utime(str(path), (then, then))
        for base in ("staging", "work") if staged else ():
            (self.root / base / job_id.rpartition(".")[0] / "x").mkdir(parents=True, exist_ok=True)
        return directory

    def test_what_is_old_goes_and_what_anybody_may_need_stays(self):
        day = 86400
        gone = [self.old_job("study-PRJEB1.1.1.a1.fetch", 100 * day), self.old_job("study-PRJEB1.1.1.a1.verify-1", 95 * day), self.old_job("study-PRJEB1.1.index-1", 99 * day, staged=False)]
        kept = [
            self.old_job("study-PRJEB1.1.2.a1.fetch", 80 * day),  # young
            self.old_job("study-PRJEB1.1.3.a1.fetch", 100 * day),  # its batch is in motion
            self.old_job("study-PRJEB1.1.4.a1.fetch", 100 * day, key="other.study-PRJEB1.1.4.a1.fetch"),  # another installation's
            self.old_job("study-PRJEB1.1.5.a1.verify-9", 10 * day),  # of a worker with an old job too
        ]
        half = self.old_job("study-PRJEB1.1.5.a1.fetch", 100 * day)
        (self.root / "staging" / "adopt-study-PRJEB1" / "x").mkdir(parents=True)
        spec = {"installation": "trawl", "before": int(time.time() - 90 * day), "keep": ["study-PRJEB1.1.3"]}
        for expected in (6, 0):
            report = self.do("clean", spec, job_id="home.20261121.clean")
            self.assertEqual((report["result"], len(report["removed"])), ("finished", expected), report["removed"])
        self.assertEqual([path.name for path in gone + [half] if path.exists()], [])
        self.assertEqual([path.name for path in kept if not path.exists()], [])
        workers = sorted(path.name for path in (self.root / "staging").iterdir() if path.name != WORKER)
        self.assertEqual(workers, ["adopt-study-PRJEB1"] + ["study-PRJEB1.1.%d.a1" % number for number in (2, 3, 4, 5)])

    def test_what_cannot_be_removed_is_named_and_left_for_the_next_tidying_and_the_rest_goes(self):
        day = 86400
        stuck, gone = [self.old_job("study-PRJEB1.1.%d.a1.fetch" % number, 100 * day) for number in (1, 2)]
        linked = self.root / "work" / worker_of(stuck)
        shutil.rmtree(str(linked))
        linked.symlink_to(self.root / "runs")
        spec = {"installation": "trawl", "before": int(time.time() - 90 * day), "keep": []}
        report = self.do("clean", spec, job_id="home.20261121.clean")
        self.assertEqual((report["result"], [path.exists() for path in (stuck, gone)]), ("finished", [True, False]), report)
        self.assertIn(worker_of(stuck), report["detail"])
        linked.unlink()
        self.assertNotIn("detail", self.do("clean", spec, job_id="home.20261121.clean"))
        self.assertFalse(stuck.exists())

    def test_files_that_come_and_go_in_a_job_that_lives_do_not_stop_a_tidying(self):
        self.old_job("study-PRJEB1.index-1", 5)
        gone = self.old_job("study-PRJEB1.1.2.a1.fetch", 100 * 86400)
        iterdir = Path.iterdir
        passing = lambda path: list(iterdir(path)) + ([path / ".progress.json.7.tmp"] if path.name == "study-PRJEB1.index-1" else [])
        with mock.patch.object(Path, "iterdir", passing):
            report = self.do("clean", {"installation": "trawl", "before": int(time.time() - 90 * 86400), "keep": []}, job_id="home.20261121.clean")
        self.assertEqual((report["result"], gone.exists()), ("finished", False), report)

    def test_a_worker_that_leads_elsewhere_is_refused(self):
        elsewhere = self.root.parent / "elsewhere"
        elsewhere.mkdir()
        (self.root / "work" / "linked").symlink_to(elsewhere)
        for worker, reason in (("..", "invalid-spec"), ("", "invalid-spec"), ("a/b", "invalid-spec"), ("/", "invalid-spec"), (None, "invalid-spec"), ("linked", "unsafe-path")):
            with self.subTest(worker=worker):
                report = self.do("clean", {"workerId": worker})
                self.assertEqual((report["result"], report["reason"]), ("failed", reason))
        self.assertTrue(elsewhere.is_dir() and self.staging.is_dir())


if __name__ == "__main__":
    unittest.main()
