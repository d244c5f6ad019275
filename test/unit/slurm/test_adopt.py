"""Adoption of what a laboratory holds already: what is taken, how, what is left alone, and that nothing half done stays."""
import errno
import json
import os
import signal
import stat
import subprocess
import sys
import time
import unittest
from pathlib import Path
from unittest import mock

from support import SLURM, run_of
from test_results import GOOD, REVISION, STAGE, ResultCase

import agent

RUN = run_of("ERR2804790", GOOD, sample_accession="SAMEA1")
OTHER = run_of("ERR2804791", {"ERR2804791.fastq.gz": b"a single file"})
NO_CLONE = agent.Adoption.clone


class AdoptCase(ResultCase):
    def setUp(self):
        super().setUp()
        self.lab = self.root.parent / "lab"
        self.lab.mkdir()
        self.allow(self.lab)

    def allow(self, *directories):
        (self.root / "kit" / "gate.json").write_text(json.dumps({"adoptRoots": [str(path) for path in directories]}))

    def lay(self, path, contents):
        directory = self.lab / path
        directory.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            (directory / name).write_bytes(content)
        return directory

    def spec(self, *runs, **more):
        return dict({"slug": "study-PRJEB28810", "directory": str(self.lab), "how": "link", "dryRun": False, "stage": STAGE, "revision": REVISION, "umask": "027", "runs": list(runs)}, **more)

    def adopt(self, *runs, **more):
        report = self.do("adopt", self.spec(*runs, **more))
        self.assertEqual(report["result"], "finished", report)
        self.assertEqual([path.name for path in (self.root / "staging" / "adopt-study-PRJEB28810").iterdir()], [".lock"], "staging is empty afterwards")
        return report

    def results(self, report):
        return {entry["accession"]: entry["result"] for entry in report["runs"]}


class Adopted(AdoptCase):
    def test_files_at_any_depth_are_published_like_fetched_ones(self):
        self.lay("2019/plate 7/raw", {"ERR2804790_1.fastq.gz": b"first mate"})
        self.lay("elsewhere", {"ERR2804790_2.fastq.gz": b"second mate", "notes.txt": b"not ours"})
        (entry,) = self.adopt(RUN)["runs"]
        self.assertEqual((entry["result"], entry["bytes"], entry["path"]), ("adopted", 21, str(self.published().relative_to(self.root))))
        self.assertEqual({path.name: stat.S_IMODE(path.stat().st_mode) for path in self.published().iterdir()}, {name: 0o440 for name in list(GOOD) + ["run.json"]})
        record = json.loads((self.published() / "run.json").read_text())
        self.assertEqual((record["adoptedFrom"], record["metadata"], len(record["files"])), (str(self.lab), {"sample_accession": "SAMEA1"}, 2))

    def test_what_was_adopted_does_not_change_when_the_laboratory_edits_its_file(self):
        directory = self.lay("raw", GOOD)
        # A copy, as where the file belongs to somebody else and the file system clones nothing.
        agent.Adoption.clone = lambda *_arguments: False
        self.addCleanup(setattr, agent.Adoption, "clone", NO_CLONE)
        link = agent.Adoption.link
        agent.Adoption.link = lambda *_arguments: False
        self.addCleanup(setattr, agent.Adoption, "link", link)
        (entry,) = self.adopt(RUN)["runs"]
        (directory / "ERR2804790_1.fastq.gz").write_bytes(b"edited now")
        self.assertEqual(((self.published() / "ERR2804790_1.fastq.gz").read_bytes(), entry["how"]), (b"first mate", "copy"))

    def test_a_hard_link_is_made_only_of_an_own_file_and_makes_it_read_only(self):
        directory = self.lay("raw", GOOD)
        agent.Adoption.clone = lambda *_arguments: False
        self.addCleanup(setattr, agent.Adoption, "clone", NO_CLONE)
        (entry,) = self.adopt(RUN)["runs"]
        original = directory / "ERR2804790_1.fastq.gz"
        self.assertEqual(entry["how"], "hard-link")
        self.assertTrue(os.path.samefile(str(original), str(self.published() / original.name)))
        self.assertEqual(stat.S_IMODE(original.stat().st_mode), 0o440)

    def test_in_place_the_files_stay_where_they_are_untouched_and_a_repeat_agrees(self):
        directory = self.lay("raw", GOOD)
        before = os.stat(str(directory / "ERR2804790_1.fastq.gz"))
        (entry,) = self.adopt(RUN, how="in-place")["runs"]
        self.assertEqual((entry["result"], entry["how"]), ("adopted", "in-place"))
        link = self.published() / "ERR2804790_1.fastq.gz"
        self.assertEqual(os.readlink(str(link)), str(directory / "ERR2804790_1.fastq.gz"))
        after = os.stat(str(directory / "ERR2804790_1.fastq.gz"))
        self.assertEqual((before.st_mode, before.st_gid, before.st_nlink), (after.st_mode, after.st_gid, after.st_nlink))
        (again,) = self.adopt(RUN, how="in-place")["runs"]
        self.assertEqual((again["result"], again["how"]), ("adopted", "there"))

    def test_a_dry_run_says_the_same_and_writes_nothing(self):
        self.lay("raw", dict(GOOD, **{"ERR2804791.fastq.gz": b"a single FILE"}))
        report = self.adopt(RUN, OTHER, dryRun=True)
        self.assertEqual(self.results(report), {"ERR2804790": "would-adopt", "ERR2804791": "md5-differs"})
        self.assertEqual(list((self.root / "runs").iterdir()), [])

    def test_of_several_files_of_one_name_the_one_with_the_right_content_is_taken(self):
        self.lay("a", {"ERR2804791.fastq.gz": b"a single FILE"})
        self.lay("b", {"ERR2804791.fastq.gz": b"short"})
        self.lay("c", {"ERR2804791.fastq.gz": b"a single file"})
        self.assertEqual(self.results(self.adopt(OTHER)), {"ERR2804791": "adopted"})

    def test_a_repeat_adopts_nothing_twice(self):
        self.lay("raw", GOOD)
        self.adopt(RUN)
        inode = os.stat(str(self.published() / "ERR2804790_1.fastq.gz")).st_ino
        (entry,) = self.adopt(RUN)["runs"]
        self.assertEqual((entry["result"], entry["how"]), ("adopted", "there"))
        self.assertEqual(os.stat(str(self.published() / "ERR2804790_1.fastq.gz")).st_ino, inode)


