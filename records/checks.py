"""A wrong declaration or an undeclared route stops the start, and says what to mend."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.core.checks import Error, Tags, register
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

from records.api.opened import Unasked
from records.api.units import OpenView
from records.api.views import Door
from records.fields import Text, UnitCode
from records.models import ForATime, Record
from records.registry import (
    KEPT_BY_KERNEL,
    HeldToday,
    RecordType,
    Verifiable,
    operations,
    record_types,
    shown_as,
)

#: Views that are open to all, on purpose.
OPEN = frozenset({"front", "openapi", "docs", "token", "healthz", "readyz", "set_language"}) | {
    # The citizen's door lets only a session in, and shows it only what is its own.
    "entrance",
    "demo_sign_in",
    "sign_out",
    "home",
    "records_of",
    "looked",
    "access",
    "my_questions",
    # What the law makes public.
    "public",
    "lookup",
    "check",
}


_NOTHING = Verifiable(columns=(), legal_basis="")


@register(Tags.models)
def declarations(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Every registry's declaration agrees with its models."""
    return [error for record_type in record_types().values() for error in judge(record_type)]


def judge(record_type: RecordType) -> Iterator[Error]:
    """What is wrong with one declaration."""
    where: type[Any] = record_type.model

    def error(number: int, text: str, hint: str) -> Error:
        return Error(f"{record_type.collection}: {text}", hint, where, f"records.E{number:03d}")

    if not issubclass(where, Record):
        yield error(1, "the model is no Record", "Inherit from records.models.Record.")
        return
    names = [
        ("key", record_type.key),
        *(("identity", n) for n in record_type.identity),
        *(("subjects", n) for n in record_type.subjects),
        *(("filters", n) for n in record_type.filters),
        *(("references", n) for n in record_type.references),
        *(("headers", n) for n in record_type.headers),
        *(("unit", n) for n in (record_type.unit,) if n),
        *(("unit_on", n) for n in (record_type.unit_on,) if n),
        *(("search", n) for n in record_type.search),
        *(("similar", n) for names in record_type.similar for n in names),
        *(("verifiable", n) for n in (record_type.verifiable or _NOTHING).columns),
        *(("fieldsets", n) for names in record_type.fieldsets.values() for n in names),
    ]
    unknown = [(part, name) for part, name in names if not _known(record_type, name)]
    for part, name in unknown:
        yield error(2, f"{part} names {name}, which is no column", "Mend the name.")
    if unknown:
        return
    yield from _fieldsets(record_type, error)
    yield from _indexes(record_type, error)
    yield from _states(record_type, error)
    yield from _unit(record_type, error)
    yield from _open(record_type, error)
    if record_type.search and not record_type.named:
        yield error(
            12, "search needs names", 'Give the model folded = folded("name") and sort_key.'
        )
    named = [n for n in record_type.search if not getattr(record_type.value_field(n), "shape", "")]
    if len(named) > 1:
        # Else a name that the asker may not see would be found by.
        yield error(16, f"search names {named}", "Search one column of names, the one folded.")
    if record_type.similar and not record_type.search:
        yield error(13, "similar needs search", "Declare search first.")
    for name in record_type.writable:
        field = record_type.columns[name]
        if isinstance(field, models.CharField | models.TextField) and not isinstance(field, Text):
            yield error(8, f"{name} is plain text", "Use a field of records.fields.")
        if name == "reason":
            yield error(9, "a column is called reason", "That word is the API's own.")


def _fieldsets(record_type: RecordType, error: Callable[..., Error]) -> Iterator[Error]:
    for name, names in record_type.fieldsets.items():
        if record_type.key not in names:
            yield error(3, f"fieldset {name} lacks the key", f"Add {record_type.key}.")
        if len({shown_as(n) for n in names}) != len(names):
            yield error(4, f"fieldset {name} shows one name twice", "Leave one out.")
        if clash := {shown_as(n) for n in names} & (KEPT_BY_KERNEL - {"id"}):
            yield error(
                4, f"fieldset {name} names {sorted(clash)}", "The kernel shows these itself."
            )
    if record_type.portal and record_type.portal not in record_type.fieldsets:
        yield error(5, f"portal names no fieldset: {record_type.portal}", "Name one.")


def _indexes(record_type: RecordType, error: Callable[..., Error]) -> Iterator[Error]:
    model = record_type.model
    for name in record_type.filters:
        field = record_type.columns[name].name
        if not any(list(index.fields) == [field, "id"] for index in model._meta.indexes):
            yield error(
                6, f"filter {name} leads no index", f'Add Index(fields=["{field}", "id"]) to Meta.'
            )
    identity = {record_type.columns[name].name for name in record_type.identity}
    unique = [
        set(c.fields) for c in model._meta.constraints if isinstance(c, models.UniqueConstraint)
    ]
    unique += [{f.name} for f in model._meta.concrete_fields if f.unique]
    if identity not in unique:
        yield error(7, "identity is not unique", "Add a UniqueConstraint over its columns.")


