#!/usr/bin/env python3
"""The gate: the only program that Trawl's SSH key may start on the head node.

Forced command: ``gate.py --root ROOT [--config FILE]``. The verb is the whole of SSH_ORIGINAL_COMMAND, the request one JSON
object on standard input, the answer exactly one JSON line on standard output with ``"gate": 1``. An answer that does not parse
whole is *unknown* to the caller. With ``--ssm``, as the installation's document of Systems Manager starts it, verb and request
come packed in one base64 text, and what is too long for a command comes and goes by link. The gate starts Slurm's commands by argument list, under a time limit, once each: it never
retries. Python 3.8, standard library only.
"""
import argparse
import base64
import binascii
import errno
import fcntl
import getpass
import hashlib
import ipaddress
import json
import math
import os
import re
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zlib
from pathlib import Path

GATE_VERSION = "1.0.0"
MAX_REQUEST_BYTES = 32 * 1024 * 1024
MAX_STATUS_JOBS = 500  # 500 keys of 200 characters stay below Linux's 128 KiB for a single argument
MAX_EXCLUDED = 16
MAX_TAIL_BYTES = 1024 * 1024
MAX_STATE_FILE_BYTES = 8 * 1024 * 1024
MIN_TIME_MINUTES = 5  # --signal=B:TERM@120 is coarse by a minute: a shorter limit would signal the job at its start
LOCK_WAIT_SECONDS = 10
MAX_ENVELOPE_BYTES = 256 * 1024
MAX_OUTPUT_CHARACTERS = 20000  # Systems Manager keeps the first 24,000 of a command's output
LINK_SECONDS = 20
TASK_PREFIX = "task:"  # of the name of a task's job; the key of the worker's job, whose agent submits it, follows
COMMAND_SECONDS = {"sbatch": 30, "squeue": 20, "sacct": 20, "scancel": 20, "sinfo": 20, "scontrol": 20}
PROBE_SECONDS = 10
# What a submission can do without is asked no longer than this after the gate's start: Systems Manager ends it after 80 s, and sbatch may take 30.
LOOK_SECONDS = 30
STARTED = time.monotonic()

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}\Z")
RESOURCE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}\Z")
ACCESSION = re.compile(r"[A-Z]{3}[0-9]{5,12}\Z")
STAGE = re.compile(r"[a-z][a-z0-9-]{0,39}\Z")
REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
SHA256 = re.compile(r"[0-9a-f]{64}\Z")
REPOSITORY = re.compile(r"(https|file)://[A-Za-z0-9._~:/@%+-]{1,300}\Z")
INNER_PATH = re.compile(r"(\.|[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*)\Z")
PROFILES = re.compile(r"[A-Za-z0-9_]+(,[A-Za-z0-9_]+)*\Z")
FILE_PATTERN = re.compile(r"[A-Za-z0-9*?._-]{1,100}\Z")
FILES_HASH = re.compile(r"[0-9a-f]{8,64}\Z")
MD5 = re.compile(r"[0-9a-f]{32}\Z")
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+=@,-]{0,199}\Z")
URL = re.compile(r"https?://[^\s\"'<>\\^`{|}\x00-\x1f\x7f]{1,2000}\Z")
TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{8,1024}\Z")
CONSTRAINT = re.compile(r"[A-Za-z0-9_.-]{1,64}(?:(?:&[A-Za-z0-9_.-]{1,64})*|(?:\|[A-Za-z0-9_.-]{1,64})*)\Z")
GROUP = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}\Z")
UMASK = re.compile(r"0?[0-7]{3}\Z")
DNS_NAME = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*\Z")
ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,31}\Z")
DIRECTORY = re.compile(r"/[^\x00-\x1f\x7f]{0,1000}\Z")
PUBLIC_KEY = re.compile(r"ssh-ed25519 [A-Za-z0-9+/]{16,400}={0,2}\Z")

KINDS = ("run", "verify", "sweep", "index", "clean", "adopt", "rehash", "look")
AGAIN = ("always", "if-failed", "if-older-than")
# Of one start of a job; put aside, in this order, before it is submitted again: what tells of the first start goes first, what it is found by goes last.
OF_ONE_START = ("report.json", "progress.json", "agent.log", "nextflow.log", "slurm.log", "lock", "submitted.json", "spec.json")
TAIL_FILES = {"agent": "agent.log", "nextflow": "nextflow.log", "slurm": "slurm.log"}
# All that layers/core/dispatch/slurm-states.ts does not call ended; a job in one of them is found, listed and cancelled as living.
LIVE_STATES = frozenset(
    "PENDING CONFIGURING POWER_UP_NODE REQUEUED REQUEUE_FED EXPEDITING RUNNING COMPLETING RESIZING SIGNALING STAGE_OUT UPDATE_DB "
    "SUSPENDED STOPPED REQUEUE_HOLD SPECIAL_EXIT RESV_DEL_HOLD".split()
)
# The request may have arrived although its reply did not: only a later look tells.
LOST_REPLY = re.compile(
    r"Socket timed out|timed out|Zero Bytes were transmitted|Connection reset|Connection aborted|Broken pipe|"
    r"Unexpected message|Transport endpoint|Protocol authentication error|Header lengths|Incomplete|Insane message",
    re.I,
)
# The request surely never left: nothing listens there, or it could not even be signed.
NOT_SENT = re.compile(r"connect failure|Munge encode failed|Unable to establish control machine address", re.I)
REFUSAL = re.compile(
    r"Batch job submission failed: |Invalid --|Unable to open file|does not look like a batch script|invalid partition|"
    r"Memory specification|Incompatible|unrecognized option|Invalid (?:numeric|account|qos|user)|requires an argument",
    re.I,
)


class InvalidRequest(Exception):
    """The request breaks the contract; the message names the field."""


class DirectoryRefused(Exception):
    """Nothing may be adopted from this directory; the message names it and says why."""


class RequestAway(Exception):
    """The request lies elsewhere and could not be fetched: nothing was done."""


class SlurmAway(Exception):
    """Slurm could not be asked; the message is what its command said."""


# ---------------------------------------------------------------------------------------------- checking a request


def need(value, path, kind):
    """The value itself if it is of `kind` (a bool is no int), else InvalidRequest naming `path`."""
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise InvalidRequest("%s: %s expected" % (path, {dict: "object", list: "array", str: "string", int: "whole number"}[kind]))
    return value


def fields(value, path, required, optional=()):
    """An object that has each required field and none that is unknown."""
    need(value, path, dict)
    for name in required:
        if name not in value:
            raise InvalidRequest("%s: missing" % join(path, name))
    for name in value:
        if name not in required and name not in optional:
            raise InvalidRequest("%s: unknown field" % join(path, str(name)[:60]))
    return value


def join(path, name):
    return "%s.%s" % (path, name) if path else name


def text(value, path, pattern):
    if not pattern.match(need(value, path, str)):
        raise InvalidRequest("%s: not of the form %s" % (path, pattern.pattern.replace("\\Z", "")))
    return value


def whole(value, path, low, high):
    if not low <= need(value, path, int) <= high:
        raise InvalidRequest("%s: must lie between %d and %d" % (path, low, high))
    return value


def items(value, path, check, most):
    need(value, path, list)
    if len(value) > most:
        raise InvalidRequest("%s: at most %d entries" % (path, most))
    for index, item in enumerate(value):
        check(item, "%s[%d]" % (path, index))
    return value


def check_version(request):
    if request.get("v") != 1:
        raise InvalidRequest("v: must be 1")


def check_file(with_url):
    def check(value, path):
        fields(value, path, ("name", "bytes", "md5") + (("url",) if with_url else ()), () if with_url else ("url",))
        text(value["name"], join(path, "name"), FILE_NAME)
        whole(value["bytes"], join(path, "bytes"), 0, 2**53)
        text(value["md5"], join(path, "md5"), MD5)
        if "url" in value:
            text(value["url"], join(path, "url"), URL)

    return check


