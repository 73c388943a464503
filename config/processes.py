"""Processes of ours: started in sessions of their own, started again when they die, stopped."""

import contextlib
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from config.prepare import ROOT, Stop, say

RESTARTS = 5  # of one program within a minute

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
asked: list[int] = []  # those that asked this process to end


class Asked(SystemExit):
    """A signal asked for the end; unwinds what was started."""


@contextlib.contextmanager
def signals_noted() -> Iterator[None]:
    """Note INT, TERM and HUP for `pause`, which ends the run in good order; be deaf afterwards.

    A handler that raised would be unheard where Python swallows exceptions, as in a destructor.
    """
    ignored = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN  # nohup
    for number in ENDINGS[: 2 if ignored else 3]:
        signal.signal(number, lambda number, _frame: asked.append(number))
    try:
        yield
    finally:
        for number in ENDINGS:
            signal.signal(number, signal.SIG_IGN)


def pause(seconds: float) -> None:
    """Sleep a moment; raise Asked if a signal has asked for the end."""
    time.sleep(seconds)
    if asked:
        raise Asked(128 + asked[0])


@dataclass
class Child:
    """A process of ours, the signal that asks it to end, and the one that does not let it wait."""

    name: str
    process: subprocess.Popen[bytes]
    farewell: signal.Signals
    urgent: signal.Signals
    log: Path
    port: int = 0  # where it listens, if anybody has to know

    def tail(self, lines: int = 15) -> str:
        """Return the end of its log, for a message about its end."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def start(
    name: str,
    command: list[str],
    *,
    folder: Path,
    environment: dict[str, str],
    farewell: signal.Signals = signal.SIGTERM,
    urgent: signal.Signals | None = None,
    drop: list[str] | None = None,
) -> Child:
    """Start a process in a session of its own, its output in HOSO_HOME/log/NAME.log.

    When this process dies, even by KILL, the kernel sends the child `urgent` (or else `farewell`).
    That is set after the change of user (`drop`), which would clear it.
    """
    urgent = urgent or farewell
    log = folder / "log" / f"{name}.log"
    if log.exists() and log.stat().st_size > 10_000_000:
        log.replace(log.with_suffix(".log.old"))
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*(drop or ["setpriv"]), f"--pdeathsig={urgent.name[3:]}", *command],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Child(name, process, farewell, urgent, log)


def stop(*children: Child, seconds: float) -> None:
    """Ask the children to end; urge what is left two seconds before the time is up; kill it."""
    until = time.monotonic() + seconds
    for ask, limit in (("farewell", until - 2), ("urgent", until)):
        left = [child for child in children if child.process.poll() is None]
        for child in left:
            child.process.send_signal(getattr(child, ask))
        for child in left:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, limit - time.monotonic()))
    for child in children:
        with contextlib.suppress(ProcessLookupError):  # its own children, and itself if it must be
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()


def came_up(child: Child, ready: Callable[[], bool]) -> bool:
    """Wait until the child is ready, or has ended instead; stop it if the wait is cut short."""
    try:
        while child.process.poll() is None:
            if ready():
                return True
            pause(0.02)
    except Asked:
        stop(child, seconds=5)
        raise
    return False


@dataclass
class Program:
    """What must be running: how it begins, and when it had to begin again."""

    name: str
    begin: Callable[[], Child]
    child: Child | None = None
    restarted: deque[float] = field(default_factory=lambda: deque(maxlen=RESTARTS))

    def start(self) -> None:
        """Start it."""
        self.child = self.begin()

    def tend(self) -> None:
        """Start it again if it has died, or stop everything if it does nothing but die."""
        if self.child is None or self.child.process.poll() is None:
            return
        code, now = self.child.process.returncode, time.monotonic()
        if len(self.restarted) == RESTARTS and now - self.restarted[0] < 60:
            raise Stop(f"{self.name} dies again and again.\n{self.child.tail()}\n{self.child.log}")
        self.restarted.append(now)
        stop(self.child, seconds=0)  # what it may have left of its own children
        say(f"{self.name} ended ({code}) and is started again; its log: {self.child.log}")
        self.start()


def halt(*programs: Program, seconds: float) -> None:
    """Stop programs as `stop` stops children."""
    stop(*[each.child for each in programs if each.child is not None], seconds=seconds)