def _states(record_type: RecordType, error: Callable[..., Error]) -> Iterator[Error]:
    states = record_type.states
    if states is None:
        return
    known = {code for code, _word in record_type.columns["status"].flatchoices}
    steps = {(old, new) for old, after in states.steps.items() for new in after}
    bound = {key for key in states.by if isinstance(key, tuple)}
    named = {*states.initial, *states.steps, *(new for _old, new in steps)}
    named |= {key for key in states.by if isinstance(key, str)}
    if named - known:
        yield error(10, f"states names {sorted(named - known)}", "Use the status's own codes.")
    if bound - steps:
        yield error(10, f"by names {sorted(bound - steps)}, no steps", "Name a step that there is.")
    for status, who in states.by.items():
        if missing := set(who) - set(operations()):
            yield error(11, f"{status} is set by {sorted(missing)}, no operation", "Mend the name.")


def _unit(record_type: RecordType, error: Callable[..., Error]) -> Iterator[Error]:
    unit, day = record_type.unit, record_type.unit_on
    if unit and not isinstance(record_type.columns.get(unit), UnitCode):
        yield error(14, f"unit {unit} holds no units", "Use a UnitCode of the record itself.")
    if day and not (unit and isinstance(record_type.columns.get(day), models.DateField)):
        yield error(15, f"unit_on {day} is no day of a unit", "Name a date, and declare unit.")


def _open(record_type: RecordType, error: Callable[..., Error]) -> Iterator[Error]:
    shown, asked = record_type.open, record_type.verifiable
    if shown and shown.fieldset not in record_type.fieldsets:
        yield error(17, f"open names no fieldset: {shown.fieldset}", "Name one.")
    elif shown and not set(record_type.search) & set(record_type.fieldsets[shown.fieldset]):
        yield error(17, "open shows nothing to search by", "Declare search, and show its columns.")
    for name, held in (shown.held if shown else {}).items():
        other = record_types().get(held.collection)
        if not (
            other and issubclass(other.model, ForATime) and _refers(held, record_type)
        ) or not _known(other, held.column):
            yield error(18, f"open holds {name} of nothing that is for a time", "Mend the names.")
    if asked:
        first = record_type.columns[asked.columns[0]].name
        model = record_type.model
        leading = [list(index.fields)[:1] for index in model._meta.indexes]
        leading += [
            list(c.fields)[:1]
            for c in model._meta.constraints
            if isinstance(c, models.UniqueConstraint)
        ]
        if [first] not in leading and not record_type.columns[asked.columns[0]].unique:
            yield error(19, f"verifiable is looked up by {first}, which leads no index", "Add one.")
        known = {code for code, _word in record_type.columns["status"].flatchoices}
        if wrong := set(asked.valid) - known:
            yield error(19, f"verifiable names {sorted(wrong)}", "Use the status's own codes.")


def _refers(held: HeldToday, record_type: RecordType) -> bool:
    try:
        return bool(held.refers(record_type))
    except StopIteration:
        return False


def _known(record_type: RecordType, name: str) -> bool:
    try:
        record_type.path(name)
    except (KeyError, StopIteration, FieldDoesNotExist):
        return False
    return True


@register(Tags.urls)
def routes(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Every route is a Door that names a verb for each method, or is open on purpose."""
    found = []
    for pattern in _patterns(get_resolver().url_patterns):
        view = getattr(pattern.callback, "cls", None)
        if view is None:
            declared = pattern.callback.__name__ in OPEN
        elif issubclass(view, OpenView):
            # Reference data, to be read only.
            declared = _methods(view) == {"GET"}
        else:
            declared = issubclass(view, Door) and _methods(view) <= set(view.verbs)
            declared = declared and (bool(view.authentication_classes) or _declared_open(pattern))
        if not declared:
            found.append(_undeclared(pattern))
    return found


def _declared_open(pattern: URLPattern) -> bool:
    """Whether a route that asks nobody who they are is one that its record type declares open."""
    view = pattern.callback.cls  # type: ignore[attr-defined]
    given = pattern.callback.view_initkwargs.get("record_type")  # type: ignore[attr-defined]
    return issubclass(view, Unasked) and given is not None and view.opens(given)


def _methods(view: type[Door]) -> set[str]:
    return {m.upper() for m in ("get", "post", "put", "patch", "delete") if hasattr(view, m)}


def _undeclared(pattern: URLPattern) -> Error:
    return Error(
        f"the route {pattern.pattern} declares no scope",
        "Make its view a Door with verbs, or name it in records.checks.OPEN.",
        id="records.E020",
    )


def _patterns(found: list[Any]) -> Iterator[URLPattern]:
    for pattern in found:
        if getattr(pattern, "app_name", None) == "admin":
            # Each of its pages stands behind the site's own guard.
            continue
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern.url_patterns)
        else:
            yield pattern