def check_run(with_url):
    def check(value, path):
        fields(value, path, ("accession", "filesHash", "files"), ("metadata",))
        text(value["accession"], join(path, "accession"), ACCESSION)
        text(value["filesHash"], join(path, "filesHash"), FILES_HASH)
        items(value["files"], join(path, "files"), check_file(with_url), 1000)
        if not value["files"]:
            raise InvalidRequest("%s: at least one file expected" % join(path, "files"))
        names = [item["name"] for item in value["files"]]
        if len(set(names)) != len(names):
            raise InvalidRequest("%s: two files of one name" % join(path, "files"))
        need(value.get("metadata", {}), join(path, "metadata"), dict)

    return check


def check_runs(spec, with_url):
    items(spec["runs"], "spec.runs", check_run(with_url), 100000)
    accessions = [run["accession"] for run in spec["runs"]]
    if len(set(accessions)) != len(accessions):
        raise InvalidRequest("spec.runs: one accession twice")


def check_staging(value, path, root):
    """A directory below ROOT/staging, relative to ROOT or absolute. Pipelines put it into the scripts of their tasks, so its names are of a fixed form too."""
    need(value, path, str)
    base = os.path.join(root, "staging") + os.sep
    full = os.path.join(root, value)
    if not full.startswith(base) or not all(ID.match(name) for name in full[len(base):].split("/")):
        raise InvalidRequest("%s: must lie below %s" % (path, base))


TIMING = ("aliveSeconds", "enrolSeconds", "terminalSeconds")


RUN_STAGE = ("stage", "revision", "pipeline", "staging")
RUN_STAGE_MORE = ("parameters", "reuse", "after", "pinned", "repository", "profile", "atOnce", "retries", "success", "tasks")
TASK_LIMITS, TASK_LIMITS_MORE = ("queueSize", "submitsPerMinute", "pollSeconds"), ("maxCpus", "maxMemoryMb", "partition", "account", "qos")
VERIFY_STAGE, VERIFY_STAGE_MORE = ("stage", "revision", "staging"), ("derived", "manifest")
MOST_STAGES = 20


def check_spec_run(spec, root):
    fields(spec, "spec", ("workerId", "runs") + RUN_STAGE, RUN_STAGE_MORE + ("earlier", "inputs", "taskLimits") + TIMING)
    check_stages(spec, root, check_run_stage, RUN_STAGE, RUN_STAGE_MORE)
    check_runs(spec, True)
    if "taskLimits" in spec:
        check_task_limits(spec["taskLimits"])


def check_task_limits(limits):
    """How much of the cluster the tasks of stages that ask for it may take."""
    path = "spec.taskLimits"
    fields(limits, path, TASK_LIMITS, TASK_LIMITS_MORE)
    for name in limits:
        if name in ("partition", "account", "qos"):
            text(limits[name], join(path, name), RESOURCE)
        else:
            whole(limits[name], join(path, name), 1, 2**30 if name == "maxMemoryMb" else 100000)


def check_stages(spec, root, check, required, optional):
    """What is said of the job's own stage, of those before it, and of those that other batches did."""
    check(spec, "spec", root)

    def known(value, path):
        for name, pattern in (("stage", STAGE), ("revision", REVISION)):
            text(value[name], join(path, name), pattern)

    def one(value, path):
        check(fields(value, path, required, optional), path, root)
        known(value, path)

    items(spec.get("earlier", []), "spec.earlier", one, MOST_STAGES)
    items(spec.get("inputs", []), "spec.inputs", lambda value, path: known(fields(value, path, ("stage", "revision")), path), MOST_STAGES)


def check_run_stage(value, path, root):
    at = lambda name: join(path, name)
    text(value["pipeline"], at("pipeline"), INNER_PATH if "repository" in value else STAGE)
    check_staging(value["staging"], at("staging"), root)
    items(value.get("reuse", []), at("reuse"), lambda one, where: check_staging(one, where, root), 100)
    items(value.get("after", []), at("after"), lambda one, where: text(one, where, STAGE), MOST_STAGES)
    for name, pattern in (("pinned", REVISION), ("repository", REPOSITORY), ("profile", PROFILES)):
        if name in value:
            text(value[name], at(name), pattern)
    if value.get("tasks", "cluster") != "cluster":
        raise InvalidRequest("%s: cluster expected" % at("tasks"))
    for name, most in (("atOnce", 1000), ("retries", 10)):
        if name in value:
            whole(value[name], at(name), 0, most)
    success = fields(value.get("success", {}), at("success"), (), ("files",))
    items(success.get("files", []), at("success.files"), lambda one, where: text(one, where, FILE_PATTERN), 100)
    for name, given in need(value.get("parameters", {}), at("parameters"), dict).items():
        text(name, at("parameters"), re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}\Z"))
        if not isinstance(given, (str, int, float, bool)):
            raise InvalidRequest("%s: string, number or boolean expected" % at("parameters." + name))


def check_verify_stage(value, path, root):
    check_staging(value["staging"], join(path, "staging"), root)
    if not isinstance(value.get("derived", True), bool):
        raise InvalidRequest("%s: boolean expected" % join(path, "derived"))
    if value.get("manifest") is not None:
        text(value["manifest"], join(path, "manifest"), SHA256)


def check_spec_verify(spec, root, further=(), optional=()):
    fields(spec, "spec", ("workerId", "runs") + VERIFY_STAGE + further, VERIFY_STAGE_MORE + ("earlier", "inputs", "group", "umask") + optional + TIMING)
    check_stages(spec, root, check_verify_stage, VERIFY_STAGE, VERIFY_STAGE_MORE)
    check_ownership(spec)
    check_runs(spec, False)


def check_ownership(spec):
    if spec.get("group") is not None:
        text(spec["group"], "spec.group", GROUP)
    if spec.get("umask") is not None:
        text(spec["umask"], "spec.umask", UMASK)


def check_spec_sweep(spec, root):
    check_spec_verify(spec, root, ("pull",), ("early",))
    pull = need(spec["pull"], "spec.pull", dict)
    if spec.get("early", True) is not True or ("early" in spec and "bucket" in pull):
        raise InvalidRequest("spec.early: must be true, and only where there is a machine to look at")
    if "bucket" in pull:  # what a site has brought: the agent asks for links, so there is no machine to name
        fields(pull, "spec.pull", ("bucket", "path"))
        if pull["bucket"] is not True:
            raise InvalidRequest("spec.pull.bucket: must be true")
    else:
        fields(pull, "spec.pull", ("host", "port", "user", "hostKey", "path"))
        check_host(pull["host"], "spec.pull.host")
        whole(pull["port"], "spec.pull.port", 1, 65535)
        text(pull["user"], "spec.pull.user", ACCOUNT)
        text(pull["hostKey"], "spec.pull.hostKey", PUBLIC_KEY)
    worker, slash, stage = need(pull["path"], "spec.pull.path", str).partition("/")
    if not (slash and ID.match(worker) and STAGE.match(stage)):
        raise InvalidRequest("spec.pull.path: must be <worker>/<stage>")


def check_host(value, path):
    """An address or a DNS name: never what ssh or rsync could take for an option, a user or a path."""
    need(value, path, str)
    try:
        ipaddress.ip_address(value if "%" not in value else "")
    except ValueError:
        text(value, path, DNS_NAME)


def check_spec_index(spec, _root):
    fields(spec, "spec", ("slug", "sourceId", "entries"), TIMING)
    text(spec["slug"], "spec.slug", ID)
    text(spec["sourceId"], "spec.sourceId", re.compile(r"[a-z]+:[A-Za-z0-9]{1,40}\Z"))
    items(spec["entries"], "spec.entries", check_entry, 200000)


def check_entry(value, path):
    fields(value, path, ("accession", "filesHash", "stage", "revision"))
    for name, pattern in (("accession", ACCESSION), ("filesHash", FILES_HASH), ("stage", STAGE), ("revision", REVISION)):
        text(value[name], join(path, name), pattern)


