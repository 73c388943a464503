"""What must be there before the service runs: a home, a database and its roles, what Django makes.

`python -m config.prepare` does Django's part in one process, since each start of Django costs a
second: migrations, partitions, static files, the demonstration's accounts, the safety check.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import pwd
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
POSTGRES_USER = "hoso-postgres"


class Stop(SystemExit):
    """Ends the run with a sentence on stderr and exit code 1."""


def say(line: str) -> None:
    """Print for a person, who may have closed the terminal meanwhile."""
    with contextlib.suppress(OSError):
        print(line, file=sys.stderr, flush=True)


def home() -> Path:
    """Return HOSO_HOME, made if it is not there yet."""
    if not shutil.which("setpriv"):
        raise Stop("There is no setpriv here. Install it with: sudo apt-get install util-linux")
    folder = Path(os.environ.get("HOSO_HOME") or ROOT / "var").resolve()
    try:
        (folder / "log").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Stop(f"Cannot make {folder}: {error.strerror}. Set HOSO_HOME.") from None
    if not os.access(folder / "log", os.W_OK):
        owner = (folder / "log").stat().st_uid
        raise Stop(f"{folder} belongs to user {owner}: start as that user, or set HOSO_HOME.")
    return folder


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder for this process; the system lets go of it however the process ends."""
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Stop(
                f"Already running on {folder} (process {lock.read().strip()}). "
                "Stop it first, or set HOSO_HOME to another folder."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def write_private(path: Path, content: str) -> None:
    """Write a file only its owner may read, whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(content)
    part.replace(path)


def kept_secrets(folder: Path) -> dict[str, str]:
    """Return the passwords of this home, made up once."""
    path = folder / "secrets.json"
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    wanted = {"owner", "runtime", "valkey", "secret_key"} - known.keys()
    if wanted:
        known |= {name: secrets.token_urlsafe(48) for name in wanted}
        write_private(path, json.dumps(known, indent=1))
    return known


def token_key(folder: Path) -> Path:
    """Return the file of the key that signs access tokens, made up once."""
    path = folder / "token_key.pem"
    if not path.exists():
        pem = Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        write_private(path, pem.decode())
    return path


def postgres_user(cluster: Path) -> tuple[int, int]:
    """Return the user and group number for PostgreSQL under root: its files' owner, if any."""
    if cluster.exists() and (there := cluster.stat()).st_uid:
        return there.st_uid, there.st_gid
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(POSTGRES_USER)[2:4]
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
    with contextlib.suppress(FileNotFoundError):
        subprocess.run([*command, POSTGRES_USER], check=False, capture_output=True)
    for name in (POSTGRES_USER, "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)[2:4]
    by_hand = " ".join([*command, POSTGRES_USER])
    raise Stop(f"PostgreSQL does not run as root. Make a user for it: {by_hand}")


def make_cluster(
    initdb: Path, cluster: Path, password: str, *, drop: list[str], environment: dict[str, str]
) -> None:
    """Run initdb beside `cluster` and rename: a killed first start leaves nothing half made."""
    new, pwfile = cluster.with_name("new"), cluster.with_name("password")
    shutil.rmtree(new, ignore_errors=True)
    write_private(pwfile, password)
    os.chown(pwfile, cluster.parent.stat().st_uid, cluster.parent.stat().st_gid)
    command = [*drop, "--pdeathsig=KILL", str(initdb), f"--pgdata={new}", f"--pwfile={pwfile}"]
    command += ["--username=hoso_owner", "--auth-host=scram-sha-256", "--auth-local=reject"]
    command += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    made = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        cwd="/",
        start_new_session=True,
    )
    pwfile.unlink()
    if made.returncode:
        raise Stop(f"initdb failed:\n{made.stdout}{made.stderr}")
    new.rename(cluster)


def connect(url: str) -> psycopg.Connection:
    """Connect, or stop with what is wrong: for a missing database, the line that makes it."""
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.ProgrammingError:
        raise Stop(f"Not an address of PostgreSQL: {shown(url)}. It begins postgres://") from None
    except psycopg.OperationalError as error:
        name, where = urlsplit(url).path.lstrip("/"), urlsplit(url)._replace(path="/postgres")
        with contextlib.suppress(psycopg.Error), psycopg.connect(urlunsplit(where)) as other:
            known = other.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if name and not known:
                host, port, user = other.info.host, other.info.port, other.info.user
                raise Stop(
                    f"There is no database {name}. Make it with:\n"
                    f"  createdb -h {host} -p {port} -U {user} -E UTF8 -T template0 {name}"
                ) from None
        raise Stop(f"No connection to {shown(url)}: {error}") from None


def shown(url: str) -> str:
    """Return the URL without its password, for messages."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=user.partition(":")[0] + at + host))


def with_login(url: str, user: str, password: str) -> str:
    """Return the URL of the same database for another role."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{login}@{host}"))


