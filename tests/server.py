"""A real Byleave server process for tests: started by its command line, and ended or killed by its id."""

import os
import signal
import socket
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from service.db.engine import make_engine
from service.demo.load import load_demo_shop
from service.settings import Clock

_READY_SECONDS = 30
_ROOT = Path(__file__).resolve().parent.parent


class Server:
    """`byleave serve` in a folder of its own.

    new   as `make run` on nothing: `byleave migrate` comes before, and `byleave demo` if asked for; otherwise the
          tables are there, and the demo shop is loaded without a process for it
    """

    def __init__(
        self, database_url: str, folder: Path, *, workers: int = 1, new: bool = False, **environment: str
    ) -> None:
        self._folder = folder
        self._new = new
        self._workers = workers
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("BYLEAVE_")},
            "PYTHONPATH": str(_ROOT),
            "BYLEAVE_DATABASE_URL": database_url,
            "BYLEAVE_PORT": str(_free_port()),
            **environment,
        }
        self.log_path = folder / "server.log"
        self.url = f"http://localhost:{self._environment['BYLEAVE_PORT']}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def admin_key(self) -> str:
        return (self._folder / "data" / "admin_key").read_text().strip()

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a `byleave` command to its end."""
        return subprocess.run(
            [sys.executable, "-m", "service", *command],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def _run_well(self, command: str) -> None:
        ended = self.run(command)
        assert ended.returncode == 0, ended.stderr

    def _load_demo(self) -> None:
        engine = make_engine(self._environment["BYLEAVE_DATABASE_URL"])
        load_demo_shop(engine, Clock(datetime.fromisoformat(self._environment["BYLEAVE_NOW"])))
        engine.dispose()

    def start(self) -> None:
        """Serve, and wait until it is ready."""
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "service", "serve", "--workers", str(self._workers)],
                cwd=self._folder,
                env=self._environment,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,  # so that its workers can be killed with it
            )
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            assert self._process.poll() is None, "the server ended before it was ready"
            try:
                if httpx.get(f"{self.url}/readyz").is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        self.kill()  # nobody else ends it: the test has not begun
        raise TimeoutError("the server did not become ready")

    def kill(self) -> None:
        """End it and its workers as a crash would: no goodbye."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=20)

    def __enter__(self) -> Self:
        wants_demo = self._environment.get("BYLEAVE_DEMO") == "1"
        if self._new:
            self._run_well("migrate")
        if self._new and wants_demo:
            self._run_well("demo")
        elif wants_demo:
            self._load_demo()
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
