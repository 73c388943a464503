"""What the traffic police does in one go (Circular 79/2024/TT-BCA)."""

from __future__ import annotations

import datetime
from copy import copy
from typing import Annotated, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from records.access import numbers
from records.changes import Work
from records.errors import Conflict, Fault, Invalid
from records.fields import Choice, Date
from records.registry import Input, Operation
from vehicles.models import (
    Plate,
    PlateColour,
    PlateKind,
    RecoveryGround,
    Registration,
    Use,
    Vehicle,
)
from vehicles.validators import Plate as PlateNumber, fits, has_five_digits, years_after

REGISTER_BASIS = (
    "Luật Trật tự, an toàn giao thông đường bộ 36/2024/QH15, Điều 39; Thông tư 79/2024/TT-BCA"
)
TRANSFER_BASIS = "Thông tư 79/2024/TT-BCA: đăng ký sang tên xe, biển số định danh (Điều 3)"
RECOVER_BASIS = "Thông tư 79/2024/TT-BCA: thu hồi chứng nhận đăng ký xe, biển số xe"
COLOUR_BASIS = (
    "Luật Trật tự, an toàn giao thông đường bộ 36/2024/QH15, Điều 36; Thông tư 79/2024/TT-BCA"
)

Ended = Registration.Status
YEARS_KEPT = 5
#: The grounds after which a vehicle is never registered again.
FOR_GOOD = frozenset(
    {RecoveryGround.DESTROYED, RecoveryGround.PAST_SERVICE, RecoveryGround.DISMOUNTED}
)
DESCRIBED = (
    "chassis_no", "vehicle_class", "make", "model", "engine_no", "colour", "production_year", "seats",
    "fuel",
)  # fmt: skip
OWNING = ("owner_kind", "owner_id", "owner_name", "owner_address")
DAY = datetime.timedelta(days=1)


def like(model: type[models.Model], name: str) -> Any:
    """The field of a record, for an input that says the same."""
    return copy(model._meta.get_field(name))


class OfVehicle(Input):
    """The vehicle an act is about."""

    chassis_no: Annotated[str, like(Vehicle, "chassis_no")]


class Ownership(OfVehicle):
    """In whose name a vehicle is registered, for what use, under which plate and certificate."""

    owner_kind: Annotated[str, like(Registration, "owner_kind")]
    owner_id: Annotated[str, like(Registration, "owner_id")]
    owner_name: Annotated[str | None, like(Registration, "owner_name")]
    owner_address: Annotated[str | None, like(Registration, "owner_address")]
    use: Annotated[str | None, like(Registration, "use")]
    plate: Annotated[str | None, PlateNumber(_("Biển số"), optional=True)]
    plate_colour: Annotated[
        str | None, Choice(_("Màu biển"), choices=PlateColour.choices, optional=True)
    ]
    certificate_no: Annotated[str, like(Registration, "certificate_no")]


class Registering(Ownership):
    """A vehicle as its papers describe it, and in whose name it is registered."""

    plate: Annotated[str, like(Plate, "plate")]
    registered_on: Annotated[datetime.date, Date(_("Ngày đăng ký"), future=False)]
    vehicle_class: Annotated[str, like(Vehicle, "vehicle_class")]
    make: Annotated[str, like(Vehicle, "make")]
    model: Annotated[str | None, like(Vehicle, "model")]
    engine_no: Annotated[str | None, like(Vehicle, "engine_no")]
    colour: Annotated[str | None, like(Vehicle, "colour")]
    production_year: Annotated[int | None, like(Vehicle, "production_year")]
    seats: Annotated[int | None, like(Vehicle, "seats")]
    fuel: Annotated[str | None, like(Vehicle, "fuel")]


class Transfer(Ownership):
    """A vehicle that changes hands: to whom, and which plate it will bear."""

    transferred_on: Annotated[datetime.date, Date(_("Ngày sang tên"), future=False)]


class Recovery(Input):
    """A plate that comes back to the office."""

    plate: Annotated[str, like(Plate, "plate")]
    recovered_on: Annotated[datetime.date, Date(_("Ngày thu hồi"), future=False)]


class ChangeOfUse(OfVehicle):
    """A vehicle that enters or leaves transport business, and the certificate that says so."""

    use: Annotated[str, Choice(_("Mục đích sử dụng mới"), choices=Use.choices)]
    certificate_no: Annotated[str, like(Registration, "certificate_no")]
    changed_on: Annotated[datetime.date, Date(_("Ngày cấp đổi"), future=False)]


