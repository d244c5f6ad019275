#!/usr/bin/env python3
"""trawl-site: lets a place where nobody may log in fetch work of Trawl by itself. Outbound HTTPS only.

    trawl_site.py run --config FILE        claims batches, has the agent do them, renews, reports; ends on SIGTERM and leaves the agents to the next one
    trawl_site.py release --config FILE    stops what runs and gives every batch back

One of them runs at a time in a root; a second one leaves at once, so that cron may start it every minute. Python 3.8, standard library only.
"""
import argparse
import fcntl
import hashlib
import http.client
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timezone
from pathlib import Path

HTTP_SECONDS = 30
ANSWER_LIMIT_BYTES = 4 * 1024 * 1024
STOP_SECONDS = 30
LOGS_DAYS = 30
# The site counts from before it asked, and ends earlier than the control plane: never do two places work on one batch.
LEASE_SHARE = 0.8
NUMBERS = ("claims", "cpus", "memoryMb", "timeMinutes")


class Refused(Exception):
    """What was asked will not be given; `status` is that of the answer."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


def say(text):
    """A line for the journal. Never a token, a key or a link."""
    print("%s %s" % (datetime.now(timezone.utc).isoformat(timespec="seconds"), text), file=sys.stderr, flush=True)


def write_json(path, value):
    """Whole or not at all, for this user alone."""
    temporary = path.with_name(".%s.new" % path.name)
    handle = os.open(str(temporary), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(value, stream)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(str(temporary), str(path))


def read_json(path):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def read_config(path):
    """@raises SystemExit that names the wrong field"""
    config = read_json(Path(path))
    if not isinstance(config, dict):
        sys.exit("%s is not there or no JSON object" % path)
    for name in ("url", "tokenFile", "root"):
        if not isinstance(config.get(name), str) or not config[name]:
            sys.exit("%s: %s is needed" % (path, name))
    for name in NUMBERS:
        if not isinstance(config.get(name), int) or config[name] < 1:
            sys.exit("%s: %s is needed, a whole number from 1" % (path, name))
    launcher = config.get("launcher", [])
    if not isinstance(launcher, list) or not all(isinstance(word, str) for word in launcher):
        sys.exit("%s: launcher is a list of words" % path)
    parts = urllib.parse.urlsplit(config["url"])
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
        sys.exit("%s: url is an https address" % path)
    if os.stat(config["tokenFile"]).st_mode & 0o077:
        sys.exit("%s: others may read it; chmod 600" % config["tokenFile"])
    return config


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A token is sent to nobody but who was named."""

    def redirect_request(self, *_arguments):
        return None


def send(url, body, headers=None):
    """The JSON object that answers. @raises Refused for 4xx; OSError or ValueError where there was none, or not now"""
    request = urllib.request.Request(url, json.dumps(body).encode("utf-8"), dict({"Content-Type": "application/json"}, **(headers or {})), method="POST")
    try:
        with urllib.request.build_opener(NoRedirect).open(request, timeout=HTTP_SECONDS) as answer:
            said = json.loads(answer.read(ANSWER_LIMIT_BYTES).decode("utf-8"))
            if not isinstance(said, dict):
                raise ValueError("no object came")
            return said
    except http.client.HTTPException as error:
        raise OSError("no whole answer came: %s" % type(error).__name__) from error
    except urllib.error.HTTPError as error:
        try:
            said = json.loads(error.read(ANSWER_LIMIT_BYTES).decode("utf-8")).get("error", "")
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            said = ""
        message = said.get("message", "") if isinstance(said, dict) else str(said)
        if 400 <= error.code < 500 and error.code != 429:
            raise Refused(error.code, message) from error
        raise OSError("status %d %s" % (error.code, message)) from error


def fetch(url, path):
    """(sha256, bytes) of what came. @raises OSError"""
    digest, size = hashlib.sha256(), 0
    try:
        with urllib.request.urlopen(url, timeout=60) as answer, open(str(path), "wb") as stream:
            for block in iter(lambda: answer.read(1 << 20), b""):
                stream.write(block)
                digest.update(block)
                size += len(block)
    except http.client.HTTPException as error:
        raise OSError("no whole answer came: %s" % type(error).__name__) from error
    return digest.hexdigest(), size


def born(pid):
    """When a process was started, in the kernel's ticks; None where it is over. With its number it is that very process."""
    try:
        fields = Path("/proc", str(pid), "stat").read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return None
    return None if fields[0] == "Z" else fields[19]


