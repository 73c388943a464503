"""Many at once: one wins, the others are told so, nothing is lost or doubled."""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest
from django.utils import timezone

from tests.journeys.conftest import Service, somebody

WRITERS = 16


def at_once(call: Callable[[int], httpx.Response], writers: int = 0) -> list[httpx.Response]:
    """The replies to the same call made by many threads that start together."""
    writers = writers or WRITERS
    gate = threading.Barrier(writers)

    def run(n: int) -> httpx.Response:
        gate.wait()
        return call(n)

    with ThreadPoolExecutor(writers) as pool:
        return list(pool.map(run, range(writers)))


def test_one_etag_one_change(service: Service, registrar: httpx.Client) -> None:
    for _ in range(5):
        values = somebody()
        created = registrar.post("/people", json=values)
        key, tag = values["personal_id"], created.headers["ETag"]
        replies = at_once(
            lambda n, key=key, tag=tag: registrar.patch(  # type: ignore[misc]
                f"/people/{key}",
                json={"phone": f"09{n:08d}", "reason": "cùng lúc"},
                headers={"If-Match": tag},
            )
        )
        assert Counter(r.status_code for r in replies) == {200: 1, 412: WRITERS - 1}
        winner = next(r for r in replies if r.status_code == 200)
        assert registrar.get(f"/people/{key}").json()["phone"] == winner.json()["phone"]


def test_one_key_one_effect(service: Service, registrar: httpx.Client) -> None:
    for _ in range(5):
        values = somebody()
        key = values["personal_id"]
        replies = at_once(
            lambda _n, values=values, key=key: registrar.post(  # type: ignore[misc]
                "/people", json=values, headers={"Idempotency-Key": f"race-{key}"}
            )
        )
        statuses = Counter(r.status_code for r in replies)
        assert set(statuses) <= {201, 409}
        assert statuses[201] >= 1
        assert {r.json()["code"] for r in replies if r.status_code == 409} <= {"in_flight"}
        count = "SELECT count(*) FROM people_event WHERE personal_id = %s"
        assert service.sql(count, [key]) == [(1,)]


def test_one_number_one_person(service: Service, registrar: httpx.Client) -> None:
    values = somebody()
    replies = at_once(lambda _n: registrar.post("/people", json=values))
    assert Counter(r.status_code for r in replies) == {201: 1, 409: WRITERS - 1}
    shown = {
        tuple(sorted((k, v) for k, v in r.json().items() if k != "instance"))
        for r in replies
        if r.status_code == 409
    }
    assert len(shown) == 1


def test_one_permanent_residence(service: Service, registrar: httpx.Client) -> None:
    person = somebody()
    registrar.post("/people", json=person)
    replies = at_once(
        lambda n: registrar.post(
            "/residences",
            json={
                "personal_id": person["personal_id"],
                "kind": "permanent",
                "unit": "25747",
                "address": "12 Yersin",
                "valid_from": f"2020-01-{n + 1:02d}",
            },
        )
    )
    assert Counter(r.status_code for r in replies) == {201: 1, 409: WRITERS - 1}


def test_an_assertion_is_good_once_over_all_processes(service: Service) -> None:
    proof = service.assertion("tax")
    replies = at_once(lambda _n: service.ask_token("tax", proof))
    assert Counter(r.status_code for r in replies)[200] == 1
    assert all(r.status_code in {200, 400} for r in replies)


def test_as_of_waits_for_the_oldest_running_write(
    service: Service, registrar: httpx.Client
) -> None:
    """While a write runs, no instant after its beginning is answered."""
    values = somebody()
    registrar.post("/people", json=values)
    key = values["personal_id"]
    with psycopg.connect(service.owner_url) as writer:
        writer.execute(
            "SELECT set_config('pghistory.context_metadata', '{\"actor_kind\": \"system\"}', true)"
        )
        writer.execute("UPDATE people SET phone = '0900000000' WHERE personal_id = %s", [key])
        time.sleep(0.05)
        moment = timezone.now().isoformat()
        reply = registrar.get(f"/people/{key}", params={"as_of": moment})
        assert (reply.status_code, reply.json().get("code")) == (400, "unsettled")
        writer.rollback()
    assert registrar.get(f"/people/{key}", params={"as_of": moment}).status_code == 200


@pytest.mark.parametrize("after", [1.5])
def test_suspension_bites_within_a_second_everywhere(service: Service, after: float) -> None:
    with service.signed_in("bank") as bank:
        key = service.demo["citizens"][1]["personal_id"]
        assert bank.get(f"/people/{key}").status_code == 200
        service.sql("UPDATE access_agency SET suspended = true WHERE code = 'bank'")
        try:
            time.sleep(after)
            assert {bank.get(f"/people/{key}").status_code for _ in range(20)} == {401}
        finally:
            service.sql("UPDATE access_agency SET suspended = false WHERE code = 'bank'")
            # Lifted as it bites: a web process may know it for as long, and others ask as the bank.
            time.sleep(after)


def test_a_question_sent_many_times_at_once_is_one(service: Service) -> None:
    citizen = service.demo["citizens"][2]
    with service.signed_in("bank") as bank:
        assert bank.get(f"/people/{citizen['personal_id']}").status_code == 200
    with httpx.Client(timeout=30) as phone:
        phone.get(citizen["sign_in_url"])
        listed = phone.get(f"{service.url}/portal/looked").text
        found = re.search('href="(/portal/looked/[^"]+)"', listed)
        assert found
        form = {"text": "Vì sao?", "csrfmiddlewaretoken": phone.cookies["csrftoken"]}
        replies = at_once(lambda _n: phone.post(service.url + found[1], data=form))
    assert Counter(r.status_code for r in replies) == {302: WRITERS}
    entry = found[1].rpartition("-")[2]
    asked = service.sql("SELECT count(*) FROM portal_question WHERE entry_id = %s", [entry])
    told = service.sql(
        "SELECT count(*) FROM audit_entry WHERE action = 'ask' AND record_key = %s",
        [str(uuid.UUID(entry))],
    )
    assert (asked, told) == ([(1,)], [(1,)])