class Deregistration(OfVehicle):
    """A vehicle that is registered no longer, and why."""

    ground: Annotated[str, Choice(_("Căn cứ thu hồi"), choices=RecoveryGround.choices)]
    deregistered_on: Annotated[datetime.date, Date(_("Ngày thu hồi"), future=False)]


def register_vehicle(work: Work, given: Registering) -> None:
    """Registers a vehicle: records it where it is not yet, issues its plate and opens the registration.

    The plate is new, from the pool, or one that is kept for this owner.
    """
    said = {name: getattr(given, name) for name in DESCRIBED}
    if Vehicle.objects.filter(chassis_no=given.chassis_no).exists():
        vehicle = work.get(Vehicle, given.chassis_no, field="chassis_no")
        work.amend(vehicle, {name: value for name, value in said.items() if value is not None})
    else:
        vehicle = work.create(Vehicle, said)
    if vehicle.status == Vehicle.Status.SCRAPPED:
        text = _("This vehicle was withdrawn for good and is not registered again.")
        raise Conflict(text, code="scrapped")
    if _in_force(vehicle_id=vehicle.chassis_no):
        text = _("This vehicle is registered. What changes hands is transferred.")
        raise Conflict(text, code="registered")
    colour = _colour(given.use, given.plate_colour)
    plate = _issue(work, vehicle, given.plate, given, colour, on=given.registered_on)
    _open(work, given, plate, given, use=given.use, on=given.registered_on)


def transfer_vehicle(work: Work, given: Transfer) -> None:
    """Transfers a vehicle to another person or firm.

    The seller's registration ends the day before and the plate is recovered; an identified one stays the
    seller's for five years. The vehicle gets a new plate, or the one that is kept for the buyer where
    none is named; a plate won at auction may go with it.
    """
    vehicle, held = _registered(work, given.chassis_no)
    if _same_owner(held.owner_id, given.owner_id):
        raise Conflict(_("The vehicle is registered in this owner's name."), code="same_owner")
    _later(given.transferred_on, held, "transferred_on")
    _end(work, held, Ended.TRANSFERRED, given.transferred_on)
    colour = _colour(given.use, given.plate_colour)
    number = given.plate or _kept_for(given.owner_id, vehicle)
    plate = work.get(Plate, held.plate_id, field="plate")
    if number == plate.plate:
        if plate.kind != PlateKind.AUCTIONED:
            text = _("The plate stays with the seller. Name another one for the buyer.")
            raise Conflict(text, code="plate_stays")
        buyer = {"owner_kind": given.owner_kind, "owner_id": given.owner_id}
        plate = work.amend(plate, {**buyer, "colour": colour})
    else:
        _recover(work, plate, held, given.transferred_on)
        plate = _issue(work, vehicle, number, given, colour, on=given.transferred_on)
    _open(work, given, plate, given, use=given.use, on=given.transferred_on)


def recover_plate(work: Work, given: Recovery) -> None:
    """Recovers a plate and the certificate that goes with it, as when the owner has sold the vehicle.

    An identified plate stays its owner's for five years; an ordinary one may be issued to anybody.
    """
    plate = work.get(Plate, given.plate, field="plate")
    if plate.status in {Plate.Status.POOL, Plate.Status.RECOVERED, Plate.Status.CANCELLED}:
        raise Conflict(_("Nobody has this plate."), code="not_issued")
    owner: Plate | Registration = plate
    if key := _in_force(plate_id=plate.plate):
        owner = held = work.get(Registration, key, field="plate")
        _later(given.recovered_on, held, "recovered_on")
        _end(work, held, Ended.RECOVERED, given.recovered_on, ground=RecoveryGround.TRANSFER)
    _recover(work, plate, owner, given.recovered_on)


