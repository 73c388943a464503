"""Sessions in the database, under keys that can be keys."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """Django's, but a key is letters and digits: a cookie may hold anything, NUL too."""

    def _validate_session_key(self, key: Any) -> bool:
        return bool(key) and len(key) >= 8 and key.isascii() and key.isalnum()
