"""What tests stand on: a migrated database, the runtime role, a partner who may, and records."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connections, models
from django.db.models import UniqueConstraint
from django.utils import translation
from rest_framework.test import APIClient
from xdist.scheduler import LoadScopeScheduling

from records import changes
from records.access import grants, rates, tokens
from records.access.models import Agency, Agreement, Client, Purpose, Verb
from records.actors import Actor, Occasion, system
from records.errors import Conflict
from records.models import Record, Refers
from records.registry import RecordType, operations, record_types, samples, type_of

PURPOSE = "test-purpose"
EVERYTHING = [verb.value for verb in Verb]
TEMPLATE = "hoso_template_"
JOURNEYS = "tests/journeys/"


class OneService(LoadScopeScheduling):  # type: ignore[misc,unused-ignore]
    """Has one worker drive the running service, which takes long to start; the others share the rest."""

    def _split_scope(self, nodeid: str) -> str:
        return JOURNEYS if nodeid.startswith(JOURNEYS) else nodeid.partition("[")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: Any, log: Any) -> OneService:
    """Give the tests out in their order, not the most first."""
    config.option.loadscopereorder = False
    return OneService(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first."""
    items.sort(key=lambda item: not item.nodeid.startswith(JOURNEYS))


def pytest_generate_tests(metafunc: Any) -> None:
    """A test that asks for `record_type` runs once for each one declared."""
    if "record_type" in metafunc.fixturenames:
        apps.check_models_ready()
        types = list(record_types().values())
        metafunc.parametrize("record_type", types, ids=[t.collection for t in types])


def in_turn(record_type: RecordType, *choices: Any) -> Any:
    """One of `choices`, for each collection the next: where all of them for each would tell no more."""
    return choices[list(record_types()).index(record_type.collection) % len(choices)]


@pytest.fixture(scope="session")
def database_name(worker_id: str) -> str:
    return f"hoso_test_{worker_id}"


@pytest.fixture(scope="session")
def owner_url(database_name: str) -> str:
    return urlsplit(os.environ["DATABASE_OWNER_URL"])._replace(path=f"/{database_name}").geturl()


@pytest.fixture(scope="session")
def template(testrun_uid: str, django_db_blocker: Any) -> str:
    """A database that is migrated and knows the units; each worker's, and each service's, is its copy."""
    name = f"{TEMPLATE}{testrun_uid[:12]}"
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        # Whoever comes first makes it; the others wait.
        connection.execute("SELECT pg_advisory_lock(74)")
        found = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [TEMPLATE]
        )
        there = {row[0] for row in found.fetchall()}
        for old in there - {name}:
            connection.execute(f"DROP DATABASE IF EXISTS {old} WITH (FORCE)")
        if name not in there:
            connection.execute(f"CREATE DATABASE {name}")
            _connect_to(name)
            with django_db_blocker.unblock():
                call_command("migrate", database="owner", verbosity=0)
                call_command("load_units", verbosity=0)
            _disconnect()
    return name


def _connect_to(name: str) -> None:
    for alias in ("default", "owner"):
        connections[alias].settings_dict["NAME"] = name
        settings.DATABASES[alias]["NAME"] = name


def _disconnect() -> None:
    for alias in ("default", "owner"):
        connections[alias].close()


@pytest.fixture(scope="session")
def django_db_setup(database_name: str, template: str) -> Iterator[None]:
    """A database of this worker's own: migrated by the owner, used as the service's role."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {database_name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {database_name} TEMPLATE {template}")
        connection.execute(f"ALTER DATABASE {database_name} SET synchronous_commit = off")
    _connect_to(database_name)
    yield
    _disconnect()
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {database_name} WITH (FORCE)")


@pytest.fixture(autouse=True)
def _fresh_grants(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test sees what another one granted, spent or spoke; the snapshot is asked for each time."""
    translation.activate(settings.LANGUAGE_CODE)
    grants.forget()
    monkeypatch.setattr(rates, "_budgets", {})
    monkeypatch.setattr(settings, "GRANTS_MAX_AGE_SECONDS", 0)
    monkeypatch.setattr(settings, "UNITS_MAX_AGE_SECONDS", 3600)
    yield
    grants.forget()


@pytest.fixture
def agency(db: None) -> Agency:
    return Agency.objects.create(code="test-agency", name="Cơ quan thử nghiệm")


def the_purpose() -> Purpose:
    purpose, _ = Purpose.objects.get_or_create(
        code=PURPOSE, defaults={"title": "Thử nghiệm", "legal_basis": "Luật Thử nghiệm, Điều 1"}
    )
    return purpose


def an_agreement(
    agency: Agency, collection: str, fieldset: str, *, verbs: list[str] | None = None, **more: Any
) -> Agreement:
    """An agreement that holds today, not yet saved."""
    return Agreement(
        agency=agency,
        collection=collection,
        fieldset=fieldset,
        verbs=verbs or EVERYTHING,
        valid_from=datetime.date(2020, 1, 1),
        **{"per_minute": 1_000_000, **more},
    )


def agree(agency: Agency, collection: str, fieldset: str, **more: Any) -> Agreement:
    """An agreement for PURPOSE that holds today."""
    agreement = an_agreement(agency, collection, fieldset, **more)
    agreement.save(force_insert=True)
    agreement.purposes.add(the_purpose())
    return agreement