def change_plate_colour(work: Work, given: ChangeOfUse) -> None:
    """Changes a plate's colour when its vehicle enters transport business (yellow) or leaves it (white).

    The number stays; a new certificate says the new use.
    """
    _vehicle, held = _registered(work, given.chassis_no)
    if (held.use or Use.PRIVATE) == given.use:
        raise Conflict(_("The vehicle is used so already."), code="same_use")
    _later(given.changed_on, held, "changed_on")
    plate = work.get(Plate, held.plate_id, field="plate")
    if plate.colour not in {PlateColour.WHITE, PlateColour.YELLOW}:
        text = _("Blue and red plates are not for transport business.")
        raise Conflict(text, code="colour_fixed")
    _end(work, held, Ended.REPLACED, given.changed_on)
    work.amend(plate, {"colour": _colour(given.use, None)})
    _open(work, given, plate, held, use=given.use, on=given.changed_on)


def deregister_vehicle(work: Work, given: Deregistration) -> None:
    """Ends a vehicle's registration for good or until it is registered anew, and recovers its plate."""
    vehicle, held = _registered(work, given.chassis_no)
    _later(given.deregistered_on, held, "deregistered_on")
    plate = work.get(Plate, held.plate_id, field="plate")
    _end(work, held, Ended.RECOVERED, given.deregistered_on, ground=given.ground)
    _recover(work, plate, held, given.deregistered_on)
    if given.ground in FOR_GOOD:
        work.amend(vehicle, {"status": Vehicle.Status.SCRAPPED})


def _in_force(**where: Any) -> str | None:
    """The certificate of a vehicle's or plate's registration in force."""
    held = Registration.objects.filter(**where, closed_on=None, valid_to=None)
    return held.values_list("certificate_no", flat=True).first()


def _registered(work: Work, chassis_no: str) -> tuple[Vehicle, Registration]:
    """A vehicle and its registration in force, locked. Raises Invalid, Conflict."""
    vehicle = work.get(Vehicle, chassis_no, field="chassis_no")
    key = _in_force(vehicle_id=vehicle.chassis_no)
    if key is None:
        raise Conflict(_("This vehicle is not registered."), code="not_registered")
    return vehicle, work.get(Registration, key, field="chassis_no")


def _same_owner(one: str | None, other: str) -> bool:
    """Whether two numbers are one owner's: a person's number can have been replaced."""
    return one is not None and numbers.newest(one) == numbers.newest(other)


def _later(on: datetime.date, held: Registration, field: str) -> None:
    """Raise Invalid for a day that leaves the registration held so far none."""
    if on <= held.valid_from:
        text = _("This is not later than the first day of the registration in force.")
        raise Invalid(faults=[Fault(field, "range", text)])


def _colour(use: str | None, asked: str | None) -> str:
    """The colour of a plate: yellow in transport business, and only there; white where none is asked."""
    yellow = use == Use.TRANSPORT
    colour = asked or (PlateColour.YELLOW if yellow else PlateColour.WHITE)
    if (colour == PlateColour.YELLOW) is not yellow:
        text = _("Vehicles in transport business have yellow plates, and no others have.")
        raise Invalid(faults=[Fault("plate_colour", "conflict", text)])
    return colour


def _kept_for(owner_id: str, vehicle: Vehicle) -> str:
    """The one plate that is kept for an owner and fits a vehicle. Raises Invalid."""
    kept = Plate.objects.filter(
        owner_id__in=numbers.all_numbers([owner_id]), status=Plate.Status.RECOVERED, closed_on=None
    ).values_list("plate", flat=True)
    fitting = [number for number in kept if fits(number, vehicle.vehicle_class)]
    if len(fitting) != 1:
        text = _("Name the plate: none is kept for the buyer, or more than one.")
        raise Invalid(faults=[Fault("plate", "missing", text)])
    return fitting[0]


def _issue(
    work: Work, vehicle: Vehicle, number: str, owner: Ownership, colour: str, *, on: datetime.date
) -> Plate:
    """The plate of a number, issued to an owner: new, from the pool, recovered, or kept for this owner.

    What is issued is an identified plate, since 15 August 2023. Raises Conflict.
    """
    if not fits(number, vehicle.vehicle_class):
        text = _("A plate of this shape is not for a vehicle of this class.")
        raise Conflict(text, code="plate_of_another_class")
    if not has_five_digits(number, vehicle.vehicle_class):
        text = _("A plate of four digits is not issued any more. Name one of five digits.")
        raise Conflict(text, code="plate_of_four_digits")
    values = {
        "status": Plate.Status.ISSUED,
        "colour": colour,
        "owner_kind": owner.owner_kind,
        "owner_id": owner.owner_id,
    }
    if not Plate.objects.filter(plate=number).exists():
        return work.create(Plate, {"plate": number, "kind": PlateKind.IDENTIFIED, **values})
    plate = work.get(Plate, number, field="plate")
    if plate.status not in {Plate.Status.POOL, Plate.Status.RECOVERED}:
        raise Conflict(_("This plate is issued, lost, damaged or cancelled."), code="plate_taken")
    kept = plate.owner_id is not None and (plate.bound_until is None or on <= plate.bound_until)
    if kept and not _same_owner(plate.owner_id, owner.owner_id):
        raise Conflict(_("This plate is kept for another owner."), code="plate_kept")
    if plate.kind == PlateKind.ORDINARY:
        values["kind"] = PlateKind.IDENTIFIED
    return work.amend(plate, {**values, "bound_until": None})


