"""Hashing what is home once more: what counts as damaged, in what order runs are looked at, and what moving aside leaves."""
import hashlib
import os
import unittest

from support import run_of
from test_adopt import AdoptCase
from test_results import GOOD, REVISION, STAGE

import agent

FAR = 2**35


def true_run(accession, contents):
    """A run whose filesHash is the one over its files."""
    run = run_of(accession, contents)
    lines = sorted("%s\t%d\t%s\n" % (found["name"], found["bytes"], found["md5"]) for found in run["files"])
    return dict(run, filesHash=hashlib.sha256("".join(lines).encode()).hexdigest())


RUNS = [true_run("ERR280000%d" % number, {"ERR280000%d.fastq.gz" % number: b"content %d" % number}) for number in range(3)]


class Rehash(AdoptCase):
    def setUp(self):
        super().setUp()
        for run in RUNS:
            self.stage(run["accession"], {run["files"][0]["name"]: b"content %s" % run["accession"][-1].encode()})
        self.assertEqual({entry["result"] for entry in self.verify(*RUNS)}, {"verified"})

    def rehash(self, *runs, **more):
        entries = [{"accession": run["accession"], "filesHash": run["filesHash"], "stage": STAGE, "revision": REVISION} for run in runs or RUNS]
        report = self.do("rehash", dict({"entries": entries, "before": FAR, "maxBytes": 10**9, "aside": False}, **more))
        self.assertEqual(report["result"], "finished", report)
        return report

    def home(self, run):
        return self.published(run["accession"], run["filesHash"])

    def corrupt(self, run, content):
        path = self.home(run) / run["files"][0]["name"]
        os.chmod(str(path), 0o640)
        path.write_bytes(content)
        os.chmod(str(path), 0o440)

    def seen(self, run, epoch):
        mark = agent.Ledger(self.root).mark(agent.run_directory(self.root, dict(run, stage=STAGE, revision=REVISION)))
        os.utime(str(mark), (epoch, epoch))

    def test_what_is_whole_is_said_to_be_so(self):
        report = self.rehash()
        self.assertEqual((report["checked"], report["bytes"], report["left"], report["runs"]), (3, 27, 0, []))

    def test_every_kind_of_damage_is_told_by_file_with_what_was_expected_and_found(self):
        run = RUNS[1]
        name, md5 = run["files"][0]["name"], run["files"][0]["md5"]
        table = [
            ("md5", lambda: self.corrupt(run, b"Content 1"), md5, hashlib.md5(b"Content 1").hexdigest(), "damaged"),
            ("size", lambda: self.corrupt(run, b"cut"), "9", "3", "damaged"),
            ("missing", lambda: self.remove(run, name), None, None, "damaged"),
        ]
        for fault, harm, expected, found, result in table:
            with self.subTest(fault):
                harm()
                (entry,) = self.rehash()["runs"]
                self.assertEqual((entry["accession"], entry["result"]), (run["accession"], result))
                self.assertEqual(entry["faults"], [{"name": name, "fault": fault, "expected": expected, "found": found}])

    def remove(self, run, name):
        os.chmod(str(self.home(run)), 0o750)
        os.unlink(str(self.home(run) / name))

    def test_a_run_whose_directory_is_gone_is_missing(self):
        os.rename(str(self.home(RUNS[0])), str(self.root / "taken"))
        (entry,) = self.rehash()["runs"]
        self.assertEqual((entry["result"], entry["faults"][0]["fault"]), ("missing", "missing"))

    def test_a_record_that_was_changed_to_fit_a_changed_file_deceives_nobody(self):
        run, record = RUNS[0], self.home(RUNS[0]) / "run.json"
        self.corrupt(run, b"CONTENT 0")
        text = record.read_text().replace(run["files"][0]["md5"], hashlib.md5(b"CONTENT 0").hexdigest())
        os.chmod(str(record), 0o640)
        record.write_text(text)
        (entry,) = self.rehash()["runs"]
        self.assertEqual((entry["faults"][0]["fault"], entry["faults"][0]["expected"]), ("record", run["filesHash"]))

    def test_the_longest_not_looked_at_come_first_within_the_bytes_of_a_pass_and_the_next_goes_on(self):
        self.rehash()
        for number, run in enumerate(RUNS):
            self.seen(run, 1000 - number)
        self.corrupt(RUNS[2], b"Content 2")
        first = self.rehash(before=2000, maxBytes=1)
        self.assertEqual(([entry["accession"] for entry in first["runs"]], first["left"]), (["ERR2800002"], 2))
        second = self.rehash(before=2000)
        self.assertEqual((second["checked"], second["fresh"], second["left"], second["runs"]), (2, 1, 0, []))

    def test_aside_moves_what_is_damaged_next_to_where_it_was_and_touches_nothing_else(self):
        run = RUNS[1]
        self.corrupt(run, b"Content 1")
        self.rehash()
        (entry,) = self.rehash(aside=True)["runs"]
        self.assertEqual(entry["result"], "aside")
        self.assertFalse(self.home(run).exists())
        moved = self.root / entry["movedTo"]
        self.assertRegex(moved.name, r"^fetch@%s\.damaged-\d{8}T\d{6}Z$" % REVISION)
        self.assertEqual((moved / run["files"][0]["name"]).read_bytes(), b"Content 1")
        self.assertEqual((self.rehash(aside=True)["checked"], self.home(RUNS[0]).is_dir()), (1, True))  # what is gone is told again
        self.stage(run["accession"], {run["files"][0]["name"]: b"content 1"})
        self.assertEqual(self.verify(run)[0]["result"], "verified")
        self.assertEqual(self.rehash()["runs"], [])

    def test_aside_leaves_a_run_that_is_found_whole_after_all(self):
        self.corrupt(RUNS[1], b"Content 1")
        self.rehash()
        self.corrupt(RUNS[1], b"content 1")
        self.assertEqual((self.rehash(aside=True)["runs"], self.home(RUNS[1]).is_dir()), ([], True))
        self.assertEqual(self.rehash(aside=True)["checked"], 0)

    def test_a_file_left_in_place_is_hashed_where_it_lies(self):
        directory = self.lay("raw", GOOD)
        run = true_run("ERR2804790", GOOD)
        self.adopt(run, how="in-place")
        self.assertEqual(self.rehash(run)["runs"], [])
        (directory / "ERR2804790_1.fastq.gz").write_bytes(b"FIRST mate")
        (entry,) = self.rehash(run)["runs"]
        self.assertEqual([fault["fault"] for fault in entry["faults"]], ["md5"])


if __name__ == "__main__":
    unittest.main()
