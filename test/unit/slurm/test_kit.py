"""What the installers lay out: the kit of a cluster with its key, and the kit of a droplet as one reproducible file."""
import json
import os
import re
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

    def run_script(self, name, *arguments):
        command = ["bash", str(SLURM / name)] + [str(argument) for argument in arguments] + ["--nextflow-lib", str(self.jars)]
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
            self.assertEqual([kit.getmember(name).mode for name in ("jre/bin/java", "pipelines/fetch/bin/fetch_run.py", "pipelines/fetch/main.nf")], [0o755, 0o755, 0o644])
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
        self.assertEqual(sorted(path.name for path in self.base.iterdir()), ["empty", "jars", "kit.tar"])


if __name__ == "__main__":
    unittest.main()
