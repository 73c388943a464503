"""What a clerk writes: a new record, an amendment with its reason, a closing, an operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.db import models
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _, gettext_lazy

from records import changes, disclosure
from records.access import grants
from records.actors import Actor, Occasion
from records.api.replies import key_of
from records.audit import entries
from records.desk import door
from records.desk.forms import blame, form_of, meant, name_units, values_in, written
from records.desk.lists import title_of, told, url_of
from records.disclosure import Disclosed
from records.errors import Conflict, Fault, Invalid, Stale
from records.fields import Date
from records.models import Record
from records.registry import RecordType, operations, record_types, type_of

#: Stands for a reason while a form without one is judged; it is never kept.
NO_REASON = "?"
CLOSED_ON = Date(gettext_lazy("Ngày đóng"), future=False)


def create(
    request: HttpRequest, by: Actor, occasion: Occasion, record_type: RecordType
) -> HttpResponseBase:
    """A new record, from a form with the labels of the paper."""
    fields = _fields(record_type)
    made = form_of(fields, needed=record_type.needed, reason=True)
    initial = {
        n: str(f.get_default())
        for n, f in record_type.columns.items()
        if n in fields and f.has_default()
    }
    form = made(request.POST or None, initial=initial)

    def effect() -> list[list[Any]]:
        return with_reason(
            form,
            lambda why: changes.create(
                record_type,
                {n: v for n, v in values_in(form, fields).items() if v is not None},
                by=by,
                occasion=occasion,
                reason=why,
            ),
        )

    return _sent(request, by, form, effect) or _page(
        request,
        _("Thêm hồ sơ mới: %(what)s") % {"what": record_type.model._meta.verbose_name},
        form,
        back=reverse(f"admin:list-{record_type.collection}"),
        verb=_("Ghi vào hồ sơ"),
    )


def _fields(record_type: RecordType) -> dict[str, models.Field[Any, Any]]:
    """The columns a clerk writes: those that are shown to them."""
    shown = record_type.fieldsets[grants.widest(record_type.fieldsets)]
    return {n: record_type.value_field(n) for n in record_type.writable if n in shown}


def amend(
    request: HttpRequest, by: Actor, occasion: Occasion, record_type: RecordType, key: str
) -> HttpResponseBase:
    """An amendment: only what was typed anew is written, against the version that was seen."""
    found = key.replace("~", "/")
    seen = disclosure.disclose(record_type, found, to=by, occasion=occasion)
    fields = {n: f for n, f in _fields(record_type).items() if n != record_type.key}
    initial = {n: written(f, seen.values.get(n)) for n, f in fields.items()}
    made = form_of(fields, needed=record_type.needed, reason=True, hidden_initial=True)
    form = name_units(made(request.POST or None, initial=initial), fields)
    version = _version(request, seen)

    def effect() -> list[list[Any]]:
        return with_reason(
            form,
            lambda why: changes.amend(
                record_type,
                found,
                values_in(form, fields, changed=True),
                seen=version,
                by=by,
                occasion=occasion,
                reason=why,
            ),
        )

    meanwhile: list[Any] = []
    if request.method == "POST":
        try:
            if reply := _sent(request, by, form, effect, stale=True):
                return reply
        except Stale:
            steps, _more = disclosure.disclose_history(record_type, found, to=by, occasion=occasion)
            meanwhile = [told(record_type, s) for s in steps if s.version > version]
            # What was typed stays; what was not takes what is recorded now, and is seen so.
            typed = {n: request.POST.get(n, "") for n in form.changed_data}
            form = made({**initial, **{f"initial-{n}": v for n, v in initial.items()}, **typed})
            form.is_valid()
            name_units(form, fields)
            version = seen.version
    anew = {"once": door.fresh_once(), "status": 412} if meanwhile else {}
    return _page(
        request,
        _("Sửa hồ sơ: %(what)s") % {"what": title_of(record_type, seen)},
        form,
        version=version,
        meanwhile=meanwhile,
        back=url_of(record_type, seen.key),
        verb=_("Lưu thay đổi"),
        **anew,
    )


def close(
    request: HttpRequest, by: Actor, occasion: Occasion, record_type: RecordType, key: str
) -> HttpResponseBase:
    """The closing of a record, from a day and for a reason; it is kept, and changes no more."""
    found = key.replace("~", "/")
    seen = disclosure.disclose(record_type, found, to=by, occasion=occasion)
    made = form_of({"closed_on": CLOSED_ON}, reason=True)
    today = timezone.localdate().strftime("%d/%m/%Y")
    form = made(request.POST or None, initial={"closed_on": today})

    def effect() -> list[list[Any]]:
        text = meant(CLOSED_ON, form.data.get("closed_on", ""))
        try:
            on = CLOSED_ON.clean(text, None) if text else timezone.localdate()
        except forms.ValidationError as error:
            raise Invalid(faults=[Fault("closed_on", "format", error.messages[0])]) from error
        return with_reason(
            form,
            lambda why: changes.close(
                record_type,
                found,
                on=on,
                seen=_version(request, seen),
                by=by,
                occasion=occasion,
                reason=why,
            ),
        )

    return _sent(request, by, form, effect) or _page(
        request,
        _("Đóng hồ sơ: %(what)s") % {"what": title_of(record_type, seen)},
        form,
        version=_version(request, seen),
        back=url_of(record_type, seen.key),
        verb=_("Đóng hồ sơ"),
        grave=True,
    )


def operate(request: HttpRequest, by: Actor, occasion: Occasion, name: str) -> HttpResponseBase:
    """An operation, from the form that its input declares."""
    operation = operations()[name]
    fields = operation.input.fields
    needed = [n for n, field in fields.items() if not field.null]
    form = form_of(fields, needed=needed, reason=True)(request.POST or None)
    with translation.override(settings.LANGUAGE_CODE):
        title = str(operation.title)

    def effect() -> list[list[Any]]:
        touched = changes.run(
            operation,
            values_in(form, fields),
            by=by,
            occasion=occasion,
            reason=form.data.get("reason", "").strip() or title,
        )
        return [[t.record_type.collection, key_of(t.record), t.record.version] for t in touched]

    return _sent(request, by, form, effect) or _page(
        request, operation.title, form, law=operation.legal_basis, back="", verb=_("Thực hiện")
    )


def _page(request: HttpRequest, title: Any, form: forms.Form, **more: Any) -> HttpResponseBase:
    """The page of a form: new, or as it was sent, with what is wrong."""
    common = {
        "form": form,
        "once": request.POST.get(door.ONCE) or door.fresh_once(),
        "status": 422 if form.errors else 200,
    }
    return door.show(request, "form", title, **{**common, **more})


def _sent(
    request: HttpRequest,
    by: Actor,
    form: forms.Form,
    effect: Callable[[], list[list[Any]]],
    *,
    stale: bool = False,
) -> HttpResponseBase | None:
    """Do what a form asks once, and go to the record; None for a form to be shown (again)."""
    if request.method != "POST":
        return None
    try:
        touched = door.once(request, by, effect)
    except (Invalid, Conflict, Stale) as problem:
        if stale and isinstance(problem, Stale):
            raise
        entries.write_alone(problem)
        blame(form, problem)
        return None
    collection, key, _version = touched[0]
    return redirect(url_of(record_types()[collection], key))


def with_reason(form: forms.Form, write: Callable[[str], Record]) -> list[list[Any]]:
    """Write for the reason that was typed; returns what was touched. Without a reason nothing stays
    written: Invalid is raised within the transaction, after what else is wrong is known, so that a form
    is mended once."""
    text = " ".join(str(form.data.get("reason", "")).split())[:1000]
    missing = [Fault("reason", "missing", _("Say why: this is kept with the change."))]
    try:
        made = write(text or NO_REASON)
    except Invalid as problem:
        if not text:
            problem.faults = (*problem.faults, *missing)
        raise
    if not text:
        raise Invalid(faults=missing)
    return [[type_of(type(made)).collection, key_of(made), made.version]]


def _version(request: HttpRequest, seen: Disclosed) -> int:
    said = request.POST.get("version", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else seen.version
