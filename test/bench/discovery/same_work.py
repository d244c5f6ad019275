"""The comparison, filter and plan of one cycle in pandas, from the same Parquet files. Prints one line of JSON.

It finds the same runs (those that differ in any column that discovery reads, are new or are gone), judges them by the same rules of files
and the same default filter, and plans what is due by the same greedy rule. Unlike Trawl it stores nothing.
"""

import heapq
import json
import math
import re
import resource
import sys
import time

import pandas as pd

before_path, now_path, records_path, settings = sys.argv[1:5]
settings = json.loads(settings)
COMPARED = ["fastq_md5", "fastq_bytes", "base_count", "sample_accession"]
COLUMNS = settings["columns"]
MAX_RUN_BYTES = 500_000_000_000
MD5 = re.compile(r"[0-9a-f]{32}")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}")
MATE = re.compile(r"_([12])\.[a-z]+(?:\.[a-z0-9]+)?$")


def bytes_of(links, sums, sizes):
    """Bytes of the files used, or None where a rule leaves the run out."""
    links, sums, sizes = (text.split(";") if text else [] for text in (links, sums, sizes))
    if not any(links) or len(sums) != len(links) or len(sizes) != len(links):
        return None
    files = [(link.rsplit("/", 1)[-1], md5, size) for link, md5, size in zip(links, sums, sizes)]
    mates = [(match.group(1) if (match := MATE.search(name)) else None, file) for file in files for name in [file[0]]]
    if len(files) == 1:
        if mates[0][0] == "2":
            return None
        picked = files
    else:
        picked = [[file for mate, file in mates if mate == wanted] for wanted in ("1", "2")]
        if any(len(side) != 1 for side in picked):
            return None
        picked = [side[0] for side in picked]
    if any(not NAME.fullmatch(name) or not MD5.fullmatch(md5) or not size.isdigit() or int(size) == 0 for name, md5, size in picked):
        return None
    total = sum(int(size) for _, _, size in picked)
    return None if total > MAX_RUN_BYTES else total


def plan(runs, max_runs, max_bytes, max_seconds, pace, workers, min_bytes):
    """Bytes of each batch, as planBatches of layers/core/planning/plan-batches.ts gives them."""
    per_batch, per_run, per_byte = (pace[name] for name in ("secondsPerBatch", "secondsPerRun", "secondsPerByte"))
    longest = max_seconds - per_batch
    runs = sorted(runs, key=lambda run: (-run[1], run[0]))
    alone = sum(1 for _, size in runs if size > max_bytes or per_run + per_byte * size > longest)
    rest = runs[alone:]
    total = sum(size for _, size in rest)
    load = 0.0
    for _, size in rest:
        load += per_run + per_byte * size
    needed = max(-(-total // max_bytes), -(-len(rest) // max_runs), math.ceil(load / longest))
    rounded = -(-needed // workers) * workers
    wanted = alone + min(len(rest), max(needed, min(rounded, total // max(1, min_bytes))))
    counts, held, loads = [], [], []
    by_load, by_bytes = [], []

    def with_room(size, weight):
        while by_load and by_load[0][0] + weight <= longest:
            place = heapq.heappop(by_load)[1]
            if held[place] + size <= max_bytes:
                return place
            heapq.heappush(by_bytes, (held[place], place))
        while by_bytes and by_bytes[0][0] + size <= max_bytes:
            place = heapq.heappop(by_bytes)[1]
            if loads[place] + weight <= longest:
                return place
        return None

    for at, (_, size) in enumerate(runs):
        weight = per_run + per_byte * size
        place = None if at < wanted else with_room(size, weight)
        if place is None:
            place = len(held)
            counts.append(0)
            held.append(0)
            loads.append(0.0)
        counts[place] += 1
        held[place] += size
        loads[place] += weight
        if counts[place] < max_runs:
            heapq.heappush(by_load, (loads[place], place))
    return held


started, cpu_started = time.perf_counter(), time.process_time()
phases = {}
mark = started


def phase(name):
    global mark
    now = time.perf_counter()
    phases[name] = now - mark
    mark = now


columns = COLUMNS if settings["way"] == "all" else ["run_accession", *COMPARED, "fastq_ftp"]
only = None
if settings["way"] == "digest":
    narrow = ["run_accession", settings["digest"]]
    seen = pd.read_parquet(now_path, columns=narrow).merge(
        pd.read_parquet(before_path, columns=narrow), on="run_accession", how="outer", suffixes=("", "_before")
    )
    only = [("run_accession", "in", set(seen.loc[seen[narrow[1]] != seen[f"{narrow[1]}_before"], "run_accession"]))]
now = pd.read_parquet(now_path, columns=columns, filters=only)
before = pd.read_parquet(before_path, columns=columns, filters=only)
records = pd.read_parquet(records_path, columns=["accession", "state"])
phase("read")

merged = now.merge(before, on="run_accession", how="outer", suffixes=("", "_before"), indicator=True)
in_both = merged["_merge"] == "both"
changed = pd.Series(False, index=merged.index)
# Rows that were fetched for their digests differ, whatever these columns say.
differs = pd.Series(only is not None, index=merged.index)
for column in columns[1:] if columns[0] == "run_accession" else [one for one in columns if one != "run_accession"]:
    unequal = merged[column] != merged[f"{column}_before"]
    differs |= unequal
    if column in COMPARED:
        changed |= unequal
known = set(records.loc[~records["state"].isin(["missing", "withdrawn"]), "accession"])
arrived = merged["_merge"] == "left_only"
gone = merged["_merge"] == "right_only"
is_known = merged["run_accession"].isin(known)
changes = {
    "new": int((arrived & ~is_known).sum()),
    "changed": int((in_both & changed).sum()),
    "missing": int((gone & is_known).sum()),
}
judged = merged.loc[(in_both & differs) | arrived, ["run_accession", "fastq_ftp", "fastq_md5", "fastq_bytes", *[f"{c}_before" for c in ("fastq_md5", "fastq_bytes", "fastq_ftp")]]]
phase("compare")

due = []
for accession, links, sums, sizes, old_sums, old_sizes, old_links in judged.itertuples(index=False):
    # With the files as they were its results are home already.
    if (links, sums, sizes) == (old_links, old_sums, old_sizes):
        continue
    total = bytes_of(links, sums, sizes)
    if total is not None:
        due.append((accession, total))
phase("filter")

loads = plan(due, *(settings[name] for name in ("maxRuns", "maxBytes", "maxSeconds", "pace", "workers", "minBytes")))
phase("plan")

print(
    json.dumps(
        {
            "seconds": time.perf_counter() - started,
            "cpuSeconds": time.process_time() - cpu_started,
            "phases": phases,
            "peakMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "changes": changes,
            "dueRuns": len(due),
            "dueBytes": sum(size for _, size in due),
            "batchBytes": loads,
        }
    )
)
