"""Access tokens (RFC 9068): signed here, good for five minutes, read by this service alone."""

from __future__ import annotations

import hashlib
import threading
import time
import uuid
from functools import lru_cache
from pathlib import Path
from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidClientError
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from records.access.grants import agreed_with, snapshot
from records.actors import Actor
from records.errors import Unauthenticated

LIFETIME = 300
ALGORITHM = "Ed25519"
MOST_REMEMBERED = 10_000

_known: dict[bytes, tuple[float, str, frozenset[str]]] = {}
_lock = threading.Lock()


@lru_cache(maxsize=1)
def _key() -> OKPKey:
    return OKPKey.import_key(Path(settings.TOKEN_KEY_FILE).read_bytes())


def audience() -> str:
    return f"{settings.HOSO_BASE_URL}/api/v1"


def issue(client_id: str, requested: str | None) -> dict[str, Any]:
    """An OAuth token reply for a client that has proved itself.

    Its scopes are those that today's agreements give, cut to those `requested` (blank-separated).
    Raises InvalidClientError for one that was suspended meanwhile.
    """
    partner = snapshot().partners.get(client_id)
    if partner is None:
        raise InvalidClientError(description="This client may not sign in now.")
    given = {a.scope for a in agreed_with(partner.agency)}
    scopes = sorted(given & set(requested.split()) if requested else given)
    now = int(time.time())
    claims = {
        "iss": settings.HOSO_BASE_URL,
        "sub": client_id,
        "client_id": client_id,
        "aud": audience(),
        "iat": now,
        "exp": now + LIFETIME,
        "jti": str(uuid.uuid4()),
        "scope": " ".join(scopes),
    }
    token = jwt.encode({"alg": ALGORITHM, "typ": "at+jwt"}, claims, _key(), algorithms=[ALGORITHM])
    return {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": LIFETIME,
        "scope": claims["scope"],
    }


def actor_of(token: str) -> Actor:
    """The partner that `token` speaks for. Raises Unauthenticated.

    A token is verified once and then known by its digest until it expires; whether its client may
    still sign in is asked each time.
    """
    digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
    known = _known.get(digest)
    if known is None:
        known = _remember(digest, _verified(token))
    expires, client_id, scopes = known
    if expires <= time.time():
        raise Unauthenticated(_("The access token has expired. Ask for a new one."), code="expired")
    partner = snapshot().partners.get(client_id)
    if partner is None:
        raise Unauthenticated(_("This client may not sign in now."), code="suspended")
    return Actor("partner", client_id, partner.name, partner.agency, partner.agency_name, scopes)


def _verified(token: str) -> tuple[float, str, frozenset[str]]:
    try:
        found = jwt.decode(token, _key(), algorithms=[ALGORITHM])
        claims = found.claims
        jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": settings.HOSO_BASE_URL},
            aud={"essential": True, "value": audience()},
            exp={"essential": True},
            client_id={"essential": True},
        ).validate(claims)
    except (JoseError, ValueError, TypeError) as error:
        raise Unauthenticated(
            _("The access token is not valid. Ask for a new one."), code="invalid_token"
        ) from error
    if found.header.get("typ") != "at+jwt":
        raise Unauthenticated(_("This is not an access token."), code="invalid_token")
    return float(claims["exp"]), claims["client_id"], frozenset(claims.get("scope", "").split())


def _remember(
    digest: bytes, found: tuple[float, str, frozenset[str]]
) -> tuple[float, str, frozenset[str]]:
    with _lock:
        if len(_known) >= MOST_REMEMBERED:
            now = time.time()
            for old in [d for d, (expires, *_rest) in _known.items() if expires <= now]:
                del _known[old]
        if len(_known) < MOST_REMEMBERED:
            _known[digest] = found
    return found
