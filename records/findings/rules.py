"""What is looked for, made from the declarations: references, shares, and registries' own checks.

A rule is a query of (id, said) of records of one collection. A record is in force where it holds for a
time that has not passed, or has a status that its states call so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from records.models import WithinWhole
from records.registry import ByKind, RecordType, record_types, registries, type_of

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

#: The number that stands today for each that was replaced.
LAST = """
  last AS (
    WITH RECURSIVE chain (old, number) AS (
      SELECT old, new FROM standing_succession
      UNION SELECT chain.old, next.new FROM chain JOIN standing_succession AS next ON next.old = number)
    SELECT old, number FROM chain
    WHERE NOT EXISTS (SELECT FROM standing_succession AS next WHERE next.old = chain.number))
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """`query`: the records of `record_type` in which something is wrong, and what is said of it."""

    name: str
    record_type: RecordType
    title: _StrOrPromise
    query: str


@lru_cache(maxsize=1)
def rules() -> dict[str, Rule]:
    """All rules by name, in menu order."""
    found = [rule for t in record_types().values() for rule in (*_references(t), *_shares(t))]
    for registry in registries().values():
        for check in registry.checks:
            name = f"{check.collection}.{check.name}"
            found.append(Rule(name, record_types()[check.collection], check.title, check.sql))
    return {rule.name: rule for rule in found}


def in_force(record_type: RecordType, alias: str) -> str:
    """The condition that a record is in force; empty for a type whose records never are."""
    states = record_type.states
    found = [f"{alias}.closed_on IS NULL"]
    if states and states.in_force:
        found.append(f"{alias}.status IN ({_listed(states.in_force)})")
    elif "valid_to" not in record_type.columns:
        return ""
    elif ended := ended_statuses(record_type):
        found.append(f"{alias}.status NOT IN ({_listed(ended)})")
    if "valid_to" in record_type.columns:
        found.append(f"({alias}.valid_to IS NULL OR {alias}.valid_to >= current_date)")
    return " AND ".join(found)


def ended_statuses(record_type: RecordType) -> tuple[str, ...]:
    """The statuses from which no step leads on."""
    if record_type.states is None:
        return ()
    codes = (str(code) for code, _word in record_type.columns["status"].flatchoices)
    return tuple(code for code in codes if not record_type.states.steps.get(code))


def ended(record_type: RecordType, alias: str) -> str:
    """The condition that what a record speaks of is no more."""
    statuses = ended_statuses(record_type)
    over = f" OR {alias}.status IN ({_listed(statuses)})" if statuses else ""
    return f"({alias}.closed_on IS NOT NULL{over})"


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"'{word}'" for word in words)


def _references(record_type: RecordType) -> Iterator[Rule]:
    """In force, but what it refers to has ended or is missing."""
    if not (stands := in_force(record_type, "rec")):
        return
    for field in record_type.model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey):
            parent = type_of(field.related_model)
            value = f'rec."{field.column}"'
            yield from _pointing(record_type, stands, str(field.column), value, [parent], "")
            # Whom the parent is about, where this record is about them for that.
            alias = field.name
            join = (
                f' JOIN "{parent.model._meta.db_table}" AS "{alias}"'
                f' ON "{alias}"."{field.target_field.column}" = {value}'
            )
            for subject in record_type.subjects:
                head, _sep, tail = subject.partition("__")
                if tail and head == field.name:
                    for kind, targets in _targets(parent, tail):
                        where = stands + _of_kind(parent, tail, kind, f'"{alias}"')
                        said = f'"{alias}"."{tail}"'
                        yield from _pointing(record_type, where, tail, said, targets, join)
    for name in record_type.references:
        for kind, targets in _targets(record_type, name):
            where = stands + _of_kind(record_type, name, kind, "rec")
            yield from _pointing(record_type, where, name, f'rec."{name}"', targets, "", kind)


def _targets(record_type: RecordType, name: str) -> Iterator[tuple[str, list[RecordType]]]:
    """(kind, the collections it means): what a key points to."""
    pointed = record_type.pointed_at(name)
    for kind in dict.fromkeys(kind for kind, _collection in pointed):
        types = record_types()
        yield kind, [types[c] for said, c in pointed if said == kind and c in types]


def _of_kind(record_type: RecordType, name: str, kind: str, alias: str) -> str:
    said = record_type.references.get(name)
    return f" AND {alias}.\"{said.column}\" = '{kind}'" if isinstance(said, ByKind) else ""


def _pointing(
    record_type: RecordType,
    stands: str,
    name: str,
    value: str,
    targets: list[RecordType],
    join: str,
    kind: str = "",
) -> Iterator[Rule]:
    joins, found, good = join, [], []
    renewed = any(t.key in t.subjects for t in targets)
    if renewed:
        joins += f" LEFT JOIN last ON last.old = {value}"
    number = f"coalesce(last.number, {value})" if renewed else value
    for n, target in enumerate(targets):
        table, alias = target.model._meta.db_table, f"t{n}"
        joins += f' LEFT JOIN "{table}" AS {alias} ON {alias}."{target.key}" = {number}'
        found.append(f"{alias}.id IS NOT NULL")
        good.append(f"({alias}.id IS NOT NULL AND NOT {ended(target, alias)})")
    said = f"jsonb_build_object('field', '{name}', 'key', {value})"
    query = (
        f'WITH {LAST} SELECT rec.id, {said} AS said FROM "{record_type.model._meta.db_table}" AS rec'
        f"{joins} WHERE {stands} AND {value} IS NOT NULL AND {{wrong}}"
    )
    any_found, any_good = f"({' OR '.join(found)})", f"({' OR '.join(good)})"
    called = f"{record_type.collection}.{name}" + (f".{kind}" if kind else "")
    yield Rule(
        f"{called}.ended",
        record_type,
        _("In force, but what it refers to has ended"),
        query.replace("{wrong}", f"{any_found} AND NOT {any_good}"),
    )
    if name in record_type.references:
        yield Rule(
            f"{called}.missing",
            record_type,
            _("In force, but what it refers to is not recorded"),
            query.replace("{wrong}", f"NOT {any_found}"),
        )


def _shares(record_type: RecordType) -> Iterator[Rule]:
    """Shares that hold today and do not make one."""
    for rule in record_type.model._meta.constraints:
        if not isinstance(rule, WithinWhole):
            continue
        of = ", ".join(f'"{name}"' for name in rule.of)
        for table, key in rule.parents:
            parent = next(t for t in record_types().values() if t.model._meta.db_table == table)
            yield Rule(
                f"{parent.collection}.{record_type.collection}.whole",
                parent,
                _("The shares in it do not make one whole"),
                f"""
                SELECT rec.id, jsonb_build_object('sum', sum[1] || '/' || sum[2]) AS said FROM (
                  SELECT "{rule.of[-1]}" AS key, sum_shares("{rule.share}", 1) AS sum
                  FROM "{record_type.model._meta.db_table}"
                  WHERE closed_on IS NULL AND valid_from <= current_date
                    AND (valid_to IS NULL OR valid_to >= current_date) GROUP BY {of}) AS held
                JOIN "{table}" AS rec ON rec."{key}" = held.key
                WHERE sum[1] <> sum[2] AND NOT {ended(parent, "rec")}
                """,
            )


def in_words(rule: str, said: dict[str, Any]) -> tuple[_StrOrPromise, str, str]:
    """A finding for people: what is wrong, the field it is about, and what stands there."""
    known = rules().get(rule)
    if known is None:
        return rule, "", ""
    name, value = str(said.get("field", "")), str(said.get("key", said.get("sum", "")))
    return known.title, name, value
