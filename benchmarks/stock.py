"""The usual way: Django REST framework's stock parts, put together to do the same work.

A token is checked each time; the client and its agreement come from the database, in one query of
the ORM; a ModelSerializer shows the person; audit is two models. What it leaves out is in its favour:
no rate is counted, and numbers that were replaced are not followed.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models.functions import Now
from django.utils import timezone
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer
from rest_framework.viewsets import ModelViewSet

from citizens.models import Person
from records.access import tokens
from records.access.models import Client
from records.models import Uuid7

NAMES = ("personal_id", "full_name", "sex", "birth_date", "status")
CLAIMS = jwt.JWTClaimsRegistry(
    iss={"essential": True, "value": settings.HOSO_BASE_URL},
    aud={"essential": True, "value": tokens.audience()},
    exp={"essential": True},
    client_id={"essential": True},
)


class AuditEntry(models.Model):
    """The service's own table, as a model."""

    id = models.UUIDField(primary_key=True, db_default=Uuid7())
    at = models.DateTimeField(db_default=Now())
    request_id = models.UUIDField()
    actor_kind = models.TextField()
    actor_id = models.TextField()
    actor_name = models.TextField()
    agency = models.TextField()
    agency_name = models.TextField()
    agreement_id = models.UUIDField(null=True)
    purpose = models.TextField()
    legal_basis = models.TextField()
    case_reference = models.TextField()
    action = models.TextField()
    operation = models.TextField()
    collection = models.TextField()
    record_id = models.UUIDField(null=True)
    record_key = models.TextField()
    fieldset = models.TextField()
    fields = ArrayField(models.TextField())
    outcome = models.TextField()
    address = models.GenericIPAddressField(null=True)

    class Meta:
        app_label = "benchmarks"
        db_table = "audit_entry"
        managed = False


class AuditSubject(models.Model):
    """The service's own table, as a model."""

    pk = models.CompositePrimaryKey("at", "entry_id", "ord")
    at = models.DateTimeField()
    entry_id = models.UUIDField()
    ord = models.SmallIntegerField()
    subject = models.TextField()

    class Meta:
        app_label = "benchmarks"
        db_table = "audit_subject"
        managed = False


@lru_cache(maxsize=1)
def key() -> OKPKey:
    """Return the key that signs the service's tokens, read once."""
    return OKPKey.import_key(Path(settings.TOKEN_KEY_FILE).read_bytes())


class Token(BaseAuthentication):
    """`Authorization: Bearer …`: the signature and the claims, checked each time."""

    def authenticate(self, request: Request) -> tuple[str, dict[str, Any]]:
        """Return the client's id and the token's claims. Raises AuthenticationFailed."""
        _scheme, _blank, token = request.headers.get("Authorization", "").partition(" ")
        try:
            claims = jwt.decode(token, key(), algorithms=[tokens.ALGORITHM]).claims
            CLAIMS.validate(claims)
        except (JoseError, ValueError) as error:
            raise AuthenticationFailed from error
        return claims["client_id"], claims


class Agreed(BasePermission):
    """The client may sign in, and an agreement of today names the fieldset and the purpose."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Tell whether there is one, within the token's scopes; leave it on the request."""
        today = timezone.localdate()
        fieldset = request.query_params.get("fieldset", "")
        if f"people:{fieldset}" not in request.auth["scope"].split():
            return False
        request.agreed = (
            Client.objects.filter(
                models.Q(agency__agreement__valid_to=None)
                | models.Q(agency__agreement__valid_to__gte=today),
                client_id=request.user,
                active=True,
                agency__suspended=False,
                agency__agreement__collection="people",
                agency__agreement__fieldset=fieldset,
                agency__agreement__verbs__contains=["read"],
                agency__agreement__valid_from__lte=today,
                agency__agreement__purposes__code=request.headers.get("Access-Purpose", ""),
            )
            .values(
                "name",
                agency_code=models.F("agency__code"),
                agency_name=models.F("agency__name"),
                agreement_id=models.F("agency__agreement__id"),
                legal_basis=models.F("agency__agreement__purposes__legal_basis"),
            )
            .first()
        )
        return request.agreed is not None


class PersonSerializer(ModelSerializer):
    """What the fieldset `identity` shows."""

    class Meta:
        model = Person
        fields = [*NAMES, "version", "closed_on", "warnings"]


class People(ModelViewSet):
    """People, one by one; each look written down before the reply."""

    queryset = Person.objects.only(*PersonSerializer.Meta.fields)
    serializer_class = PersonSerializer
    lookup_field = "personal_id"
    authentication_classes = [Token]
    permission_classes = [Agreed]
    parser_classes = [JSONParser]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = DefaultContentNegotiation

    @transaction.atomic
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Answer with one person."""
        person = self.get_object()
        agreed = request.agreed
        entry = AuditEntry.objects.create(
            request_id=request.request_id,
            actor_kind="partner",
            actor_id=request.user,
            actor_name=agreed["name"],
            agency=agreed["agency_code"],
            agency_name=agreed["agency_name"],
            agreement_id=agreed["agreement_id"],
            purpose=request.headers["Access-Purpose"],
            legal_basis=agreed["legal_basis"],
            case_reference=request.headers.get("Case-Reference", ""),
            action="read",
            operation="",
            collection="people",
            record_id=person.id,
            record_key=kwargs["personal_id"],
            fieldset="identity",
            fields=list(NAMES),
            outcome="done",
            address=request.META["REMOTE_ADDR"],
        )
        AuditSubject.objects.create(
            at=entry.at, entry_id=entry.id, ord=1, subject=person.personal_id
        )
        return Response(self.get_serializer(person).data)
