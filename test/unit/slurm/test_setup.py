"""What an administrator runs on the head node: it may be repeated, says before it does, and leaves what belongs to others as it is."""
import contextlib
import getpass
import json
import os
import pwd
import stat
import subprocess
import sys
import unittest

from support import SLURM
from test_kit import KitCase

USER = getpass.getuser()


def key(letter, comment="trawl-lab"):
    return "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI%s %s" % (letter * 43, comment)


class SetupCase(KitCase):
    def setUp(self):
        super().setUp()
        self.root = self.base / "root"
        self.keys, self.user = self.base / "ssh" / "authorized_keys", USER

    def setup(self, *arguments, code=0):
        command = [sys.executable, "-B", str(SLURM / "setup_cluster.py")] + list(arguments)
        command += ["--root", str(self.root), "--user", self.user, "--authorized-keys", str(self.keys), "--json"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, code, done.stderr.decode() + done.stdout.decode())
        lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
        return {line["what"]: line for line in lines}

    def install(self, *arguments, code=0):
        return self.setup("install", "--name", "trawl-lab", "--key", key("A"), "--nextflow-lib", str(self.jars), "--tools", str(self.base / "tools"), *arguments, code=code)

    def let_in(self):
        return self.keys.read_text().splitlines()


class Install(SetupCase):
    def test_a_dry_run_says_all_and_changes_nothing(self):
        told = self.install("--dry-run")
        self.assertEqual({line["state"] for what, line in told.items() if what not in ("account", "group")}, {"would"})
        self.assertIn("gate.py", told["kit"]["found"])
        self.assertFalse(self.root.exists() or self.keys.exists())

    def test_it_makes_all_once_and_a_second_time_finds_it_so(self):
        group = subprocess.run(["id", "-gn"], stdout=subprocess.PIPE, check=True).stdout.decode().strip()
        told = self.install("--group", group, "--umask", "0027")
        self.assertEqual({line["state"] for line in told.values()}, {"ok", "done"})
        self.assertEqual({name: oct(stat.S_IMODE((self.root / name).stat().st_mode)) for name in ("jobs", "staging", "runs")}, {"jobs": "0o770", "staging": "0o770", "runs": "0o2750"})
        self.assertEqual(self.let_in(), ['restrict,command="%s/kit/gate.py --root %s" %s' % (self.root, self.root, key("A"))])
        self.assertEqual(stat.S_IMODE(self.keys.stat().st_mode), 0o600)
        again = self.install("--group", group, "--umask", "0027")
        self.assertEqual({line["state"] for line in again.values()}, {"ok"})

    def test_what_somebody_changed_is_put_right_and_named(self):
        self.install()
        (self.root / "jobs").chmod(0o777)
        (self.root / "kit" / "gate.py").write_text("")
        self.keys.write_text(key("A") + "\n")
        told = self.install()
        self.assertEqual(sorted(what for what, line in told.items() if line["state"] == "done"), ["jobs", "key", "kit"])
        self.assertIn("gate.py", told["kit"]["found"])
        self.assertTrue(self.let_in()[0].startswith("restrict,command="))

    def test_what_is_missing_is_told_with_how_to_mend_it(self):
        told = self.install("--group", "no-such-group", code=1)
        self.assertIn("groupadd no-such-group", told["group"]["todo"])
        self.assertFalse(self.root.exists())
        self.root.write_text("a file stands in the way")
        told = self.install(code=1)
        self.assertEqual((told["root"]["state"], told["root"]["todo"]), ("missing", "mend that, and repeat"))

    def test_a_root_that_could_be_more_than_a_path_is_refused(self):
        done = subprocess.run(
            [sys.executable, str(SLURM / "setup_cluster.py"), "install", "--root", "/data/$(id)", "--user", USER], stderr=subprocess.PIPE, check=False
        )
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"can stand in a command", done.stderr)


class Keys(SetupCase):
    OTHERS = [
        "# people",
        'from="10.0.0.*",command="echo \\"hi\\" ssh-ed25519 AAAAnotakey trawl-lab" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIother ada@lab',
        "ssh-rsa AAAAB3NzaC1yc2E= trawl-lab-two",
        "",
    ]

    def setUp(self):
        super().setUp()
        self.root.mkdir()
        self.keys.parent.mkdir()
        self.keys.write_text("".join(line + "\n" for line in self.OTHERS))

    def change(self, *arguments):
        return self.setup("keys", "--name", "trawl-lab", *arguments)["key"]["state"]

    def mine(self):
        self.assertEqual([line for line in self.let_in() if line in self.OTHERS], self.OTHERS)
        return [line.split()[-2][-1] for line in self.let_in() if line not in self.OTHERS]

    def test_a_key_comes_beside_the_old_one_and_then_stands_alone(self):
        self.assertEqual([self.change("--add", key("A")), self.change("--add", key("B"))], ["done", "done"])
        self.assertEqual(self.mine(), ["A", "B"])
        self.assertEqual(self.change("--add", key("B")), "ok")
        self.assertEqual([self.change("--only", key("B")), self.change("--only", key("B"))], ["done", "ok"])
        self.assertEqual(self.mine(), ["B"])

    def test_a_revoked_key_is_gone_however_it_came_in(self):
        self.change("--add", key("A"))
        self.keys.write_text(self.keys.read_text() + key("C") + "\n")
        self.assertEqual(self.mine(), ["A", "C"])
        self.assertEqual([self.change("--none"), self.change("--none")], ["done", "ok"])
        self.assertEqual(self.mine(), [])

    def test_keys_of_other_people_that_cannot_be_read_are_not_taken_for_none(self):
        before = self.keys.read_bytes()
        with self.unreadable():
            told = self.setup("keys", "--name", "trawl-lab", "--add", key("A"), code=1)["key"]
        self.assertEqual((told["state"], told["todo"]), ("missing", "mend that, and repeat"))
        self.assertIn("Permission denied", told["found"])
        self.assertEqual(self.keys.read_bytes(), before)

    @contextlib.contextmanager
    def unreadable(self):
        """As an administrator keeps it who lets nobody look; run as another account than root, who reads everything."""
        self.keys.chmod(0o000)
        who = pwd.getpwnam("nobody")
        for path in [self.base, *self.base.rglob("*")] if os.geteuid() == 0 else []:
            if path != self.keys:
                os.chown(str(path), who.pw_uid, who.pw_gid)
        self.user = who.pw_name if os.geteuid() == 0 else USER
        yield
        self.keys.chmod(0o600)

    def test_a_dry_run_leaves_the_file(self):
        before = self.keys.read_bytes()
        self.assertEqual(self.change("--add", key("A"), "--dry-run"), "would")
        self.assertEqual(self.keys.read_bytes(), before)


if __name__ == "__main__":
    unittest.main()
