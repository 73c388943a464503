"""Agencies, their systems and keys, what is agreed with them; clerks and their roles."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from joserfc.errors import JoseError
from joserfc.jwk import import_key

from records.access.grants import OPERATIONS
from records.access.models import Agency, Agreement, Client, ClientKey, Purpose, Role, Verb
from records.registry import operations, record_types, registries, title_of
from records.units.snapshot import snapshot

PRIVATE = "d"
UNITS_HELP = _("Mã xã, cách nhau bằng dấu phẩy; để trống: toàn tỉnh.")
TERMS = ("rows", "per_minute", "valid_from", "valid_to")


class Kept(admin.ModelAdmin):
    """What is agreed stays on record: it is ended, suspended or revoked, and never deleted."""

    actions = None
    show_facets = admin.ShowFacets.NEVER

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **given: Any) -> Any:
        """Django's field, without the icons that open what it refers to in a window of its own."""
        found = super().formfield_for_dbfield(db_field, request, **given)
        return bare(found)


def bare(field: Any) -> Any:
    """A field whose widget offers no windows."""
    for verb in ("add", "change", "view", "delete"):
        if field is not None and hasattr(field.widget, f"can_{verb}_related"):
            setattr(field.widget, f"can_{verb}_related", False)
    return field


def scopes() -> list[tuple[str, Any]]:
    """All that can be agreed on: `collection:fieldset` and `operations:name`, with their words."""
    found: list[tuple[str, Any]] = [
        (f"{t.collection}:{name}", f"{t.model._meta.verbose_name}: {name}")
        for t in record_types().values()
        for name in t.fieldsets
    ]
    return found + [(f"{OPERATIONS}:{o.name}", o.title) for o in operations().values()]


class Units(forms.CharField):
    """Codes of units, with commas; blank for the whole province."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        codes = [code.strip() for code in (super().clean(value) or "").split(",") if code.strip()]
        for code in codes:
            if snapshot().at(code) is None:
                raise ValidationError(
                    _("No unit ever had the code %(code)s."), params={"code": code}
                )
        return codes


class AgreementForm(forms.ModelForm):
    scope = forms.ChoiceField(label=_("Nhóm thông tin"))
    verbs = forms.MultipleChoiceField(
        label=_("Quyền"), choices=Verb.choices, widget=forms.CheckboxSelectMultiple
    )
    units = Units(
        label=_("Đơn vị"),
        required=False,
        help_text=UNITS_HELP,
    )

    class Meta:
        model = Agreement
        fields = ("agency", "verbs", "purposes", "units", *TERMS)
        widgets: ClassVar[dict[str, Any]] = {"purposes": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["scope"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = scopes()
        self.fields["valid_to"].required = False
        if self.instance.collection:
            self.initial["scope"] = f"{self.instance.collection}:{self.instance.fieldset}"

    def clean(self) -> Any:
        found = super().clean() or self.cleaned_data
        collection, _sep, fieldset = found.get("scope", "").partition(":")
        self.instance.collection, self.instance.fieldset = collection, fieldset
        run = Verb.RUN.value in found.get("verbs", [])
        if found.get("verbs") and run != (collection == OPERATIONS):
            raise ValidationError(_("Operations are run, and nothing else is."))
        begins, ends = found.get("valid_from"), found.get("valid_to")
        if begins and ends and ends < begins:
            self.add_error("valid_to", _("The last day lies before the first."))
        return found


class KeyForm(forms.ModelForm):
    class Meta:
        model = ClientKey
        fields = ("client", "kid", "jwk", "revoked")

    def clean_jwk(self) -> Any:
        """A public key of a kind that signs (Ed25519, P-256), and no private one."""
        jwk = self.cleaned_data["jwk"]
        try:
            key = import_key(jwk)
        except (JoseError, ValueError, TypeError, AttributeError) as error:
            raise ValidationError(_("This is no JSON Web Key (RFC 7517).")) from error
        if PRIVATE in jwk or jwk.get("crv") not in {"Ed25519", "P-256"}:
            raise ValidationError(_("A public key is needed: Ed25519 or P-256, without “d”."))
        assert key
        return jwk


class RoleForm(forms.ModelForm):
    registry = forms.ChoiceField(label=_("Cơ sở dữ liệu"))
    verbs = forms.MultipleChoiceField(
        label=_("Quyền"), choices=Verb.choices, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Role
        fields = ("user", "registry", "verbs", "unit")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["registry"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(label, title_of(label)) for label in registries()]

    def clean_unit(self) -> str:
        code: str = self.cleaned_data["unit"]
        if code and snapshot().at(code) is None:
            raise ValidationError(_("No unit ever had the code %(code)s."), params={"code": code})
        return code


class AgencyAdmin(Kept):
    list_display = ("code", "name", "suspended")
    fields = ("code", "name", "suspended")


class ClientAdmin(Kept):
    list_display = ("client_id", "agency", "name", "active")


class KeyAdmin(Kept):
    form = KeyForm
    list_display = ("client", "kid", "revoked")


class PurposeAdmin(Kept):
    list_display = ("code", "title", "legal_basis")


class AgreementAdmin(Kept):
    form = AgreementForm
    fields = (
        "agency",
        "scope",
        "verbs",
        "purposes",
        "units",
        "rows",
        "per_minute",
        "valid_from",
        "valid_to",
    )
    list_display = ("agency", "what", "valid_from", "valid_to")
    list_filter = ("agency",)
    ordering = ("agency__name", "collection", "fieldset")

    @admin.display(description=_("Nhóm thông tin"))
    def what(self, agreement: Agreement) -> Any:
        """What is agreed on, in words."""
        scope = f"{agreement.collection}:{agreement.fieldset}"
        return dict(scopes()).get(scope, scope)


class RoleAdmin(admin.ModelAdmin):
    form = RoleForm
    actions = None
    list_display = ("user", "where", "unit")

    @admin.display(description=_("Cơ sở dữ liệu"))
    def where(self, role: Role) -> Any:
        """The registry, by its name."""
        return title_of(role.registry) if role.registry in registries() else role.registry

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **given: Any) -> Any:
        return bare(super().formfield_for_dbfield(db_field, request, **given))


class PasswordForm(AdminPasswordChangeForm):
    """Django's, without the one sentence of it that cannot be translated."""

    usable_password_help_text = ""


class ClerkAdmin(UserAdmin):
    """Accounts of clerks. One that is not needed any more is switched off, and stays."""

    change_password_form = PasswordForm
    actions = None
    list_display = ("username", "first_name", "last_name", "is_active")
    list_filter = ("is_active",)
    show_facets = admin.ShowFacets.NEVER
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (None, {"fields": ("first_name", "last_name", "is_active", "is_superuser")}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def register(site: admin.AdminSite) -> None:
    """Put them into the desk."""
    for model, kind in (
        (Agency, AgencyAdmin),
        (Client, ClientAdmin),
        (ClientKey, KeyAdmin),
        (Purpose, PurposeAdmin),
        (Agreement, AgreementAdmin),
        (Role, RoleAdmin),
        (User, ClerkAdmin),
    ):
        site.register(model, kind)