def check_spec_adopt(spec, _root):
    fields(spec, "spec", ("slug", "directory", "how", "dryRun", "stage", "revision", "runs"), ("group", "umask", "freeBytesMin") + TIMING)
    text(spec["slug"], "spec.slug", ID)
    text(spec["directory"], "spec.directory", DIRECTORY)
    if need(spec["how"], "spec.how", str) not in ("link", "in-place"):
        raise InvalidRequest("spec.how: link or in-place expected")
    if not isinstance(spec["dryRun"], bool):
        raise InvalidRequest("spec.dryRun: boolean expected")
    whole(spec.get("freeBytesMin", 0), "spec.freeBytesMin", 0, 2**60)
    check_ownership(spec)
    check_runs(spec, False)


def check_spec_rehash(spec, _root):
    fields(spec, "spec", ("entries", "before", "maxBytes", "aside"), TIMING)
    items(spec["entries"], "spec.entries", check_entry, 200000)
    whole(spec["before"], "spec.before", 0, 2**40)
    whole(spec["maxBytes"], "spec.maxBytes", 1, 2**60)
    if not isinstance(spec["aside"], bool):
        raise InvalidRequest("spec.aside: boolean expected")


def check_spec_clean(spec, _root):
    if "workerId" in spec:
        fields(spec, "spec", ("workerId",), TIMING)
        return
    fields(spec, "spec", ("installation", "before", "keep"), TIMING)
    text(spec["installation"], "spec.installation", ID)
    whole(spec["before"], "spec.before", 0, 2**40)
    items(spec["keep"], "spec.keep", lambda value, path: text(value, path, ID), 200000)


def check_spec_look(spec, _root):
    fields(spec, "spec", ("reach",), ("tasks",) + TIMING)
    for name, given in fields(spec.get("tasks", {}), "spec.tasks", (), ("partition", "account", "qos")).items():
        text(given, "spec.tasks." + name, RESOURCE)

    def place(value, path):
        fields(value, path, ("host", "port"))
        check_host(value["host"], join(path, "host"))
        whole(value["port"], join(path, "port"), 1, 65535)

    items(spec["reach"], "spec.reach", place, 8)


SPEC_CHECKS = {
    "run": check_spec_run, "verify": check_spec_verify, "sweep": check_spec_sweep, "index": check_spec_index, "clean": check_spec_clean,
    "adopt": check_spec_adopt, "rehash": check_spec_rehash, "look": check_spec_look,
}


def check_job_id(request):
    text(request["jobId"], "jobId", ID)


def check_job(value, path):
    """A job and its key: the key always ends in the job id, so that one cannot be asked about under the other's name."""
    job_path, key_path = join(path, "jobId"), join(path, "key")
    text(value["jobId"], job_path, ID)
    text(value["key"], key_path, ID)
    if not value["key"].endswith("." + value["jobId"]):
        raise InvalidRequest("%s: must be <installation>.<jobId>" % key_path)


def check_resources(value):
    fields(value, "resources", ("cpus", "memoryMb", "timeMinutes"), ("partition", "account", "qos", "constraint", "exclude"))
    whole(value["cpus"], "resources.cpus", 1, 4096)
    whole(value["memoryMb"], "resources.memoryMb", 1, 2**30)
    whole(value["timeMinutes"], "resources.timeMinutes", 1, 366 * 24 * 60)
    for name in ("partition", "account", "qos"):
        if value.get(name) is not None:
            text(value[name], "resources." + name, RESOURCE)
    if value.get("constraint") is not None:
        text(value["constraint"], "resources.constraint", CONSTRAINT)
    if value.get("exclude") is not None:
        items(value["exclude"], "resources.exclude", lambda node, path: text(node, path, RESOURCE), MAX_EXCLUDED)


def check_again(value):
    """When a job that is over is submitted again under its key: never, where nothing is said."""
    optional = ("seconds",) if need(value, "again", dict).get("when") == "if-older-than" else ()
    fields(value, "again", ("when", "askedAt") + optional)
    if value["when"] not in AGAIN:
        raise InvalidRequest("again.when: one of %s expected" % ", ".join(AGAIN))
    whole(value["askedAt"], "again.askedAt", 1, 2**40)
    for name in optional:
        whole(value[name], "again." + name, 0, 2**31)


def check_submit(request, root):
    fields(request, "", ("v", "key", "jobId", "kind", "deadlineEpochSeconds", "resources", "enrolment", "spec"), ("again",))
    if "again" in request:
        check_again(request["again"])
    check_version(request)
    check_job(request, "")
    if request["kind"] not in KINDS:
        raise InvalidRequest("kind: one of %s expected" % ", ".join(KINDS))
    whole(request["deadlineEpochSeconds"], "deadlineEpochSeconds", 1, 2**40)
    check_resources(request["resources"])
    if request["enrolment"] is not None:  # null: a job that nobody waits to hear from
        fields(request["enrolment"], "enrolment", ("url", "token"))
        text(request["enrolment"]["url"], "enrolment.url", URL)
        text(request["enrolment"]["token"], "enrolment.token", TOKEN)
    spec = need(request["spec"], "spec", dict)
    SPEC_CHECKS[request["kind"]](spec, root)
    for name, pattern in (("workerId", ID), ("stage", STAGE), ("revision", REVISION)):
        if name in spec:
            text(spec[name], "spec." + name, pattern)
    for name in TIMING:
        if name in spec:
            whole(spec[name], "spec." + name, 1, 86400)


# ---------------------------------------------------------------------------------------------- small file helpers


def write_private(path, value):
    """Whole or not at all, readable by the owner alone."""
    temporary = "%s.%d.tmp" % (path, os.getpid())
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(value, stream)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, path)


