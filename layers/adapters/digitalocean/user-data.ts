export interface FirstJob {
  /** `<api>/callbacks/enrol`. */
  readonly enrolUrl: string;
  readonly jobId: string;
  /** Single-use: any process on the droplet can read its user data. */
  readonly token: string;
}
export interface DropletPlaces {
  readonly root: string;
  readonly agentLog: string;
}

const PLACES: DropletPlaces = { root: '/var/lib/trawl', agentLog: '/var/log/trawl-agent.log' };

/**
 * What a droplet runs at its first boot: trades the token for links, fetches the worker kit and the job document, starts the agent. It
 * needs only what Ubuntu's cloud image holds. The attempt's key in the answer is dropped: the agent enrols with the same nonce.
 */
export const userDataOf = ({ enrolUrl, jobId, token }: FirstJob, { root, agentLog }: DropletPlaces = PLACES): string => `#!/bin/sh
set -eu
umask 077
root=${quoted(root)}
job="$root/jobs/"${quoted(jobId)}
mkdir -p "$root/jobs" "$root/staging" "$root/work" "$job"
cat >"$job/enrolment.json" <<'ENROLMENT'
${JSON.stringify({ url: enrolUrl, token })}
ENROLMENT
# Running it again must not look like another party.
[ -s "$job/nonce" ] || python3 -c 'import secrets; print(secrets.token_hex(16))' >"$job/nonce"
python3 - "$root" "$job" <<'FETCH'
${FETCH}FETCH
export HOME="\${HOME:-/root}"
setsid python3 "$root/kit/agent.py" run --job-dir "$job" --config "$root/kit/worker.json" >>${quoted(agentLog)} 2>&1 </dev/null &
`;

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Python 3.8, standard library only. Nothing here ends it but success or a refusal; a droplet that gets nowhere is destroyed at its deadline. */
const FETCH = String.raw`import hashlib, json, os, shutil, subprocess, sys, time, urllib.error, urllib.request

root, job = sys.argv[1:]


def say(text):
    print("trawl: " + text, file=sys.stderr, flush=True)


def enrol():
    with open(job + "/enrolment.json") as file:
        enrolment = json.load(file)
    with open(job + "/nonce") as file:
        nonce = file.read().strip()
    message = {"v": 1, "jobId": os.path.basename(job), "token": enrolment["token"], "nonce": nonce}
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(enrolment["url"], json.dumps(message).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            links = json.load(answer)["links"]
    except urllib.error.HTTPError as error:
        if error.code == 403:
            say("enrolment refused")
            sys.exit(3)
        raise
    return links["kit"], links["spec"]


def fetch(url, path):
    digest, size = hashlib.sha256(), 0
    with urllib.request.urlopen(url, timeout=60) as answer, open(path, "wb") as file:
        for block in iter(lambda: answer.read(1 << 20), b""):
            file.write(block)
            digest.update(block)
            size += len(block)
    return digest.hexdigest(), size


def attempt():
    kit, spec = enrol()
    archive, fresh = root + "/kit.tar", root + "/kit.new"
    if fetch(kit["url"], archive) != (kit["sha256"], kit["bytes"]):
        raise ValueError("the kit is not the one that was promised")
    fetch(spec["url"], job + "/spec.json.new")
    with open(job + "/spec.json.new") as file:
        json.load(file)
    os.replace(job + "/spec.json.new", job + "/spec.json")
    shutil.rmtree(fresh, ignore_errors=True)
    os.mkdir(fresh)
    subprocess.run(["tar", "-xf", archive, "-C", fresh, "--no-same-owner"], check=True, timeout=600)
    shutil.rmtree(root + "/kit", ignore_errors=True)
    os.replace(fresh, root + "/kit")
    os.remove(archive)


pause = 1
while True:
    try:
        attempt()
        break
    except Exception as error:
        # Links die after minutes, so every try asks for fresh ones. An error's text may hold a link, which is a secret.
        say("trying again in %d s: %s %s" % (pause, type(error).__name__, getattr(error, "code", "")))
    time.sleep(pause)
    pause = min(30, pause * 2)
say("the agent starts")
`;
