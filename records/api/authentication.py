"""Who calls: a partner's system with an access token. Everything else is refused."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from records.access import tokens
from records.actors import Actor
from records.errors import Unauthenticated


def challenge(problem: Unauthenticated) -> Unauthenticated:
    """The same problem with the header that RFC 6750 asks for."""
    error = ', error="invalid_token"' if problem.code != Unauthenticated.code else ""
    problem.headers["WWW-Authenticate"] = f'Bearer realm="ho-so"{error}'
    return problem


class PartnerToken(BaseAuthentication):
    """`Authorization: Bearer …` (RFC 6750) with one of our own tokens (RFC 9068)."""

    def authenticate(self, request: Request) -> tuple[Actor, None]:
        scheme, _sep, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if not token or scheme.lower() != "bearer":
            raise challenge(Unauthenticated())
        try:
            return tokens.actor_of(token.strip()), None
        except Unauthenticated as problem:
            raise challenge(problem) from None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="ho-so"'


class Identified(BasePermission):
    """Somebody is there. What they may do is asked by disclosure and changes, once, with the purpose."""

    message = _("Say who you are: send a valid access token.")

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.user, Actor)