def read_json(path):
    """The JSON object in a file, or None where it is absent, too large or not whole."""
    try:
        handle = os.open(str(path), os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(handle, "r", encoding="utf-8") as stream:
            content = stream.read(MAX_STATE_FILE_BYTES + 1)
        value = strict_json(content) if len(content) <= MAX_STATE_FILE_BYTES else None
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def read_line(path, most=64):
    try:
        with open(str(path), encoding="ascii", errors="replace") as stream:
            return stream.readline(most).strip()
    except OSError:
        return ""


# ---------------------------------------------------------------------------------------------- asking Slurm


class Slurm:
    """Slurm's commands on PATH, under the site's environment (SLURM_CONF and the like come from the config file)."""

    def __init__(self, environment):
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "SHELL") if name in os.environ}
        self.environment = dict(kept, **environment)
        self.user = getpass.getuser()

    def call(self, name, *arguments, seconds=None):
        """(return code, stdout, stderr); the code is None after a time-out and 127 where the command is missing."""
        try:
            done = subprocess.run(
                [name] + list(arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env=self.environment, timeout=seconds or COMMAND_SECONDS.get(name, PROBE_SECONDS), check=False,
            )
        except subprocess.TimeoutExpired:
            return None, "", "%s: no answer within its time limit" % name
        except OSError as error:
            return 127, "", "%s: %s" % (name, error.strerror)
        return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")

    def look(self, name, *arguments):
        """Like `call`, for what a submission can do without: no answer once the time for that is over."""
        left = STARTED + LOOK_SECONDS - time.monotonic()
        if left <= 0:
            return None, "", "%s: not asked, for lack of time" % name
        return self.call(name, *arguments, seconds=min(left, COMMAND_SECONDS.get(name, PROBE_SECONDS)))

    def queue(self, keys):
        """Rows of squeue under these names, finished ones that it still remembers too. @raises SlurmAway"""
        code, out, err = self.call("squeue", "-h", "-t", "all", "--user=" + self.user, "--name=" + ",".join(keys), "-o", "%i|%T|%r|%N|%j")
        if code != 0:
            raise SlurmAway(detail_of("squeue", code, err))
        return [row(parts[0], parts[4], parts[1], parts[2], None, parts[3]) for parts in split_rows(out, 5)]

    def live(self, prefix):
        """(rows, tasks): rows of squeue for every live job whose name begins so, and for every live task of such a job. @raises SlurmAway"""
        code, out, err = self.call("squeue", "-h", "--user=" + self.user, "-o", "%i|%T|%r|%j")
        if code != 0:
            raise SlurmAway(detail_of("squeue", code, err))
        rows = [row(parts[0], parts[3], parts[1], parts[2], None) for parts in split_rows(out, 4)]
        alive = [found for found in rows if found["state"] in LIVE_STATES]
        return [[found for found in alive if found["name"].startswith(begin + prefix)] for begin in ("", TASK_PREFIX)]

    def accounting(self, keys, since_epoch_seconds):
        """Rows of sacct under these names, requeued ones (-D) too, oldest first. @raises SlurmAway"""
        since = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(since_epoch_seconds))
        code, out, err = self.call(
            "sacct", "-X", "-D", "-n", "-P", "--user=" + self.user, "-S", since, "--name=" + ",".join(keys),
            "-o", "JobIDRaw,State,ExitCode,Reason,NodeList,JobName",
        )
        if code != 0:
            raise SlurmAway(detail_of("sacct", code, err))
        return [row(parts[0], parts[5], parts[1], parts[3], parts[2] or None, parts[4]) for parts in split_rows(out, 6)]

    def associations(self):
        """What accounting grants this account: one entry an account and partition, numbers null where there is no limit; null where it cannot be asked."""
        code, out, _err = self.call("sacctmgr", "-n", "-P", "show", "associations", "user=" + self.user, "format=Account,Partition,QOS,MaxJobs,MaxSubmit,MaxWall")
        if code != 0:
            return None
        number = lambda value: int(value) if value.isdigit() else None
        return [
            {"account": account, "partition": partition or None, "qos": [name for name in qos.split(",") if name], "maxJobs": number(jobs), "maxSubmit": number(submits), "maxTimeMinutes": minutes(wall)}
            for account, partition, qos, jobs, submits, wall in split_rows(out, 6)
        ]

    def nodes(self):
        """What each node offers in each partition, hidden ones and nodes that are away for now too; empty where Slurm does not say."""
        code, out, _err = self.look("sinfo", "-a", "-h", "-N", "--noconvert", "-o", "%P|%N|%l|%B|%c|%m|%f")
        return [
            {"partition": name.rstrip("*"), "default": name.endswith("*"), "name": node, "timeMinutes": minutes(limit), "memoryMb": number(memory),
             "cpus": min(known for known in (number(cpus), number(most)) if known is not None), "features": set(features.split(","))}
            for name, node, limit, most, cpus, memory, features in split_rows(out if code == 0 else "", 7) if number(cpus) is not None
        ]

    def config(self):
        """What `scontrol show config` says, by name; None where it cannot be asked."""
        code, out, _err = self.look("scontrol", "show", "config")
        return dict(re.findall(r"^(\w+)[ \t]*=[ \t]*(.*?)[ \t]*$", out, re.M)) if code == 0 else None

    def may_lift_time(self):
        """Whether a QOS may set a partition's time limit aside, as far as is known."""
        code, out, _err = self.look("sacctmgr", "-n", "-P", "show", "qos", "format=Name,Flags")
        return code != 0 or "partitiontimelimit" in out.lower()

    def is_limited(self, enforced):
        """Whether accounting's limits are held to at all, and by nothing but account and QOS: a partition's own QOS may set them aside."""
        if not {"limits", "safe"} & enforced:
            return False
        code, all_partitions, _err = self.look("scontrol", "--all", "show", "partition", "--oneliner")
        return code == 0 and not re.search(r" QoS=(?!N/A)", all_partitions)

    def grants(self):
        """What one job may take: an entry an account, partition and QOS that this account has, QOS None where it names none; empty where it cannot be asked. A
        QOS's limit counts before its association's; of one that is not known only what no QOS limits."""
        code, out, _err = self.look("sacctmgr", "-n", "-P", "show", "qos", "format=Name,MaxWall,MaxTRESPerJob")
        if code != 0:
            return []
        qualities = {name: limits_of(wall, tres) for name, wall, tres in split_rows(out, 3)}
        limited = {limit for limits in qualities.values() for limit in limits}
        code, out, _err = self.look("sacctmgr", "-n", "-P", "show", "associations", "user=" + self.user, "format=Account,Partition,QOS,MaxWall,MaxTRESPerJob")
        found = []
        for account, partition, names, wall, tres in split_rows(out if code == 0 else "", 5):
            own = limits_of(wall, tres)
            for name in [name for name in names.split(",") if name] or [None]:
                limits = dict(own, **qualities[name]) if name in qualities else {limit: most for limit, most in own.items() if limit not in limited}
                found.append(dict({"account": account, "partition": partition, "qos": name}, **limits))
        return found


def is_named(config, name):
    """Whether Slurm's configuration gives this a value."""
    return config.get(name, "").lower() not in ("", "(null)", "n/a", "none")


def may_hide_nodes(config):
    """Whether nodes of a cloud that are powered down may be left out, as up to Slurm 22.05 also of `sinfo -a`."""
    return is_named(config, "SuspendProgram") and "cloud" not in config.get("PrivateData", "").lower().split(",")


def limits_of(wall, tres):
    """Of a job, as accounting words them; only those that there are."""
    found = {"timeMinutes": minutes(wall)}
    for name, value in (part.split("=", 1) for part in tres.split(",") if "=" in part):
        size = re.match(r"(\d+)(?:\.\d+)?([MGT]?)\Z", value)
        if size and name in ("cpu", "mem"):
            found["cpus" if name == "cpu" else "memoryMb"] = int(size.group(1)) * {"": 1, "M": 1, "G": 1024, "T": 1024 * 1024}[size.group(2)]
    return {name: value for name, value in found.items() if value is not None}


def number(shown):
    """A count as Slurm prints it, `4+` too; None for UNLIMITED and the like."""
    match = re.match(r"(\d+)\+?\Z", shown)
    return int(match.group(1)) if match else None


def spared(nodes, resources):
    """Those nodes to exclude that a job can do without: all, unless no other node of the partition (the default one, unless told) could run it or
    Slurm does not say. Excluding the last one that can, or one that is not there any more, would keep the job from ever running."""
    partition, excluded = resources.get("partition"), set(resources["exclude"])
    here = [node for node in nodes if node["partition"] == partition or not partition and node["default"]]
    others = [node for node in here if node["name"] not in excluded]
    can_run = bool(others) and beyond_nodes(resources, timeless(others)) is None
    return sorted({node["name"] for node in here} & excluded) if can_run else []


def timeless(nodes):
    """These nodes as if their partitions had no time limit."""
    return [dict(node, timeMinutes=None) for node in nodes]


ASKED = ("cpus", "memoryMb", "timeMinutes")


def beyond_nodes(resources, nodes):
    """Why no node could ever run this, by the value that is too much and the limit; None where one could, or where Slurm does not tell its nodes. Without a
    partition every one counts: a site's own rules may choose it."""
    partition, constraint = resources.get("partition"), resources.get("constraint")
    here = [node for node in nodes if partition in (None, node["partition"])]
    where = "of partition %s" % partition if partition else "of this cluster"
    if nodes and not here:
        return "resources.partition: %s has no node; there are %s" % (partition, ", ".join(sorted({node["partition"] for node in nodes})))
    for name in ASKED:
        limits = [node[name] for node in here]
        if here and None not in limits and max(limits) < resources[name]:
            return "resources.%s: %d, and no node %s gives a job more than %d" % (name, resources[name], where, max(limits))
    if here and constraint and not any(has_features(node, constraint) for node in here):
        there = sorted(set().union(*(node["features"] for node in here)) - {"", "(null)"})
        return "resources.constraint: no node %s is %s; their features are %s" % (where, constraint, ", ".join(there) or "none")
    if here and not any(all(node[name] is None or node[name] >= resources[name] for name in ASKED) and (not constraint or has_features(node, constraint)) for node in here):
        asked = ", ".join("%s %s" % (name, resources[name]) for name in ASKED + ("constraint",) if resources.get(name))
        return "resources: no node %s gives a job all of this at once: %s" % (where, asked)
    return None


