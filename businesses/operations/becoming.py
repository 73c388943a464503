"""What becomes of a firm: suspended, resumed, dissolved, no more."""

from __future__ import annotations

import datetime
from typing import Annotated

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from businesses.models import Branch, Enterprise
from businesses.operations.steps import DAY, OfAFirm, Status, since_founded, wrong
from records.changes import Work
from records.errors import Conflict
from records.fields import Date

#: How long before its first day a suspension may be entered: from then on the firm is shown suspended.
AHEAD = datetime.timedelta(days=30)
NOTICE, WEEKDAYS = 3, 5


class Suspension(OfAFirm):
    """From which day to which a firm suspends its business."""

    suspended_from: Annotated[datetime.date, Date(_("Tạm ngừng từ ngày"))]
    suspended_until: Annotated[datetime.date, Date(_("Tạm ngừng đến ngày"))]
    notified_on: Annotated[
        datetime.date | None, Date(_("Ngày nhận thông báo"), optional=True, future=False)
    ]


class Resumption(OfAFirm):
    """From which day a firm does business again."""

    resumes_on: Annotated[datetime.date, Date(_("Ngày tiếp tục kinh doanh"), future=False)]


class Dissolution(OfAFirm):
    """The day of the resolution or decision to dissolve."""

    resolved_on: Annotated[datetime.date, Date(_("Ngày nghị quyết, quyết định"), future=False)]


class End(OfAFirm):
    """The day on which a firm ceases to be."""

    ended_on: Annotated[datetime.date, Date(_("Ngày chấm dứt tồn tại"), future=False)]


def suspend_enterprise(work: Work, given: Suspension) -> None:
    """Suspends a firm's business, its branches with it; or prolongs it by one more notice.

    A notice is for a year at most, and comes three working days before; several may follow each other.
    """
    firm = work.get(Enterprise, given.enterprise_code, field="enterprise_code")
    begins, ends = given.suspended_from, given.suspended_until
    if ends < begins:
        raise wrong("suspended_until", "range", _("The last day lies before the first."))
    # The same day of the next year, or the first of March, is a day too late.
    if (ends.year, ends.month, ends.day) >= (begins.year + 1, begins.month, begins.day):
        raise wrong("suspended_until", "range", _("One notice suspends for a year at most."))
    since_founded(firm, begins, "suspended_from")
    if begins > timezone.localdate() + AHEAD:
        raise wrong("suspended_from", "range", _("The first day is more than 30 days ahead."))
    if given.notified_on and not _in_time(given.notified_on, begins):
        text = _("A notice comes three working days before the first day.")
        raise wrong("notified_on", "range", text)
    if firm.status == Status.SUSPENDED and firm.suspended_until:
        if begins <= firm.suspended_until:
            text = _("The enterprise is suspended on this day already.")
            raise Conflict(text, code="suspended_already", until=str(firm.suspended_until))
        # Without a gap it is one suspension that goes on.
        if begins == firm.suspended_until + DAY and firm.suspended_from:
            begins = firm.suspended_from
    values = {"suspended_from": begins, "suspended_until": ends, "status": Status.SUSPENDED}
    work.amend(firm, values)
    for branch in firm.branches(Branch.Status.ACTIVE):
        work.amend(branch, {"status": Branch.Status.SUSPENDED})


def resume_enterprise(work: Work, given: Resumption) -> None:
    """Has a suspended firm do business again, with the branches that its suspension put to sleep.

    Somebody must represent it.
    """
    firm = work.get(Enterprise, given.enterprise_code, field="enterprise_code")
    if firm.status != Status.SUSPENDED:
        raise Conflict(_("This enterprise is not suspended."), code="not_suspended")
    if firm.suspended_from and given.resumes_on <= firm.suspended_from:
        raise wrong("resumes_on", "range", _("The suspension did not last a day until then."))
    if not firm.represented(given.resumes_on):
        text = _("An active enterprise has a legal representative. Appoint one first.")
        raise Conflict(text, code="not_represented")
    work.amend(firm, {"suspended_from": None, "suspended_until": None, "status": Status.ACTIVE})
    for branch in firm.branches(Branch.Status.SUSPENDED):
        if branch.suspended_by("suspend-enterprise"):
            work.amend(branch, {"status": Branch.Status.ACTIVE})


def begin_dissolution(work: Work, given: Dissolution) -> None:
    """Enters that a firm is being dissolved: by its owners' resolution, or because it was revoked."""
    firm = work.get(Enterprise, given.enterprise_code, field="enterprise_code")
    since_founded(firm, given.resolved_on, "resolved_on")
    if firm.status == Status.DISSOLVING and not firm.closed_on:
        text = _("This enterprise is being dissolved already.")
        raise Conflict(text, code="dissolving_already")
    work.amend(firm, {"status": Status.DISSOLVING})


def end_enterprise(work: Work, given: End) -> None:
    """Enters that a firm is no more, after its dissolution or bankruptcy.

    Its branches must have ended before; its officers' and owners' times end with it.
    """
    firm = work.get(Enterprise, given.enterprise_code, field="enterprise_code")
    since_founded(firm, given.ended_on, "ended_on")
    if left := firm.branches(Branch.Status.ACTIVE, Branch.Status.SUSPENDED):
        text = _("Branches must end before their enterprise does.")
        raise Conflict(text, code="branches_stand", branches=[b.branch_code for b in left])
    work.amend(firm, {"status": Status.ENDED})
    for record in firm.outlasting(given.ended_on):
        if record.valid_from > given.ended_on:
            work.close(record, on=given.ended_on)
        else:
            work.amend(record, {"valid_to": given.ended_on})


def _in_time(notified: datetime.date, begins: datetime.date) -> bool:
    """Whether a notice comes three working days, from Monday to Friday, before a suspension begins."""
    # Any five days in a row have three working days, so no more are counted.
    days = (notified + n * DAY for n in range(min((begins - notified).days, WEEKDAYS)))
    return sum(day.weekday() < WEEKDAYS for day in days) >= NOTICE
