"""Who may: agencies, what was agreed with them, clerks' roles, and the numbers people have had."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from records.fields import Code, Text


class Verb(models.TextChoices):
    """What an agreement may allow."""

    READ = "read", _("Read one record by its exact key")
    SEARCH = "search", _("List and filter")
    EXPORT = "export", _("Take a list away in a file")
    HISTORY = "history", _("Read what a record said before")
    CREATE = "create", _("Create")
    AMEND = "amend", _("Amend")
    CLOSE = "close", _("Close")
    RUN = "run", _("Run an operation")


class Agency(models.Model):
    """An office outside the registry that reads or writes under agreements."""

    code = Code(_("Mã cơ quan"), unique=True)
    name = Text(_("Tên cơ quan"))
    suspended = models.BooleanField(_("Tạm ngừng"), default=False)
    demo = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("Cơ quan")

    def __str__(self) -> str:
        return self.name


class Client(models.Model):
    """A partner's system: an OAuth 2 client that proves itself with its own key (RFC 7523)."""

    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name=_("Cơ quan"))
    client_id = Code(_("Mã hệ thống"), unique=True, max_length=100)
    name = Text(_("Tên hệ thống"))
    active = models.BooleanField(_("Đang hoạt động"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _("Hệ thống kết nối")

    def __str__(self) -> str:
        return self.client_id


class ClientKey(models.Model):
    """A client's public key. `jwk`: RFC 7517, Ed25519 or P-256; `kid` is inside too."""

    client = models.ForeignKey(Client, models.PROTECT, verbose_name=_("Hệ thống kết nối"))
    kid = Text(_("Mã khóa"), max_length=100)
    jwk = models.JSONField(_("Khóa công khai"))
    revoked = models.BooleanField(_("Đã thu hồi"), default=False)

    class Meta:
        verbose_name = verbose_name_plural = _("Khóa công khai")
        constraints = [models.UniqueConstraint(fields=["client", "kid"], name="access_key_once")]

    def __str__(self) -> str:
        return self.kid


class Purpose(models.Model):
    """Why data may be read, and the law that says so."""

    code = Code(_("Mã mục đích"), unique=True)
    title = Text(_("Mục đích"))
    legal_basis = Text(_("Căn cứ pháp lý"), max_length=500)

    class Meta:
        verbose_name = verbose_name_plural = _("Mục đích")

    def __str__(self) -> str:
        return self.title


class Agreement(models.Model):
    """What an agency may do with one fieldset of one collection, for which purposes, until when.

    `collection` is `operations` and `fieldset` an operation's name where the verb is `run`. `units`
    empty: the whole province. `rows`: the most one call may show, and one file may hold. `per_minute`:
    calls to the collection.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Agency, models.PROTECT, verbose_name=_("Cơ quan"))
    collection = Text(_("Loại hồ sơ"))
    fieldset = Text(_("Nhóm thông tin"))
    verbs = ArrayField(
        models.CharField(max_length=20, choices=Verb.choices), verbose_name=_("Quyền")
    )
    purposes = models.ManyToManyField(Purpose, verbose_name=_("Mục đích"))
    units = ArrayField(models.CharField(max_length=5), verbose_name=_("Đơn vị"), default=list)
    rows = models.PositiveIntegerField(_("Số dòng mỗi lần"), default=200)
    per_minute = models.PositiveIntegerField(_("Số lần mỗi phút"), default=600)
    valid_from = models.DateField(_("Từ ngày"))
    valid_to = models.DateField(_("Đến ngày"), null=True)

    class Meta:
        verbose_name = verbose_name_plural = _("Thỏa thuận chia sẻ dữ liệu")

    def __str__(self) -> str:
        return f"{self.agency}: {self.collection}:{self.fieldset}"


class Role(models.Model):
    """What a clerk may do in one registry. `unit` empty: in the whole province."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("Tài khoản"))
    registry = Code(_("Cơ sở dữ liệu"))
    verbs = ArrayField(
        models.CharField(max_length=20, choices=Verb.choices), verbose_name=_("Quyền")
    )
    unit = models.CharField(_("Đơn vị"), max_length=5, default="", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("Vai trò")

    def __str__(self) -> str:
        return f"{self.user}: {self.registry}"


class GrantsVersion(models.Model):
    """One row: a number that triggers raise whenever anything above changes."""

    version = models.BigIntegerField(default=1)


class Succession(models.Model):
    """One number of a person or firm replaced by another; written once, never changed.

    Records and audit keep the number they were written with; a subject is looked up by all numbers.
    """

    kind = models.CharField(
        max_length=12, choices=[("person", "person"), ("enterprise", "enterprise")]
    )
    old = Code(_("Số cũ"))
    new = Code(_("Số mới"), db_index=True)
    on = models.DateField(_("Từ ngày"))
    request_id = models.UUIDField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = _("Thay số định danh")
        constraints = [
            models.UniqueConstraint(fields=["old"], name="access_succession_once"),
            models.CheckConstraint(
                condition=~models.Q(old=models.F("new")), name="access_succession_moves"
            ),
        ]


class Separation(models.Model):
    """A succession taken back: the numbers are two people's after all. Written once, never changed."""

    succession = models.OneToOneField(Succession, models.PROTECT)
    request_id = models.UUIDField()
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = verbose_name_plural = _("Tách số định danh")

    def __str__(self) -> str:
        return str(self.succession_id)


class UsedAssertion(models.Model):
    """A client assertion's `jti`, kept until it could no longer be used anyway."""

    digest = models.BinaryField(primary_key=True)
    expires_at = models.DateTimeField(db_index=True)


class Lease(models.Model):
    """How many calls of a minute the web processes have taken; `share`: the last one's part."""

    bucket = models.CharField(max_length=200)
    minute = models.BigIntegerField()
    taken = models.PositiveIntegerField()
    share = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bucket", "minute"], name="access_lease_once")
        ]


class IdempotentCall(models.Model):
    """What a POST with an Idempotency-Key did: committed with its effect, without any reply body."""

    client_id = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    fingerprint = models.BinaryField()
    status = models.PositiveSmallIntegerField()
    records = models.JSONField()
    recorded_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client_id", "key"], name="access_idempotent_once")
        ]