def has_features(node, constraint):
    """a&b: all of them; a|b: one of them."""
    return any(node["features"].issuperset(part.split("&")) for part in constraint.split("|"))


def beyond_grants(resources, grants, enforced):
    """Why accounting would let this wait for ever, by the value and the limit; None where one account and QOS lets it run. It knows no capital letters; a
    QOS that is not granted may still be had where that is not enforced."""
    chosen = grants
    for name in ("account", "qos"):
        if resources.get(name):
            left = [grant for grant in chosen if grant[name] is None or grant[name].lower() == resources[name].lower()]
            if name == "qos" and not left and "qos" not in enforced:
                return None
            if chosen and not left:
                return "resources.%s: %s is not granted; there are %s" % (name, resources[name], ", ".join(sorted({grant[name] for grant in chosen})))
            chosen = left
    partition = (resources.get("partition") or "").lower()
    chosen = [grant for grant in chosen if not grant["partition"] or partition in ("", grant["partition"].lower())]
    if not chosen or any(all(grant.get(name, resources[name]) >= resources[name] for name in ASKED) for grant in chosen):
        return None
    for name in ASKED:
        limits = [grant.get(name, resources[name]) for grant in chosen]
        if max(limits) < resources[name]:
            return "resources.%s: %d, and accounting allows a job no more than %d" % (name, resources[name], max(limits))
    return "resources: no account and QOS allows a job all of this at once: %s" % ", ".join("%s %d" % (name, resources[name]) for name in ASKED)


def row(slurm_id, name, state, reason, exit_text, node=""):
    """One job as Slurm tells it; sacct adds the user to a state ("CANCELLED by 0") and says "None assigned" where a job had no node."""
    reason = reason if reason not in ("", "None") else None
    state = (state.split() or ["UNKNOWN"])[0].rstrip("+")
    return {"slurmId": slurm_id, "name": name, "state": state, "reason": reason, "exit": exit_text, "node": node if RESOURCE.match(node) else None}


def split_rows(out, columns):
    rows = (line.split("|", columns - 1) for line in out.splitlines() if line.strip())
    return [[part.strip() for part in parts] for parts in rows if len(parts) == columns]


def detail_of(name, code, err):
    lines = [line.strip() for line in err.splitlines() if line.strip()]
    return "%s: %s" % (name, " / ".join(lines)[-500:] or ("exit code %s" % code))


def pick_row(queue_rows, accounting_rows):
    """The job to report: a live row if there is one; else the first submitted, for a second one only met its lock."""
    for candidate in queue_rows:
        if candidate["state"] in LIVE_STATES:
            return candidate
    ended = [found for found in queue_rows if found["state"] not in LIVE_STATES]
    gone = {found["slurmId"] for found in ended}
    # The database lags behind the controller: its "RUNNING" is stale where squeue shows the end.
    last = {}
    for found in accounting_rows:
        if not (found["state"] in LIVE_STATES and found["slurmId"] in gone):
            last[found["slurmId"]] = found
    live = [found for found in last.values() if found["state"] in LIVE_STATES]
    if live:
        return live[-1]
    for found in ended:
        last.setdefault(found["slurmId"], found)
    return min(last.values(), key=lambda found: int(re.match(r"\d*", found["slurmId"]).group() or 0)) if last else None


def owner_of(enrolment):
    """What tells one installation's job from another's of the same name: tokens derive from its master secret. None without a token."""
    return hashlib.sha256(enrolment["token"].encode()).hexdigest() if enrolment else None


def judge_submission(code, out, err):
    """What sbatch's end means: done, failed (surely not accepted) or unknown (may have been accepted)."""
    if code == 0:
        match = re.match(r"(\d+)(?:;\S*)?\s*\Z", out.strip().splitlines()[-1] if out.strip() else "")
        if match:
            return {"outcome": "done", "slurmId": match.group(1), "attached": False}
        return {"outcome": "unknown", "detail": "sbatch answered without a job id"}
    detail = detail_of("sbatch", code, err)
    if code == 127 and not LOST_REPLY.search(err):
        return {"outcome": "failed", "reason": "unavailable", "detail": detail}
    if code is not None and NOT_SENT.search(err):
        return {"outcome": "failed", "reason": "unavailable", "detail": detail}
    if code is None or LOST_REPLY.search(err) or not REFUSAL.search(err):
        return {"outcome": "unknown", "detail": detail}
    return {"outcome": "failed", "reason": "rejected", "detail": detail}


# ---------------------------------------------------------------------------------------------- the verbs


