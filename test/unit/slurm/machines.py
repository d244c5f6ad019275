"""A machine to pull from: a real sshd on 127.0.0.1 with a home of its own, and a line to it that can be cut."""
import os
import pwd
import shutil
import signal
import socket
import subprocess
import threading
from pathlib import Path

SSHD_CONFIG = """
ListenAddress 127.0.0.1:{port}
HostKey {base}/ssh_host_ed25519_key
PidFile none
AuthorizedKeysFile {home}/.ssh/authorized_keys
StrictModes no
AuthenticationMethods publickey
PermitRootLogin forced-commands-only
UsePAM {pam}
UseDNS no
"""


def make_key(path):
    """An ed25519 key pair; the public line without its comment."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return " ".join(Path(str(path) + ".pub").read_text().split()[:2])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def password_is_locked():
    """sshd by itself takes a "!" for a locked account; PAM does not."""
    name = pwd.getpwuid(os.getuid()).pw_name
    try:
        lines = Path("/etc/shadow").read_text().splitlines()
    except OSError:
        return False
    return any(line.startswith(name + ":!") for line in lines)


class Machine:
    """What a droplet is to the agent: a home, an sshd, and `path`, where an `sshd` lies that tells this one's settings."""

    def __init__(self, base):
        self.base, self.home, self.port = Path(base), Path(base, "home"), free_port()
        self.home.mkdir(parents=True)
        self.user = pwd.getpwuid(os.getuid()).pw_name
        self.host_key = make_key(self.base / "ssh_host_ed25519_key")
        config = self.base / "sshd_config"
        config.write_text(SSHD_CONFIG.format(port=self.port, base=base, home=self.home, pam="yes" if password_is_locked() else "no"))
        commands = self.base / "bin"
        commands.mkdir()
        self.sshd = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:" + os.environ["PATH"])
        (commands / "sshd").write_text('#!/bin/sh\nexec %s -f %s "$@"\n' % (self.sshd, config))
        (commands / "sshd").chmod(0o755)
        self.path = "%s:%s" % (commands, os.environ["PATH"])
        self.start()

    def start(self):
        if os.getuid() == 0:
            os.makedirs("/run/sshd", mode=0o755, exist_ok=True)  # made at boot by the service, which need not run here
        self.process = subprocess.Popen([self.sshd, "-D", "-e", "-f", str(self.base / "sshd_config")], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        for line in iter(self.process.stderr.readline, b""):
            if b"listening on" in line:
                self.reader = threading.Thread(target=self.process.stderr.read, daemon=True)
                self.reader.start()
                return
        raise AssertionError("sshd did not start")

    def admit(self, line):
        (self.home / ".ssh").mkdir(exist_ok=True)
        (self.home / ".ssh" / "authorized_keys").write_text(line + "\n")

    def change_host_key(self):
        self.close()
        for name in ("ssh_host_ed25519_key", "ssh_host_ed25519_key.pub"):
            (self.base / name).unlink()
        make_key(self.base / "ssh_host_ed25519_key")
        self.start()

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        self.reader.join(10)
        self.process.stderr.close()


class Line:
    """A line to a port of this host that dies after so many bytes: `cuts` holds one number per connection, None is a good line."""

    def __init__(self, port, cuts):
        self.left, self.target, self.ends = list(cuts), ("127.0.0.1", port), []
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(8)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _address = self.listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self.target)
            except OSError:
                near.close()
                continue
            self.ends += [near, far]
            limit = self.left.pop(0) if self.left else None
            for source, sink, most in ((near, far, None), (far, near, limit)):
                threading.Thread(target=self.carry, args=(source, sink, most), daemon=True).start()

    @staticmethod
    def carry(source, sink, most):
        carried = 0
        try:
            for chunk in iter(lambda: source.recv(65536), b""):
                sink.sendall(chunk)
                carried += len(chunk)
                if most is not None and carried >= most:
                    break
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        for end in [self.listener] + self.ends:
            end.close()
