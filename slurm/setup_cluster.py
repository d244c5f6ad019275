#!/usr/bin/env python3
"""Sets up what Trawl needs on a head node, or its key there. `trawl cluster install | key rotate | key revoke` run it, or write it down for you to run.

    setup_cluster.py install --root ROOT --user USER [--group G] [--umask 0027] [--name NAME --key LINE] [--nextflow-lib DIR] [--tools DIR]
    setup_cluster.py keys --root ROOT --user USER --name NAME [--add LINE | --only LINE | --none]

Run it as USER, or as root (then it becomes USER once ROOT is there). Repeatable: what is as it should be is left alone; --dry-run changes nothing
and says what would be done. One line a thing: what, its state (ok, done, would, missing), what was found, and how to mend what is missing.
Ends 0, or 1 while something is missing. Python 3.8, standard library only.
"""
import argparse
import base64
import binascii
import filecmp
import grp
import hashlib
import json
import os
import pwd
import re
import stat
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHELL_SAFE = re.compile(r"/[A-Za-z0-9._/-]+\Z")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
KEY_LINE = re.compile(r"(ssh-ed25519) ([A-Za-z0-9+/]{60,80}={0,2})(?: .*)?\Z")
BLOB = re.compile(r"(?:^|\s)((?:ssh|ecdsa|sk)-\S+)\s+(AAAA[A-Za-z0-9+/]+={0,2})(?:\s+(.*))?$")
# Staged files and job folders hold tokens; what is published follows the configured umask.
PRIVATE = {"jobs": 0o770, "staging": 0o770, "work": 0o770}


class Stop(Exception):
    """Nothing after this can be done; its line is told already."""


class Report:
    """Lines of what was found and done."""

    def __init__(self, as_json, dry_run):
        self.as_json, self.dry_run, self.missing = as_json, dry_run, 0

    def line(self, what, state, found, todo=None):
        self.missing += state == "missing"
        entry = dict({"what": what, "state": state, "found": found}, **({"todo": todo} if todo else {}))
        print(json.dumps(entry) if self.as_json else "%-18s %-8s %s%s" % (what, state, found, "\n%27s -> %s" % ("", todo) if todo else ""), flush=True)

    def stop(self, what, found, todo):
        self.line(what, "missing", found, todo)
        raise Stop

    def change(self, what, wanted, act):
        """Does it, or says that it would. A refusal by the system is told with its words."""
        if self.dry_run:
            self.line(what, "would", wanted)
            return
        try:
            act()
        except OSError as error:
            self.stop(what, str(error), "mend that, and repeat")
        self.line(what, "done", wanted)


# ---------------------------------------------------------------------------------------------- account and directories


def become(report, options):
    """Runs as the account that owns ROOT from here on; ROOT is made first where only root can."""
    try:
        account = pwd.getpwnam(options.user)
    except KeyError:
        report.stop("account", "no %s" % options.user, "make it: useradd --create-home %s" % options.user)
    group = group_of(report, options, account)
    if os.geteuid() not in (0, account.pw_uid):
        report.stop("account", "this is %s" % pwd.getpwuid(os.geteuid()).pw_name, "run it as %s, or as root" % options.user)
    report.line("account", "ok", options.user)
    if not os.path.isdir(options.root):
        report.change("root", "%s, of %s" % (options.root, options.user), lambda: make_root(options.root, account, group))
    elif os.stat(options.root).st_uid != account.pw_uid:
        report.stop("root", "%s belongs to another account" % options.root, "chown %s %s, or name another root" % (options.user, options.root))
    else:
        report.line("root", "ok", options.root)
    if os.geteuid() == 0 and account.pw_uid != 0:
        os.initgroups(account.pw_name, account.pw_gid)
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
    os.environ.update(HOME=account.pw_dir, USER=account.pw_name, LOGNAME=account.pw_name)
    return account, group


def group_of(report, options, account):
    """The group that results belong to, or None where none is asked for."""
    if not options.group:
        return None
    try:
        group = grp.getgrnam(options.group)
    except KeyError:
        report.stop("group", "no %s" % options.group, "make it: groupadd %s; usermod -a -G %s %s" % (options.group, options.group, options.user))
    if account.pw_uid != 0 and account.pw_gid != group.gr_gid and account.pw_name not in group.gr_mem:
        report.stop("group", "%s is not in %s" % (options.user, options.group), "usermod -a -G %s %s" % (options.group, options.user))
    report.line("group", "ok", options.group)
    return group