def client_of(agency: Agency, *, scope: str | None = None, called: str = "client") -> APIClient:
    """An API client that has signed in for an agency, and says why it calls."""
    client, _ = Client.objects.get_or_create(
        client_id=f"{called}-{agency.code}", defaults={"agency": agency, "name": "Hệ thống thử"}
    )
    token = tokens.issue(client.client_id, scope)["access_token"]
    return APIClient(
        headers={
            "Authorization": f"Bearer {token}",
            "Access-Purpose": PURPOSE,
            "Accept-Language": "en",
        }
    )


@pytest.fixture
def partner(agency: Agency) -> APIClient:
    """A partner who may do everything with the widest fieldset of every collection."""
    agreed = [
        *(an_agreement(agency, n, grants.widest(t.fieldsets)) for n, t in record_types().items()),
        *(an_agreement(agency, "operations", name) for name in operations()),
    ]
    # Two statements for all of them: most tests begin so.
    Agreement.objects.bulk_create(agreed)
    through, purpose = Agreement.purposes.through, the_purpose()
    through._default_manager.bulk_create(
        through(agreement_id=a.pk, purpose_id=purpose.pk) for a in agreed
    )
    return client_of(agency)


@pytest.fixture
def actor(partner: APIClient, agency: Agency) -> Actor:
    scopes = frozenset(a.scope for a in grants.agreed_with(agency.code))
    return Actor(
        "partner", f"client-{agency.code}", "Hệ thống thử", agency.code, agency.name, scopes
    )


@pytest.fixture
def occasion() -> Occasion:
    return Occasion(PURPOSE)


def parents_of(record_type: RecordType, n: int) -> None:
    """Record what the n-th sample of a collection refers to, and not the sample itself.

    That is the n-th sample of each parent; of two that are of one collection, the next one too.
    """
    sample = samples(record_type.collection)(n)
    for field in record_type.model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey):
            parent = type_of(field.related_model)
            nth = samples(parent.collection)(n)[parent.key]
            make(parent, n if sample.get(field.column, nth) == nth else n + 1)
    for rule in record_type.model._meta.constraints:
        if isinstance(rule, Refers):
            make(
                next(t for t in record_types().values() if t.model._meta.db_table == rule.table), n
            )


def make(record_type: RecordType, n: int = 1, **values: Any) -> Record:
    """The n-th sample of a collection, recorded, with the parents it refers to."""
    parents_of(record_type, n)
    key = samples(record_type.collection)(n).get(record_type.key)
    if key is not None:
        found = record_type.model._base_manager.filter(**{record_type.path(record_type.key): key})
        if there := found.first():
            return there
    try:
        return changes.create(
            record_type,
            {**samples(record_type.collection)(n), **values},
            by=system("tests"),
            occasion=Occasion("tests"),
            reason="sample",
        )
    except Conflict:
        return record_type.model._base_manager.get(
            **{
                record_type.path(i): samples(record_type.collection)(n)[i]
                for i in record_type.identity
            }
        )


@pytest.fixture
def record(db: None, record_type: RecordType) -> Record:
    """One record of the record type at hand."""
    return make(record_type)


def key_of(record_type: RecordType, record: Record) -> str:
    return str(getattr(record, record_type.path(record_type.key)))


def url_of(record_type: RecordType, record: Record | None = None, tail: str = "") -> str:
    path = f"/api/v1/{record_type.collection}"
    return f"{path}/{key_of(record_type, record).replace('/', '~')}{tail}" if record else path


def entries_of(**where: Any) -> list[dict[str, Any]]:
    """Audit entries, oldest first, with their subjects in order."""
    condition = " AND ".join(f"{name} = %s" for name in where) or "true"
    with connections["default"].cursor() as cursor:
        cursor.execute(
            f"SELECT e.*, array(SELECT subject FROM audit_subject s WHERE s.entry_id = e.id ORDER BY ord)"
            f" AS subjects FROM audit_entry e WHERE {condition} ORDER BY at, id",
            list(where.values()),
        )
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def alone(record_type: RecordType, name: str) -> bool:
    """Whether no two records may say the same in a column."""
    field = record_type.columns[name]
    rules = (r for r in record_type.model._meta.constraints if isinstance(r, UniqueConstraint))
    return bool(getattr(field, "unique", False)) or any(r.fields == (field.name,) for r in rules)


def an_amendment(record_type: RecordType, n: int = 1) -> tuple[str, Any]:
    """A column that may be amended on its own, and another sample's value for it."""
    now = samples(record_type.collection)(n)
    fixed = {record_type.key, "status", *record_type.identity, *record_type.subjects}
    fixed |= {n for n, f in record_type.columns.items() if isinstance(f, models.ForeignKey)}
    widest = record_type.fieldsets[grants.widest(record_type.fieldsets)]
    for name in widest:
        if name not in now or name in fixed or "__" in name or alone(record_type, name):
            continue
        if isinstance(record_type.columns[name], models.ForeignKey):
            continue
        for other in range(n + 1, n + 40):
            value = samples(record_type.collection)(other)[name]
            if value != now[name]:
                return name, value
    raise AssertionError(f"{record_type.collection}: no sample differs in any amendable column")