class LeftAlone(AdoptCase):
    def test_what_differs_from_the_listing_is_named_and_not_published(self):
        table = [
            ("md5-differs", {"ERR2804790_1.fastq.gz": b"FIRST mate", "ERR2804790_2.fastq.gz": b"second mate"}, "has md5"),
            ("size-differs", {"ERR2804790_1.fastq.gz": b"first", "ERR2804790_2.fastq.gz": b"second mate"}, "5 bytes, listed 10"),
            ("incomplete", {"ERR2804790_2.fastq.gz": b"second mate"}, "ERR2804790_1.fastq.gz is not there"),
        ]
        for result, contents, detail in table:
            with self.subTest(result):
                for path in self.lab.iterdir():
                    agent.remove_staged(path)
                self.lay("raw", contents)
                (entry,) = self.adopt(RUN)["runs"]
                self.assertEqual((entry["result"], entry["path"]), (result, None))
                self.assertIn(detail, entry["detail"])
                self.assertFalse(self.published().exists())

    def test_a_run_of_which_nothing_lies_there_is_not_spoken_of(self):
        self.assertEqual(self.adopt(RUN)["runs"], [])

    def test_names_of_enas_form_that_were_not_asked_for_are_told_by_run(self):
        self.lay("raw", dict(GOOD, **{"ERR9999999_1.fastq.gz": b"x", "ERR9999999_2.fastq.gz": b"x", "readme.fastq": b"x"}))
        self.assertEqual(self.adopt(RUN)["others"], {"runs": 1, "shown": [{"accession": "ERR9999999", "names": ["ERR9999999_1.fastq.gz", "ERR9999999_2.fastq.gz"]}]})

    def test_loops_broken_links_and_links_that_lead_out_are_survived_and_counted(self):
        outside = self.root.parent / "outside"
        outside.mkdir()
        (outside / "ERR2804791.fastq.gz").write_bytes(b"a single file")
        raw = self.lay("raw", GOOD)
        (raw / "loop").symlink_to(self.lab)
        (raw / "self").symlink_to(raw / "self")
        (raw / "gone").symlink_to(self.lab / "nowhere")
        (raw / "ERR2804791.fastq.gz").symlink_to(outside / "ERR2804791.fastq.gz")
        report = self.adopt(RUN, OTHER)
        self.assertEqual(self.results(report), {"ERR2804790": "adopted"})
        self.assertEqual((report["found"]["linksOutside"], report["found"]["brokenLinks"]), (1, 2))

    def test_a_link_within_the_allowed_directories_is_followed(self):
        store = self.root.parent / "store"
        store.mkdir()
        (store / "object-17").write_bytes(b"a single file")
        self.allow(self.lab, store)
        self.lay("raw", {})
        (self.lab / "raw" / "ERR2804791.fastq.gz").symlink_to(store / "object-17")
        self.assertEqual(self.results(self.adopt(OTHER)), {"ERR2804791": "adopted"})

    def test_hostile_names_are_counted_and_never_used(self):
        raw = os.fsencode(str(self.lay("raw", GOOD)))
        for name in (b"ERR2804791.fastq.gz\n", b"\xff\xfe.fastq.gz", b"-rf", b"$(touch x).fastq.gz"):
            with open(os.path.join(raw, name), "wb") as stream:
                stream.write(b"a single file")
        os.mkfifo(str(self.lab / "ERR2804791.fastq.gz"))
        report = self.adopt(RUN, OTHER)
        self.assertEqual((self.results(report), report["found"]["strangeNames"]), ({"ERR2804790": "adopted"}, 4))
        json.loads(json.dumps(report).encode("ascii"))

    def test_hostile_names_in_the_spec_are_refused(self):
        bad = dict(OTHER, files=[dict(OTHER["files"][0], name="../../escape.fastq.gz")])
        (self.lab / "escape.fastq.gz").write_bytes(b"a single file")
        self.assertEqual(self.adopt(bad)["runs"], [])

    def test_a_directory_that_is_not_allowed_is_refused_by_name_also_behind_a_link(self):
        elsewhere = self.root.parent / "secret"
        elsewhere.mkdir()
        (self.lab / "way-out").symlink_to(elsewhere)
        for directory in (elsewhere, self.lab / "way-out", self.lab / ".." / "secret"):
            report = self.do("adopt", self.spec(RUN, directory=str(directory)))
            self.assertEqual((report["result"], report["reason"]), ("failed", "directory-not-allowed"))
            self.assertIn(str(elsewhere), report["detail"])

    def test_a_copy_that_would_leave_too_little_room_is_not_begun(self):
        self.lay("raw", GOOD)
        agent.Adoption.clone = agent.Adoption.link = lambda *_arguments: False
        self.addCleanup(setattr, agent.Adoption, "clone", NO_CLONE)
        self.addCleanup(setattr, agent.Adoption, "link", LINK)
        (entry,) = self.adopt(RUN, freeBytesMin=2**60)["runs"]
        self.assertEqual((entry["result"], entry["reason"]), ("refused", "home-full"))