class Gate:
    """The verbs, over one root directory."""

    def __init__(self, root, config_path):
        self.root = os.path.realpath(root)
        self.config_path = os.path.abspath(config_path)
        config = self.read_config()
        self.kit = Path(config.get("kit") or os.path.join(self.root, "kit"))
        self.python = config.get("python") or "python3"
        self.java = os.path.join(config["javaHome"], "bin", "java") if config.get("javaHome") else "java"
        self.environment = {str(name): str(value) for name, value in (config.get("environment") or {}).items()}
        self.adopt_roots = config.get("adoptRoots") or []
        self.repositories = config.get("pipelineRepositories")
        if config.get("umask"):
            os.umask(int(str(config["umask"]), 8))
        self.slurm = Slurm(self.environment)

    def read_config(self):
        """The site's settings; a file that exists but does not parse is an error, never a silent default."""
        if not os.path.exists(self.config_path):
            return {}
        with open(self.config_path, encoding="utf-8") as stream:
            config = json.load(stream)
        if not isinstance(config, dict):
            raise ValueError("%s: JSON object expected" % self.config_path)
        return config

    def job_dir(self, job_id):
        return os.path.join(self.root, "jobs", job_id)

    def submit(self, request):
        """Attaches to the job that has this key already, else writes its files and submits it once.

        Safe to call twice, also at the same time: one lock per job, the key is looked for first, and the batch script itself
        takes a lock that a second start finds held."""
        check_submit(request, self.root)
        if request["kind"] == "adopt":
            try:
                self.check_adoptable(request["spec"]["directory"])
            except DirectoryRefused as error:
                return {"outcome": "failed", "reason": "directory-refused", "detail": str(error)}
        foreign = self.foreign_repository(request["spec"])
        if foreign:
            return {"outcome": "failed", "reason": "rejected", "detail": foreign}
        directory = self.job_dir(request["jobId"])
        try:
            return self.submit_written_down(request, directory)
        except OSError as error:
            # What was written down may have been submitted, by this call or by one before it.
            if os.path.isfile(os.path.join(directory, "spec.json")):
                raise
            return {"outcome": "failed", "reason": "unavailable", "detail": "nothing was submitted: %s" % error}

    def submit_written_down(self, request, directory):
        """@raises OSError where ROOT cannot be written to: it is full, read-only or without locks"""
        os.makedirs(directory, mode=0o770, exist_ok=True)
        if os.path.islink(directory):
            raise InvalidRequest("jobId: its directory is a link")
        with open(os.path.join(directory, ".submit"), "a", encoding="ascii") as lock:
            if not take_lock(lock):
                return {"outcome": "unknown", "detail": "another submit of this job is under way"}
            return self.submit_locked(request, directory)

    def foreign_repository(self, spec):
        """Which repository this site does not run pipelines from, in words; None where all are allowed."""
        if self.repositories is None:
            return None
        named = self.repositories if isinstance(self.repositories, list) else []
        allowed = [prefix.rstrip("/") for prefix in named if isinstance(prefix, str) and prefix.rstrip("/")]
        for asked in (stage["repository"] for stage in list(spec.get("earlier") or []) + [spec] if "repository" in stage):
            # What a server might read in another way is under nothing.
            plain = "%" not in asked and not {".", ".."}.intersection(asked.split("/"))
            if not plain or not any(asked == prefix or asked.startswith(prefix + "/") for prefix in allowed):
                return "repository: %s is under none that pipelineRepositories of %s allows: %s" % (asked, self.config_path, ", ".join(allowed) or "none")
        return None

    def check_adoptable(self, directory):
        """Is it a directory under one that the site allows, links resolved? The agent looks again: what is mounted may differ. @raises DirectoryRefused"""
        roots = [os.path.realpath(path) for path in self.adopt_roots if isinstance(path, str) and path.startswith("/")]
        real = os.path.realpath(directory)
        if not roots:
            raise DirectoryRefused("%s: nothing may be adopted here: adoptRoots of %s names no directory" % (directory, self.config_path))
        if not any(real == root or real.startswith(root.rstrip("/") + "/") for root in roots):
            raise DirectoryRefused("%s lies under none of the directories that adoptRoots of %s allows: %s" % (directory, self.config_path, ", ".join(roots)))
        if real == self.root or real.startswith(self.root + "/"):
            raise DirectoryRefused("%s is Trawl's own: adopt from where the laboratory keeps its files" % directory)
        if not os.path.isdir(real):
            raise DirectoryRefused("%s is no directory on the head node" % directory)

    def submit_locked(self, request, directory):
        owner = owner_of(request["enrolment"])
        known = (read_json(os.path.join(directory, "spec.json")) or {}).get("owner")
        if owner and known and known != owner:
            # Attaching to it would take an old job's report for this one's.
            detail = "%s was made by another installation, or by an earlier life of this one; give it a root of its own" % directory
            return {"outcome": "failed", "reason": "foreign-job", "detail": detail}
        try:
            found = self.find(request["key"], directory)
        except SlurmAway as error:
            # Nothing was sent by this call, so nothing can have been accepted by it.
            return {"outcome": "failed", "reason": "unavailable", "detail": str(error)}
        if found and self.goes_again(request, directory):
            self.set_aside(directory, found)
            found = None
        # A job that has not started reads the newest token; one that has must not find another.
        if request["enrolment"] and not os.path.isdir(os.path.join(directory, "lock")):
            write_private(os.path.join(directory, "enrolment.json"), request["enrolment"])
        if found:
            return {"outcome": "done", "slurmId": found, "attached": True}
        nodes = self.slurm.nodes()
        beyond = self.beyond(request["resources"], nodes)
        if beyond:
            return {"outcome": "failed", "reason": "rejected", "detail": beyond}
        kept = {name: request[name] for name in ("v", "jobId", "key", "kind", "deadlineEpochSeconds", "resources", "spec")}
        write_private(os.path.join(directory, "spec.json"), dict(kept, owner=owner))
        answer = judge_submission(*self.slurm.call("sbatch", *self.sbatch_arguments(request, directory, nodes)))
        if answer.get("reason") == "rejected":
            answer["detail"] += self.named(request["resources"])
        if answer["outcome"] == "done":
            try:
                write_private(os.path.join(directory, "submitted.json"), {"v": 1, "slurmId": answer["slurmId"], "at": int(time.time())})
            except OSError as error:  # it only stands in for Slurm's own memory, and the job is there
                answer["detail"] = "not written down: %s" % error
        return answer

    def beyond(self, resources, nodes):
        """What Slurm would take and let wait for ever, in words; None for what can run, as far as Slurm tells in time, and where rules of the site
        may change partition, account, QOS or time on the way."""
        config = self.slurm.config()
        if config is None or any(is_named(config, name) for name in ("JobSubmitPlugins", "CliFilterPlugins")):
            return None
        asked = dict(resources, timeMinutes=max(MIN_TIME_MINUTES, resources["timeMinutes"]))
        beyond = None if may_hide_nodes(config) else beyond_nodes(asked, nodes)
        if beyond and self.slurm.may_lift_time():
            beyond = beyond_nodes(asked, timeless(nodes))
        enforced = set(config.get("AccountingStorageEnforce", "").lower().split(","))
        return beyond or (beyond_grants(asked, self.slurm.grants(), enforced) if self.slurm.is_limited(enforced) else None)

    def named(self, resources):
        """Which names Slurm may have refused, and which there are; its own words name neither."""
        granted = self.slurm.associations() or []
        there = {"account": {one["account"] for one in granted}, "qos": {name for one in granted for name in one["qos"]}}
        words = ["resources.%s: %s" % (name, resources[name]) for name in ("partition", "account", "qos", "constraint") if resources.get(name)]
        words += ["granted as %s: %s" % (name, ", ".join(sorted(names))) for name, names in there.items() if names and resources.get(name)]
        return " (%s)" % "; ".join(words) if words else ""

    def goes_again(self, request, directory):
        """Whether a job that was found is over and is to be made anew. One that was submitted since this was asked is the answer to it already, so
        asking twice makes one. squeue has answered by now, and it names every job that lives. @raises SlurmAway"""
        again = request.get("again")
        if not again or any(found["state"] in LIVE_STATES for found in self.slurm.queue([request["key"]])):
            return False
        try:
            at = os.stat(os.path.join(directory, "spec.json")).st_mtime
        except OSError:
            return False
        if at >= again["askedAt"]:
            return False
        if again["when"] == "if-failed":
            return (read_json(os.path.join(directory, "report.json")) or {}).get("result") != "finished"
        return at < again["askedAt"] - again.get("seconds", 0)

    def set_aside(self, directory, slurm_id):
        """Keeps what an earlier start left under its Slurm id, by which it is passed over from then on. Cut anywhere, the next call goes on."""
        aside = os.path.join(directory, "earlier", slurm_id)
        os.makedirs(aside, mode=0o770, exist_ok=True)
        for name in OF_ONE_START:
            try:
                os.rename(os.path.join(directory, name), os.path.join(aside, name))
            except FileNotFoundError:
                continue

    def current(self, directory, rows):
        """These rows without those of earlier starts."""
        try:
            earlier = set(os.listdir(os.path.join(directory, "earlier")))
        except OSError:
            return rows
        return [found for found in rows if found["slurmId"] not in earlier]

    def find(self, key, directory):
        """The Slurm id under this key, or None. squeue must answer; the job directory stands in for a database that is down."""
        queue_rows = self.current(directory, self.slurm.queue([key]))
        try:
            accounting_rows = self.current(directory, self.slurm.accounting([key], self.since([directory])))
        except SlurmAway:
            accounting_rows = []
        picked = pick_row(queue_rows, accounting_rows)
        if picked:
            return picked["slurmId"]
        recorded = (read_json(os.path.join(directory, "submitted.json")) or {}).get("slurmId")
        if recorded:
            return recorded
        if os.path.isdir(os.path.join(directory, "lock")):
            return read_line(os.path.join(directory, "lock", "slurm-id")) or "unknown"
        return None

    def sbatch_arguments(self, request, directory, nodes):
        resources = request["resources"]
        arguments = [
            "--parsable", "--no-requeue", "--signal=B:TERM@120", "--nodes=1", "--ntasks=1", "--open-mode=append",
            "--job-name=" + request["key"],
            "--comment=trawl:%s:%d:%s" % (request["key"], request["deadlineEpochSeconds"], self.content_of(request)),
            "--time=%d" % max(MIN_TIME_MINUTES, resources["timeMinutes"]),
            "--mem=%dM" % resources["memoryMb"],
            "--cpus-per-task=%d" % resources["cpus"],
            "--chdir=" + directory,
            "--output=" + os.path.join(directory, "slurm.log").replace("%", "%%"),
        ]
        arguments += ["--%s=%s" % (name, resources[name]) for name in ("partition", "account", "qos", "constraint") if resources.get(name)]
        if resources.get("exclude"):
            without = spared(nodes, resources)
            arguments += ["--exclude=" + ",".join(without)] if without else []
        script = [str(self.kit / "templates" / "job.sh"), request["kind"], directory, str(self.kit / "agent.py"), self.config_path, self.python]
        return arguments + script

    def content_of(self, request):
        """What the job is made of, for people and for whoever compares two: the kit's script, inputs, resources."""
        made = {name: request[name] for name in ("kind", "resources", "spec")}
        script = [(self.kit / name).read_bytes() if (self.kit / name).is_file() else b"" for name in ("templates/job.sh", "agent.py")]
        return hashlib.sha256(b"\0".join(script + [json.dumps(made, sort_keys=True).encode()])).hexdigest()[:16]

    def since(self, directories):
        """From when on sacct must look: an hour before the oldest of these jobs was written down, else thirty days."""
        times = []
        for directory in directories:
            try:
                times.append(os.stat(os.path.join(directory, ".submit")).st_mtime)
                times.append(os.stat(os.path.join(directory, "spec.json")).st_mtime)
            except OSError:
                continue
        return int(min(times) - 3600 if times else time.time() - 30 * 86400)

    def status(self, request):
        """What Slurm and the job directories say; one squeue and one sacct for all jobs. With `installation`, also every job of it
        that still lives, asked for or not. Reads only."""
        fields(request, "", ("v", "jobs"), ("installation",))
        check_version(request)
        prefix = text(request["installation"], "installation", ID) + "." if "installation" in request else None
        items(request["jobs"], "jobs", lambda value, path: check_job(fields(value, path, ("jobId", "key")), path), MAX_STATUS_JOBS)
        jobs = request["jobs"]
        keys = sorted({job["key"] for job in jobs})
        queue_rows, queue_error = ask(lambda: self.slurm.queue(keys)) if keys else ([], None)
        since = self.since([self.job_dir(job["jobId"]) for job in jobs])
        accounting_rows, accounting_error = ask(lambda: self.slurm.accounting(keys, since)) if keys else ([], None)
        live, live_error = ask(lambda: self.slurm.live(prefix)) if prefix else ([], None)
        queue_error = queue_error or live_error
        neither = queue_error is not None and (accounting_error is not None or not keys)
        answer = {
            "slurm": "unavailable" if neither else "answered",
            "queue": "unavailable" if queue_error else "answered",
            "accounting": "unavailable" if accounting_error else "answered",
            "jobs": [self.status_of(job, queue_rows, accounting_rows) for job in jobs],
        }
        if prefix:
            rows, tasks = live or ([], [])
            answer["live"] = [{"key": found["name"], "slurmId": found["slurmId"], "state": found["state"]} for found in rows]
            heads = [found["name"][len(TASK_PREFIX):] for found in tasks]
            answer["tasks"] = [{"key": key, "jobs": heads.count(key)} for key in sorted(set(heads))]
        errors = [error for error in (queue_error, accounting_error) if error]
        return dict(answer, detail="; ".join(errors)) if errors else answer

    def status_of(self, job, queue_rows, accounting_rows):
        directory = self.job_dir(job["jobId"])
        mine = [self.current(directory, [found for found in rows if found["name"] == job["key"]]) for rows in (queue_rows, accounting_rows)]
        picked = pick_row(*mine)
        return {
            "jobId": job["jobId"],
            "slurm": {name: picked[name] for name in ("slurmId", "state", "reason", "exit", "node")} if picked else None,
            "locked": os.path.isdir(os.path.join(directory, "lock")),
            "report": read_json(os.path.join(directory, "report.json")),
            "progress": read_json(os.path.join(directory, "progress.json")),
        }

    def tail(self, request):
        """The last bytes of one of a job's logs; an absent log is empty. Reads only."""
        fields(request, "", ("v", "jobId", "file", "bytes"))
        check_version(request)
        check_job_id(request)
        if need(request["file"], "file", str) not in TAIL_FILES:
            raise InvalidRequest("file: one of %s expected" % ", ".join(sorted(TAIL_FILES)))
        wanted = whole(request["bytes"], "bytes", 1, MAX_TAIL_BYTES)
        path = os.path.join(self.job_dir(request["jobId"]), TAIL_FILES[request["file"]])
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return {"text": "", "totalBytes": 0}
        with os.fdopen(handle, "rb") as stream:
            info = os.fstat(stream.fileno())
            if not stat.S_ISREG(info.st_mode):
                return {"text": "", "totalBytes": 0}
            stream.seek(max(0, info.st_size - wanted))
            return {"text": stream.read(wanted).decode("utf-8", "replace"), "totalBytes": info.st_size}

    def cancel(self, request):
        """Cancels every live job of this key, and every task of it; none found is done too. scancel is silent about ids it does not know."""
        fields(request, "", ("v", "jobId", "key"))
        check_version(request)
        check_job(request, "")
        # The job first, also in scancel's list: what submits tasks is asked to end before them. What it submits meanwhile it cancels itself, else the reaper has it cancelled.
        names = [request["key"], TASK_PREFIX + request["key"]]
        try:
            rows = self.slurm.queue(names)
        except SlurmAway as error:
            return {"outcome": "failed", "reason": "unavailable", "detail": str(error), "found": 0}
        ids = [found["slurmId"] for name in names for found in rows if found["state"] in LIVE_STATES and found["name"] == name]
        if not ids:
            return {"outcome": "done", "found": 0}
        code, _out, err = self.slurm.call("scancel", *ids)
        if code == 0:
            return {"outcome": "done", "found": len(ids)}
        outcome = "failed" if code is not None and NOT_SENT.search(err) else "unknown"
        reason = {"reason": "unavailable"} if outcome == "failed" else {}
        return dict({"outcome": outcome, "found": len(ids), "detail": detail_of("scancel", code, err)}, **reason)

    def disk(self, request):
        """Space at home. Reads only."""
        fields(request, "", ("v",))
        check_version(request)
        info = os.statvfs(self.root)
        return {"freeBytes": info.f_bavail * info.f_frsize, "totalBytes": info.f_blocks * info.f_frsize, "path": self.root}

    def capabilities(self, request):
        """What this head node can do; what is missing is null. Compute nodes may differ. Reads only."""
        fields(request, "", ("v",))
        check_version(request)
        _code, version, _err = self.slurm.call("scontrol", "version")
        code, sinfo, err = self.slurm.call("sinfo", "-h", "--noconvert", "-o", "%P|%a|%l|%c|%m")
        accounting, _out, _err = self.slurm.call("sacct", "-X", "-n", "-P", "-S", "now-1minute", "-o", "JobIDRaw")
        java_code, java_out, java_err = self.slurm.call(self.java, "-version")
        rsync_code, rsync_out, _err = self.slurm.call("rsync", "--version")
        jars = sorted((self.kit / "nextflow" / "lib").glob("nextflow-[0-9]*.jar"))
        answer = {
            "gateVersion": GATE_VERSION,
            "slurmVersion": version.split()[-1] if version.split() else None,  # "slurm-wlm 22.05.8" on Debian
            "accounting": accounting == 0,
            "partitions": partitions(sinfo),
            "java": first_line(java_err or java_out) if java_code == 0 else None,
            "nextflow": jars[0].stem[len("nextflow-"):] if jars else None,
            "python": "%d.%d.%d" % sys.version_info[:3],
            "rsync": first_line(rsync_out) if rsync_code == 0 else None,
            "revisions": read_json(self.kit / "revisions.json") or {},
            "pullKey": public_key(self.kit / "pull_key.pub"),
            "associations": self.slurm.associations(),
            "quota": self.quota(),
        }
        return answer if code == 0 else dict(answer, detail=detail_of("sinfo", code, err))


    def quota(self):
        """What the file system says of this account's quota at home, whole numbers of KiB and files; null where it keeps none, or nobody can be asked."""
        for command in (["lfs", "quota", "-q", "-u", self.slurm.user, self.root], ["quota", "-w", "-p", "-f", self.root]):
            code, out, _err = self.slurm.call(*command)
            numbers = re.findall(r"\s(\d+)(\*?)(?=\s)", out.splitlines()[-1] + " " if code == 0 and out.strip() else "")
            if len(numbers) >= 3:
                used, soft, hard = [int(number) for number, _over in numbers[:3]]
                limit = hard or soft
                return {"usedBytes": used * 1024, "limitBytes": limit * 1024} if limit else None
        return None


