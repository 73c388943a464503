"""Where a page ended: signed, bound to the question it answers, and never a name or a number."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.core import signing
from django.utils.translation import gettext_lazy as _

from records.errors import Malformed

SALT = "records.cursor"


def dump(last: Any, question: Mapping[str, Any]) -> str:
    """A cursor that goes on after `last` (an id) in the answer to `question`."""
    return signing.dumps([str(last), _digest(question)], salt=SALT)


def load(cursor: str, question: Mapping[str, Any]) -> str:
    """What `dump` was given. Raises Malformed for a cursor of another question, or none at all."""
    try:
        last, digest = signing.loads(cursor, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        last, digest = "", ""
    if digest != _digest(question):
        raise Malformed(
            _("This cursor belongs to another question. Begin again without a cursor."),
            code="cursor",
        )
    return str(last)


def _digest(question: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()[:16]
