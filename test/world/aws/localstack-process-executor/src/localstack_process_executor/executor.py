"""A LocalStack RuntimeExecutor that runs each execution environment as a child process.

The child speaks the public Lambda Runtime API (2018-06-01), served by LocalStack's own process on a loopback
port, one per environment. So a Node.js function needs only ``node`` and ``bootstrap.mjs``; ``provided.*`` functions
run their own ``bootstrap``; Python ones run under ``awslambdaric`` when LAMBDA_PROCESS_PYTHON names an interpreter
that has it.

Settings (environment of LocalStack):
  LAMBDA_PROCESS_NODE       node binary (default: node); LAMBDA_PROCESS_NODE_22 overrides it for nodejs22.x, and so on
  LAMBDA_PROCESS_NODE_MODULES  a node_modules folder all Node.js functions can require() from, as they can the AWS SDK in
                            Lambda's own image (CDK's custom resources count on it); CommonJS only (default: none)
  LAMBDA_PROCESS_PYTHON     python interpreter with awslambdaric (default: none, Python functions are refused)
  LAMBDA_PROCESS_PASS_ENV   comma-separated names of host variables that functions also get (default: none)
  LAMBDA_PROCESS_AWS_ENDPOINT  what functions get as AWS_ENDPOINT_URL, where something stands before LocalStack (default: LocalStack itself)
  HOSTNAME_FROM_LAMBDA      host that functions use to reach LocalStack (default: 127.0.0.1)
"""

import json
import logging
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from localstack import config
from localstack.aws.api.lambda_ import PackageType
from localstack.services.lambda_.invocation.executor_endpoint import (
    ShutdownDuringStartup,
    StatusErrorException,
)
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import (
    LambdaRuntimeException,
    RuntimeExecutor,
)

LOG = logging.getLogger(__name__)

BOOTSTRAP = Path(__file__).with_name("bootstrap.mjs")
API = "/2018-06-01/runtime"
HOST_PATH = os.environ.get("PATH", "/usr/local/bin:/usr/bin:/bin")


