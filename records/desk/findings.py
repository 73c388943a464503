"""What disagrees in the records of a clerk's office: work until it no longer does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from records.access import grants
from records.actors import Actor, Occasion
from records.audit import entries
from records.audit.entries import Entry
from records.desk import door
from records.desk.lists import url_of, worded
from records.errors import Malformed, Refused
from records.findings import tasks
from records.findings.models import Finding
from records.findings.rules import rules
from records.registry import record_types

PAGE = 50
#: Up to how many findings are counted: the newest.
MOST = 10_000


def theirs(by: Actor, occasion: Occasion) -> Q:
    """The condition of the open findings of records that a clerk may search."""
    where = Q(pk=None)
    for record_type in door.open_to(by):
        try:
            allowed = grants.permit(by, record_type, "search", fieldset=None, occasion=occasion)
        except Refused:
            continue
        own = Q(collection=record_type.collection)
        where |= own & Q(unit__in=allowed.units) if allowed.units else own
    return Q(ended_at=None) & where


def counted(by: Actor, occasion: Occasion) -> list[dict[str, Any]]:
    """The rules that found something for a clerk, and how often, among the newest findings."""
    some = Finding.objects.filter(theirs(by, occasion)).order_by("-pk").values("pk")[:MOST]
    found = Finding.objects.filter(pk__in=some).values_list("rule")
    numbers = dict(found.annotate(n=Count("pk")).order_by())
    return [
        {"rule": rule, "url": urlencode({"rule": name}), "number": numbers[name]}
        for name, rule in rules().items()
        if name in numbers
    ]


def listed(request: HttpRequest, by: Actor, occasion: Occasion) -> HttpResponseBase:
    """The open findings, those found first first; of one rule with `?rule=`. Audited as a look."""
    name, after = request.GET.get("rule", ""), request.GET.get("after", "")
    where = theirs(by, occasion)
    if name:
        where &= Q(rule=name)
    if after:
        try:
            where &= Q(pk__gt=UUID(after))
        except ValueError as error:
            raise Malformed(_("This address of a page is not whole.")) from error
    found = list(Finding.objects.filter(where).order_by("pk")[: PAGE + 1])
    shown = found[:PAGE]
    about = tuple(s for one in shown for s in one.subjects)
    entries.write(Entry(by, occasion, "search", "findings", name, subjects=about))
    onward = {"rule": name, "after": str(shown[-1].pk)} if len(found) > PAGE else {}
    return door.show(
        request,
        "findings",
        _("Việc cần rà soát"),
        counts=counted(by, occasion),
        lines=told(shown),
        rule=name,
        title_of_rule=rules()[name].title if name in rules() else "",
        onward=urlencode(onward),
        began=not after,
    )


def told(found: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings in words, each with the way to its record."""
    lines = []
    for one in found:
        record_type = record_types().get(one.collection)
        if record_type is None:
            continue
        lines.append(
            {
                "what": record_type.model._meta.verbose_name,
                "url": url_of(record_type, one.record_key),
                "key": "" if record_type.key == "id" else one.record_key,
                **worded(record_type, one),
            }
        )
    return lines


def again(request: HttpRequest, by: Actor, occasion: Occasion) -> HttpResponseBase:
    """Have a worker look again now."""
    if request.method == "POST" and door.open_to(by):
        entries.write(Entry(by, occasion, "configure", "findings"))
        try:
            tasks.look_for_all.apply_async(retry=False)
        except OperationalError:
            messages.error(request, _("The check cannot begin just now. Try again in a minute."))
            return redirect("admin:findings")
        messages.success(request, _("The check has begun. Look at this page again in a minute."))
    return redirect("admin:findings")
