"""The job that looks around on a node for who sets a cluster up."""
import json
import socket
import subprocess
import sys
import unittest

from support import SLURM, RootCase

import gate


class Look(RootCase):
    def test_it_tells_what_the_node_has_and_reaches_and_changes_nothing_else(self):
        listener = socket.socket()
        self.addCleanup(listener.close)
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        taken = socket.socket()
        self.addCleanup(taken.close)
        taken.bind(("127.0.0.1", 0))
        ports = [each.getsockname()[1] for each in (listener, taken)]
        directory = self.job_dir("look", {"reach": [{"host": "127.0.0.1", "port": port} for port in ports]}, job_id="look-0123")
        before = sorted(path for path in self.root.rglob("*") if directory not in path.parents)
        done = subprocess.run([sys.executable, "-B", str(SLURM / "agent.py"), "look", "--job-dir", str(directory)], check=False)
        self.assertEqual(done.returncode, 0)
        report = json.loads((directory / "report.json").read_text())
        self.assertEqual([(place["port"], place["open"]) for place in report["reach"]], [(ports[0], True), (ports[1], False)])
        self.assertEqual((report["kind"], report["result"], report["host"]), ("look", "finished", socket.gethostname()))
        self.assertEqual(sorted(path for path in self.root.rglob("*") if directory not in path.parents), before)

    def test_where_it_looks_is_held_to_its_form(self):
        check = gate.SPEC_CHECKS["look"]
        check({"reach": [{"host": "ftp.sra.ebi.ac.uk", "port": 443}]}, "/root")
        for reach in ([{"host": "-oProxyCommand=x", "port": 22}], [{"host": "a", "port": 0}], [{"host": "a"}], [{"host": "a", "port": 22}] * 9, "all"):
            self.assertRaises(gate.InvalidRequest, check, {"reach": reach}, "/root")


if __name__ == "__main__":
    unittest.main()