def _recover(work: Work, plate: Plate, owner: Plate | Registration, on: datetime.date) -> None:
    """Take a plate back: an ordinary one is nobody's, another is kept for its owner for five years."""
    kept = plate.kind != PlateKind.ORDINARY and owner.owner_id is not None
    values = {
        "status": Plate.Status.RECOVERED,
        "owner_kind": owner.owner_kind if kept else None,
        "owner_id": owner.owner_id if kept else None,
        "bound_until": years_after(on, YEARS_KEPT) if kept else None,
    }
    work.amend(plate, values)


def _open(
    work: Work,
    given: Ownership | ChangeOfUse,
    plate: Plate,
    owner: Ownership | Registration,
    *,
    use: str | None,
    on: datetime.date,
) -> None:
    """A new registration of the vehicle and under the certificate that are given, in an owner's name."""
    values = {name: getattr(owner, name) for name in OWNING}
    own = {"certificate_no": given.certificate_no, "chassis_no": given.chassis_no}
    work.create(Registration, {**own, **values, "plate": plate.plate, "use": use, "valid_from": on})


def _end(
    work: Work, held: Registration, how: str, on: datetime.date, *, ground: str | None = None
) -> None:
    """End a registration the day before `on`."""
    work.amend(held, {"status": how, "valid_to": on - DAY, "recovery_ground": ground})


OPERATIONS = (
    Operation(
        run=register_vehicle,
        title=_("Đăng ký xe"),
        legal_basis=REGISTER_BASIS,
        input=Registering,
        example={
            "chassis_no": "RL4BF3FE5N9500123", "vehicle_class": "car", "make": "TOYOTA", "model": "VIOS",
            "production_year": 2022, "seats": 5, "fuel": "petrol", "plate": "61K-123.45",
            "certificate_no": "ĐK61-123456", "owner_kind": "person", "owner_id": "074085001234",
            "owner_name": "Nguyễn Văn An", "owner_address": "12 Yersin, phường Thủ Dầu Một",
            "use": "private", "registered_on": "2026-03-02",
        },
    ),
    Operation(
        run=transfer_vehicle,
        title=_("Sang tên xe"),
        legal_basis=TRANSFER_BASIS,
        input=Transfer,
        example={
            "chassis_no": "RL4BF3FE5N9500123", "certificate_no": "ĐK61-123457",
            "owner_kind": "enterprise", "owner_id": "3701234562",
            "owner_name": "Công ty TNHH Vận tải Bình Minh", "use": "transport", "plate": "61K-678.90",
            "transferred_on": "2026-06-15",
        },
    ),
    Operation(
        run=recover_plate,
        title=_("Thu hồi biển số"),
        legal_basis=RECOVER_BASIS,
        input=Recovery,
        example={"plate": "61K-123.45", "recovered_on": "2026-06-15"},
    ),
    Operation(
        run=change_plate_colour,
        title=_("Đổi màu biển khi vào, ra kinh doanh vận tải"),
        legal_basis=COLOUR_BASIS,
        input=ChangeOfUse,
        example={
            "chassis_no": "RL4BF3FE5N9500123", "use": "transport", "certificate_no": "ĐK61-123458",
            "changed_on": "2026-06-15",
        },
    ),
    Operation(
        run=deregister_vehicle,
        title=_("Thu hồi đăng ký xe"),
        legal_basis=RECOVER_BASIS,
        input=Deregistration,
        example={
            "chassis_no": "RL4BF3FE5N9500123",
            "ground": "destroyed",
            "deregistered_on": "2026-06-15",
        },
    ),
)  # fmt: skip
