"""Starts the whole service, keeps it up, stops it: `script/server`.

One supervisor, in this order: PostgreSQL and Valkey unless given, `config.prepare`, then the web,
the worker and the clock. What dies is started again, the databases where they were; what does nothing
but die ends it all.
"""

import contextlib
import errno
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from config import prepare
from config.embedded import services
from config.prepare import Stop, say
from config.processes import Child, Program, asked, halt, pause, signals_noted, start, stop

PYTHON = sys.executable
PATIENCE = 90  # seconds for the first answer
SHOWN = {
    "clerks": ("username", "password"),
    "citizens": ("full_name", "sign_in_url"),
    "partners": ("client_id", "agency"),
}


def address(patience: float) -> tuple[str, int]:
    """Return HOST's address and PORT; stop if somebody still listens there after `patience` s."""
    host, port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise Stop(f"PORT={port} is not a port number.")
    try:
        family, kind, *_, place = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        if error.errno == errno.EADDRINUSE and patience > 0:
            pause(0.2)
            return address(patience - 0.2)
        if error.errno == errno.EADDRINUSE:
            raise Stop(
                f"Port {port} is in use. Choose another one: PORT={int(port) + 1} script/server"
            ) from None
        raise Stop(f"Cannot listen on {host}:{port}: {error.strerror}.") from None
    return str(place[0]), int(port)


def programs(host: str, port: int, *, folder: Path, environment: dict[str, str]) -> list[Program]:
    """Return the service's own processes, in the order of their start."""
    web = [PYTHON, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    web += ["--http", "1", "--no-ws", "--workers", "2", "--blocking-threads", "8"]
    # granian's backpressure counts idle connections too, so it stays at its default; and
    # one worker's death leaves the other answering; a stuck one must not outlast our own patience
    web += ["--respawn-failed-workers", "--workers-kill-timeout", "5"]
    web += ["--log-level", "warning", "config.wsgi:application"]
    celery = [PYTHON, "-m", "celery", "-A", "config"]
    worker = [*celery, "worker", "--concurrency", "2", "--loglevel", "WARNING"]
    worker += ["--without-gossip", "--without-mingle"]
    beat = [*celery, "beat", "--loglevel", "WARNING", "--pidfile="]
    beat += ["--schedule", str(folder / "beat-schedule")]
    begin = {
        "web": partial(start, "web", web, environment=environment | {"HOSO_POOL": "1"}),
        # QUIT: it hands its tasks back to the broker instead of waiting for their ends
        "worker": partial(start, "worker", worker, environment=environment, urgent=signal.SIGQUIT),
        "beat": partial(start, "beat", beat, environment=environment),
    }
    return [Program(name, partial(how, folder=folder)) for name, how in begin.items()]


def make_ready(environment: dict[str, str]) -> None:
    """Run `config.prepare`, whose lines go to our own output."""
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig=TERM", PYTHON, "-m", "config.prepare"],
        cwd=prepare.ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    child = Child("prepare", process, signal.SIGTERM, signal.SIGTERM, Path(os.devnull))
    try:
        while process.poll() is None:
            pause(0.05)
        if process.returncode:
            raise Stop("The service was not started: see the reason above.")
    finally:
        stop(child, seconds=5)


def healthy(local: str, port: int, base_url: str) -> bool:
    """Tell whether the web answers 200 on /healthz, asked under the name that it goes by."""
    try:
        link = http.client.HTTPConnection(local, port, timeout=5)
        with contextlib.closing(link):
            link.request("GET", "/healthz", headers={"Host": urlsplit(base_url).netloc})
            return link.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False


def accounts(folder: Path) -> list[str]:
    """Return a line for each demonstration account in demo.json; partners' keys stay in there."""
    path = folder / "demo.json"
    if not path.exists():
        return []
    known: dict[str, list[dict[str, str]]] = json.loads(path.read_text(encoding="utf-8"))
    lines = [f"Tài khoản thử · demo accounts ({path}):"]
    for kind, fields in SHOWN.items():
        for account in known.get(kind, []):
            words = [account[field] for field in fields if field in account]
            lines.append(f"  {kind:<10}{' · '.join(words)}")
    return lines


def greeting(base_url: str, folder: Path, shown: list[str]) -> str:
    """Return what to do now, in Vietnamese and English."""
    return "\n".join(
        [
            "",
            "Hồ Sơ đã sẵn sàng · Hồ Sơ is ready",
            f"  {base_url}/            trang chính · the start page",
            f"  {base_url}/admin/      bàn làm việc của cán bộ · the clerks' desk",
            f"  {base_url}/portal/     cổng thông tin của người dân · the citizens' portal",
            f"  {base_url}/api/docs/   tài liệu API · the API's documentation",
            *shown,
            f"Nhật ký · logs: {folder / 'log'}",
            "Nhấn Ctrl-C để dừng · Ctrl-C stops it",
            "",
        ]
    )


def tend(running: list[Program]) -> None:
    """Look after everything once."""
    for program in running:
        program.tend()


def farewell(running: list[Program]) -> None:
    """Stop the service's own processes, within nine seconds."""
    say("Đang dừng… · Stopping…")
    halt(*running, seconds=9)


def main() -> None:
    """Start, watch, and stop when asked to, which is a success."""
    with signals_noted():
        try:
            serve()
        except SystemExit:
            if not asked:  # Ctrl-C may have failed a step that shared the terminal with us
                raise


def serve() -> None:
    """Start everything and look after it until the end."""
    folder = prepare.home()
    began = time.monotonic()
    with prepare.locked(folder), contextlib.ExitStack() as stack:
        # left by a run that was killed, whose web may still be ending
        killed = (folder / "environment").exists()
        host, port = address(patience=8 if killed else 0)
        local = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104
        name = f"[{local}]" if ":" in local else local
        base_url = os.environ.get("HOSO_BASE_URL") or f"http://{name}:{port}"
        demo = os.environ.get("HOSO_DEMO") or ("0" if os.environ.get("DATABASE_URL") else "1")
        also = {"HOSO_BASE_URL": base_url, "HOSO_DEMO": demo}
        addresses, databases = stack.enter_context(services(folder, also=also, grace=5))
        environment = os.environ | addresses | {"PYTHONUNBUFFERED": "1"}
        make_ready(environment)
        own = programs(host, port, folder=folder, environment=environment)
        stack.callback(farewell, own)
        for program in own:
            program.start()
        launched = time.monotonic()
        while not healthy(local, port, base_url):
            tend([*databases, *own])
            if time.monotonic() - launched > PATIENCE and own[0].child:
                raise Stop(f"No answer on {base_url}/healthz.\n{own[0].child.tail()}")
            pause(0.1)
        say(f"Web, worker and beat; {time.monotonic() - began:.1f} s in all")
        shown = accounts(folder) if demo.lower() in {"1", "true", "yes", "on"} else []
        say(greeting(base_url, folder, shown))
        while True:
            tend([*databases, *own])
            pause(0.2)


if __name__ == "__main__":
    main()
