#!/usr/bin/env python3
"""Writes OUTDIR/samplesheet.csv in nf-core's manner: one line per run that was fetched whole. Standard library only."""
import argparse
import csv
import json
import os
import re
from pathlib import Path

COLUMNS = [
    "sample", "fastq_1", "fastq_2", "run_accession", "experiment_accession", "sample_accession", "study_accession", "scientific_name",
    "tax_id", "instrument_platform", "instrument_model", "library_layout", "library_strategy", "library_source", "library_selection",
]


def mates(names):
    """The two mates by their names, else the single read file; an orphan file beside a pair is no mate."""
    fastq = [name for name in names if re.search(r"\.f(ast)?q(\.gz)?\Z", name)]
    pair = [next((name for name in fastq if re.search(r"_%d\.f(ast)?q(\.gz)?\Z" % number, name)), "") for number in (1, 2)]
    return pair if all(pair) else [fastq[0] if fastq else "", ""]


def line_of(run, outdir):
    metadata = run.get("metadata") or {}
    first, second = mates([found["name"] for found in run["files"]])
    directory = Path(outdir, run["accession"])
    own = {
        "sample": metadata.get("sample_accession") or run["accession"], "run_accession": run["accession"],
        "fastq_1": str(directory / first) if first else "", "fastq_2": str(directory / second) if second else "",
    }
    return dict(metadata, **own)


def is_done(run, outdir):
    try:
        outcome = json.loads(Path(outdir, "outcomes", run["accession"] + ".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return outcome.get("result") == "done"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", required=True)
    parser.add_argument("--outdir", required=True)
    options = parser.parse_args()
    runs = json.loads(Path(options.runs).read_text(encoding="utf-8"))
    temporary, final = Path(options.outdir, ".samplesheet.csv"), Path(options.outdir, "samplesheet.csv")
    with open(str(temporary), "w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(line_of(run, options.outdir) for run in runs if is_done(run, options.outdir))
    os.replace(str(temporary), str(final))


if __name__ == "__main__":
    main()