class Claim:
    """One batch that this site holds, with its record in `claims/`."""

    def __init__(self, site, record):
        self.site, self.record = site, record
        self.worker, self.job_id = record["workerId"], record["jobId"]
        self.path = site.root / "claims" / (self.worker + ".json")
        self.job = site.root / "jobs" / self.job_id
        self.process = None
        self.renew_at = 0.0
        self.stopping_since = None

    def keep(self, **fields):
        self.record.update(fields)
        write_json(self.path, self.record)

    def note(self, **fields):
        """Like `keep`, for what goes on all the same where the disk is full: it is known here, and written down by the next one."""
        try:
            self.keep(**fields)
        except OSError as error:
            say("%s: not written down: %s" % (self.worker, error))

    @property
    def ended(self):
        """Whether nothing of it runs."""
        if self.process is not None:
            return self.process.poll() is not None
        return self.record.get("pid") is None or born(self.record["pid"]) != self.record.get("born")

    def begin(self):
        """Fetches document and kit and starts the agent. @raises Refused, OSError or ValueError"""
        self.job.mkdir(parents=True, exist_ok=True)
        nonce = self.record.get("enrolNonce") or secrets.token_hex(16)
        self.keep(enrolNonce=nonce)
        enrolment = self.record["enrolment"]
        links = send(enrolment["url"], {"v": 1, "jobId": self.job_id, "token": enrolment["token"], "nonce": nonce})["links"]
        kit = self.site.kit(links.get("kit"))
        # The agent enrols as the same party.
        (self.job / "nonce").write_text(nonce + "\n", encoding="ascii")
        write_json(self.job / "enrolment.json", enrolment)
        fetch(links["spec"]["url"], self.job / "spec.json.new")
        if (read_json(self.job / "spec.json.new") or {}).get("jobId") != self.job_id:
            raise ValueError("the document is not of this job")
        os.replace(str(self.job / "spec.json.new"), str(self.job / "spec.json"))
        write_json(self.job / "agent.json", dict({"kit": str(kit)}, **{name: self.site.config[name] for name in ("javaHome", "umask") if name in self.site.config}))
        resources = {name: str(value) for name, value in self.record["resources"].items()}
        launcher = [word.format(job=self.job_id, **resources) for word in self.site.config.get("launcher", [])]
        command = launcher + [sys.executable, str(kit / "agent.py"), "run", "--job-dir", str(self.job), "--config", str(self.job / "agent.json")]
        with open(str(self.job / "agent.out"), "ab") as out:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd=str(self.site.root), start_new_session=True)
        self.note(pid=self.process.pid, born=born(self.process.pid))
        say("%s: the agent runs, process %d" % (self.worker, self.process.pid))

    def stop(self):
        """Asks, later kills. The agent takes its own children along."""
        now = time.time()
        number = signal.SIGTERM if self.stopping_since is None else signal.SIGKILL if now - self.stopping_since > STOP_SECONDS else None
        self.stopping_since = self.stopping_since or now
        if number and not self.ended:
            try:
                os.killpg(self.record["pid"], number)
            except OSError:
                pass

    def renew(self):
        asked = time.time()
        try:
            answer = self.site.ask("/site/claims/%s/renew" % self.worker, {})
            lease = answer["leaseSeconds"]
        except Refused as refused:
            if refused.status in (401, 403, 404, 410):
                say("%s: held no more: %s" % (self.worker, refused))
                self.note(over=True)
            return
        except (OSError, ValueError, KeyError) as error:
            say("%s: not renewed: %s" % (self.worker, error))
            return
        self.renew_at = asked + lease / 3
        self.note(leaseEnds=asked + lease * LEASE_SHARE)
        if answer.get("order") == "stop":
            self.note(stop=True)

    def tick(self):
        """One look; whether it is still to be looked at."""
        now = time.time()
        if now >= self.record["leaseEnds"] and not self.record.get("over"):
            say("%s: its lease has run out here" % self.worker)
            self.note(over=True)
        if self.record.get("over") or self.record.get("stop"):
            self.stop()
        if self.ended:
            return not self.finish()
        if not self.record.get("over") and now >= self.renew_at:
            self.renew()
        return True

    def last_word(self):
        """What the agent left; where it left nothing, that."""
        report = read_json(self.job / "report.json")
        if isinstance(report, dict) and report.get("jobId") == self.job_id:
            return report
        at = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"v": 1, "jobId": self.job_id, "kind": "run", "result": "failed", "reason": "agent-error", "exitCode": None, "runs": [], "startedAt": at, "endedAt": at,
                "stderrTail": "the agent ended without a report"}

    def finish(self):
        """Tells the end and lets go of what lies here. Whether that was heard."""
        if not self.record.get("over"):
            verb, body = ("report", self.last_word()) if self.record.get("pid") else ("release", {"v": 1, "detail": "it was never begun here"})
            if not self.tell(verb, body):
                return False
        for directory in ("staging", "work"):
            shutil.rmtree(str(self.site.root / directory / self.worker), ignore_errors=True)
        try:
            (self.job / "enrolment.json").unlink()
        except OSError:
            pass
        self.path.unlink()
        say("%s: over" % self.worker)
        return True

    def tell(self, verb, body):
        try:
            self.site.ask("/site/claims/%s/%s" % (self.worker, verb), body)
        except Refused as refused:
            say("%s: %s refused: %s" % (self.worker, verb, refused))
        except (OSError, ValueError) as error:
            say("%s: %s not heard: %s" % (self.worker, verb, error))
            return False
        return True


