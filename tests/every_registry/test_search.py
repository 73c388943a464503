"""Whatever declares `search` is found by name and number, and each hit is an access."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rest_framework.test import APIClient

from records.models import Record
from records.registry import RecordType, samples
from records.search import words
from records.search.questions import fold
from tests.conftest import entries_of, key_of, make, url_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _searchable(record_type: RecordType) -> Iterator[None]:
    if not record_type.search:
        pytest.skip(f"{record_type.collection} declares no search")
    words.forget()
    yield
    words.forget()


def keys(partner: APIClient, record_type: RecordType, q: str) -> list[str]:
    reply = partner.get(url_of(record_type), {"q": q})
    assert reply.status_code == 200, reply.json()
    return [item[record_type.key] for item in reply.json()["items"]]


def test_found_by_its_name_without_accents_in_any_order(
    partner: APIClient, record_type: RecordType, record: Record
) -> None:
    name = samples(record_type.collection)(1)[record_type.search[0]]
    folded = fold(name)
    assert folded.isascii()
    key = key_of(record_type, record)
    assert key in keys(partner, record_type, name)
    assert key in keys(partner, record_type, folded)
    assert key in keys(partner, record_type, " ".join(reversed(folded.split())))


def test_found_with_a_slip(partner: APIClient, record_type: RecordType, record: Record) -> None:
    said = fold(samples(record_type.collection)(1)[record_type.search[0]]).split()
    long = max(range(len(said)), key=lambda i: len(said[i]))
    said[long] = said[long][:-2] + said[long][-1] + said[long][-2]
    assert key_of(record_type, record) in keys(partner, record_type, " ".join(said))


def test_found_by_each_number(partner: APIClient, record_type: RecordType, record: Record) -> None:
    for name in record_type.search[1:]:
        value = getattr(record, record_type.path(name))
        if value:
            assert key_of(record_type, record) in keys(partner, record_type, value)


def test_a_hit_is_audited(partner: APIClient, record_type: RecordType, record: Record) -> None:
    name = samples(record_type.collection)(1)[record_type.search[0]]
    reply = partner.get(url_of(record_type), {"q": name})
    (entry,) = entries_of(request_id=reply["Request-Id"])
    assert entry["action"] == "search"
    shown = {item.get("personal_id") for item in reply.json()["items"]} - {None}
    assert shown <= set(entry["subjects"]) or not record_type.subjects


def test_listed_by_given_name(partner: APIClient, record_type: RecordType) -> None:
    """A page is in the order of the stored key."""
    for n in range(1, 8):
        make(record_type, n)
    word = fold(samples(record_type.collection)(1)[record_type.search[0]]).split()[0]
    found = keys(partner, record_type, word)
    path = record_type.path(record_type.key)
    rows = record_type.model._base_manager.filter(**{f"{path}__in": found}).order_by(
        "sort_key", "id"
    )
    order = [str(key) for key in rows.values_list(path, flat=True)]
    near = partner.get(url_of(record_type), {"q": word}).json()["search"]["near"]
    exact = found[: len(found) - near]
    assert exact == [key for key in order if key in exact]
    assert exact


def test_similar_to_a_twin(partner: APIClient, record_type: RecordType, record: Record) -> None:
    if not record_type.similar:
        pytest.skip(f"{record_type.collection} declares no likeness")
    reply = partner.get(url_of(record_type, record, "/similar"))
    assert reply.status_code == 200
    (entry,) = entries_of(request_id=reply["Request-Id"])
    assert entry["action"] == "similar"
