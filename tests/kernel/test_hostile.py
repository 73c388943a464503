"""Files that mean harm, through the child that reads them: each ends as it must, soon, within bounds."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from records.imports import parsing
from records.imports.parsing import Unreadable, parse
from records.imports.sheets import LIMITS
from records.imports.showing import PROBLEMS
from tests.hostile import ANY, FILES

#: The child under a limit of ten seconds, of its own time: others may be at work here, too.
HURRIED = ("/bin/sh", "-c", 'ulimit -t 10; exec "$@"', "sh", *parsing.CHILD)


def end_of(made: Callable[[], bytes], path: Path) -> str:
    path.write_bytes(made())
    try:
        with parse(path) as parsed:
            index = next(n for n, sheet in enumerate(parsed.sheets) if sheet.head)
            for _rows in parsed.rows(index):
                pass
    except Unreadable as error:
        return error.code
    finally:
        path.unlink()
    return "read"


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[str]]]:
    """How each file ends; two are read at a time, as by two workers."""
    folder = tmp_path_factory.mktemp("hostile")
    with pytest.MonkeyPatch.context() as patched, ThreadPoolExecutor(2) as pool:
        patched.setattr(parsing, "CHILD", HURRIED)
        yield {
            name: pool.submit(end_of, made, folder / str(n))
            for n, (name, (made, _ends)) in enumerate(FILES.items())
        }


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_ends_within_its_memory(ends: dict[str, Future[str]], name: str) -> None:
    how = ends[name].result()
    _made, must = FILES[name]
    assert must in {how, ANY}
    assert how == "read" or how in PROBLEMS.keys() - {"died"}
    kilobytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert kilobytes << 10 <= LIMITS[resource.RLIMIT_AS]
