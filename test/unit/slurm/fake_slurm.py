#!/usr/bin/env python3
"""Stands for sbatch, squeue, sacct, scancel, sinfo, scontrol and sacctmgr by the name it is called under; state lies in $FAKE_SLURM.

calls.jsonl   every call; <command>.json {"code", "out", "err", "sleep", "accept"} overrides an answer
shown.json    what "scontrol show" and "sacctmgr show" say, by what is shown
jobs.json     what sbatch accepted; replay.json {"name in the recording": "job name"} adds recorded jobs
"""
import fcntl
import json
import os
import sys
import time
from pathlib import Path

STATE = Path(os.environ["FAKE_SLURM"])
FIXTURES = Path(os.environ["FAKE_FIXTURES"])
NODES = "\n".join(
    "%s|%s|%s|UNLIMITED|%s" % node
    for node in (
        ("debug*", "n1", "infinite", "2|20000|(null)"), ("debug*", "n2", "infinite", "2|16000|(null)"),
        ("high", "n3", "1-02:30:00", "4|64000|ssd,big"), ("high", "n4", "1-02:30:00", "16|32000|big"),
    )
)
SQUEUE = {"%i": "id", "%T": "state", "%r": "reason", "%N": "nodes", "%j": "name"}


def load(name, otherwise):
    path = STATE / name
    return json.loads(path.read_text()) if path.exists() else otherwise


def option(name):
    """--name=value or -x value."""
    for index, argument in enumerate(sys.argv):
        if argument.startswith(name + "="):
            return argument.split("=", 1)[1]
        if argument == name:
            return sys.argv[index + 1]
    return ""


def accept():
    jobs = load("jobs.json", [])
    jobs.append({"id": str(63 + len(jobs)), "name": option("--job-name"), "state": "PENDING", "reason": "Priority"})
    (STATE / "jobs.json").write_text(json.dumps(jobs))
    return jobs[-1]["id"]


def queue_rows():
    names = load("replay.json", {})
    recorded = json.loads((FIXTURES / "squeue-22.05.mixed.json").read_text())["jobs"]
    rows = [{"id": str(job["job_id"]), "name": names[job["name"]], "state": job["job_state"], "reason": job["state_reason"], "nodes": job.get("nodes") or ""} for job in recorded if job["name"] in names]
    asked = option("--name").split(",")
    return [row for row in load("jobs.json", []) + rows if asked == [""] or row["name"] in asked]


def accounting_rows():
    names = load("replay.json", {})
    lines = [line.split("|") for line in (FIXTURES / "sacct-22.05.all.psv").read_text().splitlines()]
    recorded = [dict(zip(lines[0], line)) for line in lines[1:]]
    asked = option("--name").split(",")
    rows = [dict(row, JobName=names[row["JobName"]]) for row in recorded if row["JobName"] in names and "." not in row["JobIDRaw"]]
    return [row for row in rows if row["JobName"] in asked]


def answer(command):
    if command == "squeue":
        return "\n".join("|".join(row.get(SQUEUE[part], "") for part in option("-o").split("|")) for row in queue_rows())
    if command == "sacct":
        return "\n".join("|".join(row[part] for part in option("-o").split(",")) for row in accounting_rows())
    if command == "sinfo" and "-N" in sys.argv:
        return NODES
    if command in ("scontrol", "sacctmgr") and "show" in sys.argv:
        return load("shown.json", {}).get(sys.argv[sys.argv.index("show") + 1], "")
    return {"scontrol": "slurm-wlm 22.05.8", "sinfo": "debug*|up|infinite|2|20000\nhigh|up|1-02:30:00|4+|64000"}.get(command, "")


def main():
    command = Path(sys.argv[0]).name
    with open(str(STATE / "lock"), "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with open(str(STATE / "calls.jsonl"), "a") as stream:
            stream.write(json.dumps([command] + sys.argv[1:]) + "\n")
        given = load(command + ".json", {})
        accepted = accept() if command == "sbatch" and given.get("accept", not given) else ""
    time.sleep(given.get("sleep", 0))
    sys.stdout.write(given.get("out", accepted or answer(command)) + "\n")
    sys.stderr.write(given.get("err", ""))
    sys.exit(given.get("code", 0))


main()
