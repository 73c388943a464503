"""Files that mean harm, through the child that reads them: each ends as it must, soon, within bounds."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from records.imports.parsing import Unreadable, parse
from records.imports.sheets import LIMITS
from records.imports.showing import PROBLEMS
from tests.hostile import ANY, FILES

SECONDS = 10


class End(NamedTuple):
    how: str
    seconds: float


def end_of(made: Callable[[], bytes], path: Path) -> End:
    path.write_bytes(made())
    began = time.monotonic()
    try:
        with parse(path, seconds=2 * SECONDS) as parsed:
            for index, sheet in enumerate(parsed.sheets):
                if sheet.head:
                    for _rows in parsed.rows(index):
                        pass
                    break
        how = "read"
    except Unreadable as error:
        how = error.code
    finally:
        path.unlink()
    return End(how, time.monotonic() - began)


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Future[End]]:
    """How each file ends; two are read at a time, as by two workers."""
    folder = tmp_path_factory.mktemp("hostile")
    pool = ThreadPoolExecutor(2)
    return {
        name: pool.submit(end_of, made, folder / str(n))
        for n, (name, (made, _ends)) in enumerate(FILES.items())
    }


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_ends_as_it_must(ends: dict[str, Future[End]], name: str) -> None:
    how, seconds = ends[name].result()
    _made, must = FILES[name]
    assert how == must or (must == ANY and (how == "read" or how in PROBLEMS))
    assert how == "read" or how in PROBLEMS
    assert seconds < SECONDS


def test_no_child_takes_more_memory_than_it_may(ends: dict[str, Future[End]]) -> None:
    for end in ends.values():
        end.result()
    kilobytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert kilobytes << 10 <= LIMITS[resource.RLIMIT_AS]