class Site:
    """The root and what is asked of the control plane."""

    def __init__(self, config):
        self.config = config
        self.root = Path(os.path.realpath(config["root"]))
        for name in ("claims", "jobs", "staging", "work", "kits"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        self.token = Path(config["tokenFile"]).read_text(encoding="ascii").strip()
        self.claims = [Claim(self, record) for record in (read_json(path) for path in sorted((self.root / "claims").glob("[!.]*.json"))) if record]
        self.ask_at, self.nonce = 0.0, None
        self.leaving = False

    def ask(self, path, body):
        return send(self.config["url"].rstrip("/") + path, body, {"Authorization": "Bearer " + self.token})

    def kit(self, link):
        """The site's own kit, or the one that it is handed, once. @raises ValueError"""
        if self.config.get("kit"):
            return Path(self.config["kit"])
        if not link:
            raise ValueError("no kit is handed out, and the configuration names none")
        target = self.root / "kits" / link["sha256"]
        if not target.is_dir():
            archive, fresh = self.root / "kits" / "kit.tar", self.root / "kits" / "kit.new"
            if fetch(link["url"], archive) != (link["sha256"], link["bytes"]):
                raise ValueError("the kit is not the one that was promised")
            shutil.rmtree(str(fresh), ignore_errors=True)
            fresh.mkdir()
            subprocess.run(["tar", "-xf", str(archive), "-C", str(fresh), "--no-same-owner"], check=True, timeout=600)
            os.replace(str(fresh), str(target))
            archive.unlink()
        return target

    def offer(self):
        free = max(0, shutil.disk_usage(str(self.root)).free - self.config.get("bytesKeptFree", 0))
        own = {name: self.config[name] for name in ("cpus", "memoryMb", "timeMinutes")}
        known = read_json(Path(self.config["kit"]) / "revisions.json") if self.config.get("kit") else None
        return dict(own, bytes=free, **({"pipelines": known} if isinstance(known, dict) else {}))

    def claim(self):
        """Asks for as many batches as there are places. The same request is sent again until it is answered."""
        asked = time.time()
        self.nonce = self.nonce or secrets.token_hex(16)
        most = min(20, self.config["claims"] - len(self.claims))
        answer = self.ask("/site/claims", {"v": 1, "nonce": self.nonce, "most": most, "offer": self.offer()})
        self.nonce = None
        for given in answer["claims"]:
            claim = Claim(self, dict(given, leaseEnds=asked + given["leaseSeconds"] * LEASE_SHARE))
            claim.keep()
            claim.renew_at = asked + given["leaseSeconds"] / 3
            self.claims.append(claim)
            try:
                claim.begin()
            except (Refused, OSError, ValueError, KeyError, subprocess.SubprocessError) as error:
                say("%s: could not begin: %s %s" % (claim.worker, type(error).__name__, error if isinstance(error, (Refused, ValueError)) else ""))
        if answer["claims"]:
            self.ask_at = 0.0  # there may be more
        elif answer.get("waiting"):
            say("nothing for this site now: %s" % json.dumps(answer["waiting"]))

    def tick(self):
        self.claims = [claim for claim in self.claims if claim.tick()]
        if self.leaving or len(self.claims) >= self.config["claims"] or time.time() < self.ask_at:
            return
        self.ask_at = time.time() + self.config.get("pollSeconds", 60)
        try:
            self.claim()
        except (Refused, OSError, ValueError, KeyError) as error:
            say("no work: %s" % error)

    def run(self):
        signal.signal(signal.SIGTERM, lambda *_arguments: setattr(self, "leaving", True))
        self.remove_old_logs()
        while not self.leaving:
            self.tick()
            time.sleep(self.config.get("lookSeconds", 1))

    def release(self):
        """Stops everything and gives it back."""
        for claim in self.claims:
            while not claim.ended:
                claim.stop()
                time.sleep(0.2)
            claim.tell("release", {"v": 1, "detail": "given back by the site"})
            claim.note(over=True)
            claim.finish()

    def remove_old_logs(self):
        for path in (self.root / "jobs").iterdir():
            if path.stat().st_mtime < time.time() - LOGS_DAYS * 24 * 3600:
                shutil.rmtree(str(path), ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("run", "release"))
    parser.add_argument("--config", default="/etc/trawl-site/config.json")
    options = parser.parse_args()
    os.umask(0o077)
    config = read_config(options.config)
    Path(config["root"]).mkdir(parents=True, exist_ok=True)
    with open(os.path.join(config["root"], "site.lock"), "w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if options.what == "run":
                return  # another one runs: cron asks every minute
            sys.exit("trawl-site runs in %s: stop it first" % config["root"])
        except OSError as error:
            sys.exit("nothing can be locked in %s: %s" % (config["root"], error))
        site = Site(config)
        site.run() if options.what == "run" else site.release()


if __name__ == "__main__":
    main()
