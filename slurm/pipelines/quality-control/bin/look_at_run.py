#!/usr/bin/env python3
"""Looks at the reads of one run with fastp: OUTDIR/<accession>/{fastp.json, quality.json} and OUTDIR/outcomes/<accession>.json. Standard library only.

Ends 0 whenever it could say how the run went, also when it went badly. Safe to repeat: what is there is made anew.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

# Files that fastp reads; anything else of a run is passed over.
FASTQ = re.compile(r"\.f(ast)?q(\.gz)?\Z")


class LookError(Exception):
    """The run cannot be looked at: `reason` in one word."""

    def __init__(self, reason, detail):
        super().__init__(detail)
        self.reason = reason


def sets_of(names):
    """What is looked at together: the two mates, and every other file by itself."""
    fastq = sorted(name for name in names if FASTQ.search(name))
    mates = [next((name for name in fastq if re.search(r"_%d\.f(ast)?q(\.gz)?\Z" % number, name)), None) for number in (1, 2)]
    pair = [tuple(mates)] if all(mates) else []
    return pair + [(name,) for name in fastq if not (pair and name in mates)]


def look(files, report, options):
    """fastp's own figures of what is in these files, untrimmed and unfiltered. @raises LookError"""
    command = ["fastp", "--in1", str(files[0])] + (["--in2", str(files[1])] if len(files) > 1 else [])
    command += ["--disable_adapter_trimming", "--disable_quality_filtering", "--disable_length_filtering", "--disable_trim_poly_g"]
    command += ["--thread", str(options.threads), "--reads_to_process", str(options.reads_looked_at), "--json", str(report), "--html", os.devnull]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    except OSError as error:
        raise LookError("tool-missing", "fastp cannot be started: %s" % error) from error
    if done.returncode != 0:
        raise LookError("fastp-failed", "exit %d: %s" % (done.returncode, done.stdout.decode("utf-8", "replace").strip()[-500:]))
    with open(str(report), encoding="utf-8") as stream:
        return json.load(stream)


def figures_of(reports):
    """Reads, bases, mean length, share of Q30 and of N over all files of a run."""
    before = [report["summary"]["before_filtering"] for report in reports]
    reads, bases = sum(part["total_reads"] for part in before), sum(part["total_bases"] for part in before)
    unknown = sum(
        part["content_curves"]["N"][at] / max(1, len(part["content_curves"]["N"])) * part["total_bases"]
        for report in reports for part in (report.get("read1_before_filtering"), report.get("read2_before_filtering")) if part
        for at in range(len(part["content_curves"]["N"]))
    )
    share = lambda part: part / bases if bases else 0.0
    q30 = sum(part["q30_bases"] for part in before)
    return {"reads": reads, "bases": bases, "meanLength": bases / reads if reads else 0.0, "q30": share(q30), "nShare": share(unknown)}


def verdict_of(figures, options):
    """What is doubtful, kebab-case words; none: nothing is."""
    doubts = (
        ("few-reads", figures["reads"] < options.min_reads), ("short-reads", figures["meanLength"] < options.min_mean_length),
        ("low-q30", figures["q30"] < options.min_q30), ("many-n", figures["nShare"] > options.max_n_share),
    )
    return " ".join(word for word, holds in doubts if holds)


def write_json(path, value):
    temporary = path.with_name("." + path.name)
    temporary.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    os.replace(str(temporary), str(path))


def look_at_run(run, options):
    """The outcome of one run: done when all its reads were looked at, whatever was found."""
    outcome = {"v": 1, "accession": run["accession"], "result": "done", "reason": None, "detail": None, "verdict": None}
    source, directory = Path(run["inputs"]["fetch"]), Path(options.outdir, run["accession"])
    shutil.rmtree(str(directory), ignore_errors=True)
    directory.mkdir(parents=True)
    try:
        sets = sets_of([found["name"] for found in run["files"]])
        if not sets:
            raise LookError("no-reads", "none of its files holds reads as FASTQ")
        names = ["fastp.json"] if len(sets) == 1 else ["fastp-%d.json" % number for number in range(1, len(sets) + 1)]
        reports = [look([source / name for name in files], directory / name_of, options) for files, name_of in zip(sets, names)]
        figures = figures_of(reports)
        outcome["verdict"] = verdict_of(figures, options) or None
        limits = {"minReads": options.min_reads, "minMeanLength": options.min_mean_length, "minQ30": options.min_q30, "maxNShare": options.max_n_share}
        write_json(directory / "quality.json", dict(figures, v=1, accession=run["accession"], verdict=outcome["verdict"] or "good", limits=limits))
    except LookError as error:
        outcome.update(result="failed", reason=error.reason, detail=str(error))
    return outcome


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--runs", "--accession", "--outdir"):
        parser.add_argument(name, required=True)
    for name, kind, default in (("--threads", int, 1), ("--reads-looked-at", int, 0), ("--min-reads", int, 100)):
        parser.add_argument(name, type=kind, default=default)
    for name, default in (("--min-mean-length", 30.0), ("--min-q30", 0.6), ("--max-n-share", 0.05)):
        parser.add_argument(name, type=float, default=default)
    options = parser.parse_args()
    with open(options.runs, encoding="utf-8") as stream:
        run = next(found for found in json.load(stream) if found["accession"] == options.accession)
    outcome = look_at_run(run, options)
    Path(options.accession + ".json").write_text(json.dumps(outcome) + "\n", encoding="utf-8")
    final = Path(options.outdir, "outcomes", options.accession + ".json")
    final.parent.mkdir(parents=True, exist_ok=True)
    write_json(final, outcome)


if __name__ == "__main__":
    main()