def make_root(root, account, group):
    os.makedirs(root, mode=0o755)
    if os.geteuid() == 0:
        os.chown(root, account.pw_uid, group.gr_gid if group else account.pw_gid)


def lay_out(report, options, group):
    """The directories below ROOT with their modes; those of results carry their group on (setgid)."""
    shared = (0o2000 if group else 0) | (0o777 & ~int(options.umask, 8))
    for name, mode in dict(PRIVATE, runs=shared, sources=shared).items():
        path = os.path.join(options.root, name)
        owner = group.gr_gid if group and name not in PRIVATE else None
        wanted = "%s, mode %04o%s" % (path, mode, ", group %s" % group.gr_name if owner is not None else "")
        if is_as_wanted(path, mode, owner):
            report.line(name, "ok", wanted)
        else:
            report.change(name, wanted, lambda path=path, mode=mode, owner=owner: mend_directory(path, mode, owner))


def is_as_wanted(path, mode, gid):
    try:
        info = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISDIR(info.st_mode) and stat.S_IMODE(info.st_mode) == mode and gid in (None, info.st_gid)


def mend_directory(path, mode, gid):
    os.makedirs(path, exist_ok=True)
    if gid is not None:
        os.chown(path, -1, gid)
    os.chmod(path, mode)


# ---------------------------------------------------------------------------------------------- the kit


def put_kit(report, options):
    kit = os.path.join(options.root, "kit")
    other = differing(Path(kit))
    if not other:
        report.line("kit", "ok", kit)
        return
    command = ["bash", str(HERE / "install-kit.sh"), options.root]
    command += ["--nextflow-lib", options.nextflow_lib] if options.nextflow_lib else []
    command += ["--tools", options.tools] if options.tools else []
    wanted = "%s: %s" % (kit, ", ".join(other))
    if report.dry_run:
        report.line("kit", "would", wanted)
        return
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=options.root, check=False)
    said = done.stdout.decode("utf-8", "replace").strip().splitlines()
    if done.returncode == 0:
        report.line("kit", "done", wanted)
    else:
        report.line("kit", "missing", " / ".join(said[-3:])[:500] or "the installer ended %d" % done.returncode, "mend that, and repeat: what is there stays")


def differing(kit):
    """What of the kit is not as it is here, by name."""
    pairs = [("gate.py", "gate.py"), ("agent.py", "agent.py"), ("templates/job.sh", "templates/job.sh"), ("nextflow/pom.xml", "nextflow/pom.xml")]
    other = [there for here, there in pairs if not (kit / there).is_file() or not filecmp.cmp(str(HERE / here), str(kit / there), shallow=False)]
    mine = subprocess.run([sys.executable, "-B", str(HERE / "kit.py"), "revisions", str(HERE / "pipelines")], stdout=subprocess.PIPE, check=True).stdout
    if read_bytes(kit / "revisions.json") != mine:
        other.append("pipelines")
    version = re.findall(r"<version>(\d+\.[\d.]*)</version>", (HERE / "nextflow" / "pom.xml").read_text())[-1]
    if not (kit / "nextflow" / "lib" / ("nextflow-%s.jar" % version)).is_file():
        other.append("Nextflow %s" % version)
    pinned = hashlib.sha256((HERE / "worker-kit" / "tools.txt").read_bytes()).hexdigest()
    if read_bytes(kit / "tools" / "pinned").decode("ascii", "replace").strip() != pinned:
        other.append("tools")
    return other + [name for name in ("pull_key", "gate.json") if not (kit / name).is_file()]


def read_bytes(path):
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


# ---------------------------------------------------------------------------------------------- the key


def gate_line(options, key):
    kind, blob = KEY_LINE.match(key).groups()[:2]
    return 'restrict,command="%s/kit/gate.py --root %s" %s %s %s' % (options.root, options.root, kind, blob, options.name)


def blob_of(line):
    """(key, comment) of a line of authorized_keys; options may hold blanks within quotes."""
    plain = re.sub(r'"(?:\\.|[^"\\])*"', '""', line)
    found = BLOB.search(plain)
    return (found.group(2), (found.group(3) or "").strip()) if found and not line.lstrip().startswith("#") else (None, None)


