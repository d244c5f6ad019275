"""What the installers lay out: the kit of a cluster with its key, and the kit of a droplet as one reproducible file."""
import hashlib
import json
import io
import os
import re
import shutil
import stat
import subprocess
import tarfile
import tempfile
import unittest
from pathlib import Path

from support import SLURM

VERSION = re.findall(r"<version>(\d+\.[\d.]*)</version>", (SLURM / "nextflow" / "pom.xml").read_text())[-1]


class KitCase(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.base = Path(os.path.realpath(holder.name))
        self.jars = self.base / "jars"
        self.jars.mkdir()
        (self.jars / ("nextflow-%s.jar" % VERSION)).write_text("jar")
        (self.base / "tools" / "bin").mkdir(parents=True)
        (self.base / "tools" / "bin" / "fastp").write_text("#!/bin/sh\n")
        (self.base / "tools" / "bin" / "fastp").chmod(0o755)
        (self.base / "tools" / "pinned").write_text(hashlib.sha256((SLURM / "worker-kit" / "tools.txt").read_bytes()).hexdigest())

    def run_script(self, name, *arguments):
        command = ["bash", str(SLURM / name)] + [str(argument) for argument in arguments] + ["--nextflow-lib", str(self.jars), "--tools", str(self.base / "tools")]
        return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode()


class ClusterKit(KitCase):
    def test_the_key_that_pulls_is_made_once_and_for_its_owner_alone(self):
        root = self.base / "root"
        self.run_script("install-kit.sh", root)
        key, public = root / "kit" / "pull_key", root / "kit" / "pull_key.pub"
        self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o600)
        told = subprocess.run(["ssh-keygen", "-y", "-f", str(key)], stdout=subprocess.PIPE, check=True).stdout.decode().split()
        self.assertEqual(told[:2], public.read_text().split()[:2])
        self.assertEqual(told[0], "ssh-ed25519")
        before = key.read_bytes(), public.read_bytes()
        self.run_script("install-kit.sh", root)
        self.assertEqual((key.read_bytes(), public.read_bytes()), before)


    def test_a_nextflow_that_cannot_be_had_leaves_the_one_that_is_there(self):
        root = self.base / "root"
        self.run_script("install-kit.sh", root)
        jars = root / "kit" / "nextflow" / "lib"
        (jars / ("nextflow-%s.jar" % VERSION)).rename(jars / "nextflow-1.0.0.jar")  # of the version before
        maven = self.base / "bin" / "mvn"
        maven.parent.mkdir()
        maven.write_text("#!/bin/sh\necho no route to host >&2\nexit 1\n")
        maven.chmod(0o755)
        command = ["bash", str(SLURM / "install-kit.sh"), str(root), "--tools", str(self.base / "tools")]
        done = subprocess.run(command, stderr=subprocess.PIPE, env=dict(os.environ, PATH="%s:%s" % (maven.parent, os.environ["PATH"])), check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual([path.name for path in jars.iterdir()], ["nextflow-1.0.0.jar"])
        self.run_script("install-kit.sh", root)
        self.assertEqual([path.name for path in jars.iterdir()], ["nextflow-%s.jar" % VERSION])
        self.assertEqual([path.name for path in jars.parent.iterdir() if path.name.startswith(".")], [])


class WorkerKit(KitCase):
    def jre(self):
        java = self.base / "jre" / "bin" / "java"
        java.parent.mkdir(parents=True)
        java.write_text("#!/bin/sh\n")
        java.chmod(0o755)
        return self.base / "jre"

    def test_it_holds_what_the_agent_needs_without_a_secret_and_is_the_same_each_time(self):
        jre = self.jre()
        said = [self.run_script("build-worker-kit.sh", self.base / "out" / name, "--jre", jre).split() for name in ("a.tar", "b.tar")]
        first, second = (self.base / "out" / name for name in ("a.tar", "b.tar"))
        self.assertEqual(first.read_bytes(), second.read_bytes())
        self.assertEqual(said[0][:2], said[1][:2])
        self.assertEqual(int(said[0][1]), first.stat().st_size)
        with tarfile.open(str(first)) as kit:
            names = kit.getnames()
            self.assertEqual(json.loads(kit.extractfile("worker.json").read()), {"javaHome": "jre"})
            self.assertEqual({(member.uid, member.gid, member.mtime) for member in kit.getmembers()}, {(0, 0, 0)})
            self.assertEqual([kit.getmember(name).mode for name in ("jre/bin/java", "pipelines/fetch/bin/fetch_run.py", "pipelines/fetch/main.nf", "tools/bin/fastp")], [0o755, 0o755, 0o644, 0o755])
        self.assertTrue({"agent.py", "pipelines/fetch/main.nf", "nextflow/lib/nextflow-%s.jar" % VERSION} <= set(names))
        self.assertEqual([name for name in names if "key" in name or "__pycache__" in name], [])
        self.assertEqual(sorted(path.name for path in first.parent.iterdir()), ["a.tar", "b.tar"])

    def test_a_failure_leaves_the_kit_that_was_there(self):
        out = self.base / "kit.tar"
        out.write_text("the old one")
        (self.base / "empty").mkdir()
        with self.assertRaises(subprocess.CalledProcessError):
            self.run_script("build-worker-kit.sh", out, "--jre", self.base / "empty")
        self.assertEqual(out.read_text(), "the old one")
        self.assertEqual(sorted(path.name for path in self.base.iterdir()), ["empty", "jars", "kit.tar", "tools"])


class Tools(KitCase):
    """Packages made here, so that nothing is fetched: an ar archive of a tar packed by xz."""

    def package(self, name, members):
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:xz") as files:
            for path, content in members.items():
                entry = tarfile.TarInfo("./" + path)
                entry.size, entry.mode = len(content), 0o755
                files.addfile(entry, io.BytesIO(content))
        parts = (("debian-binary", b"2.0\n"), ("control.tar.xz", b"odd"), ("data.tar.xz", packed.getvalue()))
        head = lambda part, size: ("%-16s%-12d%-6d%-6d%-8o%-10d`\n" % (part, 0, 0, 0, 0o644, size)).encode()
        body = b"".join(head(part, len(data)) + data + b"\n" * (len(data) % 2) for part, data in parts)
        path = self.base / "packages" / (name + "_1_amd64.deb")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"!<arch>\n" + body)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    def scripts(self, *lines):
        """The scripts with another list beside them."""
        (self.base / "slurm" / "worker-kit").mkdir(parents=True)
        for name in ("fetch-tools.sh", "kit.py", "agent.py"):
            shutil.copy2(str(SLURM / name), str(self.base / "slurm" / name))
        (self.base / "slurm" / "worker-kit" / "tools.txt").write_text("# packages\n" + "".join(line + "\n" for line in lines))
        return str(self.base / "slurm" / "fetch-tools.sh")

    def lay_out(self, script):
        command = ["bash", script, str(self.base / "out"), "--packages", str(self.base / "packages")]
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)

    def test_a_program_finds_the_libraries_that_came_with_it(self):
        tool = b'#!/bin/sh\necho "$LD_LIBRARY_PATH $1"\n'
        program, library = self.package("tool", {"usr/bin/tool": tool}), self.package("libx", {"usr/lib/x86_64-linux-gnu/libx.so.1": b"x"})
        done = self.lay_out(self.scripts("tool 1 " + program, "libx 1 " + library))
        self.assertEqual(done.returncode, 0, done.stdout)
        said = subprocess.run([str(self.base / "out" / "bin" / "tool"), "word"], stdout=subprocess.PIPE, check=True, env={"PATH": os.environ["PATH"]}).stdout.decode()
        self.assertEqual(said, "%s word\n" % (self.base / "out" / "lib"))
        self.assertEqual((self.base / "out" / "lib" / "libx.so.1").read_bytes(), b"x")

    def test_a_package_of_another_hash_is_refused_by_name_and_leaves_nothing(self):
        self.package("tool", {"usr/bin/tool": b"evil"})
        done = self.lay_out(self.scripts("tool 1 " + "0" * 64))
        self.assertEqual(done.returncode, 1)
        self.assertIn("is not tool 1", done.stdout.decode())
        self.assertFalse((self.base / "out").exists())


if __name__ == "__main__":
    unittest.main()
