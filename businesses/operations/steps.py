"""What the operations are made of: which firm, who may own it, who comes in whose place."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from businesses.models import HOUSEHOLDS, UNLIMITED, Enterprise, Interest, Officer
from records.access import numbers
from records.changes import Work
from records.errors import Conflict, Fault, Invalid
from records.owners import EnterpriseCode
from records.registry import Input
from records.rules import hold_numbers

DAY = datetime.timedelta(days=1)
Form, Status, Kind = Enterprise.LegalForm, Enterprise.Status, Interest.Kind
WINDING_UP = (Status.REVOKED, Status.DISSOLVING, Status.IN_BANKRUPTCY, Status.ENDED)
CODE_DIGITS = 10


class OfAFirm(Input):
    """Which firm it is about; a household business stands under its owner's number."""

    enterprise_code: Annotated[str, EnterpriseCode(_("Mã số doanh nghiệp"), households=HOUSEHOLDS)]


def answers_alone(form: str, kind: str, owner: str, field: str, *, beside: str = "") -> None:
    """Raise Invalid, Conflict where `owner` may not answer for a firm with all they have.

    Only a person does, and for one business: as owner of a private enterprise or a household's, or as
    general partner (Law 59/2020/QH14, art. 177, 180, 188). `beside`: the firm that is meant itself.
    """
    if form not in UNLIMITED and kind != Kind.GENERAL_PARTNER:
        return
    if len(owner) == CODE_DIGITS:
        raise wrong(field, "conflict", _("Only a person can own an enterprise of this form."))
    hold_numbers(*(known := numbers.all_numbers([owner])))
    if Interest.unlimited(known, timezone.localdate(), beside=beside):
        text = _("This person answers for another business with all they have.")
        raise Conflict(text, code="answers_already", field=field)


def standing(work: Work, code: str) -> Enterprise:
    """A firm that may still change what is registered. Raises Invalid, Conflict."""
    firm = work.get(Enterprise, code, field="enterprise_code")
    if firm.closed_on or firm.status in WINDING_UP:
        text = _("What is registered of this enterprise changes no more: it is being wound up.")
        raise Conflict(text, code="winding_up", status_of_enterprise=firm.status)
    return firm


def since_founded(firm: Enterprise, day: datetime.date, field: str) -> None:
    if firm.founded_on and day < firm.founded_on:
        raise wrong(field, "range", _("This lies before the enterprise was founded."))


def nobody_follows(firm: Enterprise, on: datetime.date) -> None:
    """Raise Conflict where a legal representative comes after `on`: two would represent by accident."""
    later = models.Q(valid_from__gt=on, valid_to=None) | models.Q(
        valid_from__gt=on, valid_to__gte=models.F("valid_from")
    )
    office = Officer.Office.LEGAL_REPRESENTATIVE
    found = Officer.objects.filter(later, enterprise=firm, office=office, closed_on=None)
    if following := found.order_by("valid_from").first():
        text = _("Another legal representative comes after this day. Mend that record first.")
        raise Conflict(text, code="succeeded_already", record=following.pk)


def end_before(work: Work, record: Officer | Interest, on: datetime.date, field: str) -> None:
    """Have a record hold until the day before `on`. Raises Invalid where it had not begun then."""
    if on <= record.valid_from:
        raise wrong(field, "range", _("What this ends began on this day or later."))
    work.amend(record, {"valid_to": on - DAY})


def appoint(work: Work, code: str, number: str, name: str, on: datetime.date) -> None:
    work.create(
        Officer,
        {
            "enterprise_code": code,
            "personal_id": number,
            "full_name": name,
            "office": Officer.Office.LEGAL_REPRESENTATIVE,
            "valid_from": on,
        },
    )


def wrong(field: str, code: str, text: Any) -> Invalid:
    return Invalid(faults=[Fault(field, code, text)])