def lines_after(lines, options):
    """The lines of authorized_keys as they should be; those of other people stay as they are, in their order."""
    wanted = options.key or options.add or options.only
    line = gate_line(options, wanted) if wanted else None
    blob = blob_of(line)[0] if line else None
    kept = []
    for each in lines:
        its, comment = blob_of(each)
        mine = its is not None and comment == options.name
        if its is not None and its == blob or mine and (options.only or options.none):
            continue
        kept.append(each)
    return kept + ([line] if line else [])


def set_keys(report, options, account):
    path = os.path.realpath(options.authorized_keys or os.path.join(account.pw_dir, ".ssh", "authorized_keys"))
    folder = os.path.dirname(path)
    before = known_keys(report, path).decode("utf-8", "surrogateescape").splitlines()
    after = lines_after(before, options)
    if not options.authorized_keys:
        check_home(report, account, folder)
    gone, come = [len([one for one in some if one not in other]) for some, other in ((before, after), (after, before))]
    if sorted(before) == sorted(after) and (not after or stat.S_IMODE(os.stat(path).st_mode) & 0o077 == 0):
        report.line("key", "ok", "%s: %s" % (path, "let in, for the gate alone" if options.key or options.add or options.only else "not let in"))
        return
    report.change("key", "%s: %d lines come, %d go" % (path, come, gone), lambda: write_lines(folder, path, after))


def known_keys(report, path):
    """What stands there. A file that cannot be read may hold the keys of other people, and is never taken for none."""
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        report.stop("key", str(error), "mend that, and repeat")


def check_home(report, account, folder):
    """sshd believes no key below a home or folder that others may write."""
    if os.stat(account.pw_dir).st_mode & 0o022:
        report.line("home", "missing", "%s can be written by others: sshd refuses keys there" % account.pw_dir, "chmod go-w %s" % account.pw_dir)
    if os.path.isdir(folder) and os.stat(folder).st_mode & 0o022:
        report.change("ssh folder", "%s, mode 0700" % folder, lambda: os.chmod(folder, 0o700))


def write_lines(folder, path, lines):
    """Whole or not at all: who logs in meanwhile meets the old file or the new one."""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    temporary = "%s.trawl-new" % path
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as stream:
        stream.write("".join("%s\n" % line for line in lines))
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, path)


# ---------------------------------------------------------------------------------------------- the command


def of_form(pattern, what):
    def check(value):
        if not pattern.match(value):
            raise argparse.ArgumentTypeError("not a %s: %r" % (what, value[:80]))
        return value

    return check


def public_key(value):
    match = KEY_LINE.match(value.strip())
    try:
        if match and base64.b64decode(match.group(2), validate=True)[:19] == b"\0\0\0\x0bssh-ed25519\0\0\0 ":
            return value.strip()
    except (binascii.Error, ValueError):
        pass
    raise argparse.ArgumentTypeError("not the public line of an ed25519 key: %r" % value[:80])


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=("install", "keys"))
    parser.add_argument("--root", required=True, type=of_form(SHELL_SAFE, "path that can stand in a command"))
    parser.add_argument("--user", required=True)
    parser.add_argument("--group")
    parser.add_argument("--umask", default="0027", type=of_form(re.compile(r"0?[0-7]{3}\Z"), "umask"))
    parser.add_argument("--name", type=of_form(NAME, "name of a key"))
    key = parser.add_mutually_exclusive_group()
    for name in ("--key", "--add", "--only"):
        key.add_argument(name, type=public_key)
    key.add_argument("--none", action="store_true")
    for name in ("--nextflow-lib", "--tools", "--authorized-keys"):
        parser.add_argument(name)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--dry-run", action="store_true")
    options = parser.parse_args()
    options.root = options.root.rstrip("/")
    if not options.name and (options.action == "keys" or options.key):
        parser.error("--name is needed")
    if options.action == "keys" and not (options.add or options.only or options.none):
        parser.error("one of --add, --only and --none is needed")
    return options


def main():
    options = read_options()
    report = Report(options.json, options.dry_run)
    try:
        account, group = become(report, options)
        if options.action == "install":
            lay_out(report, options, group)
            put_kit(report, options)
        if options.action == "keys" or options.key:
            set_keys(report, options, account)
    except Stop:
        pass
    return 1 if report.missing else 0


if __name__ == "__main__":
    sys.exit(main())
