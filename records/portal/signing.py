"""Signing in and out. Until citizens sign in with VNeID there is only the demonstration's way."""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from records.portal.doors import SESSION_KEY, door, signed_out

#: A phone is lent and lost.
SESSION_SECONDS = 2 * 3600


@door("GET")
def demo_sign_in(request: HttpRequest, token: str) -> HttpResponse:
    """Sign a made-up citizen in by their link in demo.json; only in a demonstration."""
    number = demo_citizens().get(token) if settings.HOSO_DEMO else None
    if number is None:
        return signed_out(request, refused=True)
    request.session.cycle_key()
    request.session.set_expiry(SESSION_SECONDS)
    request.session[SESSION_KEY] = number
    return redirect("portal")


def demo_citizens() -> dict[str, str]:
    """The demonstration's citizens: the last part of a sign-in link → personal id."""
    book = Path(settings.HOSO_HOME) / "demo.json"
    told = json.loads(book.read_text(encoding="utf-8")) if book.exists() else {}
    return {
        citizen["sign_in_url"].rpartition("/")[2]: citizen["personal_id"]
        for citizen in told.get("citizens", [])
    }


@door("POST")
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    request.session.flush()
    return redirect("portal")
