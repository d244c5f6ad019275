#!/usr/bin/env python3
"""The agent: does one job of Trawl on a compute node or a droplet and tells the control plane about it.

    agent.py run|verify|sweep|index|clean|adopt|rehash|look --job-dir ROOT/jobs/<job> [--config FILE]

What happened is written to ``report.json`` (atomic rename) before anything is said about it: callbacks may all be lost, the report
is the truth. The enrolment token is traded for the attempt's key, which stays in memory. Python 3.8, standard library only.
"""
import argparse
import concurrent.futures
import contextlib
import csv
import errno
import fcntl
import fnmatch
import grp
import hashlib
import hmac
import http.client
import io
import itertools
import json
import os
import pwd
import random
import re
import resource
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timezone
from pathlib import Path

AGENT_VERSION = "1.0.0"
CALLBACK_LIMIT_BYTES = 64 * 1024
ANSWER_LIMIT_BYTES = 1024 * 1024
TAIL_CHARACTERS = 8000
HASH_CHUNK_BYTES = 1024 * 1024
HTTP_SECONDS = 30  # API Gateway itself gives up after 29
GIT_SECONDS = 600
# Of a stage that was stopped: what is left of the grace has to do for report and callback.
SIGNING_SECONDS = 5
STOP_GRACE_SECONDS = 10
SLURM_SECONDS = 20
# The same of a worker that is told to stop: gate and reaper cancel what it could not.
STOPPED_SLURM_SECONDS = 3
# How long jobs of earlier attempts may take to leave before a stage begins anew beside them.
LEAVE_SECONDS = 120
LOOK_SECONDS = 2
# A worker stops so long before its end: none of its tasks may be given longer.
TASK_MARGIN_SECONDS = 180
# scancel kills 30 s (KillWait) after its SIGTERM: what is left after the grace above has to do for report and callback.
TERMINATED_CALLBACK_SECONDS = 12
DEFAULT_UMASK = "027"
# What the agent of a droplet says, for a sweep that comes to look.
WORD = "word.json"
WORD_LIMIT_BYTES = 256 * 1024
MANIFEST_LIMIT_BYTES = 256 * 1024 * 1024
# What rsync itself says of a pull goes into a file too, which may grow so far whatever is pulled.
RSYNC_SPEECH_BYTES = 64 * 1024 * 1024

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}\Z")
ACCESSION = re.compile(r"[A-Z]{3}[0-9]{5,12}\Z")
FILES_HASH = re.compile(r"[0-9a-f]{8,64}\Z")
FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+=@,-]{0,199}\Z")
RESOURCE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}\Z")
NAMED_RUN = re.compile(rb"(?<![A-Za-z0-9])[A-Z]{3}[0-9]{5,12}(?![0-9])")
STAGE = re.compile(r"[a-z][a-z0-9-]{0,39}\Z")
REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
COMMIT = re.compile(r"[0-9a-f]{40}\Z")
REPOSITORY = re.compile(r"(https|file)://[A-Za-z0-9._~:/@%+-]{1,300}\Z")
INNER_PATH = re.compile(r"(\.|[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*)\Z")
PROFILES = re.compile(r"[A-Za-z0-9_]+(,[A-Za-z0-9_]+)*\Z")
VERDICT = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*( [a-z0-9]+(-[a-z0-9]+)*){0,9}\Z")
PUBLIC_KEY = re.compile(r"ssh-ed25519 [A-Za-z0-9+/]{16,400}={0,2}( [A-Za-z0-9._@-]{1,100})?\Z")
PLAIN_PATH = re.compile(r"/[A-Za-z0-9/._+=@,-]*\Z")  # means the same to rsync, to ssh and in authorized_keys