LINK = agent.Adoption.link


class Interrupted(AdoptCase):
    def test_a_killed_adoption_leaves_whole_runs_or_nothing_and_the_next_goes_on(self):
        many = [run_of("ERR28%05d" % number, {"ERR28%05d.fastq.gz" % number: b"%d" % number * 200000}) for number in range(60)]
        for run in many:
            name = run["files"][0]["name"]
            self.lay("raw", {name: b"%d" % int(run["accession"][5:]) * 200000})
        directory = self.job_dir("adopt", self.spec(*many))
        process = subprocess.Popen([sys.executable, str(SLURM / "agent.py"), "adopt", "--job-dir", str(directory)])
        published = lambda: [path.parent for path in (self.root / "runs").rglob("run.json")]
        until = time.monotonic() + 60
        while not published() and time.monotonic() < until and process.poll() is None:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.wait()
        for home in published():
            self.assertEqual(len(list(home.iterdir())), 2, "a published run is whole")
        report = self.adopt(*many)
        self.assertEqual(set(self.results(report).values()), {"adopted"})
        self.assertEqual(len(published()), 60)

    def test_told_to_stop_it_reports_what_is_done(self):
        self.lay("raw", dict(GOOD, **{"ERR2804791.fastq.gz": b"a single file"}))
        settle = agent.Adoption.settle
        self.addCleanup(setattr, agent.Adoption, "settle", settle)

        def once(adoption, run):
            entry = settle(adoption, run)
            adoption.job.terminated.set()
            return entry

        agent.Adoption.settle = once
        report = self.do("adopt", self.spec(RUN, OTHER))
        self.assertEqual((report["result"], report["reason"]), ("failed", "cancelled"))
        self.assertEqual(self.results(report), {"ERR2804790": "adopted"})

    def test_two_adoptions_for_one_source_do_not_work_at_the_same_time(self):
        import fcntl

        staging = self.root / "staging" / "adopt-study-PRJEB28810"
        staging.mkdir()
        with open(str(staging / ".lock"), "w") as lock:
            fcntl.flock(lock.fileno(), fcntl.LOCK_EX)
            report = self.do("adopt", self.spec(RUN))
        self.assertEqual((report["result"], report["reason"]), ("failed", "adoption-running"))
        with mock.patch.object(agent.fcntl, "flock", side_effect=OSError(errno.ENOLCK, "No locks available")):
            report = self.do("adopt", self.spec(RUN))
        self.assertEqual((report["reason"], report["detail"]), ("agent-error", "OSError: [Errno %d] No locks available" % errno.ENOLCK))


if __name__ == "__main__":
    unittest.main()
