"""What takes minutes, so only where asked for: `script/test -m slow`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import people, run
from tests.journeys.conftest import served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
#: Ends the session of whoever records a certain person, each time.
POISON = """
CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM pg_terminate_backend(pg_backend_pid());
  PERFORM pg_sleep(1);
  RETURN NEW;
END
$$;
CREATE TRIGGER poison BEFORE INSERT ON people FOR EACH ROW
WHEN (NEW.personal_id = '{}') EXECUTE FUNCTION poison();
"""


def test_kill_anything() -> None:
    assert run.main(["--seed", "20261124"]) == 0


def test_a_row_that_kills_is_left_out_and_the_rest_is_recorded(tmp_path: Path) -> None:
    rows = list(people.sent(60))
    with served(tmp_path / "home", HOSO_SEED="0") as service:
        service.sql(POISON.format(rows[30][0]))
        taking = run.Run(service, len(rows))
        taking.send(people.write(tmp_path / "sent.csv", iter(rows)))
        taking.until(lambda _state: False)
        counts = taking.state["counts"]
        assert (taking.state["stage"], counts["refused"]) == ("applied", 1)
        assert counts["created"] == counts["new"] - 1
        assert taking.state["interruptions"] <= 25
        found = service.sql(
            "SELECT code, detail->>'en' FROM import_fault WHERE import_id = %s AND stage = 'applying'",
            [taking.job],
        )
        assert [code for code, _detail in found] == ["conflict"]
        assert "broke off" in found[0][1]
