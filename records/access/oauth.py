"""The token endpoint: client credentials, proved by the client's own key (RFC 6749, RFC 7523)."""

from __future__ import annotations

import datetime
import hashlib
import time
from typing import Any

from authlib.integrations.django_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749.errors import InvalidClientError, OAuth2Error
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from records.access import tokens
from records.access.grants import Partner, snapshot
from records.access.models import UsedAssertion

ALGORITHMS = ["Ed25519", "EdDSA", "ES256"]
LONGEST = 60
SKEW = 10


class KnownClient:
    """A partner's system, with the methods that Authlib asks of a client."""

    def __init__(self, partner: Partner) -> None:
        self.client_id = partner.client_id
        self.keys = KeySet.import_key_set({"keys": list(partner.keys)})

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return bool(method == ClientKeyProof.CLIENT_AUTH_METHOD)

    def check_grant_type(self, grant_type: str) -> bool:
        return bool(grant_type == ClientCredentialsGrant.GRANT_TYPE)


class ClientKeyProof(JWTBearerClientAssertion):
    """`private_key_jwt`: Ed25519 or ES256, at most 60 seconds long, each `jti` good once."""

    CLIENT_AUTH_METHOD = "private_key_jwt"

    def __init__(self) -> None:
        super().__init__(leeway=SKEW)

    def resolve_client_public_key(self, client: KnownClient) -> KeySet:
        return client.keys

    def get_audiences(self) -> list[str]:
        return [f"{settings.HOSO_BASE_URL}/oauth/token", settings.HOSO_BASE_URL]

    def process_assertion_claims(self, assertion: str, resolve_key: Any) -> Any:
        # Authlib's own passes no algorithms, and joserfc's default refuses EdDSA.
        try:
            claims = jwt.decode(assertion, resolve_key, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError, TypeError) as error:
            raise InvalidClientError(
                description="The assertion's signature is not valid."
            ) from error
        issued, expires = claims.get("iat"), claims.get("exp")
        if not isinstance(issued, int | float) or not isinstance(expires, int | float):
            raise InvalidClientError(description="The assertion needs iat and exp, in seconds.")
        if not 0 < expires - issued <= LONGEST or issued > time.time() + SKEW:
            raise InvalidClientError(description="The assertion lasts more than 60 seconds.")
        self.verify_claims(claims)
        return claims

    def validate_jti(self, claims: Any, jti: Any) -> bool:
        digest = hashlib.sha256(
            f"{claims['sub']}\x00{jti}".encode("utf-8", "surrogatepass")
        ).digest()
        expires = datetime.datetime.fromtimestamp(claims["exp"] + 2 * SKEW, datetime.UTC)
        try:
            with transaction.atomic():
                UsedAssertion.objects.create(digest=digest, expires_at=expires)
        except IntegrityError:
            return False
        return True


class Grant(ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = [ClientKeyProof.CLIENT_AUTH_METHOD]


class Server(AuthorizationServer):
    """Keeps no token: what was issued is in the token itself."""

    def __init__(self) -> None:
        super().__init__(None, None)
        self.register_grant(Grant)
        self.register_client_auth_method(ClientKeyProof.CLIENT_AUTH_METHOD, ClientKeyProof())
        self.register_token_generator("default", self.make_token)

    def query_client(self, client_id: str) -> KnownClient | None:
        partner = snapshot().partners.get(client_id)
        return KnownClient(partner) if partner and partner.keys else None

    def save_token(self, token: Any, request: Any) -> None:
        return None

    def make_token(self, client: KnownClient, scope: str | None = None, **_more: Any) -> Any:
        return tokens.issue(client.client_id, scope)


_server: Server | None = None


def token_reply(request: HttpRequest) -> HttpResponse:
    """Answer `POST /oauth/token` as RFC 6749 section 5 says."""
    global _server  # noqa: PLW0603
    _server = _server or Server()
    try:
        reply: HttpResponse = _server.create_token_response(request)
    except OAuth2Error as error:
        # Authlib judges the transport before its own handler stands.
        reply = _server.handle_response(*error())
    return reply