def _link_or_copy(source: str, target: str) -> None:
    """A native layer has 100 MB: each new environment gets links to it, not another copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


class _Invocation:
    def __init__(self, payload: dict[str, str], timeout: float):
        self.id = payload["invoke-id"]
        self.arn = payload["invoked-function-arn"]
        self.trace = payload.get("trace-id", "")
        self.body = payload["payload"].encode()
        self.deadline_ms = int((time.time() + timeout) * 1000)
        self.done = threading.Event()
        self.result: bytes | None = None
        self.is_error = False

    def finish(self, result: bytes, is_error: bool):
        if not self.done.is_set():
            self.result, self.is_error = result, is_error
            self.done.set()


class _RuntimeApi:
    """The Runtime API of one child process."""

    def __init__(self):
        self.cond = threading.Condition()
        self.pending: _Invocation | None = None
        self.current: _Invocation | None = None
        self.ready = False
        self.closed = False
        self.init_error: bytes | None = None
        api = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *args):
                pass

            def _reply(self, status: int, body: bytes = b"", headers: dict | None = None):
                self.send_response(status)
                for k, v in (headers or {}).items():
                    self.send_header(k, v)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def _body(self) -> bytes:
                if "chunked" in self.headers.get("Transfer-Encoding", ""):
                    out = b""
                    while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
                        out += self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                    return out
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))

            def do_GET(self):
                if self.path != f"{API}/invocation/next":
                    return self._reply(404)
                inv = api.next()
                if inv is None:
                    self.close_connection = True
                    return self._reply(410)
                self._reply(
                    200,
                    inv.body,
                    {
                        "Content-Type": "application/json",
                        "Lambda-Runtime-Aws-Request-Id": inv.id,
                        "Lambda-Runtime-Deadline-Ms": str(inv.deadline_ms),
                        "Lambda-Runtime-Invoked-Function-Arn": inv.arn,
                        "Lambda-Runtime-Trace-Id": inv.trace,
                    },
                )

            def do_POST(self):
                body = self._body()
                if self.path == f"{API}/init/error":
                    api.fail_init(body)
                    return self._reply(202, b"{}")
                parts = self.path.removeprefix(f"{API}/invocation/").split("/")
                if len(parts) == 2 and parts[1] in ("response", "error"):
                    inv = api.current
                    if inv is None or inv.id != parts[0]:
                        return self._reply(400, b"{}")
                    # answer before the result is handed on: the child may be stopped right after
                    self._reply(202, b"{}")
                    return inv.finish(body, is_error=parts[1] == "error")
                self._reply(404, b"{}")

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.5}, daemon=True
        ).start()

    def next(self) -> _Invocation | None:
        with self.cond:
            self.ready = True
            self.cond.notify_all()
            while self.pending is None and not self.closed:
                self.cond.wait()
            self.current, self.pending = self.pending, None
            return self.current

    def submit(self, inv: _Invocation):
        with self.cond:
            self.pending = inv
            self.cond.notify_all()

    def fail_init(self, body: bytes):
        with self.cond:
            self.init_error = body or b"{}"
            self.cond.notify_all()

    def close(self):
        with self.cond:
            self.closed = True
            self.cond.notify_all()
        if self.current:
            self.current.finish(b"", is_error=True)
        # shutdown() waits for serve_forever's poll: not on the caller's time
        threading.Thread(
            target=lambda: (self.server.shutdown(), self.server.server_close()), daemon=True
        ).start()


class ProcessRuntimeExecutor(RuntimeExecutor):
    def __init__(self, id: str, function_version: FunctionVersion) -> None:
        super().__init__(id=id, function_version=function_version)
        self.api: _RuntimeApi | None = None
        self.process: subprocess.Popen | None = None
        self.env: dict[str, str] = {}
        self.workdir: Path | None = None
        self.stopped = False
        self.lock = threading.RLock()

    # ---- what LocalStack calls -------------------------------------------------------------------------------

    def start(self, env_vars: dict[str, str]) -> None:
        cfg = self.function_version.config
        if cfg.package_type != PackageType.Zip:
            raise LambdaRuntimeException("The process executor runs zip functions only.")
        self.workdir = Path(tempfile.mkdtemp(prefix=f"lambda-{self.id[:8]}-"))
        task = str(cfg.code.get_unzipped_code_location())
        opt = self._unpack_layers()
        env = {k: str(v) for k, v in env_vars.items() if v is not None}
        for name in filter(None, os.environ.get("LAMBDA_PROCESS_PASS_ENV", "").split(",")):
            if name in os.environ:
                env.setdefault(name, os.environ[name])
        if endpoint := os.environ.get("LAMBDA_PROCESS_AWS_ENDPOINT"):
            env["AWS_ENDPOINT_URL"] = endpoint
        env["LAMBDA_TASK_ROOT"] = task
        env.setdefault("PATH", HOST_PATH)
        env.setdefault("LANG", "en_US.UTF-8")
        env.setdefault("HOME", str(self.workdir))
        if opt:
            env["PATH"] = f"{opt}/bin:{env['PATH']}"
            env["LD_LIBRARY_PATH"] = f"{opt}/lib:{env.get('LD_LIBRARY_PATH', '')}".rstrip(":")
            env["NODE_PATH"] = f"{opt}/nodejs/node_modules:{env.get('NODE_PATH', '')}".rstrip(":")
            env["PYTHONPATH"] = f"{opt}/python:{env.get('PYTHONPATH', '')}".rstrip(":")
        if modules := os.environ.get("LAMBDA_PROCESS_NODE_MODULES"):
            env["NODE_PATH"] = f"{env.get('NODE_PATH', '')}:{modules}".lstrip(":")
        self.env = env
        self._spawn()

    def stop(self) -> None:
        with self.lock:
            self.stopped = True
            self._kill()
        if self.workdir:
            shutil.rmtree(self.workdir, ignore_errors=True)

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        timeout = float(self.function_version.config.timeout or 3)
        offset = self._log_size()
        if self.process is None or self.process.poll() is not None:
            # the last invocation timed out or exited: a fresh process, as Lambda does
            try:
                self._spawn()
            except StatusErrorException as e:
                return InvocationResult(
                    payload["invoke-id"], e.payload, is_error=True, logs=self._logs_from(offset)
                )
        inv = _Invocation(payload, timeout)
        started = time.perf_counter()
        self.api.submit(inv)
        end = started + timeout
        while not inv.done.wait(min(0.2, max(0.0, end - time.perf_counter()))):
            if self.process.poll() is not None and not inv.done.wait(0.05):
                code = self.process.returncode
                why = f"signal: {-code}" if code < 0 else f"exit status {code}"
                self._finish_broken(
                    inv, "Runtime.ExitError", f"Runtime exited with error: {why}"
                )
            elif time.perf_counter() >= end:
                self._finish_broken(
                    inv, "Sandbox.Timedout", f"Task timed out after {timeout:.2f} seconds"
                )
        ms = (time.perf_counter() - started) * 1000
        version = self.function_version.id.qualifier
        memory = self.function_version.config.memory_size
        logs = (
            f"START RequestId: {inv.id} Version: {version}\n{self._logs_from(offset)}"
            f"END RequestId: {inv.id}\nREPORT RequestId: {inv.id}\tDuration: {ms:.2f} ms\t"
            f"Billed Duration: {int(ms) + 1} ms\tMemory Size: {memory} MB\tMax Memory Used: {memory} MB\t\n"
        )
        return InvocationResult(inv.id, inv.result, is_error=inv.is_error, logs=logs)

    def get_address(self) -> str:
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        # an IP address, so that AWS SDKs choose path-style S3 URLs by themselves
        return config.HOSTNAME_FROM_LAMBDA or "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        return f"http://{self.api.address}" if self.api else ""

    def get_logs(self) -> str:
        return self._logs_from(0)

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        for part in (function_version.config, *function_version.config.layers):
            if part.code:
                part.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        pass

    @classmethod
    def validate_environment(cls) -> bool:
        if shutil.which(os.environ.get("LAMBDA_PROCESS_NODE", "node")):
            return True
        LOG.warning("node was not found: Node.js functions will not run.")
        return False

    # ---- the child process -----------------------------------------------------------------------------------

    def _command(self) -> list[str]:
        runtime = self.function_version.config.runtime or ""
        if runtime.startswith("nodejs"):
            major = runtime.removeprefix("nodejs").split(".")[0]
            node = os.environ.get(f"LAMBDA_PROCESS_NODE_{major}") or os.environ.get(
                "LAMBDA_PROCESS_NODE", "node"
            )
            return [node, str(BOOTSTRAP)]
        if runtime.startswith("provided"):
            return [str(Path(self.env["LAMBDA_TASK_ROOT"]) / "bootstrap")]
        python = os.environ.get("LAMBDA_PROCESS_PYTHON")
        if runtime.startswith("python") and python:
            return [python, "-m", "awslambdaric", self.env["_HANDLER"]]
        raise LambdaRuntimeException(f"The process executor does not run {runtime}.")

    def _spawn(self) -> None:
        with self.lock:
            if self.stopped:
                raise ShutdownDuringStartup("Executor stopped during startup")
            self._kill()
            self.api = api = _RuntimeApi()
            with self._log_path().open("ab") as log:
                self.process = process = subprocess.Popen(
                    self._command(),
                    cwd=self.env["LAMBDA_TASK_ROOT"],
                    env={**self.env, "AWS_LAMBDA_RUNTIME_API": api.address},
                    stdin=subprocess.DEVNULL,
                    # one file for both streams: writes are synchronous, so all an invocation printed is
                    # there when its response arrives
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        with api.cond:
            while not (api.ready or api.init_error is not None or api.closed):
                if process.poll() is not None:
                    break
                api.cond.wait(0.1)
        if api.ready:
            return
        if api.closed or self.stopped:
            raise ShutdownDuringStartup("Executor stopped during startup")
        error = api.init_error or json.dumps(
            {
                "errorType": "Runtime.ExitError",
                "errorMessage": f"Error: Runtime exited with error: exit status {process.returncode}",
            }
        ).encode()
        self._kill()
        raise StatusErrorException("Environment startup failed", payload=error)

    def _kill(self) -> None:
        api, process, self.api, self.process = self.api, self.process, None, None
        if process:
            try:
                # the whole session, with whatever the function started
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        if api:
            api.close()

    def _finish_broken(self, inv: _Invocation, kind: str, message: str) -> None:
        body = {"errorType": kind, "errorMessage": f"RequestId: {inv.id} Error: {message}"}
        inv.finish(json.dumps(body).encode(), is_error=True)
        with self.lock:
            self._kill()

    def _unpack_layers(self) -> Path | None:
        layers = self.function_version.config.layers
        if not layers:
            return None
        opt = self.workdir / "opt"
        for layer in layers:
            shutil.copytree(
                layer.code.get_unzipped_code_location(),
                opt,
                dirs_exist_ok=True,
                symlinks=True,
                copy_function=_link_or_copy,
            )
        return opt

    def _log_path(self) -> Path:
        return self.workdir / "log.txt"

    def _log_size(self) -> int:
        try:
            return self._log_path().stat().st_size
        except OSError:
            return 0

    def _logs_from(self, offset: int) -> str:
        try:
            with self._log_path().open("rb") as f:
                f.seek(offset)
                text = f.read().decode(errors="replace")
        except (OSError, AttributeError, TypeError):
            return ""
        return text if not text or text.endswith("\n") else text + "\n"
