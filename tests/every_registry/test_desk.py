"""What a clerk can do with every collection at the desk."""

from __future__ import annotations

import pytest
from django.test import Client

from records.registry import RecordType, samples
from tests.conftest import parents_of
from tests.kernel.test_desk import a_clerk, filled

pytestmark = pytest.mark.django_db


def test_a_form_as_it_came_with_what_was_typed_makes_a_record(record_type: RecordType) -> None:
    parents_of(record_type, 7)
    clerk = Client()
    clerk.force_login(a_clerk())
    url = f"/admin/{record_type.collection}/new/"
    typed = {n: str(v) for n, v in samples(record_type.collection)(7).items() if v is not None}
    reply = clerk.post(url, filled(clerk.get(url), **typed, reason="Theo giấy tờ"))
    assert reply.status_code == 302, reply.context["form"].errors
    record = record_type.model._base_manager.get(
        **{record_type.path(n): typed[n] for n in record_type.identity}
    )
    for name, value in typed.items():
        assert str(getattr(record, record_type.path(name))) == value