def make_database(url: str, name: str) -> str:
    """Make sure the server behind `url` has that database. Returns the database's URL."""
    with connect(url) as server:
        known = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if not known:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def runtime_role(owner_url: str, password: str) -> str:
    """Make sure the database has a role that owns nothing. Returns that role's URL.

    The service runs as this role, so that no fault in it can rewrite the audit.
    """
    with connect(owner_url) as owner:
        database = owner.info.dbname
        name = f"{database[:55]}_runtime"
        url = with_login(owner_url, name, password)
        with (
            contextlib.suppress(psycopg.OperationalError),
            psycopg.connect(url, connect_timeout=10),
        ):
            return url
        find = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE usename = rolname)"
        there = owner.execute(f"{find} FROM pg_roles WHERE rolname = %s", [name]).fetchone()
        if there and there[0]:
            raise Stop(
                f"Somebody is connected as {name} with another password than this home's. To use "
                "the database together, give both DATABASE_OWNER_URL and DATABASE_URL (the role's)."
            )
        statements = [
            sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {}").format(
                sql.SQL("ALTER" if there else "CREATE"), sql.Identifier(name), sql.Literal(password)
            ),
            sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
                sql.Identifier(database), sql.Identifier(name)
            ),
        ]
        try:
            for statement in statements:
                owner.execute(statement)
        except psycopg.errors.InsufficientPrivilege:
            by_hand = "\n".join(f"  {statement.as_string(owner)};" for statement in statements)
            raise Stop(
                f"{owner.info.user} may not make the role the service runs as. One who may runs:\n"
                f"{by_hand}\nand start with\n  DATABASE_OWNER_URL={owner_url}\n  DATABASE_URL={url}"
            ) from None
    return url


def server_version(url: str) -> str:
    """Return what answers there: `PostgreSQL 18.6 on 127.0.0.1:54321`."""
    with connect(url) as link:
        version = link.info.parameter_status("server_version")
        return f"PostgreSQL {version} on {link.info.host}:{link.info.port}"


def static_files() -> None:
    """Collect the static files when one of their sources is new, changed or gone."""
    # Django's parts are imported only once it is set up.
    from django.conf import settings  # noqa: PLC0415
    from django.contrib.staticfiles.finders import get_finders  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    seen = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            seen.update(f"{storage.path(path)} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    stamp = Path(settings.STATIC_ROOT) / ".sources"
    if not stamp.exists() or stamp.read_text() != seen.hexdigest():
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(seen.hexdigest())


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """Print the name and seconds of a step that went well."""
    began = time.monotonic()
    yield
    say(f"{name} ({time.monotonic() - began:.1f} s)")


def main() -> None:
    """Do Django's part, with a line and the seconds for each step."""
    import django  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import CommandError, call_command  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    try:
        with step("migrations"):
            call_command("migrate", database="owner", verbosity=0)
        with step("units"):
            call_command("load_units")
        with step("partitions"):
            call_command("prepare_partitions")
        with step("static files"):
            static_files()
        if settings.HOSO_DEMO:
            from config import demo  # noqa: PLC0415

            with step("demonstration"):
                demo.prepare()
        with step("safety check"):
            call_command("refuse_unsafe_start")
    except CommandError as error:
        raise Stop(str(error)) from None


if __name__ == "__main__":
    main()
