"""The load: keep-alive connections, each asking anew as soon as it is answered.

Runs in a process of its own. Each connection is kept for all contestants, so that it does not
matter which of the server's processes it fell to.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random


@dataclass
class Contestant:
    """Who is asked: a name, an address to put a key into, and the head of the request after it."""

    name: str
    path: str
    head: str

    def request(self, key: str) -> bytes:
        """Return a whole request for one key."""
        return f"GET {self.path.format(key=key)} HTTP/1.1\r\n{self.head}\r\n\r\n".encode()


@dataclass
class Round:
    """What came of asking one contestant for some seconds. `cpu`: this process's own share."""

    name: str
    replies: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    waits: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, object]:
        """Return the round in numbers; waits in milliseconds."""
        cuts = statistics.quantiles(self.waits, n=100)
        return {
            "name": self.name,
            "replies": self.replies,
            "per_second": round(self.replies / self.seconds, 1),
            "p50_ms": round(cuts[49] * 1000, 3),
            "p99_ms": round(cuts[98] * 1000, 3),
            "client_cpu": round(self.cpu / self.seconds, 3),
        }


class Link(asyncio.Protocol):
    """One connection. `ask` runs one round on it; a wrong reply ends the round with an error."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.buffer, self.done = transport, b"", None

    def connection_lost(self, error: Exception | None) -> None:
        self._end(error or ConnectionError("the server hung up"))

    def ask(
        self, contestant: Contestant, keys: Iterator[str], until: float, found: Round
    ) -> asyncio.Future[None]:
        """Ask for one key after another until the clock says `until`."""
        self.contestant, self.keys, self.until, self.found = contestant, keys, until, found
        self.done = asyncio.get_running_loop().create_future()
        self._send()
        return self.done

    def _send(self) -> None:
        self.key = next(self.keys)
        self.sent = time.perf_counter()
        self.transport.write(self.contestant.request(self.key))

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found or len(body) < length(head):
            return
        now = time.perf_counter()
        if not head.startswith(b"HTTP/1.1 200") or json.loads(body)["personal_id"] != self.key:
            self._end(RuntimeError(f"{self.contestant.name}, {self.key}: {self.buffer!r}"))
            return
        self.buffer = b""
        self.found.replies += 1
        self.found.waits.append(now - self.sent)
        if now < self.until:
            self._send()
        else:
            self._end(None)

    def _end(self, error: Exception | None) -> None:
        if self.done is not None and not self.done.done():
            if error:
                self.done.set_exception(error)
            else:
                self.done.set_result(None)


def length(head: bytes) -> int:
    """Return the Content-Length of a reply's head."""
    return int(head.lower().partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])


async def _rounds(
    port: int,
    contestants: list[Contestant],
    known: list[str],
    connections: int,
    plan: list[float],
) -> list[list[Round]]:
    loop = asyncio.get_running_loop()
    chance = Random(7)  # noqa: S311  any choice will do
    keys = iter(lambda: chance.choice(known), None)
    links = [(await loop.create_connection(Link, "127.0.0.1", port))[1] for _ in range(connections)]
    results = []
    for seconds in plan:
        results.append([])
        for contestant in contestants:
            found, cpu, began = Round(contestant.name), time.process_time(), time.perf_counter()
            until = began + seconds
            await asyncio.gather(*(link.ask(contestant, keys, until, found) for link in links))
            found.seconds = time.perf_counter() - began
            found.cpu = time.process_time() - cpu
            results[-1].append(found)
    for link in links:
        link.transport.close()
    return results


def run(
    port: int,
    contestants: list[Contestant],
    known: list[str],
    connections: int,
    plan: list[float],
) -> list[list[dict[str, object]]]:
    """Ask every contestant in turn for so many seconds, a round for each number of `plan`.

    Returns each round's figures, contestant by contestant. Any reply but 200 with the person asked
    for raises.
    """
    results = asyncio.run(_rounds(port, contestants, known, connections, plan))
    return [[found.figures() for found in one] for one in results]
