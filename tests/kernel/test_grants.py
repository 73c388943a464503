"""What an agreement or a role gives, and what makes every process ask again."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from records import changes
from records.access.models import Agency, GrantsVersion, Role
from records.actors import Actor, Occasion
from records.errors import Refused
from records.registry import operations
from tests.conftest import agree, client_of, entries_of

pytestmark = pytest.mark.django_db
BIRTH = "register-birth"


def test_an_agreement_bound_to_units_runs_no_operation(agency: Agency) -> None:
    given = dict(operations()[BIRTH].example)
    agreement = agree(agency, "operations", BIRTH, units=[given["register_unit"]])
    url = f"/api/v1/operations/{BIRTH}"
    reply = client_of(agency).post(url, given, format="json")
    assert (reply.status_code, reply.json()["code"]) == (403, "not_agreed")
    assert entries_of(request_id=reply["Request-Id"])[0]["outcome"] == "refused"
    agreement.units = []
    agreement.save()
    assert client_of(agency).post(url, given, format="json").status_code == 200


def test_a_role_bound_to_a_unit_runs_no_operation(django_user_model: Any) -> None:
    given = dict(operations()[BIRTH].example)
    user = django_user_model.objects.create_user("thuky")
    role = Role.objects.create(
        user=user, registry="citizens", verbs=["run"], unit=given["register_unit"]
    )
    clerk, occasion = Actor("clerk", "thuky", "Thư ký"), Occasion("public-service")

    def run() -> list[changes.Touched]:
        return changes.run(operations()[BIRTH], given, by=clerk, occasion=occasion, reason="x")

    with pytest.raises(Refused) as caught:
        run()
    assert caught.value.code == "not_agreed"
    role.unit = ""
    role.save()
    assert [touched.action for touched in run()] == ["create", "create"]


def version() -> int:
    return GrantsVersion.objects.get().version


@pytest.mark.parametrize(
    ("changed", "raises"),
    [
        ({"is_active": False}, True),
        ({"username": "ke-toan"}, True),
        ({"last_login": timezone.now()}, False),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_clerk_who_may_not_sign_in_any_more_is_noticed(
    django_user_model: Any, changed: dict[str, Any], raises: bool
) -> None:
    user = django_user_model.objects.create_user("thuky")
    before = version()
    django_user_model.objects.filter(pk=user.pk).update(**changed)
    assert (version() > before) is raises
