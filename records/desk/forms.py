"""Forms made from a record type's fields; what a value must be is judged where it is written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from records import mending
from records.errors import Fault, Invalid, Problem
from records.fields import Choice, Date, PartialDate, PersonalId, Phone, Text, UnitCode
from records.quantities import Decimal
from records.registry import RecordType
from records.units.snapshot import snapshot
from records.wording import of_field

ANY = _("— tất cả —")
NONE = _("— không có —")
DAY = "dd/mm/yyyy"


def form_of(
    fields: Mapping[str, models.Field[Any, Any]],
    *,
    needed: Iterable[str] = (),
    empty: Any = NONE,
    reason: bool = False,
    hidden_initial: bool = False,
) -> type[forms.Form]:
    """A form with a text or a choice for each field. `needed` are marked; `reason` asks why."""
    wanted = set(needed)
    made: dict[str, forms.Field] = {
        name: _form_field(field, needed=name in wanted, empty=empty, hidden_initial=hidden_initial)
        for name, field in fields.items()
    }
    if reason:
        made["reason"] = forms.CharField(
            label=_("Lý do"),
            required=False,
            max_length=1000,
            widget=forms.Textarea(attrs={"rows": 2, "aria-required": "true"}),
            help_text=_("Được lưu cùng thay đổi; người dân đọc được."),
        )
    return type("DeclaredForm", (forms.Form,), made)


def name_units(form: forms.Form, fields: Mapping[str, models.Field[Any, Any]]) -> forms.Form:
    """Write beside each unit's code what the unit is called."""
    for name, field in fields.items():
        said = form[name].value() if isinstance(field, UnitCode) else ""
        known = snapshot().at(str(said)) if said else None
        if known:
            form[name].help_text = known.full_name
    return form


def _form_field(
    field: models.Field[Any, Any], *, needed: bool, empty: Any, hidden_initial: bool
) -> forms.Field:
    common: dict[str, Any] = {
        "label": field.verbose_name,
        "required": False,
        "show_hidden_initial": hidden_initial,
    }
    attrs: dict[str, Any] = {"aria-required": "true"} if needed else {}
    if isinstance(field, Choice):
        choices = [("", empty), *field.flatchoices]
        return forms.ChoiceField(choices=choices, widget=forms.Select(attrs=attrs), **common)
    attrs |= {"autocomplete": "off", "spellcheck": "false"}
    if isinstance(field, Date | PartialDate):
        attrs |= {"placeholder": DAY, "inputmode": "numeric"}
    elif isinstance(field, models.IntegerField | PersonalId | Phone | UnitCode):
        attrs["inputmode"] = "numeric"
    elif isinstance(field, Decimal):
        attrs["inputmode"] = "decimal"
    help_text: Any = ""
    if isinstance(field, PartialDate):
        help_text = _("Nếu chỉ biết tháng hoặc năm, ghi mm/yyyy hoặc yyyy.")
    elif isinstance(field, Text) and field.shape:
        help_text = field.explain
    return forms.CharField(
        strip=True,
        max_length=2000,
        widget=forms.TextInput(attrs=attrs),
        help_text=help_text,
        **common,
    )


def written(field: models.Field[Any, Any], value: Any) -> str:
    """A value as it stands in a form."""
    if value is None:
        return ""
    if isinstance(field, Choice | UnitCode):
        return str(value)
    return str(of_field(field, value))


def meant(field: models.Field[Any, Any], text: str) -> Any:
    """What a text typed into a form means: its normal form where it can be read so, None where blank."""
    text = " ".join(text.split())
    if not text:
        return None
    mended, _repaired = field.mend(text)  # type: ignore[attr-defined]
    if isinstance(field, PersonalId) and len(mending.digits(text)) != field.length:
        # Zeros are lost by spreadsheets, not by people who type.
        return text
    if isinstance(field, models.IntegerField):
        return int(mended) if re.fullmatch("-?[0-9]{1,18}", mended) else mended
    return mended


def values_in(
    form: forms.Form, fields: Mapping[str, models.Field[Any, Any]], *, changed: bool = False
) -> dict[str, Any]:
    """Field → what a bound form's texts mean; with `changed`, only those that were typed anew.

    Raises Invalid for what no field can hold: a choice that is none, control characters, a book.
    """
    if not form.is_valid():
        wrong = [Fault(n, "format", str(e[0])) for n, e in form.errors.items() if e]
        raise Invalid(faults=wrong)
    names = [n for n in fields if not changed or n in form.changed_data]
    return {name: meant(fields[name], form.cleaned_data.get(name) or "") for name in names}


def blame(form: forms.Form, problem: Problem) -> None:
    """Write what is wrong beside each field of a form, and the rest above it."""
    form.is_valid()
    for fault in problem.faults:
        text = _in_words(form, fault)
        if text in form.errors.get(fault.field, ()):
            continue
        form.add_error(fault.field if fault.field in form.fields else None, text)
    if not problem.faults:
        form.add_error(None, str(problem.detail))


def _in_words(form: forms.Form, fault: Fault) -> str:
    """A fault as somebody at a form reads it: days as they are typed there, and no API's addresses."""
    field = form.fields.get(fault.field)
    if field and fault.code == "format" and field.widget.attrs.get("placeholder") == DAY:
        return str(_("Không có ngày này. Ghi ngày/tháng/năm, ví dụ 02/06/1985."))
    code = str(form[fault.field].value()) if field else ""
    if fault.code == "unknown_unit" and snapshot().at(code) is None:
        return str(_("No unit ever had the code %(code)s.")) % {"code": code}
    return str(fault.detail)


def filter_form(record_type: RecordType, given: Mapping[str, Any]) -> forms.Form:
    """The form of a list's filters, filled with what was asked."""
    fields = {name: record_type.value_field(name) for name in record_type.filters}
    return form_of(fields, empty=ANY)(given)


def filters_in(record_type: RecordType, form: forms.Form) -> dict[str, str]:
    """Column → what to filter by, of the filters that say something."""
    fields = {name: record_type.value_field(name) for name in record_type.filters}
    found = values_in(form, fields)
    return {name: str(value) for name, value in found.items() if value is not None}