def public_key(path):
    """Kind and key of a public key's file, without its comment; None where there is none."""
    line = " ".join(read_line(path, 1024).split()[:2])
    return line if PUBLIC_KEY.match(line) else None


def first_line(out):
    lines = [line.strip() for line in out.splitlines() if line.strip()]
    return lines[0][:200] if lines else None


def ask(question):
    """(rows, None) or ([], what went wrong)."""
    try:
        return question(), None
    except SlurmAway as error:
        return [], str(error)


def take_lock(stream):
    """An exclusive lock within LOCK_WAIT_SECONDS, released when the process ends. @raises OSError where the file system has none (Lustre without `flock`)"""
    until = time.monotonic() + LOCK_WAIT_SECONDS
    while True:
        try:
            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise OSError(error.errno, "nothing can be locked there, its file system has to be mounted with flock: %s" % error.strerror, stream.name) from error
            if time.monotonic() >= until:
                return False
            time.sleep(0.05)


def partitions(sinfo):
    """One entry per partition; cpus and memory are those of its largest node."""
    found = {}
    for name, state, limit, cpus, memory in split_rows(sinfo, 5):
        entry = found.setdefault(name.rstrip("*"), {
            "name": name.rstrip("*"), "default": name.endswith("*"), "state": state,
            "maxTimeMinutes": minutes(limit), "cpus": 0, "memoryMb": 0,
        })
        entry["cpus"] = max(entry["cpus"], int(cpus.rstrip("+") or 0))
        entry["memoryMb"] = max(entry["memoryMb"], int(memory.rstrip("+") or 0))
    return list(found.values())


