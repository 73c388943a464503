"""Ten kills on a hundred thousand rows: minutes, so only when asked for (`script/test -m slow`)."""

from __future__ import annotations

import pytest

from tests.chaos import run


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_kill_anything() -> None:
    assert run.main(["--seed", "20261124"]) == 0
