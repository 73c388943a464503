"""A running service of its own: real web, worker, broker and database, driven as people do."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from django.conf import settings
from joserfc import jwt
from joserfc.jwk import OKPKey


@dataclass
class Service:
    """The running service: where it is, its accounts, and a door into its database."""

    url: str
    demo: dict[str, Any]
    owner_url: str
    home: Path
    broker_url: str
    process: subprocess.Popen[bytes]

    def partner(self, code: str) -> dict[str, Any]:
        found: dict[str, Any] = next(
            p for p in self.demo["partners"] if p["client_id"] == f"demo-{code}"
        )
        return found

    def assertion(self, code: str) -> str:
        """A fresh proof of a partner's key."""
        account, now = self.partner(code), int(time.time())
        claims = {
            "iss": account["client_id"],
            "sub": account["client_id"],
            "aud": account["audience"],
            "iat": now,
            "exp": now + 50,
            "jti": str(uuid.uuid4()),
        }
        key = OKPKey.import_key(account["private_key_pem"])
        header = {"alg": "Ed25519", "kid": account["kid"]}
        return jwt.encode(header, claims, key, algorithms=["Ed25519"])

    def ask_token(self, code: str, proof: str | None = None) -> httpx.Response:
        return httpx.post(
            self.partner(code)["token_url"],
            data={
                "grant_type": "client_credentials",
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": proof or self.assertion(code),
            },
        )

    def signed_in(self, code: str) -> httpx.Client:
        """A client that has a token of partner `code` and says why it calls."""
        reply = self.ask_token(code)
        assert reply.status_code == 200, reply.text
        return httpx.Client(
            base_url=f"{self.url}/api/v1",
            timeout=30,
            headers={
                "Authorization": f"Bearer {reply.json()['access_token']}",
                "Access-Purpose": self.partner(code)["purposes"][0],
                "Accept-Language": "en",
            },
        )

    def sql(
        self, statement: str, parameters: list[Any] | dict[str, Any] | None = None
    ) -> list[Any]:
        """Ask the service's database, as its owner."""
        with psycopg.connect(self.owner_url, autocommit=True) as connection:
            found = connection.execute(statement, parameters)
            return found.fetchall() if found.description else []


@contextmanager
def served(home: Path, **more: str) -> Iterator[Service]:
    """A service with a database and a broker of its own, all below `home`."""
    home.mkdir(exist_ok=True)
    home.chmod(0o755)  # PostgreSQL runs as another user where root starts it
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("HOSO_", "DATABASE", "BROKER", "TOKEN_", "SECRET_"))
    }
    given = {"HOSO_HOME": str(home), "HOSO_DEMO": "1", "PORT": str(port), **more}
    log, url = home / "serve.log", f"http://127.0.0.1:{port}"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.serve"],
            cwd=settings.BASE_DIR,
            env=kept | given,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        until_answered(url, process, log)
        demo = json.loads((home / "demo.json").read_text(encoding="utf-8"))
        lines = (home / "environment").read_text(encoding="utf-8").splitlines()
        told = dict(line.split("=", 1) for line in lines)
        yield Service(url, demo, told["DATABASE_OWNER_URL"], home, told["BROKER_URL"], process)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0, log.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def service(
    tmp_path_factory: pytest.TempPathFactory, worker_id: str, template: str
) -> Iterator[Service]:
    name = f"hoso_journey_{worker_id}"
    home = tmp_path_factory.mktemp("home")
    server = os.environ["DATABASE_OWNER_URL"]
    owner_url = urlsplit(server)._replace(path=f"/{name}").geturl()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    number = 1 + int(worker_id.removeprefix("gw")) if worker_id.startswith("gw") else 1
    broker_url = urlsplit(os.environ["BROKER_URL"])._replace(path=f"/{number}").geturl()
    kept = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("HOSO_", "DATABASE", "TOKEN_", "SECRET_"))
    }
    environment = kept | {
        "DATABASE_URL": owner_url,
        "BROKER_URL": broker_url,
        "HOSO_HOME": str(home),
        "HOSO_DEMO": "1",
        "PORT": str(port),
    }
    log = home / "serve.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "config.serve"],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        until_answered(url, process, log)
        demo = json.loads((home / "demo.json").read_text(encoding="utf-8"))
        yield Service(url, demo, owner_url, home, broker_url, process)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0, log.read_text(encoding="utf-8")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"DROP ROLE IF EXISTS {name}_runtime")


def until_answered(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        try:
            if httpx.get(f"{url}/healthz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert process.poll() is None, log.read_text(encoding="utf-8")
        time.sleep(0.1)
    raise AssertionError(log.read_text(encoding="utf-8"))


@pytest.fixture
def registrar(service: Service) -> Iterator[httpx.Client]:
    """The civil-status office, signed in."""
    with service.signed_in("civil-status") as client:
        yield client


def somebody() -> dict[str, Any]:
    """A new person's values, under a number nobody has."""
    return {
        "personal_id": f"074085{secrets.randbelow(10**6):06d}",
        "full_name": "Nguyễn Văn Hành",
        "sex": "M",
        "birth_date": "1985-06-02",
        "residence_unit": "25747",
        "residence_address": "12 Yersin",
    }
