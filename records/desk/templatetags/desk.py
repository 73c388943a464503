"""How numbers, names and durations are written at the desk."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils import formats
from django.utils.translation import gettext as _, ngettext

from records.registry import RecordType

register = template.Library()


@register.filter
def verbose(model: Any) -> Any:
    """What a model is called."""
    return model._meta.verbose_name


@register.filter
def list_url(record_type: RecordType) -> str:
    """The address of a collection's list."""
    return reverse(f"admin:list-{record_type.collection}")


@register.filter
def grouped(number: float) -> str:
    """A whole number with its thousands set apart: 1.234.567 in Vietnamese."""
    mark = "." if formats.get_format("DECIMAL_SEPARATOR") == "," else ","
    return f"{round(number):,}".replace(",", mark)


@register.filter
def percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


@register.filter
def duration(seconds: float) -> str:
    """Seconds in words."""
    if seconds < 90:
        return ngettext("%(n)d second", "%(n)d seconds", round(seconds)) % {"n": round(seconds)}
    minutes = round(seconds / 60)
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}


@register.filter
def of(counts: dict[str, int], name: str) -> int:
    """One of several counts."""
    return counts.get(name, 0)


@register.filter
def unlocal(number: float) -> str:
    """A number as HTML reads it."""
    return repr(number)


@register.filter
def warned(warning: dict[str, Any]) -> str:
    """A warning kept with a record, in words."""
    if warning["code"] == "repaired":
        return _("Put right on the way in; it was: %(raw)s") % {"raw": warning["detail"]}
    if warning["code"] == "foreign_reference":
        return _("This person or firm is not recorded in our registries.")
    return str(warning["detail"])