# Nextflow here mostly waits: without the second compiler and a collector with threads of its own it starts on less than half of the
# processor time (6.3 s to 3.0 s for four tasks) and leaves the cores to its tasks.
JAVA_LIGHT = ["-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]
# Without these a first run works, but Nextflow's cache silently does not.
JAVA_OPENS = (
    "java.lang java.io java.nio java.net java.util java.util.concurrent.locks java.util.concurrent.atomic java.util.regex "
    "java.nio.file.spi sun.nio.ch sun.nio.fs sun.net.www.protocol.http sun.net.www.protocol.https sun.net.www.protocol.ftp "
    "sun.net.www.protocol.file jdk.internal.misc jdk.internal.vm"
).split()


class JobError(Exception):
    """The job as a whole cannot be done; `reason` is one word for the report, the message is its detail."""

    def __init__(self, reason, detail):
        super().__init__(detail)
        self.reason = reason


class SlurmAway(Exception):
    """Slurm could not be asked; the message is what its command said."""


class RunRefused(Exception):
    """One run cannot be published; the job goes on with the others."""

    def __init__(self, result, reason, detail):
        super().__init__(detail)
        self.result, self.reason = result, reason


# ---------------------------------------------------------------------------------------------- small helpers


def now_text():
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def epoch_of(said, otherwise):
    """Epoch seconds of a time such as `now_text` makes."""
    try:
        return datetime.strptime(said, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc).timestamp()
    except (TypeError, ValueError):
        return otherwise


def write_whole(path, content, mode=0o640):
    """Whole or not at all, and on the disk when this returns."""
    path = Path(path)
    temporary = path.with_name(".%s.%d.tmp" % (path.name, os.getpid()))
    handle = os.open(str(temporary), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(str(temporary), str(path))
    sync_directory(path.parent)


def write_json(path, value, mode=0o640):
    write_whole(path, json.dumps(value) + "\n", mode)


def read_json(path):
    """The JSON value in a file, or None where it is absent or not whole."""
    try:
        with open(str(path), encoding="utf-8") as stream:
            return json.load(stream)
    except (OSError, ValueError, RecursionError):
        return None


def sync_directory(path):
    handle = os.open(str(path), os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_tree(directory):
    """Removes a directory with all that is in it, also what a pipeline made read-only. @raises OSError"""
    try:
        shutil.rmtree(str(directory))
        return
    except PermissionError:
        os.chmod(str(directory), 0o700)
    for base, names, _files in os.walk(str(directory)):
        for path in (os.path.join(base, name) for name in names):
            if not os.path.islink(path):
                os.chmod(path, 0o700)
    shutil.rmtree(str(directory))


def tail_of(path, characters=TAIL_CHARACTERS):
    """The end of a text file; empty where there is none."""
    try:
        with open(str(path), "rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - characters * 4))
            return stream.read().decode("utf-8", "replace")[-characters:]
    except OSError:
        return ""


def content_hash(directory):
    """Content hash of a pipeline: sha256 over the sorted lines "<sha256 of file>  <relative path>\\n".

    Names that begin with "." or "__pycache__" do not count. The first 12 hex digits are the stage's revision."""
    directory = Path(directory)
    lines = []
    for path in directory.rglob("*"):
        relative = path.relative_to(directory)
        if path.is_file() and not any(part.startswith(".") or part == "__pycache__" for part in relative.parts):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            lines.append(("%s  %s\n" % (digest, relative.as_posix())).encode("utf-8"))
    return hashlib.sha256(b"".join(sorted(lines))).hexdigest()


def md5_of(path, check_stop):
    digest = hashlib.md5()
    handle = os.open(str(path), os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as stream:
        for chunk in iter(lambda: stream.read(HASH_CHUNK_BYTES), b""):
            digest.update(chunk)
            check_stop()
    return digest.hexdigest()


def below(base, path):
    """`path` (relative to the root or absolute) as an absolute path that lies below `base`, links resolved. @raises JobError"""
    real_base, real = os.path.realpath(str(base)), os.path.realpath(str(path))
    if not real.startswith(real_base + os.sep):
        raise JobError("unsafe-path", "%s does not lie below %s" % (path, base))
    return Path(real)


def wanted(pattern, value, name):
    if not isinstance(value, str) or not pattern.match(value):
        raise JobError("invalid-spec", "%s: %r" % (name, value))
    return value


# ---------------------------------------------------------------------------------------------- callbacks


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST would become a GET: treated as a failure instead."""

    def redirect_request(self, *_arguments):
        return None


def post(url, body, headers=None):
    """(status, JSON answer); the status is 0 where no whole answer came."""
    request = urllib.request.Request(url, data=body, method="POST", headers=dict({"Content-Type": "application/json"}, **(headers or {})))
    opener = urllib.request.build_opener(NoRedirect)
    try:
        with opener.open(request, timeout=HTTP_SECONDS) as response:
            answer = json.loads(response.read(ANSWER_LIMIT_BYTES).decode("utf-8"))
            return (response.status, answer) if isinstance(answer, dict) else (0, {"error": "no object"})
    except urllib.error.HTTPError as error:
        error.close()
        return error.code, {}
    except (OSError, ValueError, urllib.error.URLError) as error:
        return 0, {"error": "%s: %s" % (type(error).__name__, error)}
    except Exception as error:  # pylint: disable=broad-except
        return 0, {"error": type(error).__name__}  # http.client raises many kinds of its own; none may stop the work


def fit(body, limit):
    """The body cut until it fits: first the files of runs, then the tails, details, the lists (the receiver reads the report itself then)."""

    def fits(candidate):
        return len(json.dumps(candidate).encode("utf-8")) <= limit

    def without(name):
        def lean(told):
            inner = {"stages": [lean(one) for one in told["stages"]]} if isinstance(told.get("stages"), list) else {}
            return dict({field: value for field, value in told.items() if field != name}, **inner)

        return [lean(run) for run in body["runs"]]

    if fits(body):
        return body
    if isinstance(body.get("runs"), list):
        body = dict(body, runs=without("files"), truncated=True)
        if fits(body):
            return body
    for characters in (2000, 200, 0):
        body = {name: (value[-characters:] if characters else "") if name in ("stdoutTail", "stderrTail") else value for name, value in body.items()}
        body["truncated"] = True
        if fits(body):
            return body
    if isinstance(body.get("runs"), list):
        body["runs"] = without("detail")
        if fits(body):
            return body
        del body["runs"]
    short = {name: value for name, value in body.items() if not isinstance(value, (list, dict))}
    return short if fits(short) else {name: short[name] for name in ("v", "jobId", "kind", "result", "reason", "truncated") if name in short}


# Signs of life at the first pace, while somebody may be looking, and how many times longer each of those after them is waited for: each is a
# request that is paid for, and the cluster's own word is asked for every minute.
ALIVE_OFTEN = 4
ALIVE_SELDOM = 8


class Channel:
    """Signed messages about one job, sent by one thread, so that their numbers only grow. No failure here stops the work.

    Nothing but `started` and the terminal message is insisted on; a lost `alive` is replaced by the next."""

    def __init__(self, job_dir, job_id, enrolment, alive_seconds=30, first_pause=1.0, longest_pause=30.0, log=lambda text: None, word=None):
        self.job_dir, self.job_id = Path(job_dir), job_id
        self.word = word  # file that holds the newest message for whoever comes to read it, or None
        self.base = re.sub(r"(/callbacks(/enrol)?)?/*\Z", "", enrolment["url"]) if enrolment else None
        self.token = enrolment["token"] if enrolment else None
        self.alive_seconds, self.first_pause, self.longest_pause, self.log = alive_seconds, first_pause, longest_pause, log
        self.key = self.attempt = self.own_nonce = self.clock_zero = None
        self.seq = 0
        self.order = "run"
        self.answer = {}  # the one that gave the order
        self.sending = threading.Lock()
        self.refused = self.base is None
        self.settled = threading.Event()  # enrolled, refused, or nothing to enrol with
        self.wake = threading.Event()
        self.over = threading.Event()
        self.progress = lambda: None
        self.started_body = None
        self.terminal = None
        self.thread = threading.Thread(target=self._work, name="callbacks", daemon=True)

    def start(self, started_body, progress):
        self.started_body, self.progress = started_body, progress
        if self.refused:
            self.settled.set()
            self.over.set()
        else:
            self.thread.start()

    def finish(self, kind, body, within_seconds):
        """Sends the terminal message, trying for at most `within_seconds`. True when the server took it."""
        if self.refused:
            return False
        self.terminal = (kind, body, time.monotonic() + within_seconds)
        self.wake.set()
        self.over.wait(within_seconds + 1)
        return self.terminal is None

    # ---- after the terminal message, when the thread has ended

    def sign_of_life(self):
        with self.sending:
            self._deliver(*self._message("alive", {}))

    def insist(self, kind, body, within_seconds):
        """Sends one more message, trying for at most `within_seconds`. True when the server took it."""
        self.terminal = (kind, body, time.monotonic() + within_seconds)
        return self._tell_surely(kind, body)

    def links(self, files):
        """{path: where to put it} for files that are asked for to be brought away; those without a link are absent."""
        return links_by("path", str, self.ask_links({"files": files})[1].get("links"))

    def ask_links(self, question):
        """(status, answer) of a question about where to put results; the answer is empty unless the status is 200."""
        path = "/callbacks/%s/links" % self.job_id
        raw = json.dumps(dict(question, v=1)).encode("utf-8")
        status, answer = post(self.base + path, raw, {"X-Trawl-Signature": "v1=" + self.sign(("POST\n%s\n" % path).encode("utf-8") + raw)})
        if status == 200:
            return status, answer
        self.log("links: status %d %s" % (status, answer.get("error", "")))
        return status, {}

    def now(self):
        """The control plane's time (epoch seconds), by which deadlines are told: a node's own clock may be wrong. That one until it is enrolled."""
        return time.time() if self.clock_zero is None else self.clock_zero + time.monotonic()

    def sign(self, message):
        return hmac.new(self.key, message, hashlib.sha256).hexdigest()

    # ---- the thread

    def _work(self):
        try:
            if self._insist(self._enrol) and self._tell_surely("started", self.started_body):
                self._keep_telling()
        except Exception:  # pylint: disable=broad-except
            self.log("callbacks ended: " + traceback.format_exc(limit=3))
        finally:
            self.settled.set()
            self.over.set()

    def _keep_telling(self):
        told = 0
        while self.terminal is None:
            if not self.wake.wait(self.alive_seconds * (1 if told < ALIVE_OFTEN else ALIVE_SELDOM)):
                told += 1
                progress = self.progress()
                self._deliver(*self._message("progress" if progress else "alive", progress or {}))
        kind, body, _until = self.terminal
        if self._tell_surely(kind, body):
            self.terminal = None

    def _tell_surely(self, kind, body):
        """A repeat is the same message, byte for byte and with the same number: the server can tell it from a new one."""
        message = self._message(kind, body)
        return self._insist(lambda: self._deliver(*message))

    def _insist(self, step):
        """Repeats a step that answers None (try again) with back-off and jitter; ends with its True or False, or at the terminal's time."""
        pause = self.first_pause
        while True:
            done = step()
            if done is not None:
                return done
            rest = self.terminal[2] - time.monotonic() if self.terminal else None
            if rest is not None and rest <= 0:
                return False
            wait = pause * random.uniform(0.5, 1.0)
            pause = min(self.longest_pause, pause * 2)
            if rest is None:
                # The end of the work must not wait out a long pause.
                if self.wake.wait(wait):
                    pause = self.first_pause
                    self.wake.clear()
            else:
                time.sleep(min(wait, rest))

    def _nonce(self):
        path = self.job_dir / "nonce"
        try:
            return path.read_text(encoding="ascii").strip()
        except OSError:
            self.own_nonce = self.own_nonce or secrets.token_hex(16)
        try:
            write_whole(path, self.own_nonce + "\n", 0o600)
        except OSError as error:
            self.log("nonce: %s" % error)  # a full disk is just what has to be told
        return self.own_nonce

    def _enrol(self):
        message = {"v": 1, "jobId": self.job_id, "token": self.token, "nonce": self._nonce()}
        status, answer = post(self.base + "/callbacks/enrol", json.dumps(message).encode("utf-8"))
        if status == 200 and isinstance(answer.get("key"), str) and isinstance(answer.get("attempt"), int):
            self.key, self.attempt = answer["key"].encode("utf-8"), answer["attempt"]
            self.clock_zero = epoch_of(answer.get("serverTime"), time.time()) - time.monotonic()
            self._obey(answer)
        elif status == 403:
            self.refused = True
        else:
            self.log("enrolment: status %d %s" % (status, answer.get("error", "")))
            return None
        self.token = None
        remove_quietly(self.job_dir / "enrolment.json")
        self.settled.set()
        return not self.refused

    def _next_seq(self):
        path = self.job_dir / "seq"
        try:
            self.seq = max(self.seq, int(path.read_text(encoding="ascii")))
        except (OSError, ValueError):
            pass
        self.seq += 1
        try:
            write_whole(path, "%d\n" % self.seq)
        except OSError as error:
            self.log("seq: %s" % error)  # a full disk is just what has to be told
        return self.seq

    def _message(self, kind, body):
        """(label, raw body, signature) of a new message."""
        seq = self._next_seq()
        envelope = {"v": 1, "jobId": self.job_id, "attempt": self.attempt, "seq": seq, "sentAt": now_text(), "kind": kind}
        message = dict(envelope, body=fit(body, CALLBACK_LIMIT_BYTES - 1024))
        self._leave(message)
        raw = json.dumps(message).encode("utf-8")
        signed = ("POST\n/callbacks/%s\n" % self.job_id).encode("utf-8") + raw
        return "%s seq %d" % (kind, seq), raw, self.sign(signed)

    def _leave(self, message):
        """Leaves the message where a sweep finds it, whether or not anybody can hear it. It holds no key, token or signature."""
        if self.word is None:
            return
        try:
            self.word.parent.mkdir(parents=True, exist_ok=True)
            write_json(self.word, message)
        except OSError as error:
            self.log("word: %s" % error)

    def _deliver(self, label, raw, signature):
        """One try. True taken, False will never be taken, None try again."""
        status, answer = post("%s/callbacks/%s" % (self.base, self.job_id), raw, {"X-Trawl-Signature": "v1=" + signature})
        if status == 200:
            self._obey(answer)
            return True
        self.log("callback %s: status %d %s" % (label, status, answer.get("error", "")))
        if status == 409:
            self._obey({"order": "stop"})  # a newer attempt owns the batch
        return False if status in (401, 409, 413, 422) else None

    def _obey(self, answer):
        if answer.get("order") in ("run", "stop", "wait", "free", "rescue"):
            self.order, self.answer = answer["order"], answer


def links_by(name, kind, links):
    """{the link's `name`: its url} for every whole entry of a list of links."""
    whole = [link for link in links if isinstance(link, dict)] if isinstance(links, list) else []
    return {link[name]: link["url"] for link in whole if isinstance(link.get(name), kind) and isinstance(link.get("url"), str)}


def remove_quietly(path):
    try:
        os.unlink(str(path))
    except OSError:
        pass


# ---------------------------------------------------------------------------------------------- the job


class Job:
    """One job directory: what to do, where, and until when."""

    def __init__(self, job_dir, kind, config_path=None):
        self.dir = Path(os.path.realpath(str(job_dir)))
        self.root = self.dir.parent.parent
        self.kind = kind
        self.id = self.dir.name
        self.started_at = now_text()
        self.started_epoch = time.time()
        self.terminated = threading.Event()
        self.asking, self.asking_once, self.preempted = None, threading.Lock(), False
        self.config = {}
        self.spec = {}
        self.key = ""
        self.deadline = None
        self.time_minutes = None
        self.current_progress = None
        self.channel = None
        self.partial = {}  # what the report says also where the job fails
        given = [config_path] if config_path else [str(self.root / "kit" / name) for name in ("gate.json", "worker.json")]
        self.config_path = next((path for path in given if os.path.exists(path)), given[0])

    def load(self):
        """Reads spec and site settings. @raises JobError"""
        if os.path.exists(self.config_path):
            self.config = read_json(self.config_path)
            if not isinstance(self.config, dict):
                raise JobError("invalid-config", "%s is no JSON object" % self.config_path)
        document = read_json(self.dir / "spec.json")
        if not isinstance(document, dict) or not isinstance(document.get("spec"), dict):
            raise JobError("invalid-spec", "spec.json is missing or not whole")
        if document.get("kind") != self.kind or document.get("jobId") != self.id:
            raise JobError("invalid-spec", "spec.json is of another job")
        self.spec = document["spec"]
        self.key = document.get("key")
        self.deadline = document.get("deadlineEpochSeconds")
        self.time_minutes = (document.get("resources") or {}).get("timeMinutes")
        os.umask(int(str(self.spec.get("umask") or self.config.get("umask") or DEFAULT_UMASK), 8))

    @property
    def kit(self):
        return Path(self.config.get("kit") or self.root / "kit")

    @property
    def java(self):
        """The site's Java, else the kit's own, else the machine's. A worker kit names its own relative to itself."""
        given = self.config.get("javaHome") or ("jre" if (self.kit / "jre" / "bin" / "java").is_file() else None)
        home = os.path.join(str(self.kit), given) if given else os.environ.get("JAVA_HOME")
        return os.path.join(home, "bin", "java") if home else "java"

    @property
    def pulled(self):
        """Whether the results are pulled from here, so that the agent has to stay: a droplet."""
        return self.kind == "run" and isinstance(self.spec.get("pull"), dict)

    @property
    def word(self):
        """Where this job's newest message lies beside its stages: below what the cluster may read. None where nobody pulls."""
        worker = self.spec.get("workerId")
        return self.root / "staging" / worker / WORD if self.pulled and isinstance(worker, str) and ID.match(worker) else None

    def log(self, message):
        """A line in agent.log. Never a token, a key or a signature."""
        try:
            with open(str(self.dir / "agent.log"), "a", encoding="utf-8") as stream:
                stream.write("%s %s\n" % (now_text(), message))
        except OSError:
            pass

    def tell(self, progress):
        """Keeps the newest progress for callbacks and for the gate's status."""
        self.current_progress = progress
        try:
            write_json(self.dir / "progress.json", dict(progress, at=now_text()))
        except OSError as error:
            self.log("progress: %s" % error)

    def left_seconds(self):
        """Until the deadline; without end where there is none."""
        return self.deadline - (self.channel.now() if self.channel else time.time()) if self.deadline else float("inf")

    def why_stop(self, by_deadline=True):
        """The reason to stop now, or None."""
        if self.terminated.is_set():
            self.ask_why()
            # Slurm's time limit and scancel send the same signal.
            ends = self.started_epoch + (self.time_minutes or 0) * 60
            return "time-limit" if self.time_minutes and time.time() > ends - 240 else "cancelled"
        if self.channel and self.channel.order == "stop":
            return "stopped"
        return "time-limit" if by_deadline and self.left_seconds() <= 0 else None

    def ask_why(self):
        """Asks Slurm, once and aside, whether another job takes this one's place: the grace is for the end of the work."""
        with self.asking_once:
            if self.asking is None:
                self.asking = threading.Thread(target=self._ask_why, name="why", daemon=True)
                self.asking.start()

    def _ask_why(self):
        try:
            said = slurm("scontrol", "show", "job", os.environ.get("SLURM_JOB_ID", ""), seconds=STOPPED_SLURM_SECONDS)
            # Its state is COMPLETING by now, or still RUNNING.
            self.preempted = bool(re.search(r"\bPreemptTime=(?!None\b)\S", said))
        except SlurmAway as error:
            self.log("why it is ended is not known: %s" % error)

    def why_cancelled(self):
        """In one word. Slurm sends the same signal for both, and accounting may be away: its controller says it at once."""
        if not os.environ.get("SLURM_JOB_ID"):
            return "cancelled"
        self.ask_why()
        self.asking.join(STOPPED_SLURM_SECONDS + 1)
        return "slurm-preempted" if self.preempted else "cancelled"

    def check_stop(self, by_deadline=True):
        reason = self.why_stop(by_deadline)
        if reason:
            raise JobError(reason, "told to stop: " + reason)


# ---------------------------------------------------------------------------------------------- kind run


def do_run(job):
    """Runs the pipeline of each stage under Nextflow, one after the other, each on the runs that all stages before it brought whole. Partial
    results are reported whatever becomes of Nextflow."""
    stages = [StageWork(job, given, number) for number, given in enumerate(stages_of(job.spec))]
    tells_stages = len(stages) > 1 or stages[-1].derived
    words = {run["accession"]: [] for run in job.spec["runs"]}
    report, manifests = {}, {}
    for stage in stages:
        whole = [run for run in job.spec["runs"] if all(word["result"] == "done" for word in words[run["accession"]])]
        report = stage.run(whole, stages[:stage.number])
        for word in report.pop("runs"):
            words[word.pop("accession")].append(word)
        manifests.update(stage.manifest())
        # Stands in the report also where a later stage cannot even begin.
        job.partial["runs"] = [of_stages(accession, told, len(stages), tells_stages) for accession, told in words.items()]
        if tells_stages:
            job.partial["manifests"] = manifests
        if report["result"] != "finished":
            break
    # Who is told to stop has no time to bring anything.
    if job.spec.get("bring") and not job.why_stop():
        job.partial["runs"] = bring_results(job, job.partial["runs"])
    return report


def stages_of(spec):
    """What is said of each stage, the last one last; the job itself says that."""
    return list(spec.get("earlier") or []) + [spec]


def inputs_of(spec):
    """[{stage, revision}] of what other batches made of the runs: it lies at home."""
    given = spec.get("inputs") or []
    return [{"stage": wanted(STAGE, one.get("stage"), "stage"), "revision": wanted(REVISION, one.get("revision"), "revision")} for one in given]


def of_stages(accession, words, count, tells_stages):
    """A run as its last stage, or the one that it failed in, tells of it; with the word of every stage where that says more."""
    told = words[-1] if words else {"result": "failed", "reason": "no-outcome", "detail": "no stage came to it"}
    run = dict({"accession": accession}, **{name: told.get(name) for name in ("result", "reason", "detail", "bytes")})
    if not tells_stages:
        return dict(run, files=told.get("files"))
    if len(words) < count and told["result"] == "done":
        run.update(result="failed", reason="no-outcome", detail="the job ended before its next stage")
    return dict(run, stages=[{name: word.get(name) for name in ("stage", "result", "reason", "verdict", "files")} for word in words])


class StageWork:
    """One stage of a job: its pipeline, its staging, and what it works on."""

    def __init__(self, job, given, number):
        self.job, self.given, self.number = job, given, number
        worker, self.name = wanted(ID, job.spec.get("workerId"), "workerId"), wanted(STAGE, given.get("stage"), "stage")
        self.revision = wanted(REVISION, given.get("revision"), "revision")
        self.staging = below(job.root / "staging", job.root / given["staging"])
        self.reuse = [str(below(job.root / "staging", job.root / path)) for path in given.get("reuse", [])]
        self.work = job.root / "work" / worker / self.name
        self.derived = bool(given.get("after"))
        self.manifest_path = self.staging / "manifest.json"
        self.tasks = TaskJobs(job) if given.get("tasks") == "cluster" else None
        self.kept = None  # the batch's own work, where an attempt goes on with what those before it left

    def run(self, runs, earlier):
        """Works on these runs; those whose results are published at home already are not made again. The report, with a word on each run."""
        (self.staging / "outcomes").mkdir(parents=True, exist_ok=True)
        home = [run for run in runs if self.published(run).is_dir()]
        missing = [run for run in runs if run not in home and not all(os.path.isdir(path) for path in self.inherited(run).values())]
        left = [run for run in runs if run not in home and run not in missing]
        report, told = dict(EMPTY["run"], result="finished", reason=None), []
        if left:
            self.settle_in([run["accession"] for run in left])
            report = self.work_on([dict(run, inputs=self.inputs(run, earlier)) if self.derived else run for run in left])
            told = [self.judged(one) for one in report.pop("runs")]
            if self.kept:
                self.kept.tell(told, report)
            if self.derived:
                self.sign(told, SIGNING_SECONDS if report["reason"] not in (None,) + NEXTFLOW_REASONS else float("inf"))
        lacks = {"result": "failed", "reason": "input-missing", "detail": "not home any more: what the stages before made of it", "bytes": 0, "files": []}
        told += [dict(lacks, accession=run["accession"]) for run in missing]
        told += [{"accession": run["accession"], "result": "done", "reason": None, "detail": "published before", "bytes": 0, "files": []} for run in home]
        return dict(report, runs=[dict(one, stage=self.name) for one in told])

    def work_on(self, runs):
        """Nextflow's report. One that goes on and fails before it tells of any task is started once more, without what earlier attempts left: a cache that is
        damaged or locked ends the same way each time. Where that fails as soon, the cache was not to blame, and is put back."""
        report, told_nothing = Nextflow(self.job, self, runs).told()
        if not (self.kept and self.kept.was_left and told_nothing):
            return report
        words = said_as_error(report)
        self.job.log("nextflow went on with what earlier attempts left and failed before any task: %s. Once more without that" % words)
        self.kept.set_aside()
        report, told_nothing = Nextflow(self.job, self, runs).told()
        if told_nothing:
            self.kept.put_back()
        else:
            self.job.partial.setdefault("setAside", []).append({"stage": self.name, "words": words})
            self.kept.drop_earlier_tasks()
        return report

    def settle_in(self, accessions):
        """Makes the directories; with tasks on the cluster those of the batch, where nobody else works on it any more."""
        if self.tasks and self.derived and self.tasks.are_alone():
            self.kept = KeptWork(self.job, self.name)
            self.work = self.kept.path
            self.kept.open(accessions, [Path(path) for path in self.reuse])
        self.work.mkdir(parents=True, exist_ok=True)

    def published(self, run):
        return self.job.root / run_directory(self.job.root, dict(run, stage=self.name, revision=self.revision))

    def inputs(self, run, earlier):
        """{stage: directory} of what the stages that this one works on made of a run."""
        parents = [stage for stage in earlier if stage.name in self.given["after"]]
        lying = {stage.name: (stage.published(run), stage.staging / run["accession"]) for stage in parents}
        return dict(self.inherited(run), **{name: str(home if home.is_dir() else staged) for name, (home, staged) in lying.items()})

    def inherited(self, run):
        """{stage: directory} of what other batches made of a run, as far as this stage works on it."""
        asked = [one for one in inputs_of(self.job.spec) if one["stage"] in (self.given.get("after") or [])]
        return {one["stage"]: str(self.job.root / run_directory(self.job.root, dict(run, **one))) for one in asked}

    def pipeline(self):
        """A copy of its own: a kit that is replaced meanwhile changes nothing under a running Nextflow. @raises JobError"""
        own, pinned = self.work / "pipeline", wanted(REVISION, self.given.get("pinned") or self.revision, "revision")
        inner = wanted(INNER_PATH, self.given.get("pipeline"), "pipeline") if self.given.get("repository") else "."
        # Another copy would have other times, and Nextflow would take its scripts for others.
        if self.kept and own.is_dir() and self.kept.pinned() == [pinned, content_hash(own)]:
            return own / inner
        shutil.rmtree(str(own), ignore_errors=True)
        if self.given.get("repository"):
            check_out(self.job, self.given["repository"], pinned, own)
        else:
            self.copy_from_kit(own, pinned)
        if self.kept:
            self.kept.pin([pinned, content_hash(own)])
        return own / inner

    def copy_from_kit(self, own, pinned):
        kept = self.job.kit / "pipelines" / wanted(STAGE, self.given.get("pipeline"), "pipeline")
        if not (kept / "main.nf").is_file():
            raise JobError("pipeline-missing", "no pipeline at %s" % kept)
        shutil.copytree(str(kept), str(own))
        if not content_hash(own).startswith(pinned):
            raise JobError("revision-mismatch", "the kit holds %s of %s, asked for %s" % (content_hash(own)[:12], self.given["pipeline"], pinned))

    def judged(self, told):
        """The pipeline's word on a run, unless what counts as success is not there."""
        directory = self.staging / told["accession"]
        if self.derived and told["result"] == "done":
            patterns = (self.given.get("success") or {}).get("files") or ["*"]
            missing = [pattern for pattern in patterns if not any(path.stat().st_size for path in plain_files(directory) if fnmatch.fnmatch(path.name, pattern))]
            if missing:
                return dict(told, result="failed", reason="output-missing", detail="nothing is called %s" % ", ".join(missing), files=[])
        return told

    def sign(self, told, within_seconds):
        """Writes what this stage made, file by file; the job's end carries the sha256 of it, and what is not in it is never published."""
        hashes = {run["accession"]: run["filesHash"] for run in self.job.spec["runs"]}
        until, runs = time.monotonic() + within_seconds, []
        for one in [one for one in told if one["result"] == "done"]:
            if time.monotonic() > until:
                one.update(result="failed", reason="stopped", detail="no time was left to sign its files")
                continue
            paths = plain_files(self.staging / one["accession"])
            one["files"] = [{"name": path.name, "bytes": path.stat().st_size, "md5": md5_of(path, lambda: None)} for path in paths]
            one["bytes"] = sum(found["bytes"] for found in one["files"])
            runs.append({"accession": one["accession"], "filesHash": hashes[one["accession"]], "files": one["files"]})
        write_json(self.manifest_path, {"v": 1, "stage": self.name, "revision": self.revision, "runs": runs})

    def manifest(self):
        if not self.derived or not self.manifest_path.is_file():
            return {}
        return {self.name: hashlib.sha256(self.manifest_path.read_bytes()).hexdigest()}


def plain_files(directory):
    """Regular files that can be published, by name; nothing below, no link, no hidden one."""
    if not directory.is_dir() or directory.is_symlink():
        return []
    return sorted(path for path in directory.iterdir() if FILE_NAME.match(path.name) and path.name != "run.json" and path.is_file() and not path.is_symlink())


def check_out(job, repository, commit, directory):
    """One commit of a Git repository, and nothing else of it. @raises JobError"""
    wanted(REPOSITORY, repository, "repository")
    wanted(COMMIT, commit, "pinned")
    git = ["git", "-c", "protocol.allow=never", "-c", "protocol.https.allow=always", "-c", "protocol.file.allow=always", "-C", str(directory)]
    directory.mkdir(parents=True)
    for command in (["init", "--quiet"], ["fetch", "--quiet", "--depth", "1", "--", repository, commit], ["checkout", "--quiet", "--detach", commit]):
        code, said = run_git(job, git + command)
        if code != 0:
            raise JobError("pipeline-unavailable", "git %s: %s" % (command[0], said if code is not None else "no end within %d s" % GIT_SECONDS))
    return directory


def run_git(job, command):
    """(exit code, what it said at its end) of a git that ends when the job is told to; the code is None after a time-out. @raises JobError"""
    with tempfile.TemporaryFile(dir=str(job.dir)) as out:
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
                env=dict(os.environ, GIT_TERMINAL_PROMPT="0", TRAWL_JOB=str(job.dir)),
            )
        except OSError as error:
            raise JobError("pipeline-unavailable", "git: %s" % error) from error
        until = time.monotonic() + GIT_SECONDS
        try:
            while process.poll() is None and time.monotonic() < until:
                job.check_stop()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.25)
            code = process.poll()
        finally:
            end_session(job, process, "git")
        out.seek(0)
        return code, out.read().decode("utf-8", "replace").strip()[-500:]


# Of what a pipeline says of a run, at most so much is told on.
TOLD_CHARACTERS = 2000
MD5 = re.compile(r"[0-9a-f]{32}\Z")


def outcome_at(path):
    """What a pipeline wrote of a run, or None where it wrote nothing that can be used. A pipeline is not ours: each field that is told on is of its kind,
    or the control plane would refuse the whole report."""
    found = read_json(path)
    if not isinstance(found, dict) or found.get("result") not in ("done", "failed"):
        return None
    words = {name: found[name] if isinstance(found[name], str) else json.dumps(found[name]) for name in ("reason", "detail") if found.get(name) is not None}
    told = {name: words[name][:TOLD_CHARACTERS] if name in words else None for name in ("reason", "detail")}
    return dict(found, bytes=found.get("bytes") if is_size(found.get("bytes")) else None, **told)


def is_size(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53


def is_file_entry(value):
    """Whether it names a file that can be published, with its size and md5."""
    if not isinstance(value, dict) or not is_size(value.get("bytes")):
        return False
    return all(isinstance(value.get(name), str) and pattern.match(value[name]) for name, pattern in (("name", FILE_NAME), ("md5", MD5)))


# Other reasons than these are of one that was stopped from here.
NEXTFLOW_REASONS = ("nextflow-died", "nextflow-failed")


class Nextflow:
    """One Nextflow process under a watchdog, in a session of its own; the runs of one stage."""

    def __init__(self, job, stage, runs):
        self.job, self.stage, self.runs, self.staging, self.work = job, stage, runs, stage.staging, stage.work
        self.inputs = (stage.kept.path if stage.kept else job.dir) / "runs.json"
        self.pipeline = stage.pipeline()
        if not (self.pipeline / "main.nf").is_file():
            raise JobError("pipeline-missing", "no main.nf at %s" % self.pipeline)
        self.process = None
        self.out, self.err = job.dir / "nextflow.out", job.dir / "nextflow.err"

    def command(self):
        job = self.job
        opens = ["--add-opens=java.base/%s=ALL-UNNAMED" % name for name in JAVA_OPENS]
        name = "t" + hashlib.sha256(("%s %s" % (job.id, self.stage.name)).encode("utf-8")).hexdigest()[:20]
        profile = self.stage.given.get("profile")
        return (
            [job.java, "-Dfile.encoding=UTF-8", "-Djava.awt.headless=true"] + JAVA_LIGHT + opens
            + ["-cp", str(job.kit / "nextflow" / "lib" / "*"), "nextflow.cli.Launcher", "-log", str(job.dir / "nextflow.log")]
            + ["run", str(self.pipeline / "main.nf"), "-ansi-log", "false", "-name", name, "-c", str(job.dir / "trace.config")]
            + ["-params-file", str(job.dir / "params.json"), "-with-trace", str(job.dir / "trace.txt"), "-w", str(self.stage.kept.tasks if self.stage.kept else self.work / "tasks")]
            + (["-profile", wanted(PROFILES, profile, "profile")] if profile else [])
            + (["-resume"] if self.stage.kept else [])
        )

    def prepare(self):
        job, given = self.job, self.stage.given
        write_json(self.inputs, self.runs)
        own = {"runs": str(self.inputs), "outdir": str(self.staging), "reuse": [] if self.stage.kept else self.stage.reuse}
        at_once = {"parallel": given["atOnce"]} if given.get("atOnce") else {}
        write_json(job.dir / "params.json", dict(given.get("parameters") or {}, **at_once, **own))
        fields = "task_id,hash,process,tag,status,exit,realtime,peak_rss,rchar,wchar" + (",native_id" if self.stage.tasks else "")
        config = "trace { raw = true; overwrite = true; fields = '%s' }\n" % fields
        if given.get("retries") is not None:
            tries = int(given["retries"])
            config += "process { withName: '.*' { errorStrategy = { task.attempt <= %d ? 'retry' : 'ignore' }\n maxRetries = %d } }\n" % (tries, tries)
        if self.stage.tasks:
            config += self.stage.tasks.config()
            remove_quietly(job.dir / "trace.txt")  # of the stage before it: what is there was told by this one
        write_whole(job.dir / "trace.config", config)

    def environment(self):
        # The marker finds every descendant again, whatever session or group it has put itself into.
        tools = [str(self.job.kit / "tools" / "bin"), os.environ.get("PATH") or os.defpath]
        own = {"PATH": os.pathsep.join(tools), "NXF_OFFLINE": "true", "NXF_HOME": str(self.work / "nxf"), "NXF_ANSI_LOG": "false", "NXF_DISABLE_CHECK_LATEST": "true"}
        base = self.stage.tasks.environment() if self.stage.tasks else os.environ
        return dict(base, TRAWL_JOB=str(self.job.dir), **own)

    def run(self):
        """Starts Nextflow and waits for its end. The reason if it was stopped from here, else None."""
        self.prepare()
        self.job.check_stop()
        with open(str(self.out), "wb") as out, open(str(self.err), "wb") as err:
            try:
                self.process = subprocess.Popen(
                    self.command(), cwd=str(self.work), stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                    env=self.environment(), start_new_session=True,
                )
            except OSError as error:
                raise JobError("java-missing", "cannot start java: %s" % error) from error
            self.job.log("nextflow started, process %d" % self.process.pid)
            try:
                return self.watch()
            finally:
                self.stop()

    def watch(self):
        looked = 0.0
        while self.process.poll() is None:
            reason = self.job.why_stop()
            if reason:
                self.job.log("stopping nextflow: %s" % reason)
                return reason
            if time.monotonic() - looked >= min(10, self.job.channel.alive_seconds if self.job.channel else 10):
                looked = time.monotonic()
                self.job.tell(self.progress())
            try:
                self.process.wait(0.25)
            except subprocess.TimeoutExpired:
                pass
        # Its tasks may be cancelled before the word to stop is seen here: what failed of that was stopped.
        return self.job.why_stop() if self.process.returncode else None

    def stop(self):
        end_session(self.job, self.process, "nextflow")
        if self.stage.tasks:
            self.stage.tasks.end_own()

    def told(self):
        """(its report, whether it failed before it told of any task)"""
        report = self.report(self.run())
        return report, report["reason"] == "nextflow-failed" and not trace_rows(self.job.dir / "trace.txt")

    def outcomes(self):
        """What the pipeline wrote per run; a run without a whole outcome has failed."""
        found = []
        for run in self.runs:
            lacking = {"result": "failed", "reason": "no-outcome", "detail": "the pipeline wrote no outcome for this run"}
            outcome = outcome_at(self.staging / "outcomes" / (run["accession"] + ".json")) or lacking
            kept = {name: outcome.get(name) for name in ("result", "reason", "detail", "bytes")}
            words = outcome.get("verdict")
            verdict = words if isinstance(words, str) and VERDICT.match(words) else None
            found.append(dict({"accession": run["accession"]}, **kept, verdict=verdict, files=[] if self.stage.derived else self.files_of(run, outcome)))
        return found

    def files_of(self, run, outcome):
        """The run's manifest as its outcome tells it; without one, what lies there whole and verifies."""
        names = ("name", "bytes", "md5")
        if isinstance(outcome.get("files"), list):
            return [{name: item[name] for name in names} for item in outcome["files"] if is_file_entry(item)]
        lying = []
        for listed in run["files"]:
            path = self.staging / run["accession"] / listed["name"]
            try:
                info = os.lstat(str(path))
                # Who is told to stop has no time to hash.
                if stat.S_ISREG(info.st_mode) and info.st_size == listed["bytes"] and md5_of(path, self.job.check_stop) == listed["md5"]:
                    lying.append({name: listed[name] for name in names})
            except (OSError, JobError):
                continue
        return lying

    def progress(self):
        rows = trace_rows(self.job.dir / "trace.txt")
        submitted = tail_of(self.out, 4 * 1024 * 1024).count("] Submitted process > ")
        done = sum(1 for row in rows if row.get("status") in ("COMPLETED", "CACHED"))
        results = [(outcome_at(path) or {}).get("result") for path in (self.staging / "outcomes").glob("*.json")]
        return {
            "submitted": max(submitted, len(rows)), "running": max(0, submitted - len(rows)), "done": done, "failed": len(rows) - done,
            "bytes": size_below(self.staging),
            "runs": {"total": len(self.runs), "done": results.count("done"), "failed": results.count("failed")},
            # The control plane keeps the numbers of the top level alone.
            "stage": self.stage.number + 1,
            "runsTotal": len(self.runs), "runsDone": results.count("done"), "runsFailed": results.count("failed"),
        }

    def failing(self, said, reason):
        """The process that failed; of several stages also which it was in."""
        process = said.group(1) if said else None
        return "%s: %s" % (self.stage.name, process or "Nextflow") if reason and self.job.spec.get("earlier") else process

    def report(self, stopped):
        self.job.tell(self.progress())
        code = self.process.returncode
        killed = signal.Signals(-code).name if code < 0 else None
        out, err = tail_of(self.out), tail_of(self.err)
        failing = re.search(r"Error executing process > '([^'\n]{1,200})", out + err)
        # Java answers SIGTERM with 143; 137 is a SIGKILL seen through a shell.
        died = "nextflow-died" if killed or code in (137, 143) else "nextflow-failed"
        reason = stopped or (None if code == 0 else died)
        return {
            "result": "failed" if reason else "finished", "reason": reason,
            "exitCode": None if killed else code, "signal": killed, "process": self.failing(failing, reason),
            "stdoutTail": out, "stderrTail": err, "runs": self.outcomes(),
        }


def said_as_error(report):
    """The line in which Nextflow says why it failed, else the last that it said."""
    said = (report["stdoutTail"] + "\n" + report["stderrTail"]).strip()
    return (re.search(r"^ERROR ~ (.+)", said, re.MULTILINE) or re.search(r"([^\n]*)\Z", said)).group(1)[:300]


def slurm(*command, seconds=None):
    """What a command of Slurm says. @raises SlurmAway"""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=seconds or SLURM_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SlurmAway("%s: %s" % (command[0], error)) from error
    if done.returncode != 0:
        raise SlurmAway("%s: %s" % (command[0], done.stderr.decode("utf-8", "replace").strip()[-300:]))
    return done.stdout.decode("utf-8", "replace")


def account():
    return pwd.getpwuid(os.getuid()).pw_name


class TaskJobs:
    """The tasks of a stage as jobs of the cluster. All bear one name, by which the gate finds them too; no name of a worker's job holds a colon."""

    def __init__(self, job):
        self.job, self.key = job, wanted(ID, job.key, "key")
        limits = job.spec.get("taskLimits")
        if not isinstance(limits, dict):
            raise JobError("tasks-not-allowed", "the stage wants its tasks to be jobs of the cluster, and the installation allows none (cluster.tasks)")
        self.limits = limits
        self.name = "task:" + self.key

    def whole(self, name):
        value = self.limits.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            raise JobError("invalid-spec", "taskLimits.%s: %r" % (name, value))
        return value

    def ends_at(self):
        """When no task may run any more: the worker's job stops before that (epoch seconds of this node's clock)."""
        own = self.job.started_epoch + self.job.time_minutes * 60 if self.job.time_minutes else float("inf")
        return int(min(own, time.time() + self.job.left_seconds(), time.time() + 366 * 86400)) - TASK_MARGIN_SECONDS

    def config(self):
        """What Nextflow is told; it stands above the pipeline's own configuration. The limits are of its scope of the executor, which wins over the general one."""
        rest = "nextflow.util.Duration.of(Math.max(60000L, %d000L - System.currentTimeMillis()))" % self.ends_at()
        limits = ["time: %s" % rest]
        limits += ["cpus: %d" % self.whole("maxCpus")] if self.whole("maxCpus") else []
        limits += ["memory: nextflow.util.MemoryUnit.of('%d MB')" % self.whole("maxMemoryMb")] if self.whole("maxMemoryMb") else []
        process = ["executor = 'slurm'", "time = { %s }" % rest, "resourceLimits = { [%s] }" % ", ".join(limits)]
        process += ["clusterOptions = '--comment=trawl-task:%s:%d'" % (self.key, self.job.deadline or 0)]
        if self.limits.get("partition"):
            process.append("queue = '%s'" % wanted(RESOURCE, self.limits["partition"], "taskLimits.partition"))
        executor = ["queueSize = %d" % self.whole("queueSize"), "submitRateLimit = '%d/1min'" % self.whole("submitsPerMinute"), "pollInterval = '%d sec'" % self.whole("pollSeconds")]
        return "process {\n  %s\n}\nexecutor {\n  $slurm {\n    %s\n  }\n}\n" % ("\n  ".join(process), "\n    ".join(executor))

    def environment(self):
        """What sbatch takes before anything that a script says. What Slurm told this job of itself is none of its tasks' business: srun in them would take it for its own."""
        site = set(self.job.config.get("environment") or {}) | {"SLURM_CONF"}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SLURM_") or name in site}
        own = {"SBATCH_" + name.upper(): wanted(RESOURCE, self.limits[name], "taskLimits." + name) for name in ("account", "qos") if self.limits.get(name)}
        return dict(kept, SBATCH_JOB_NAME=self.name, **own)

    def end_own(self):
        """Cancels what Nextflow left, and lets it leave while there is time. What cannot be asked now is found by the gate and the reaper."""
        until = time.monotonic() + (0 if self.job.why_stop() else STOP_GRACE_SECONDS)
        try:
            while True:
                left = [slurm_id for slurm_id, name in living(self.seconds()) if name == self.name]
                if not left:
                    return
                self.job.log("cancelling %d tasks that nextflow left" % len(left))
                slurm("scancel", *left, seconds=self.seconds())
                if time.monotonic() >= until:
                    return
                time.sleep(LOOK_SECONDS)
        except SlurmAway as error:
            self.job.log("tasks: %s" % error)

    def seconds(self):
        return STOPPED_SLURM_SECONDS if self.job.why_stop() else SLURM_SECONDS

    def are_alone(self):
        """Ends tasks that earlier attempts of this batch left. True once no job of another attempt lives; False where one stays, or Slurm does not say."""
        until = time.monotonic() + LEAVE_SECONDS
        while True:
            try:
                others = self.others()
                left = [slurm_id for slurm_id, name, is_earlier in others if is_earlier and name.startswith("task:")]
                if left:
                    slurm("scancel", *left)
            except SlurmAway as error:
                self.job.log("what earlier attempts left is not gone on with: %s" % error)
                return False
            if not others:
                return True
            if time.monotonic() > until:
                self.job.log("what earlier attempts left is not gone on with: %s lives" % others[0][1])
                return False
            self.job.check_stop()
            time.sleep(LOOK_SECONDS)

    def others(self):
        """[(Slurm id, name, whether of an earlier one)] of every living job of another attempt of this batch, its tasks included."""
        own = self.key.rpartition(".")[0] + "."
        batch = own.rpartition(".a")[0] + ".a"

        def number(key):
            match = re.match(r"(\d+)\.", key[len(batch):])
            return int(match.group(1)) if match else float("inf")

        found = [(slurm_id, name, name[len("task:"):] if name.startswith("task:") else name) for slurm_id, name in living()]
        return [(slurm_id, name, number(key) < number(own)) for slurm_id, name, key in found if key.startswith(batch) and not key.startswith(own)]


def living(seconds=None):
    """[(Slurm id, name)] of this account's jobs that wait, run or end. @raises SlurmAway"""
    rows = [line.split("|", 1) for line in slurm("squeue", "-h", "--user=" + account(), "-o", "%i|%j", seconds=seconds).splitlines()]
    return [(row[0].strip(), row[1].strip()) for row in rows if len(row) == 2]


class KeptWork:
    """Work of one stage that belongs to the batch: Nextflow's cache and its tasks. Nextflow knows a task by its script, so whatever stands in scripts has the
    same path in every attempt, but for OUTDIR: what wrote there by itself is done anew, since nothing of it is in the new attempt's staging."""

    def __init__(self, job, stage):
        batch, attempt = batch_and_attempt(wanted(ID, job.spec.get("workerId"), "workerId"))
        self.path = job.root / "work" / batch / stage
        # Of its own: Nextflow would do a task again where an earlier try of it lies, and take that one's exit code for the new one's.
        self.tasks = self.path / "tasks" / attempt
        self.told, self.pins = self.path / "told.json", self.path / "pinned.json"
        # Nextflow's cache and history, and what it keeps of its own.
        self.memory, self.aside = (self.path / ".nextflow", self.path / "nxf"), self.path / ("aside-" + attempt)
        self.was_left = self.path.is_dir()

    def open(self, accessions, stagings):
        """Takes up what was left. Of runs that the pipeline itself called failed nothing stays: its task may have ended 0, and Nextflow would call it done.
        `stagings`: of earlier attempts, which may have died before they told."""
        failed = set((read_json(self.told) or {}).get("failed") or []).intersection(accessions)
        for path in (staging / "outcomes" / (accession + ".json") for staging in stagings for accession in accessions):
            if (outcome_at(path) or {}).get("result") == "failed":
                failed.add(path.stem)
        self.forget({wanted(ACCESSION, accession, "accession").encode("ascii") for accession in failed})

    def forget(self, names):
        for task in (self.path / "tasks").glob("*/??/*") if names else []:
            if names.intersection(named_runs(task)):
                remove_tree(task)

    def set_aside(self):
        """Renamed, not removed: whoever still holds it, on a node that does not answer, goes on in it alone."""
        self.aside.mkdir()
        for path in self.memory:
            if os.path.lexists(str(path)):
                os.rename(str(path), str(self.aside / path.name))

    def put_back(self):
        for path in self.memory:
            if os.path.lexists(str(self.aside / path.name)):
                shutil.rmtree(str(path), ignore_errors=True)
                os.rename(str(self.aside / path.name), str(path))
        self.aside.rmdir()

    def drop_earlier_tasks(self):
        """No cache leads to them any more."""
        for path in self.tasks.parent.iterdir():
            if path != self.tasks:
                shutil.rmtree(str(path), ignore_errors=True)

    def tell(self, told, report):
        """Notes whose tasks are not to be taken over. `told`: the words on the runs; one without an outcome failed only where Nextflow went through."""
        open_ones = ("stopped",) if report["result"] == "finished" else ("stopped", "no-outcome")
        failed = sorted(one["accession"] for one in told if one["result"] != "done" and one["reason"] not in open_ones)
        write_json(self.told, {"v": 1, "failed": failed})

    def pinned(self):
        return (read_json(self.pins) or {}).get("pipeline")

    def pin(self, what):
        write_json(self.pins, {"pipeline": what})


def batch_and_attempt(worker):
    """The two that `<batch>.a<attempt>` names. @raises JobError"""
    batch, dot, attempt = worker.rpartition(".a")
    if not dot or not attempt.isdigit():
        raise JobError("invalid-spec", "workerId: %r" % worker)
    return batch, attempt


def named_runs(task):
    """Accessions that a task's directory names, in its script or among its inputs."""
    found = set()
    for name in (".command.sh", ".command.run"):
        try:
            found.update(NAMED_RUN.findall((task / name).read_bytes()))
        except OSError:
            continue
    return found


def trace_rows(path):
    """Rows of Nextflow's trace file; a last line that is still being written is left out."""
    try:
        with open(str(path), encoding="utf-8", errors="replace", newline="") as stream:
            content = stream.read()
    except OSError:
        return []
    lines = content[: content.rfind("\n") + 1].splitlines()
    header = lines[0].split("\t") if lines else []
    rows = [line.split("\t") for line in lines[1:]]
    return [dict(zip(header, row)) for row in rows if len(row) == len(header)]


def size_below(directory):
    total = 0
    for base, _directories, names in os.walk(str(directory)):
        for name in names:
            try:
                total += os.lstat(os.path.join(base, name)).st_size
            except OSError:
                continue
    return total


def end_session(job, process, name):
    """Ends a process and everything it started: asked first, then killed. A Nextflow that was killed leaves its tasks running."""
    if process.poll() is None:
        signal_group(process.pid, signal.SIGTERM)
        try:
            process.wait(STOP_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            job.log("%s ignores SIGTERM: killed" % name)
    signal_group(process.pid, signal.SIGKILL)
    # Twice: a process may fork between the look and the kill.
    for _round in range(2):
        for pid in descendants(process.pid, job.dir):
            send_signal(pid, signal.SIGKILL)
    process.wait()


def send_signal(pid, number):
    try:
        os.kill(pid, number)
    except OSError:
        pass


def signal_group(group, number):
    try:
        os.killpg(group, number)
    except OSError:
        pass


def descendants(session, job_dir):
    """Processes that belong to this session or carry the job's marker, this process never among them.

    The marker is the job's directory: another installation of the same user may run a job of the same name on this node."""
    marker = b"TRAWL_JOB=" + os.fsencode(str(job_dir))
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) in (os.getpid(), os.getppid()):
            continue
        try:
            fields = Path("/proc", name, "stat").read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()
            if fields[0] == "Z":
                continue
            if int(fields[3]) == session or marker in Path("/proc", name, "environ").read_bytes().split(b"\0"):
                found.append(int(name))
        except (OSError, IndexError, ValueError):
            continue
    return found


# ---------------------------------------------------------------------------------------------- kind verify


def do_verify(job):
    """Checks staged files against the stored listing's size and md5, then publishes each run by one rename.

    Safe to repeat: what is published already is hashed again where it lies, and never overwritten."""
    runs = settle_runs(job, job.spec["runs"])
    if all(run["result"] == "verified" for run in runs):
        # Everything that was worth having is home. Otherwise the next attempt reuses what lies here.
        worker = wanted(ID, job.spec.get("workerId"), "workerId")
        for remove in (remove_worker, remove_batch):
            try:
                remove(job, worker)
            except OSError as error:  # the results are home all the same: a tidying removes what is left
                job.log("left for a tidying: %s" % error)
    return {"result": "finished", "reason": None, "runs": runs}


def settle_runs(job, asked):
    """Checks and publishes these runs; the entry of each."""
    gid = group_id(job.spec.get("group") or job.config.get("group"))
    publishers = [publisher_of(job, gid, given) for given in stages_of(job.spec)]
    done = {"verified": 0, "other": 0, "bytes": 0}
    lock = threading.Lock()

    def one(run):
        entry = settle_stages(publishers, run)
        with lock:
            done["verified" if entry["result"] == "verified" else "other"] += 1
            done["bytes"] += entry["bytes"]
            job.tell({"total": len(asked), "done": done["verified"], "failed": done["other"], "bytes": done["bytes"]})
        return entry

    workers = max(1, int(os.environ.get("SLURM_CPUS_PER_TASK") or 1))
    with concurrent.futures.ThreadPoolExecutor(max_workers=workers) as pool:
        # JobError (told to stop) leaves through map; what was published until then stays and is found by the next try.
        return list(pool.map(one, asked))


def publisher_of(job, gid, given):
    """What publishes one stage, in front of the manifest that its worker signed where it made files of its own. @raises JobError"""
    wanted(STAGE, given.get("stage"), "stage")
    wanted(REVISION, given.get("revision"), "revision")
    staging = below(job.root / "staging", job.root / given["staging"])
    before = inputs_of(job.spec) + [{"stage": one["stage"], "revision": one["revision"]} for one in job.spec.get("earlier") or []]
    origin = {"derived": True, "earlier": before} if given is job.spec and before else {"derived": True} if given.get("derived") else {}
    return Publisher(job, staging, gid, origin, given, signed_files(staging, given) if given.get("derived") else None)


def signed_files(staging, given):
    """{(accession, filesHash): files} of the manifest whose sha256 the worker signed; empty where it signed none, or another. A worker may have signed
    anything: what is not of the form is left out, and its run is *unsigned*."""
    try:
        raw = (staging / "manifest.json").read_bytes()
    except OSError:
        return {}
    if hashlib.sha256(raw).hexdigest() != given.get("manifest"):
        return {}
    try:
        told = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        return {}
    runs = told.get("runs") if isinstance(told, dict) else None
    whole = [run for run in runs if is_signed_run(run)] if isinstance(runs, list) else []
    return {(run["accession"], run["filesHash"]): run["files"] for run in whole}


def is_signed_run(run):
    if not isinstance(run, dict) or not isinstance(run.get("files"), list):
        return False
    return all(isinstance(run.get(name), str) for name in ("accession", "filesHash")) and all(is_file_entry(found) for found in run["files"])


def as_signed_for(runs, staging, given):
    """Those of the runs that the worker signed, each with the files that it signed."""
    signed = signed_files(staging, given)
    return [dict(run, files=signed[key]) for run in runs for key in [(run["accession"], run["filesHash"])] if key in signed]


def settle_stages(publishers, run):
    """The entry of a run whose stages are all verified, or of the first one that is not; what comes after that one is not published."""
    verified = []
    for publisher in publishers:
        entry = publisher.settle(run)
        if entry["result"] != "verified":
            break
        verified.append({"stage": publisher.stage, "revision": publisher.revision, "bytes": entry["bytes"]})
    return dict(entry, stages=verified) if len(publishers) > 1 or publishers[0].signed is not None else entry


def group_id(name):
    if not name:
        return None
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError as error:
        raise JobError("group-unknown", "no group %s on %s" % (name, socket.gethostname())) from error


def run_directory(root, entry):
    """Where a run of these files through this revision of a stage lies: relative to the root. @raises JobError"""
    accession = wanted(ACCESSION, entry.get("accession"), "accession")
    files_hash = wanted(FILES_HASH, entry.get("filesHash"), "filesHash")
    stage, revision = wanted(STAGE, entry.get("stage"), "stage"), wanted(REVISION, entry.get("revision"), "revision")
    relative = Path("runs", accession[:6], accession, files_hash, "%s@%s" % (stage, revision))
    below(root / "runs", root / relative)
    return relative


def left_in_place(directory):
    """{name: path} of files that an adoption left where they were, as the published run.json says; empty for all other runs."""
    elsewhere = (read_json(directory / "run.json") or {}).get("inPlace")
    return {name: path for name, path in elsewhere.items() if isinstance(path, str)} if isinstance(elsewhere, dict) else {}


def lying_at(path, elsewhere):
    """The file behind a name of a run: itself, or, where it is the very link that an adoption made, what that leads to."""
    given = elsewhere.get(path.name)
    return Path(given) if given and path.is_symlink() and os.readlink(str(path)) == given else path


class Publisher:
    """Checks and publishes runs; each answer is one entry of the report. `origin`: further fields of run.json. `signed`: the files of a stage
    that made its own, by run; they stand for those of the listing."""

    def __init__(self, job, staging, gid, origin=None, given=None, signed=None):
        self.job, self.staging, self.gid, self.origin, self.signed = job, staging, gid, origin or {}, signed
        self.stage, self.revision = (given or job.spec)["stage"], (given or job.spec)["revision"]
        mask = os.umask(0)
        os.umask(mask)
        self.file_mode = 0o444 & ~mask
        self.published_mode = 0o2555 & ~mask
        self.directory_mode = 0o2775 & ~mask

    def settle(self, run):
        self.job.check_stop()
        entry = {"accession": run.get("accession"), "filesHash": run.get("filesHash"), "reason": None, "detail": None, "path": None, "bytes": 0, "files": []}
        try:
            path, files = self.publish(run if self.signed is None else self.as_signed(run))
            return dict(entry, result="verified", path=str(path), bytes=sum(found["bytes"] for found in files), files=files)
        except RunRefused as error:
            return dict(entry, result=error.result, reason=error.reason, detail=str(error))
        except OSError as error:
            return dict(entry, result="refused", reason="publish-failed", detail="%s: %s" % (type(error).__name__, error))

    def as_signed(self, run):
        """The run with the files that its worker signed; of one that is published, with those of its own record. @raises RunRefused"""
        published = read_json(self.job.root / run_directory(self.job.root, dict(run, stage=self.stage, revision=self.revision)) / "run.json")
        files = published.get("files") if isinstance(published, dict) else self.signed.get((run["accession"], run["filesHash"]))
        if not files:
            raise RunRefused("missing", "unsigned", "its worker signed no files of it in stage %s" % self.stage)
        return dict(run, files=files)

    def place_of(self, run):
        """Where a run belongs, relative to the root; its names are checked. @raises RunRefused"""
        try:
            relative = run_directory(self.job.root, dict(run, stage=self.stage, revision=self.revision))
        except JobError as error:
            raise RunRefused("refused", "unsafe-name", str(error)) from error
        names = [found.get("name") for found in run["files"]]
        for name in names:
            if not isinstance(name, str) or not FILE_NAME.match(name) or name == "run.json" or names.count(name) > 1:
                raise RunRefused("refused", "unsafe-name", "file name %r" % (name,))
        return relative

    def publish(self, run):
        relative = self.place_of(run)
        target, source = self.job.root / relative, self.staging / run["accession"]
        if target.is_symlink() or source.is_symlink():
            raise RunRefused("refused", "unsafe-path", "a link stands where the run's directory should be")
        if target.is_dir():
            return relative, self.check_published(run, target)
        if not source.is_dir():
            raise RunRefused("missing", "missing", "nothing staged for this run")
        files = self.check(run, source)
        self.seal(run, source, files)
        self.move(source, target)
        return relative, files

    def check_published(self, run, target):
        try:
            files = self.check(run, target, left_in_place(target))
        except RunRefused as error:
            raise RunRefused("refused", "published-differs", "%s: %s" % (error.reason, error)) from error
        self.finish(target)
        return files

    def check(self, run, directory, elsewhere=None):
        """The files as found, each equal to the listing in size and md5. `elsewhere`: see `left_in_place`. @raises RunRefused"""
        sizes, paths = {}, {listed["name"]: lying_at(directory / listed["name"], elsewhere or {}) for listed in run["files"]}
        for listed in run["files"]:
            try:
                info = os.lstat(str(paths[listed["name"]]))
            except FileNotFoundError:
                raise RunRefused("missing", "missing", "%s is not there" % listed["name"]) from None
            if not stat.S_ISREG(info.st_mode):
                raise RunRefused("refused", "not-a-file", "%s is no regular file" % listed["name"])
            sizes[listed["name"]] = info.st_size
        for listed in run["files"]:
            if sizes[listed["name"]] != listed["bytes"]:
                raise RunRefused("refused", "size-mismatch", "%s has %d bytes, listed %d" % (listed["name"], sizes[listed["name"]], listed["bytes"]))
        for listed in run["files"]:
            found = md5_of(paths[listed["name"]], self.job.check_stop)
            if found != listed["md5"]:
                raise RunRefused("refused", "md5-mismatch", "%s has md5 %s, listed %s" % (listed["name"], found, listed["md5"]))
        return [{name: listed[name] for name in ("name", "bytes", "md5")} for listed in run["files"]]

    def seal(self, run, directory, files):
        """Makes the staged directory what will be published: the listed files and run.json, nothing else, on the disk."""
        listed = {found["name"] for found in files}
        for path in directory.iterdir():
            if path.is_dir() and not path.is_symlink():
                remove_tree(path)
            elif path.name not in listed:
                path.unlink()
        record = {
            "v": 1, "accession": run["accession"], "filesHash": run["filesHash"], "stage": self.stage,
            "revision": self.revision, "workerId": self.job.spec.get("workerId"), "verifiedBy": self.job.id,
            "verifiedAt": now_text(), "files": files, "metadata": run.get("metadata") or {},
        }
        write_whole(directory / "run.json", json.dumps(dict(record, **self.origin), indent=2, sort_keys=True) + "\n")
        for path in directory.iterdir():
            if path.is_symlink():
                continue  # a file that is left where it is: not ours to change
            self.own(path)
            os.chmod(str(path), self.file_mode)
            handle = os.open(str(path), os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        sync_directory(directory)

    def move(self, source, target):
        """The rename that publishes. A directory that has appeared meanwhile is never replaced: rename refuses it."""
        self.make_parents(target.parent)
        try:
            os.rename(str(source), str(target))
        except OSError as error:
            raise RunRefused("refused", "publish-failed", str(error)) from error
        self.finish(target)
        sync_directory(target.parent)
        sync_directory(source.parent)

    def finish(self, target):
        """Modes of a published directory, set after the rename: who is not root cannot move a read-only directory."""
        self.own(target)
        if stat.S_IMODE(os.stat(str(target)).st_mode) != self.published_mode:
            os.chmod(str(target), self.published_mode)

    def make_parents(self, directory):
        if directory.is_dir():
            return
        self.make_parents(directory.parent)
        try:
            directory.mkdir()
        except FileExistsError:
            return
        self.own(directory)
        os.chmod(str(directory), self.directory_mode)
        sync_directory(directory.parent)

    def own(self, path):
        if self.gid is not None and os.lstat(str(path)).st_gid != self.gid:
            os.chown(str(path), -1, self.gid, follow_symlinks=False)


# ---------------------------------------------------------------------------------------------- kind sweep

# Ends of rsync as observed with rsync 3.5.0 and OpenSSH 9.2; 255 is ssh's own, 137 and 143 are signals. What is not named here will not pass by itself.
PULL_INTERRUPTED = (5, 10, 12, 20, 21, 22, 30, 35, 137, 143, 255)
PULL_PARTIAL = (23, 24)
# What was said tells more than the code, and none of it passes by itself.
PULL_SAYINGS = (
    (re.compile(r"REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed"), "host-key-changed"),
    (re.compile(r"Permission denied \([a-z][a-z0-9,-]*\)|\brrsync error:(?!.*No such file or directory)"), "pull-refused"),
    (re.compile(r"No space left on device|Disk quota exceeded"), "home-full"),
)
PULL_PAUSES = (5, 10, 20, 40)
# Faults of the staged copy: rsync compares size and time alone and would never fetch it anew.
STALE_REASONS = ("md5-mismatch", "size-mismatch", "not-a-file", "unsafe-path")


def judge_pull(code, said):
    """(verdict, reason) of one try: done, again (try again), verify (try again, then look at what came) or fail."""
    if code == 0:
        return "done", None
    for pattern, reason in PULL_SAYINGS:
        if pattern.search(said):
            return "fail", reason
    if code in PULL_PARTIAL or "rrsync error:" in said:  # nothing is there: newer ones of rrsync say so themselves
        return "verify", None
    # An ssh that fails at once is told as 255 or as 12, by who of the two is noticed first.
    began = re.search(r"\((\d+) bytes received so far\)", said)
    if code in (12, 255) and int(began.group(1) if began else code == 12) == 0:
        return "again", "worker-unreachable"
    return ("again", "pull-interrupted") if code in PULL_INTERRUPTED else ("fail", "pull-failed")


def do_sweep(job):
    """Pulls a droplet's results, or what a site has put into the bucket, into staging, then does what *verify* does. Safe to repeat: a cut pull is continued, and what is
    published already is not pulled again."""
    counts = {"exitCode": None, "tries": 0, "files": 0, "bytes": 0}
    job.partial = {"rsync": counts}
    stagings = [below(job.root / "staging", job.root / given["staging"]) for given in stages_of(job.spec)]
    early = EarlySweep(job, stagings[-1], counts) if job.spec.get("early") else None
    pulls = [early] if early else [(BucketPull if job.spec["pull"].get("bucket") else Pull)(job, *one, counts) for one in zip(stagings, stages_of(job.spec))]
    try:
        for pull in pulls:
            pull.run()
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise JobError("home-full", str(error)) from error
    report = early.report() if early else do_verify(job)
    for run in report["runs"]:
        if run["result"] == "refused" and run["reason"] in STALE_REASONS and ACCESSION.match(str(run["accession"])):
            for staging in stagings:
                remove_staged(staging / run["accession"])
    return report


class EarlySweep:
    """A look at a droplet that still works: what its agent says, and the runs that it has whole. Of what is unfinished nothing comes and nothing is lost."""

    def __init__(self, job, staging, counts):
        self.job, self.staging, self.counts = job, staging, counts
        self.worker, self.word = wanted(ID, job.spec.get("workerId"), "workerId"), staging.parent / WORD
        self.done = []

    def run(self):
        """The word and the pipeline's outcomes at one go, then the files of the runs that are done. @raises JobError"""
        remove_staged(self.word)  # an older copy must not stand for what is not there any more
        stage, runs = self.job.spec["stage"], self.job.spec["runs"]
        outcomes = ["+ /%s/outcomes/%s.json" % (stage, wanted(ACCESSION, run.get("accession"), "accession")) for run in runs]
        rules = ["+ /" + WORD] + ["+ /%s/" % stage, "+ /%s/outcomes/" % stage] * bool(runs) + outcomes
        Pull(self.job, self.staging.parent, dict(self.job.spec, stage=""), self.counts).pull(rules, WORD_LIMIT_BYTES)
        self.done = [run for run in runs if self.is_done(wanted(ACCESSION, run.get("accession"), "accession"))]
        done = {run["accession"] for run in self.done}
        missing = [run for run in missing_runs(self.job, self.job.spec) if run["accession"] in done]
        if missing:
            Pull(self.job, self.staging, self.job.spec, self.counts).pull_runs(missing)

    def is_done(self, accession):
        return told_in(self.staging / "outcomes" / (accession + ".json")).get("result") == "done"

    def report(self):
        """A verdict on each run that is done, none on the others; and the word, where there is one of this worker."""
        said, told = told_in(self.word), {}
        if isinstance(said.get("body"), dict) and str(said.get("jobId")).rpartition(".")[0] == self.worker:
            told["word"] = dict(said, body=fit(said["body"], CALLBACK_LIMIT_BYTES // 2))
        return dict({"result": "finished", "reason": None, "runs": settle_runs(self.job, self.done)}, **told)


def told_in(path):
    """The JSON object in a small plain file that came from elsewhere; empty where there is none."""
    try:
        info = os.lstat(str(path))
    except OSError:
        return {}
    # A link could lead to anything that was pulled.
    told = read_json(path) if stat.S_ISREG(info.st_mode) and info.st_size <= WORD_LIMIT_BYTES else None
    return told if isinstance(told, dict) else {}


def remove_staged(path):
    """Removes what lies under this name; a link itself, never what it leads to. True where something was there."""
    if path.is_dir() and not path.is_symlink():
        remove_tree(path)
    elif os.path.lexists(str(path)):
        path.unlink()
    else:
        return False
    return True


def missing_runs(job, given):
    """Those whose results of this stage are not published at home."""
    asked = {name: given[name] for name in ("stage", "revision")}
    return [run for run in job.spec["runs"] if not (job.root / run_directory(job.root, dict(run, **asked))).is_dir()]


class Pull:
    """rsync over ssh of one stage from a droplet, whose host key is the one that it told in its first signed word."""

    def __init__(self, job, staging, given, counts):
        self.job, self.staging, self.source, self.given, self.counts = job, staging, job.spec["pull"], given, counts
        self.most_bytes = 0  # of one file; larger ones stay where they are
        # What is told is the path of the job's own stage; the others lie beside it.
        self.path = os.path.join(os.path.dirname(self.source["path"]), given["stage"]).rstrip("/")
        self.alias = wanted(ID, job.spec.get("workerId"), "workerId").lower()  # not every ssh finds a name with capitals again
        self.out, self.err = job.dir / "rsync.out", job.dir / "rsync.err"

    def run(self):
        """Pulls until all is here, or what can be had. @raises JobError"""
        missing = missing_runs(self.job, self.given)
        if not missing:
            return
        if self.given.get("derived"):
            # Which files there are is what the worker signed.
            self.pull(["+ /manifest.json"], MANIFEST_LIMIT_BYTES)
            missing = as_signed_for(missing, self.staging, self.given)
        if missing:
            self.pull_runs(missing)

    def pull_runs(self, runs):
        listed = [found["bytes"] for run in runs for found in run["files"]]
        self.pull(self.rules_of(runs), max(listed + [WORD_LIMIT_BYTES]))

    def pull(self, rules, most_bytes):
        self.prepare(rules)
        self.most_bytes = most_bytes
        for tries, pause in enumerate(PULL_PAUSES + (None,)):
            code = self.once()
            said = tail_of(self.err)
            verdict, reason = judge_pull(code, said)
            self.counts.update(exitCode=code, tries=self.counts["tries"] + 1)
            self.job.log("rsync try %d: exit %d %s" % (self.counts["tries"], code, said.strip()[-500:]))
            if verdict == "done" or (verdict == "verify" and tries > 0):
                return
            if verdict == "fail" or pause is None:
                raise JobError(reason, "rsync exit %d: %s" % (code, said.strip()[-1000:]))
            self.rest(pause * random.uniform(0.5, 1.0))

    def rules_of(self, missing):
        """The rest of a droplet's staging (parts, tables) is of no use here, and a droplet must not fill this disk with it."""
        rules = ["+ /outcomes/"]
        for run in missing:
            rules += ["+ /outcomes/%s.json" % run["accession"], "+ /%s/" % run["accession"]] + ["+ /%s/%s" % (run["accession"], wanted(FILE_NAME, found["name"], "name")) for found in run["files"]]
        return rules

    def prepare(self, rules):
        key = self.job.kit / "pull_key"
        if not key.is_file():
            raise JobError("pull-failed", "no key to pull with at %s: run install-kit.sh" % key)
        for path in (key, self.job.dir, self.staging):
            if not PLAIN_PATH.match(str(path)):
                raise JobError("unsafe-path", "%s: rsync and ssh would read it in another way" % path)
        self.staging.mkdir(parents=True, exist_ok=True)
        write_whole(self.job.dir / "known_hosts", "%s %s\n" % (self.alias, self.source["hostKey"]))
        write_whole(self.job.dir / "rsync.filter", "\n".join(rules + ["- *"]) + "\n")

    def command(self):
        source, host = self.source, self.source["host"]
        ssh = ["ssh", "-F", "none", "-i", str(self.job.kit / "pull_key"), "-p", str(source["port"])]
        for option in (
            "IdentitiesOnly=yes", "BatchMode=yes", "StrictHostKeyChecking=yes", "UserKnownHostsFile=%s" % (self.job.dir / "known_hosts"),
            "GlobalKnownHostsFile=/dev/null", "HostKeyAlias=" + self.alias, "HostKeyAlgorithms=ssh-ed25519", "CheckHostIP=no",
            "ConnectTimeout=10", "ServerAliveInterval=5", "ServerAliveCountMax=4",
        ):
            ssh += ["-o", option]
        return [
            "rsync", "-rlt", "--safe-links", "--partial-dir=.rsync-partial", "--timeout=120", "--no-owner", "--no-group", "--chmod=D755,F644", "--max-size=%d" % self.most_bytes,
            "--include-from=%s" % (self.job.dir / "rsync.filter"), "--out-format=%i %b", "-e", " ".join(ssh), "--",
            "%s@%s:%s/" % (source["user"], "[%s]" % host if ":" in host else host, self.path), "%s/" % self.staging,
        ]

    def once(self):
        """One rsync to its end. Its exit code as a shell would tell it. @raises JobError when told to stop"""
        with open(str(self.out), "wb") as out, open(str(self.err), "wb") as err:
            try:
                process = subprocess.Popen(
                    self.command(), stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True,
                    env=dict(os.environ, LC_ALL="C", TRAWL_JOB=str(self.job.dir)),
                )
            except OSError as error:
                raise JobError("pull-failed", "cannot start rsync: %s" % error) from error
            # --max-size believes what the other side announces; one that sends more than that is cut off here.
            most_bytes = max(self.most_bytes, RSYNC_SPEECH_BYTES)
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
            try:
                looked = 0.0
                while process.poll() is None:
                    self.job.check_stop()
                    if time.monotonic() - looked >= 10:
                        looked = time.monotonic()
                        self.job.tell({"total": len(self.job.spec["runs"]), "done": 0, "failed": 0, "bytes": 0, "pulledBytes": size_below(self.staging)})
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(0.25)
            finally:
                end_session(self.job, process, "rsync")
                self.count()
        return process.returncode if process.returncode >= 0 else 128 - process.returncode

    def count(self):
        """Adds the files that came whole, and what they cost on the way, to the counts."""
        with open(str(self.out), encoding="utf-8", errors="replace") as stream:
            came = [int(found.group(1)) for found in (re.match(r">f\S* (\d+)$", line) for line in stream) if found]
        self.counts.update(files=self.counts["files"] + len(came), bytes=self.counts["bytes"] + sum(came))

    def rest(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.job.check_stop()
            time.sleep(min(0.25, max(0.0, until - time.monotonic())))


class BucketPull:
    """Gets what a site has put into the bucket, by links that are asked for afresh. What is not there is left to the verification."""

    def __init__(self, job, staging, given, counts):
        self.job, self.staging, self.given, self.counts = job, staging, given, counts

    def run(self):
        """Fetches all that is there. @raises JobError"""
        missing = missing_runs(self.job, self.given)
        if missing and not self.job.channel.key:
            raise JobError("pull-interrupted", "not enrolled: no links can be asked for")
        if missing and self.given.get("derived"):
            # Which files there are is what the worker signed.
            self.fetch(["manifest.json"])
            missing = as_signed_for(missing, self.staging, self.given)
        names = ["%s/%s" % (wanted(ACCESSION, run["accession"], "accession"), wanted(FILE_NAME, found["name"], "name")) for run in missing for found in run["files"]]
        for start in range(0, len(names), RESCUE_BATCH):
            self.fetch(names[start:start + RESCUE_BATCH])

    def fetch(self, names):
        """Files by their path below the stage's staging. @raises JobError"""
        left, failure = {"%s/%s" % (self.given["stage"], name): self.staging / name for name in names}, "no links"
        for number in range(RESCUE_TRIES):
            rest_before(number)
            self.job.check_stop()
            self.counts["tries"] += 1
            status, answer = self.job.channel.ask_links({"fetch": sorted(left)})
            if status == 200:
                left, failure = self.fetch_linked(left, answer.get("links"))
                if not left:
                    return
        raise JobError("pull-interrupted", "%d files did not come: %s" % (len(left), failure))

    def fetch_linked(self, left, links):
        """(what has to be tried again, why)"""
        sizes = {link.get("path"): link.get("bytes") for link in links if isinstance(link, dict)} if isinstance(links, list) else {}
        again, failure = {}, ""
        for path, url in sorted(links_by("path", str, links).items()):
            self.job.check_stop()
            if path not in left:
                continue
            try:
                self.one(url, left[path], sizes.get(path))
            except (http.client.HTTPException, urllib.error.URLError, ValueError, OSError) as error:
                if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
                    raise
                again[path], failure = left[path], "%s %s" % (type(error).__name__, getattr(error, "code", ""))  # never the link: it is a secret
        return again, failure

    def one(self, url, target, size):
        """One file, whole or not at all; goes on where an earlier try broke off."""
        if target.is_file() and target.stat().st_size == size:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(".%s.part" % target.name)
        have = part.stat().st_size if part.is_file() else 0
        request = urllib.request.Request(url, headers={"Range": "bytes=%d-" % have} if have else {})
        with urllib.request.build_opener(NoRedirect).open(request, timeout=RESCUE_SILENCE_SECONDS) as answer:
            with open(str(part), "ab" if have and answer.status == 206 else "wb") as stream:
                for chunk in iter(lambda: answer.read(HASH_CHUNK_BYTES), b""):
                    stream.write(chunk)
                    self.counts["bytes"] += len(chunk)
                    self.job.check_stop()
        if part.stat().st_size != size:
            if size is not None and part.stat().st_size > size:
                part.unlink()
            raise ValueError("not whole")
        os.replace(str(part), str(target))
        self.counts["files"] += 1


# ---------------------------------------------------------------------------------------------- on a droplet

# The control plane ends a droplet that is of no more use, at the end of its hold for one; an agent that left before could rescue nothing.
STAY_SECONDS = 30 * 24 * 3600
RESCUE_BATCH = 100
RESCUE_PUT_BYTES = 5 * 10**9  # no single PUT takes more
RESCUE_PARTS = 16  # links asked for at a time: each dies after minutes
RESCUE_TRIES = 4
RESCUE_FIRST_PAUSE_SECONDS = 1.0
RESCUE_SILENCE_SECONDS = 60


def offer_pull(job):
    """Lets the cluster's key read the staging directory. Where and how it can be pulled from, for *started*. Safe to repeat. @raises JobError"""
    key = wanted(PUBLIC_KEY, job.spec["pull"].get("publicKey"), "pull.publicKey")
    staging = job.root / "staging"
    if not PLAIN_PATH.match(str(staging)):
        raise JobError("unsafe-path", "%s: sshd would read it in another way" % staging)
    if not shutil.which("rrsync"):
        raise JobError("rrsync-missing", "no rrsync on this machine's path: nobody could pull from it")
    staging.mkdir(parents=True, exist_ok=True)
    authorise('restrict,command="rrsync -ro %s" %s' % (staging, key))
    return where_to_pull(job)


def authorise(line):
    """Appends one line to this user's authorized_keys, once."""
    directory = Path(os.path.expanduser("~"), ".ssh")
    directory.mkdir(mode=0o700, exist_ok=True)
    os.chmod(str(directory), 0o700)
    handle = os.open(str(directory / "authorized_keys"), os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "r+", encoding="utf-8", errors="surrogateescape") as stream:
        os.fchmod(stream.fileno(), 0o600)
        known = stream.read()
        if line not in known.splitlines():
            stream.write(("\n" if known and not known.endswith("\n") else "") + line + "\n")


def where_to_pull(job):
    settings = sshd_settings(job)
    host, port = listen_address(settings)
    keys = [path for path in settings.get("hostkey", []) if "ed25519" in path] + ["/etc/ssh/ssh_host_ed25519_key"]
    for path in keys:
        with contextlib.suppress(OSError):
            key = " ".join(Path(path + ".pub").read_text(encoding="ascii").split()[:2])
            if PUBLIC_KEY.match(key):
                return {"host": host or own_address(job), "port": port, "user": pwd.getpwuid(os.getuid()).pw_name, "hostKey": key}
    raise JobError("host-key-missing", "sshd has no ed25519 host key at %s" % ", ".join(keys))


def sshd_settings(job):
    """{name: [values]} as sshd itself reads its configuration; empty where it does not tell."""
    command = shutil.which("sshd", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])) or "sshd"
    settings = {}
    try:
        done = subprocess.run([command, "-T"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=20, check=False)
        if done.returncode != 0:
            job.log("sshd -T: exit %d %s" % (done.returncode, done.stderr.decode("utf-8", "replace").strip()[-300:]))
        for line in done.stdout.decode("utf-8", "replace").splitlines():
            name, _blank, value = line.partition(" ")
            settings.setdefault(name.lower(), []).append(value.strip())
    except (OSError, subprocess.TimeoutExpired) as error:
        job.log("sshd -T: %s" % error)
    return settings


def listen_address(settings):
    """(address, port) that sshd listens at; the address is None where it is any."""
    port = next((int(value) for value in settings.get("port", []) if value.isdigit()), 22)
    found = [re.match(r"\[?([^\]]+?)\]?:(\d+)\Z", value) for value in settings.get("listenaddress", [])]
    addresses = [(match.group(1), int(match.group(2))) for match in found if match]
    if not addresses or any(address in ("0.0.0.0", "::", "*") for address, _port in addresses):
        return None, addresses[0][1] if addresses else port
    return addresses[0]


def own_address(job):
    """The address that this machine speaks from: to the control plane, else by its default route. No packet is sent."""
    target = urllib.parse.urlsplit(job.channel.base or "").hostname
    # IPv4 first: a cluster that is reached over IPv6 alone is rarer than one that cannot speak it.
    for host, wanted_family in itertools.product([name for name in (target, "192.0.2.1") if name], (socket.AF_INET, socket.AF_INET6)):
        try:
            family, kind, protocol, _name, address = socket.getaddrinfo(host, 443, wanted_family, socket.SOCK_DGRAM)[0]
            with socket.socket(family, kind, protocol) as connection:
                connection.connect(address)
                return connection.getsockname()[0]
        except OSError as error:
            job.log("own address towards %s: %s" % (host, error))
    raise JobError("no-address", "this machine has no route to anywhere")


class Stay:
    """After its job the agent of a droplet stays: what it holds is pulled by others, and only orders let anything go."""

    def __init__(self, job):
        self.job, self.channel = job, job.channel
        self.until = max(job.deadline or 0, time.time()) + STAY_SECONDS
        self.rescued = {}  # path: bytes of what was brought away
        self.uploads = {}  # path: upload in parts that was begun

    def tell(self, kind, report):
        """The terminal message, tried for as long as the agent stays."""
        self.channel.order = "wait"  # an order of before the end was about the job
        return self.channel.finish(kind, report, self.until - time.time())

    def hold(self):
        """Does what is ordered until *stop* or the end of its time."""
        channel = self.channel
        while channel.key and channel.order != "stop" and time.time() < self.until:
            order, channel.order = channel.order, "wait"
            try:
                if order == "free":
                    self.free(channel.answer)
                elif order == "rescue":
                    self.rescue()
            except (OSError, JobError) as error:
                self.job.log("order %s: %s" % (order, error))
            if channel.order != "stop":
                time.sleep(channel.alive_seconds)
                channel.sign_of_life()
        self.job.log("the agent leaves: %s" % ("told to stop" if channel.order == "stop" else "its time is over"))

    def staging(self):
        return below(self.job.root / "staging", self.job.root / self.job.spec["staging"])

    def stagings(self):
        """(said of the stage, where its results lie) of each."""
        return [(given, below(self.job.root / "staging", self.job.root / given["staging"])) for given in stages_of(self.job.spec)]

    def free(self, answer):
        """Removes the staged files of runs that are home, if the order is surely the control plane's."""
        verified, signature = answer.get("verified"), answer.get("signature")
        if not isinstance(verified, list) or not isinstance(signature, str) or not all(isinstance(name, str) and ACCESSION.match(name) for name in verified):
            self.job.log("order free: not whole, nothing removed")
            return
        expected = self.channel.sign(("FREE\n%s\n%s" % (self.job.id, "\n".join(verified))).encode("utf-8"))
        if not hmac.compare_digest(expected.encode("utf-8"), signature.encode("utf-8", "replace")):
            self.job.log("order free: its signature does not hold, nothing removed")
            return
        own = {run["accession"] for run in self.job.spec["runs"]}
        removed = [name for name in verified if name in own and any([remove_staged(staging / name) for _given, staging in self.stagings()])]
        if removed:
            self.job.log("freed: " + ", ".join(removed))

    def rescue(self):
        """Brings every whole staged file to where the control plane says. Safe to repeat: what was taken is not sent again, unless all was said
        to be there and is asked for once more."""
        left = [found for found in self.held() if found["path"] not in self.rescued]
        failed = 0
        with self.signs_of_life():
            for start in range(0, len(left), RESCUE_BATCH):
                batch = left[start:start + RESCUE_BATCH]
                small = [found for found in batch if found["bytes"] <= RESCUE_PUT_BYTES]
                links = self.links(small) if small else {}
                for found in batch:
                    if self.channel.order == "stop":
                        return
                    if self.bring(found, links.get(found["path"])) if found in small else self.bring_in_parts(found):
                        self.rescued[found["path"]] = found["bytes"]
                    else:
                        failed += 1
        body = {"files": len(self.rescued), "bytes": sum(self.rescued.values()), "failed": failed}
        self.job.log("rescued: %s" % body)
        if self.channel.insist("rescued", body, self.job.spec.get("terminalSeconds", 600)) and not failed:
            self.rescued = {}

    def held(self):
        """The listed files that lie in staging with their listed size, by their path below the worker's directory."""
        found = []
        for given, staging in self.stagings():
            runs = (read_json(staging / "manifest.json") or {}).get("runs", []) if given.get("after") else self.job.spec["runs"]
            for run in runs:
                for listed in run["files"]:
                    path = staging / run["accession"] / listed["name"]
                    if path.is_file() and not path.is_symlink() and path.stat().st_size == listed["bytes"]:
                        found.append({"path": path.relative_to(staging.parent).as_posix(), "bytes": listed["bytes"]})
        return found

    def links(self, files):
        for number in range(RESCUE_TRIES):
            rest_before(number)
            found = self.channel.links(files)
            if found or self.channel.order == "stop":
                return found
        return {}

    def bring(self, found, link):
        """One file, a few times, with a new link each time: the old one may have died meanwhile. Whether it was taken."""
        for number in range(RESCUE_TRIES if link else 0):
            if number:
                rest_before(number)
                link = self.channel.links([found]).get(found["path"]) or link
            if self.put(found, link, 0, found["bytes"])[1]:
                return True
        return False

    def put(self, found, link, start, size):
        """Sends a part of a file, or all of it, once. (status, md5 of what was sent where it was taken, else None)"""
        try:
            status, md5 = put_file(link, self.staging().parent / found["path"], start, size)
        except (OSError, ValueError, http.client.HTTPException) as error:
            status, md5 = type(error).__name__, None
        if status in (200, 201, 204):
            return status, md5
        self.job.log("rescue of %s from byte %d: %s" % (found["path"], start, status))  # never the link: it is a secret
        return status, None

    def bring_in_parts(self, found):
        """One file that is too large for one PUT. Whether it was taken. What was taken of it is not sent again, also by a later order."""
        try:
            upload = self.uploads.get(found["path"]) or Upload(found, md5_of(self.staging().parent / found["path"], self.check_stop))
        except OSError as error:
            self.job.log("rescue of %s: %s" % (found["path"], error))
            return False
        self.uploads[found["path"]] = upload
        failures = upload.begun = 0
        while failures < RESCUE_TRIES and upload.begun < RESCUE_TRIES:
            rest_before(failures)
            self.check_stop()
            before = len(upload.md5s)
            if self.go_on(upload):
                del self.uploads[found["path"]]
                return True
            failures = 0 if len(upload.md5s) > before else failures + 1
        return False

    def go_on(self, upload):
        """Some more parts, then, when none is missing, the completion. Whether the file is whole in the bucket."""
        parts = upload.missing()[:RESCUE_PARTS]
        if upload.id and not parts:
            status, answer = self.channel.ask_links({"complete": dict(upload.asked(), parts=[upload.md5s[part] for part in sorted(upload.md5s)])})
            if status == 410:
                upload.forget()
            return answer.get("completed") == upload.found["path"]
        status, answer = self.channel.ask_links({"upload": dict(upload.asked(), parts=parts)})
        given = answer.get("upload") if isinstance(answer.get("upload"), dict) else {}
        if not upload.note(given):
            return False
        for part, link in sorted(links_by("part", int, given.get("links")).items()):
            start = (part - 1) * upload.part_bytes
            status, md5 = self.put(upload.found, link, start, min(upload.part_bytes, upload.found["bytes"] - start))
            if not md5:
                if status == 404:
                    upload.forget()  # the bucket forgets what is not completed for long
                return False
            upload.md5s[part] = md5
            self.check_stop()
        return not parts and self.go_on(upload)

    def check_stop(self):
        if self.channel.order == "stop":
            raise JobError("stopped", "told to stop")

    @contextlib.contextmanager
    def signs_of_life(self):
        """Says that the agent lives while it is busy; nobody else sends meanwhile."""
        done = threading.Event()

        def beat():
            while not done.wait(self.channel.alive_seconds):
                self.channel.sign_of_life()

        thread = threading.Thread(target=beat, name="signs of life", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


class Bring(Stay):
    """At a site: results go into the bucket before the job ends, as a rescue brings them, so that nothing is left to fetch from there."""

    def check_stop(self):
        self.job.check_stop()

    def deliver(self):
        """Accessions of which a file was not taken."""
        failed = set()
        found = self.manifests() + self.held()
        for start in range(0, len(found), RESCUE_BATCH):
            batch = found[start:start + RESCUE_BATCH]
            small = [each for each in batch if each["bytes"] <= RESCUE_PUT_BYTES]
            links = self.links(small) if small else {}
            for each in batch:
                self.check_stop()
                if not (self.bring(each, links.get(each["path"])) if each in small else self.bring_in_parts(each)):
                    failed.add(each["path"].split("/")[1])
        if "manifest.json" in failed:
            raise JobError("bring-failed", "what a stage signed could not be put into the bucket")
        return failed

    def manifests(self):
        """What the stages signed; without it nothing of them is taken in at home."""
        paths = [staging / "manifest.json" for given, staging in self.stagings() if given.get("after")]
        return [{"path": path.relative_to(path.parent.parent).as_posix(), "bytes": path.stat().st_size} for path in paths if path.is_file()]


def bring_results(job, runs):
    """The runs of a report with what became of them on their way into the bucket. One of which a file was not taken has failed."""
    if not job.channel.key:
        raise JobError("bring-failed", "not enrolled: no links can be asked for")
    failed = Bring(job).deliver()
    job.log("brought: all but %s" % (", ".join(sorted(failed)) or "nothing"))
    lost = {"result": "failed", "reason": "bring-failed", "detail": "a file could not be put into the bucket"}
    return [dict(run, **lost) if run["accession"] in failed and run["result"] == "done" else run for run in runs]


def rest_before(number):
    """The pause before try `number`, none before the first."""
    if number:
        time.sleep(RESCUE_FIRST_PAUSE_SECONDS * 2 ** (number - 1) * random.uniform(0.5, 1.0))


class Upload:
    """One file on its way in parts, in the memory of this agent."""

    def __init__(self, found, md5):
        self.found, self.md5, self.begun = found, md5, 0
        self.id, self.part_bytes, self.md5s = None, None, {}

    def forget(self):
        self.id, self.part_bytes, self.md5s = None, None, {}
        self.begun += 1

    def asked(self):
        return dict({"path": self.found["path"], "bytes": self.found["bytes"], "md5": self.md5}, **({"uploadId": self.id} if self.id else {}))

    def missing(self):
        """Numbers of the parts that were not taken yet; none before it is known how large they are."""
        count = -(-self.found["bytes"] // self.part_bytes) if self.part_bytes else 0
        return [part for part in range(1, count + 1) if part not in self.md5s]

    def note(self, given):
        """Whether the control plane named the upload."""
        named = isinstance(given.get("uploadId"), str) and isinstance(given.get("partBytes"), int) and given["partBytes"] > 0
        if named:
            self.id, self.part_bytes = given["uploadId"], given["partBytes"]
        return named


class Slice:
    """A part of an open file, hashed while it is read."""

    def __init__(self, stream, start, size):
        self.stream, self.left, self.digest = stream, size, hashlib.md5()
        stream.seek(start)

    def read(self, count=-1):
        block = self.stream.read(self.left if count < 0 else min(count, self.left))
        self.left -= len(block)
        self.digest.update(block)
        return block


def put_file(url, path, start, size):
    """Sends `size` bytes of a file as they lie on the disk. (status of the answer, md5 of what was sent)"""
    parts = urllib.parse.urlsplit(url)
    kind = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}[parts.scheme]
    connection = kind(parts.hostname, parts.port, timeout=RESCUE_SILENCE_SECONDS, blocksize=HASH_CHUNK_BYTES)
    with contextlib.closing(connection), open(str(path), "rb") as stream:
        target = parts.path + ("?" + parts.query if parts.query else "")
        body = Slice(stream, start, size)
        connection.request("PUT", target, body=body, headers={"Content-Length": str(size)})
        response = connection.getresponse()
        response.read()
        return response.status, body.digest.hexdigest()


# ---------------------------------------------------------------------------------------------- kind index


def do_index(job):
    """Writes a source's samplesheet, run table and links, each replaced by rename. Safe to repeat."""
    slug = wanted(ID, job.spec.get("slug"), "slug")
    directory = job.root / "sources" / slug
    links = directory / "links"
    links.mkdir(parents=True, exist_ok=True)
    rows, missing, listed, made_by = [], [], set(), {}
    for entry in sorted(job.spec["entries"], key=lambda found: (found["accession"], found["filesHash"])):
        job.check_stop()
        relative = run_directory(job.root, entry)
        record = read_json(job.root / relative / "run.json")
        if not isinstance(record, dict):
            missing.append(entry["accession"])
            continue
        for made in [record] + (record.get("earlier") or []) if record.get("derived") else []:
            place = run_directory(job.root, dict(entry, stage=made["stage"], revision=made["revision"]))
            kept = read_json(job.root / place / "run.json")
            if isinstance(kept, dict) and kept.get("derived"):
                made_by.setdefault(made["stage"], {})[entry["accession"]] = place
            elif isinstance(kept, dict):
                relative, record = place, kept
        replace_link(links / entry["accession"], os.path.join("..", "..", "..", str(relative)))
        listed.add(entry["accession"])
        rows.append(index_row(job.root, relative, record))
    for path in links.iterdir():
        if path.name not in listed and path.is_symlink():
            path.unlink()
    link_stages(directory / "stages", made_by)
    write_table(directory / "samplesheet.csv", SHEET_COLUMNS, rows, ",")
    extra = sorted({name for row in rows for name in row} - set(SHEET_COLUMNS) - set(RUN_COLUMNS))
    write_table(directory / "runs.tsv", RUN_COLUMNS + extra, rows, "\t")
    gid = group_id(job.config.get("group"))
    for path in (directory, links, directory / "samplesheet.csv", directory / "runs.tsv"):
        if gid is not None:
            os.chown(str(path), -1, gid)
    detail = {"detail": "not published: " + ", ".join(missing[:20])} if missing else {}
    sheet = str(Path("sources", slug, "samplesheet.csv"))
    return dict({"result": "finished", "reason": None, "entries": len(rows), "missing": missing, "samplesheet": sheet}, **detail)


def link_stages(directory, made_by):
    """`stages/<stage>/<accession>` leads to what that stage made of a run; what is no more so is unlinked."""
    for stage, places in made_by.items():
        (directory / stage).mkdir(parents=True, exist_ok=True)
        for accession, place in places.items():
            replace_link(directory / stage / accession, os.path.join("..", "..", "..", "..", str(place)))
    for path in directory.glob("*/*") if directory.is_dir() else []:
        if path.is_symlink() and path.name not in made_by.get(path.parent.name, {}):
            path.unlink()


SHEET_COLUMNS = [
    "sample", "fastq_1", "fastq_2", "run_accession", "experiment_accession", "sample_accession", "study_accession", "scientific_name",
    "tax_id", "instrument_platform", "instrument_model", "library_layout", "library_strategy", "library_source", "library_selection",
]
RUN_COLUMNS = ["run_accession", "files_hash", "stage", "revision", "path", "files", "bytes", "verified_at"]


def index_row(root, relative, record):
    """One row for both tables: ENA's columns from run.json, and where the files lie."""
    metadata = {str(name): value for name, value in record.get("metadata", {}).items() if isinstance(value, (str, int, float))}
    first, second = read_pair([found["name"] for found in record["files"]])
    path = root / relative
    own = {
        "sample": metadata.get("sample_accession") or record["accession"],
        "fastq_1": str(path / first) if first else "", "fastq_2": str(path / second) if second else "",
        "run_accession": record["accession"], "files_hash": record["filesHash"], "stage": record["stage"], "revision": record["revision"],
        "path": str(relative), "files": len(record["files"]), "bytes": sum(found["bytes"] for found in record["files"]),
        "verified_at": record["verifiedAt"],
    }
    return dict(metadata, **own)


def read_pair(names):
    """The two mates by their names; else the single read file. An orphan file beside a pair is no mate."""
    fastq = [name for name in names if re.search(r"\.f(ast)?q(\.gz)?\Z", name)]
    mates = [next((name for name in fastq if re.search(r"_%d\.f(ast)?q(\.gz)?\Z" % number, name)), None) for number in (1, 2)]
    if all(mates):
        return mates[0], mates[1]
    return (fastq[0] if fastq else None), None


def write_table(path, columns, rows, delimiter):
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, restval="", extrasaction="ignore", delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows([{name: re.sub(r"[\t\r\n]+", " ", value) if isinstance(value, str) else value for name, value in row.items()} for row in rows])
    write_whole(path, buffer.getvalue(), 0o664)


def replace_link(path, target):
    if path.is_symlink() and os.readlink(str(path)) == target:
        return
    temporary = path.with_name(".%s.%d.tmp" % (path.name, os.getpid()))
    remove_quietly(temporary)
    os.symlink(target, str(temporary))
    os.replace(str(temporary), str(path))


# ---------------------------------------------------------------------------------------------- kind clean


def do_clean(job):
    """Removes one worker's staging and Nextflow work, or what is old of an installation; nothing else. Safe to repeat."""
    if "workerId" not in job.spec:
        removed, stuck = remove_old(job)
        detail = {"detail": "not removed: " + "; ".join(stuck[:20])} if stuck else {}
        return dict({"result": "finished", "reason": None, "removed": removed}, **detail)
    worker = wanted(ID, job.spec.get("workerId"), "workerId")
    return {"result": "finished", "reason": None, "removed": remove_worker(job, worker)}


def remove_worker(job, worker):
    removed = []
    for base in ("staging", "work"):
        path = job.root / base / worker
        if path.is_symlink() or os.path.realpath(str(path.parent)) != str(job.root / base):
            raise JobError("unsafe-path", "%s is reached through a link" % path)
        if path.is_dir():
            remove_tree(path)
            removed.append(str(path.relative_to(job.root)))
    return removed


def remove_batch(job, worker):
    """Removes what attempts of this worker's batch kept for each other."""
    batch = worker.rpartition(".a")[0]
    path = job.root / "work" / batch
    if not batch or path.is_symlink() or not path.is_dir() or os.path.realpath(str(path.parent)) != str(job.root / "work"):
        return []
    remove_tree(path)
    return [str(path.relative_to(job.root))]


WORKER_JOB = re.compile(r"((?:taxon|study)-[A-Z0-9]+\.[1-9][0-9]*\.[1-9][0-9]*)\.a[1-9][0-9]*\.[a-z][a-z0-9-]*\Z")


def remove_old(job):
    """Job directories of this installation in which nothing has moved since `before`, and staging and work of workers all of whose jobs are such. A batch
    that is named in `keep` is left whole; so is what no job directory tells the owner of. (what was removed, what could not be: with the job directories that
    tell of it, so that the next tidying tries it again)"""
    installation, before = wanted(ID, job.spec.get("installation"), "installation"), job.spec.get("before")
    if not isinstance(before, int) or isinstance(before, bool) or not isinstance(job.spec.get("keep"), list):
        raise JobError("invalid-spec", "before: %r, keep: %s" % (before, type(job.spec.get("keep")).__name__))
    keep, old, busy = set(job.spec["keep"]), [], set()
    for directory in sorted((job.root / "jobs").iterdir()):
        match = WORKER_JOB.match(directory.name)
        if match and match.group(1) in keep or directory == job.dir:
            continue
        if is_ours(directory, installation) and last_moved(directory) < before:
            old.append(directory)
        elif match:
            busy.add(worker_of(directory))
    removed, stuck = [], {}

    def remove(what, name):
        try:
            removed.extend(what(job, name))
        except (OSError, JobError) as error:
            stuck[name] = "%s: %s" % (name, error)

    workers = {worker_of(directory) for directory in old if WORKER_JOB.match(directory.name)} - busy
    for worker in sorted(workers):
        remove(remove_worker, worker)
    busy_batches = {worker.rpartition(".a")[0] for worker in busy}
    for worker in sorted(worker for worker in workers if worker.rpartition(".a")[0] not in busy_batches):
        remove(remove_batch, worker)
    for directory in old:
        if worker_of(directory) not in stuck:
            remove(remove_job_directory, directory.name)
    return removed, list(stuck.values())


def remove_job_directory(job, name):
    remove_tree(job.root / "jobs" / name)
    return [os.path.join("jobs", name)]


def worker_of(directory):
    return directory.name.rpartition(".")[0]


def is_ours(directory, installation):
    """Two installations may share a ROOT: the key says whose job it is."""
    if directory.is_symlink() or not directory.is_dir():
        return False
    try:
        key = json.loads((directory / "spec.json").read_text(encoding="utf-8"))["key"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return key == "%s.%s" % (installation, directory.name)


def last_moved(directory):
    """Of the directory and what lies in it at first depth: logs, progress and report."""
    times = [directory.lstat().st_mtime]
    for path in directory.iterdir():
        with contextlib.suppress(FileNotFoundError):  # a job that lives writes its files anew
            times.append(path.lstat().st_mtime)
    return max(times)


# ---------------------------------------------------------------------------------------------- kind adopt

ENA_NAME = re.compile(r"([EDS]RR[0-9]{5,12})[A-Za-z0-9._-]{0,60}\.f(ast)?q(\.gz)?\Z")
SHOWN_RUNS = 20000
FICLONE = 0x40049409  # ioctl of Linux: the same blocks, another file
NO_CLONE = (errno.EOPNOTSUPP, errno.EXDEV, errno.EINVAL, errno.ENOTTY, errno.EPERM, errno.ENOSYS, errno.ETXTBSY)
NO_LINK = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EACCES)
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


def do_adopt(job):
    """Takes in runs that lie somewhere under an allowed directory: found by ENA's names, checked by size and md5, published like any
    other. Safe to repeat: what is published already is hashed where it lies, and a try that was cut leaves only staging, which goes."""
    spec = job.spec
    wanted(STAGE, spec.get("stage"), "stage")
    wanted(REVISION, spec.get("revision"), "revision")
    roots = [os.path.realpath(str(path)) for path in job.config.get("adoptRoots") or []]
    directory = os.path.realpath(spec["directory"])
    if not is_below(directory, roots):
        raise JobError("directory-not-allowed", "%s lies under none of the directories of adoptRoots in %s" % (directory, job.config_path))
    if not os.path.isdir(directory):
        raise JobError("directory-missing", "%s is no directory on %s" % (directory, socket.gethostname()))
    staging = below(job.root / "staging", job.root / "staging" / ("adopt-" + wanted(ID, spec.get("slug"), "slug")))
    staging.mkdir(parents=True, exist_ok=True)
    with open(str(staging / ".lock"), "w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise JobError("adoption-running", "another adoption for this source works in %s" % staging) from error
        for left in staging.iterdir():
            if left.name != ".lock":
                remove_staged(left)
        search = Search(job, roots, directory)
        search.walk()
        return Adoption(job, staging, search).run()


def is_below(path, roots):
    return any(path == root or path.startswith(root.rstrip(os.sep) + os.sep) for root in roots)


class Search:
    """Where the files lie that a spec names. Every real directory is read once, so a loop of links ends; a link counts only where it leads
    to something under an allowed directory; Trawl's own root is never looked into. No name that was found is ever used as a path."""

    def __init__(self, job, roots, directory):
        self.job, self.roots, self.start = job, roots, directory
        self.wanted = {listed["name"] for run in job.spec["runs"] for listed in run["files"]}
        self.places = {}  # name: [real path]
        self.others = {}  # accession: [names that look like ENA's and are not wanted]
        self.counts = {"files": 0, "directories": 0, "strangeNames": 0, "linksOutside": 0, "brokenLinks": 0, "unreadable": 0}

    def walk(self):
        waiting, seen = [self.start], set()
        while waiting:
            self.job.check_stop()
            directory = waiting.pop()
            try:
                info = os.stat(directory)
                entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
            except OSError as error:
                self.job.log("not readable: %s (%s)" % (ascii(directory), error.strerror))
                self.counts["unreadable"] += 1
                continue
            if (info.st_dev, info.st_ino) in seen:
                continue
            seen.add((info.st_dev, info.st_ino))
            self.counts["directories"] += 1
            for entry in entries:
                self.look(entry, waiting)

    def look(self, entry, waiting):
        real = entry.path
        try:
            info = os.lstat(real)
            if stat.S_ISLNK(info.st_mode):
                real = os.path.realpath(real)
                if not is_below(real, self.roots):
                    self.counts["linksOutside"] += 1
                    return
                info = os.lstat(real)
        except OSError:
            self.counts["brokenLinks"] += 1
            return
        if is_below(real, [str(self.job.root)]):
            return
        if stat.S_ISDIR(info.st_mode):
            waiting.append(real)
        elif stat.S_ISREG(info.st_mode):
            self.take(entry.name, real)
        elif stat.S_ISLNK(info.st_mode):
            self.counts["brokenLinks"] += 1  # one that leads to itself

    def take(self, name, real):
        self.counts["files"] += 1
        match = ENA_NAME.match(name)
        if name in self.wanted:
            if real not in self.places.setdefault(name, []):
                self.places[name].append(real)
        elif match:
            self.others.setdefault(match.group(1), []).append(name)
        elif not FILE_NAME.match(name):
            self.counts["strangeNames"] += 1


class Adoption:
    """What becomes of each run of which anything was found."""

    def __init__(self, job, staging, search):
        self.job, self.staging, self.search = job, staging, search
        self.in_place, self.dry = job.spec.get("how") == "in-place", job.spec.get("dryRun") is True
        self.gid = group_id(job.spec.get("group") or job.config.get("group"))
        self.origin = {"adoptedFrom": search.start}
        self.publisher = Publisher(job, staging, self.gid, self.origin)
        self.runs = []

    def run(self):
        job, places = self.job, self.search.places
        found = [run for run in job.spec["runs"] if any(listed["name"] in places for listed in run["files"])]
        job.partial = {"runs": self.runs}
        total, done = len(found), {"adopted": 0, "other": 0, "bytes": 0}
        for run in found:
            entry = self.settle(run)
            self.runs.append(entry)
            done["adopted" if entry["result"] in ("adopted", "would-adopt") else "other"] += 1
            done["bytes"] += entry["bytes"]
            job.tell({"total": total, "done": done["adopted"], "failed": done["other"], "bytes": done["bytes"]})
        return {"result": "finished", "reason": None, "found": dict(self.search.counts), "others": self.others()}

    def others(self):
        """Files of ENA's form that this job was not asked about, by run: whether they are known is for the control plane to say."""
        others = self.search.others
        shown = [{"accession": accession, "names": sorted(others[accession])[:4]} for accession in sorted(others)[:SHOWN_RUNS]]
        return {"runs": len(others), "shown": shown}

    def entry(self, accession, result, **more):
        plain = {"accession": accession, "filesHash": None, "result": result, "how": None, "reason": None, "detail": None, "path": None, "bytes": 0}
        return dict(plain, **more)

    def settle(self, run):
        self.job.check_stop()
        accession, files_hash = run["accession"], run["filesHash"]
        try:
            path, how, files = self.take(run)
            result = "would-adopt" if self.dry else "adopted"
            return self.entry(accession, result, filesHash=files_hash, how=how, path=str(path), bytes=sum(found["bytes"] for found in files))
        except RunRefused as error:
            words = {"size-mismatch": "size-differs", "md5-mismatch": "md5-differs", "missing": "incomplete"}
            failure = {"result": words.get(error.reason, "refused"), "reason": error.reason, "detail": str(error)}
        except OSError as error:
            reason = "home-full" if error.errno in NO_SPACE else "not-readable" if error.errno in (errno.EACCES, errno.EIO, errno.ESTALE) else "adopt-failed"
            failure = {"result": "refused", "reason": reason, "detail": "%s: %s" % (type(error).__name__, error)}
        remove_staged(self.staging / accession)
        return dict(self.entry(accession, "refused", filesHash=files_hash), **failure)

    def take(self, run):
        """(where, how, files) of one run. @raises RunRefused, OSError"""
        relative = self.publisher.place_of(run)
        target, staged = self.job.root / relative, self.staging / run["accession"]
        if target.is_dir() and not target.is_symlink():
            if self.dry:
                return relative, "there", self.publisher.check(run, target, left_in_place(target))
            return relative, "there", self.publisher.publish(run)[1]
        chosen = self.choose(run, must_hash=self.dry or self.in_place)
        if self.dry:
            return relative, None, run["files"]
        staged.mkdir()
        if self.in_place:
            return relative, "in-place", self.leave(run, chosen, staged, target)
        how = {self.bring(chosen[listed["name"]], staged / listed["name"]) for listed in run["files"]}
        return relative, "+".join(sorted(how)), self.publisher.publish(run)[1]

    def choose(self, run, must_hash):
        """{name: path} of the files to take. Where a name lies at several places, the first whose content is right. @raises RunRefused"""
        places = {listed["name"]: self.search.places.get(listed["name"], []) for listed in run["files"]}
        absent = [name for name, found in places.items() if not found]
        if absent:
            raise RunRefused("missing", "missing", "%s is not there" % ", ".join(absent))
        chosen = {}
        for listed in run["files"]:
            sizes = {path: os.lstat(path).st_size for path in places[listed["name"]]}
            fitting = [path for path in sizes if sizes[path] == listed["bytes"]]
            if not fitting:
                path = next(iter(sizes))
                raise RunRefused("refused", "size-mismatch", "%s has %d bytes, listed %d" % (ascii(path), sizes[path], listed["bytes"]))
            chosen[listed["name"]] = fitting
        return {listed["name"]: self.right_one(listed, chosen[listed["name"]], must_hash) for listed in run["files"]}

    def right_one(self, listed, paths, must_hash):
        if len(paths) == 1 and not must_hash:
            return paths[0]  # hashed once it lies in staging, which is what counts
        sums = {}
        for path in paths:
            sums[path] = md5_of(path, self.job.check_stop)
            if sums[path] == listed["md5"]:
                return path
        raise RunRefused("refused", "md5-mismatch", "%s has md5 %s, listed %s" % (ascii(paths[0]), sums[paths[0]], listed["md5"]))

    def leave(self, run, chosen, staged, target):
        """Publishes links to files that were just hashed where they lie."""
        for name, path in chosen.items():
            os.symlink(path, str(staged / name))
        files = [{name: listed[name] for name in ("name", "bytes", "md5")} for listed in run["files"]]
        publisher = Publisher(self.job, self.staging, self.gid, dict(self.origin, inPlace=chosen))
        publisher.seal(run, staged, files)
        publisher.move(staged, target)
        return files

    def bring(self, path, to):
        """One file into staging, so that nobody who edits the original edits it too: a clone of its blocks; else a hard link, where the file
        is this account's own and so can be made read-only for all; else a copy. How it was done."""
        source = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(source, "rb") as stream:
            info = os.fstat(stream.fileno())
            if not stat.S_ISREG(info.st_mode):
                raise RunRefused("refused", "not-a-file", "%s is no regular file" % ascii(path))
            if self.clone(stream, to):
                return "clone"
            if info.st_uid == os.geteuid() and self.link(path, to, info):
                return "hard-link"
            free = os.statvfs(str(self.staging))
            if free.f_bavail * free.f_frsize - info.st_size < self.job.spec.get("freeBytesMin", 0):
                raise RunRefused("refused", "home-full", "no room for a copy of %s (%d bytes)" % (ascii(path), info.st_size))
            with open(str(to), "xb") as target:
                for chunk in iter(lambda: stream.read(HASH_CHUNK_BYTES), b""):
                    target.write(chunk)
                    self.job.check_stop()
            return "copy"

    def clone(self, stream, to):
        with open(str(to), "xb") as target:
            try:
                fcntl.ioctl(target.fileno(), FICLONE, stream.fileno())
                return True
            except OSError as error:
                if error.errno not in NO_CLONE:
                    raise
        os.unlink(str(to))
        return False

    def link(self, path, to, info):
        try:
            os.link(path, str(to), follow_symlinks=False)
        except OSError as error:
            if error.errno not in NO_LINK:
                raise
            return False
        made = os.lstat(str(to))
        if (made.st_dev, made.st_ino) != (info.st_dev, info.st_ino):
            raise RunRefused("refused", "changed-meanwhile", "%s was replaced while it was looked at" % ascii(path))
        # Read-only before it is hashed: what is hashed is what stays.
        os.chmod(str(to), self.publisher.file_mode)
        return True


# ---------------------------------------------------------------------------------------------- kind rehash


def do_rehash(job):
    """Hashes what is published once more, longest not looked at first, until `maxBytes` are done. With `aside`, looks only at what is marked
    as damaged, or gone, and moves what is damaged still out of the way. Safe to repeat and to cut: each run is noted when it is done."""
    rehash = Rehash(job)
    job.partial = {"runs": rehash.runs, "checked": 0, "bytes": 0, "left": 0, "fresh": 0}
    job.partial = dict(rehash.run(), runs=rehash.runs)
    return {"result": "finished", "reason": None}


class Ledger:
    """When each published run was last found whole, and which are known to be damaged: empty files beside the results, which are read-only."""

    def __init__(self, root):
        self.base = root / "verified"

    def mark(self, relative):
        return self.base / relative.relative_to("runs")

    def seen_at(self, root, relative):
        """Epoch seconds; of its publication where it was never looked at again, 0 where that is not known either."""
        for path in (self.mark(relative), root / relative / "run.json"):
            with contextlib.suppress(OSError):
                return os.stat(str(path)).st_mtime
        return 0.0

    def is_damaged(self, relative):
        return os.path.lexists(self.damage(relative))

    def damage(self, relative):
        return str(self.mark(relative)) + ".damaged"

    def note(self, relative, whole):
        mark = self.mark(relative)
        mark.parent.mkdir(parents=True, exist_ok=True)
        with open(str(mark), "a", encoding="ascii"):
            os.utime(str(mark))
        if whole:
            remove_quietly(self.damage(relative))
        else:
            with open(self.damage(relative), "a", encoding="ascii"):
                pass


class Rehash:
    def __init__(self, job):
        self.job, self.ledger, self.runs = job, Ledger(job.root), []
        self.aside = job.spec.get("aside") is True

    def run(self):
        job, counts = self.job, {"checked": 0, "bytes": 0, "left": 0, "fresh": 0}
        due = self.due(counts)
        for number, (_seen, relative, entry) in enumerate(due):
            if counts["bytes"] >= job.spec.get("maxBytes", float("inf")):
                counts["left"] = len(due) - number
                break
            job.check_stop()
            faults, size = self.examine(relative, entry)
            if entry["madeFromBroken"] and not faults:
                faults = [{"name": None, "fault": "input", "expected": None, "found": None}]
            counts["checked"] += 1
            counts["bytes"] += size
            if faults:
                self.runs.append(self.found(relative, entry, faults))
            if not self.aside or not faults:
                self.ledger.note(relative, whole=not faults)
            job.partial = dict(counts, runs=self.runs)
            job.tell({"total": len(due), "done": counts["checked"] - len(self.runs), "failed": len(self.runs), "bytes": counts["bytes"]})
        return counts

    def due(self, counts):
        """(when last seen, where, entry) of what is to be looked at, longest ago first."""
        job, before, due = self.job, self.job.spec["before"], []
        for entry in job.spec["entries"]:
            job.check_stop()
            broken = False
            for one in self.stages(entry):
                relative = run_directory(job.root, one)
                seen = self.ledger.seen_at(job.root, relative)
                gone = not (job.root / relative).is_dir()
                made_from_broken, broken = broken, broken or self.ledger.is_damaged(relative) or gone
                if broken if self.aside else (seen < before or gone):
                    due.append((seen, relative, dict(one, madeFromBroken=self.aside and made_from_broken)))
                else:
                    counts["fresh"] += 1
        return sorted(due, key=lambda found: (found[0], str(found[1])))

    def stages(self, entry):
        """The entry of every stage of a run, in their order: what was asked for is the last one, whose record names the others."""
        record = read_json(self.job.root / run_directory(self.job.root, entry) / "run.json")
        earlier = record.get("earlier") if isinstance(record, dict) else None
        return [dict(entry, stage=one["stage"], revision=one["revision"]) for one in earlier or []] + [entry]

    def found(self, relative, entry, faults):
        target = self.job.root / relative
        result = "missing" if not os.path.lexists(str(target)) else "damaged"
        moved = None
        if self.aside and result == "damaged":
            # The same directory, so the same file system: nothing is copied, nothing is deleted.
            moved = relative.with_name("%s.damaged-%s" % (relative.name, datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")))
            os.rename(str(target), str(self.job.root / moved))
            sync_directory(target.parent)
        if self.aside:
            remove_quietly(self.ledger.damage(relative))
        kept = {name: entry[name] for name in ("accession", "filesHash", "stage", "revision")}
        return dict(kept, result="aside" if self.aside else result, path=str(relative), movedTo=str(moved) if moved else None, faults=faults[:20])

    def examine(self, relative, entry):
        """(faults, bytes read). What must be there is told by run.json, and that by the name of its directory, which is a hash over it."""
        target = self.job.root / relative
        if not target.is_dir() or target.is_symlink():
            return [{"name": None, "fault": "missing", "expected": None, "found": None}], 0
        record = read_json(target / "run.json")
        files = record.get("files") if isinstance(record, dict) else None
        try:
            lines = sorted("%s\t%d\t%s\n" % (found["name"], found["bytes"], found["md5"]) for found in files)
        except (KeyError, TypeError):
            lines = None
        hashed = hashlib.sha256("".join(lines).encode("utf-8")).hexdigest() if lines is not None else None
        # What a stage made is told by its record alone.
        if hashed != entry["filesHash"] and not (lines and record.get("derived") is True):
            return [{"name": "run.json", "fault": "record", "expected": entry["filesHash"], "found": hashed}], 0
        elsewhere = left_in_place(target)
        results = [self.file_fault(lying_at(target / found["name"], elsewhere), found) for found in files if FILE_NAME.match(found["name"])]
        return [fault for fault, _size in results if fault], sum(size for _fault, size in results)

    def file_fault(self, path, listed):
        """(what is wrong with one file or None, bytes read)"""
        def fault(word, expected=None, found=None):
            return {"name": listed["name"], "fault": word, "expected": expected, "found": found}

        try:
            info = os.lstat(str(path))
            if not stat.S_ISREG(info.st_mode):
                return fault("not-a-file"), 0
            if info.st_size != listed["bytes"]:
                return fault("size", str(listed["bytes"]), str(info.st_size)), 0
            found = md5_of(path, self.job.check_stop)
        except FileNotFoundError:
            return fault("missing"), 0
        except OSError as error:
            return fault("unreadable", listed["md5"], "%s: %s" % (type(error).__name__, error.strerror)), 0
        return (None if found == listed["md5"] else fault("md5", listed["md5"], found)), info.st_size


# ---------------------------------------------------------------------------------------------- look


REACH_SECONDS = 10


def do_look(job):
    """What this node can do and reach, for who sets the cluster up. Changes nothing."""
    found = [dict(place, **reach(place["host"], place["port"])) for place in job.spec.get("reach", [])]
    java, rsync = [first_line_of(command) for command in ([job.java, "-version"], ["rsync", "--version"])]
    space = os.statvfs(str(job.root))
    submits = {"tasks": tries_to_submit(job.spec["tasks"])} if "tasks" in job.spec else {}
    return {
        **submits, "result": "finished", "reason": None, "host": socket.gethostname(), "python": "%d.%d.%d" % sys.version_info[:3], "java": java, "rsync": rsync,
        "ssh": shutil.which("ssh") is not None, "gzip": shutil.which("gzip") is not None, "freeBytes": space.f_bavail * space.f_frsize, "reach": found,
    }


def tries_to_submit(where):
    """Whether a job on this node may submit others: what Slurm's commands are missing here, and what sbatch says of a job that it is only to judge."""
    missing = [name for name in ("sbatch", "squeue", "scancel", "sacct") if shutil.which(name) is None]
    if missing:
        return {"missing": missing, "refused": None}
    options = ["--%s=%s" % (name, wanted(RESOURCE, where[name], name)) for name in ("partition", "account", "qos") if where.get(name)]
    try:
        slurm("sbatch", "--test-only", "--ntasks=1", "--time=5", *options, "--wrap=true")
        living()
        return {"missing": [], "refused": None}
    except SlurmAway as error:
        return {"missing": [], "refused": str(error)[:300]}


def reach(host, port):
    """Whether a connection comes about; one that is refused was let out, too, but nobody listens."""
    try:
        socket.create_connection((host, port), timeout=REACH_SECONDS).close()
        return {"open": True, "detail": None}
    except OSError as error:
        return {"open": False, "detail": str(error)[:200]}


def first_line_of(command):
    """The first line that it says, on either stream; None where it is missing or fails."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=REACH_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
    return lines[0][:200] if lines and done.returncode == 0 else None


# ---------------------------------------------------------------------------------------------- the frame


KINDS = {
    "run": do_run, "verify": do_verify, "sweep": do_sweep, "index": do_index, "clean": do_clean, "adopt": do_adopt, "rehash": do_rehash, "look": do_look,
}
EMPTY = {
    "run": {"exitCode": None, "signal": None, "process": None, "stdoutTail": "", "stderrTail": "", "runs": []},
    "verify": {"runs": []}, "sweep": {"runs": [], "rsync": {"exitCode": None, "tries": 0, "files": 0, "bytes": 0}},
    "adopt": {"runs": []}, "rehash": {"runs": []},
}


def work(job):
    """The job's part of the report; whatever goes wrong becomes a failed report."""
    try:
        wait_for_order(job)
        return dict(KINDS[job.kind](job), **job.partial)
    except JobError as error:
        failure = {"reason": error.reason, "detail": str(error)}
    except Exception as error:  # pylint: disable=broad-except
        job.log(traceback.format_exc())
        failure = {"reason": "agent-error", "detail": "%s: %s" % (type(error).__name__, error)}
    return dict(EMPTY.get(job.kind, {}), **job.partial, result="failed", **failure)


def wait_for_order(job):
    """Waits a bounded time for enrolment, then for any order but *wait*. An API that is away does not stop the work."""
    channel = job.channel
    until = time.monotonic() + job.spec.get("enrolSeconds", 120)
    while not channel.settled.is_set() and time.monotonic() < until:
        job.check_stop(by_deadline=False)  # the answer tells the time
        channel.settled.wait(0.25)
    if channel.refused and channel.base:
        raise JobError("enrolment-refused", "the control plane does not want this job any more")
    if not channel.settled.is_set():
        job.log("no answer to enrolment: working without callbacks for now")
    while channel.order == "wait":
        job.check_stop()
        time.sleep(0.25)
    job.check_stop()


def open_channel(job):
    enrolment = read_json(job.dir / "enrolment.json")
    valid = isinstance(enrolment, dict) and isinstance(enrolment.get("url"), str) and isinstance(enrolment.get("token"), str)
    job.channel = Channel(job.dir, job.id, enrolment if valid else None, job.spec.get("aliveSeconds", 30), log=job.log, word=job.word)


def begin(job):
    """Makes ready, opens the channel and says *started*. The failure if the job cannot even begin, else None."""
    started = {"host": socket.gethostname(), "slurmId": os.environ.get("SLURM_JOB_ID"), "agentVersion": AGENT_VERSION, "startedAt": job.started_at}
    failure = None
    try:
        job.load()
    except (JobError, ValueError, OSError) as error:
        failure = {"reason": getattr(error, "reason", "invalid-spec"), "detail": str(error)}
    open_channel(job)
    try:
        if job.pulled and not failure:
            started["ssh"] = offer_pull(job)
    except (JobError, OSError) as error:
        failure = {"reason": getattr(error, "reason", "agent-error"), "detail": str(error)}
    job.channel.start(started, lambda: job.current_progress)
    return failure and dict(EMPTY.get(job.kind, {}), result="failed", **failure)


def perform(job):
    """Does the job, writes its report, then tells. The exit code: 0 unless the job itself broke."""
    signal.signal(signal.SIGTERM, lambda *_arguments: job.terminated.set())
    job.log("agent %s starts job %s, kind %s, Slurm job %s" % (AGENT_VERSION, job.id, job.kind, os.environ.get("SLURM_JOB_ID")))
    result = begin(job) or work(job)
    if result.get("reason") == "cancelled":
        result["reason"] = job.why_cancelled()
    frame = {"v": 1, "jobId": job.id, "kind": job.kind, "startedAt": job.started_at, "endedAt": now_text(), "root": str(job.root)}
    report = dict(result, **frame)
    try:
        write_json(job.dir / "report.json", report)
    except OSError as error:
        job.log("report.json cannot be written: %s" % error)  # a full disk: the callback is the only way left
    job.log("job %s: %s %s" % (report["result"], report.get("reason") or "", report.get("detail") or ""))
    stay = Stay(job) if job.pulled and not job.terminated.is_set() else None
    if stay:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the report stands: nothing is lost by ending at once
        told = stay.tell(report["result"], report)
    else:
        within = TERMINATED_CALLBACK_SECONDS if job.terminated.is_set() else job.spec.get("terminalSeconds", 600)
        told = job.channel.finish(report["result"], report, within)
    job.log("terminal callback %s" % ("taken" if told else "not taken"))
    remove_quietly(job.dir / "enrolment.json")
    if stay:
        stay.hold()
    return 0 if report["result"] == "finished" else 1


def report_second_start(job):
    """What a requeued job has to say: where it ran first it is gone. It does no work, and leaves a report that its first start wrote."""
    if (job.dir / "report.json").exists():
        return 0
    detail = "Slurm job %s was started again; what its first start did is known by what it left" % os.environ.get("SLURM_JOB_ID")
    frame = {"v": 1, "jobId": job.id, "kind": job.kind, "startedAt": job.started_at, "endedAt": now_text(), "root": str(job.root)}
    write_json(job.dir / "report.json", dict(EMPTY.get(job.kind, {}), result="failed", reason="requeued", detail=detail, **frame))
    job.log(detail)
    return 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=sorted(KINDS))
    parser.add_argument("--job-dir", required=True)
    parser.add_argument("--config")
    parser.add_argument("--second-start", action="store_true", help="do no work: say that the job was started again")
    options = parser.parse_args()
    job = Job(options.job_dir, options.kind, options.config)
    sys.exit(report_second_start(job) if options.second_start else perform(job))


if __name__ == "__main__":
    main()
