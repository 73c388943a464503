"""Who acts, and on what occasion."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["partner", "clerk", "citizen", "system", "public"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or something that reads or writes.

    `id` is the OAuth client, the username, the personal id or the task's name, by kind; the public has
    none. The names
    are copied into audit and history as they are now, because those outlive what they describe.
    """

    kind: Kind
    id: str
    name: str
    agency: str = ""
    agency_name: str = ""
    scopes: frozenset[str] = frozenset()

    # What Django REST framework asks of a user.
    is_authenticated = True
    is_active = True

    @property
    def pk(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why, and in which request, somebody acts. `purpose` is a code of an agreement."""

    purpose: str
    case_reference: str = ""
    address: str | None = None
    request_id: uuid.UUID = field(default_factory=uuid.uuid4)


#: Whoever reads what is open to all, without saying who they are.
PUBLIC = Actor(kind="public", id="", name="")


def system(task: str) -> Actor:
    """The service itself, at work on `task`."""
    return Actor(kind="system", id=task, name=task)
