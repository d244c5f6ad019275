"""The gate's answer is held back until the one who counts effects has been told of it. Usage: tell-gate.py URL COMMAND..."""
import os
import subprocess
import sys
import urllib.request

url, command = sys.argv[1], sys.argv[2:]
asked = sys.stdin.buffer.read()
done = subprocess.run(command, input=asked, stdout=subprocess.PIPE, check=False)
port = os.environ["SSH_CONNECTION"].split()[1]
verb = os.environ.get("SSH_ORIGINAL_COMMAND", "").split(" ")[-1]
with urllib.request.urlopen(f"{url}/{port}/{verb}", data=asked, timeout=30) as told:
    told.read()
sys.stdout.buffer.write(done.stdout)
sys.stdout.buffer.flush()
sys.exit(done.returncode)