def minutes(limit):
    """Slurm's time limit [days-]hours:minutes:seconds as whole minutes; None where there is none."""
    match = re.match(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)\Z", limit)
    if not match:
        return None
    days, hours, mins, seconds = (int(part or 0) for part in match.groups())
    return days * 1440 + hours * 60 + mins + (1 if seconds else 0)


VERBS = ("submit", "status", "tail", "cancel", "disk", "capabilities")


def read_request(stream):
    return parse_request(stream.read(MAX_REQUEST_BYTES + 1))


def parse_request(content):
    if len(content) > MAX_REQUEST_BYTES:
        raise InvalidRequest("request: larger than %d bytes" % MAX_REQUEST_BYTES)
    try:
        value = strict_json(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("request: not JSON") from error
    return need(value, "request", dict)


def strict_json(content):
    """JSON without what Python alone takes for it (NaN, Infinity, 1e999): an answer that held it would be none to the caller. @raises ValueError, RecursionError"""
    return json.loads(content, parse_constant=refuse_constant, parse_float=finite)


def refuse_constant(name):
    raise ValueError(name)


def finite(said):
    value = float(said)
    return value if math.isfinite(value) else refuse_constant(said)


def answer_to(command, stream, root, config_path):
    """The answer to one forced command."""
    return answer_with(lambda: (known_verb(command), read_request(stream)), root, config_path)


def answer_with(read, root, config_path):
    """The answer to what `read` gives as (verb, request); whatever goes wrong becomes an answer too."""
    try:
        verb, request = read()
        return getattr(Gate(root, config_path), verb)(request)
    except InvalidRequest as error:
        return {"outcome": "failed", "reason": "invalid-request", "detail": str(error)}
    except RequestAway as error:
        return {"outcome": "failed", "reason": "unavailable", "detail": str(error)}
    except Exception as error:  # pylint: disable=broad-except
        # A fault of the gate or of its host (full disk, broken config). For submit it may have come after sbatch: unknown.
        return {"outcome": "unknown", "detail": "gate: %s: %s" % (type(error).__name__, error)}


def known_verb(verb):
    if verb not in VERBS:
        raise InvalidRequest("verb: one of %s expected" % ", ".join(VERBS))
    return verb


# ---------------------------------------------------------------------------------------------- Systems Manager


def unpack(packed, most, path):
    """The content of zlib's format, whole and at most so long."""
    engine = zlib.decompressobj()
    try:
        content = engine.decompress(packed, most + 1)
    except zlib.error as error:
        raise InvalidRequest("%s: not packed" % path) from error
    if len(content) > most or not engine.eof:
        raise InvalidRequest("%s: not whole, or larger than %d bytes" % (path, most))
    return content


def read_envelope(stream):
    """What the document's parameter holds: {v, verb, answerTo, request or requestFrom}."""
    try:
        packed = base64.b64decode(stream.read(MAX_ENVELOPE_BYTES).strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest("envelope: not base64") from error
    envelope = parse_request(unpack(packed, MAX_REQUEST_BYTES, "envelope"))
    fields(envelope, "envelope", ("v", "verb", "answerTo"), ("request", "requestFrom"))
    check_version(envelope)
    known_verb(envelope["verb"])
    text(envelope["answerTo"], "envelope.answerTo", URL)
    if "requestFrom" in envelope:
        place = fields(envelope["requestFrom"], "envelope.requestFrom", ("url", "sha256", "bytes"))
        text(place["url"], "envelope.requestFrom.url", URL)
        text(place["sha256"], "envelope.requestFrom.sha256", SHA256)
        whole(place["bytes"], "envelope.requestFrom.bytes", 1, MAX_REQUEST_BYTES)
    return envelope


def opener(config_path):
    """Of links; through the proxy that gate.json names in its environment, where it names one."""
    environment = (read_json(config_path) or {}).get("environment") or {}
    proxies = {name[:-len("_proxy")].lower(): value for name, value in environment.items() if name.lower() in ("http_proxy", "https_proxy")}
    return urllib.request.build_opener(urllib.request.ProxyHandler(proxies))


def request_of(envelope, config_path):
    """The request itself, fetched where it lies elsewhere and believed by its sha256 alone."""
    if "requestFrom" not in envelope:
        return parse_request(need(envelope.get("request"), "envelope.request", str).encode("utf-8"))
    place = envelope["requestFrom"]
    try:
        with opener(config_path).open(place["url"], timeout=LINK_SECONDS) as answer:
            packed = answer.read(place["bytes"] + 1)
    except (OSError, urllib.error.URLError) as error:
        raise RequestAway("the request could not be fetched from the head node: %s" % error) from error
    if hashlib.sha256(packed).hexdigest() != place["sha256"]:
        raise InvalidRequest("envelope.requestFrom: not the content that was announced")
    return parse_request(unpack(packed, MAX_REQUEST_BYTES, "envelope.requestFrom"))


def stored(line, link, config_path):
    """What stands for an answer that is too long for a command's output, once it is where `link` says."""
    packed = zlib.compress(line.encode("utf-8"))
    put = urllib.request.Request(link, data=packed, method="PUT", headers={"Content-Type": "application/octet-stream"})
    try:
        with opener(config_path).open(put, timeout=LINK_SECONDS):
            pass
    except (OSError, urllib.error.URLError) as error:
        return {"outcome": "unknown", "detail": "gate: an answer of %d bytes could not be stored: %s" % (len(line), error)}
    return {"stored": {"sha256": hashlib.sha256(packed).hexdigest(), "bytes": len(packed)}}


def serve_ssm(stream, root, config_path):
    """The line that answers one command of Systems Manager."""
    link = []

    def read():
        envelope = read_envelope(stream)
        link.append(envelope["answerTo"])
        return envelope["verb"], request_of(envelope, config_path)

    line = line_of(answer_with(read, root, config_path))
    return line if len(line) <= MAX_OUTPUT_CHARACTERS or not link else line_of(stored(line, link[0], config_path))


def line_of(answer):
    return json.dumps(dict({"gate": 1}, **answer)) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", required=True)
    parser.add_argument("--config")
    parser.add_argument("--ssm", action="store_true", help="verb and request come as one base64 text on standard input")
    options = parser.parse_args()
    config = options.config or os.path.join(options.root, "kit", "gate.json")
    if options.ssm:
        line = serve_ssm(sys.stdin.buffer, options.root, config)
    else:
        line = line_of(answer_to(os.environ.get("SSH_ORIGINAL_COMMAND", ""), sys.stdin.buffer, options.root, config))
    sys.stdout.write(line)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
