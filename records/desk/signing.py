"""Signing in, and what was typed when the session ended: it waits, and nothing of it is lost."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

#: What a sign-in form carries of the form that was sent without a session.
KEPT = "kept-"
LONGEST = 200_000


class SignIn(AdminAuthenticationForm):
    """Name and password. Whether somebody has work here is asked of their roles, not of a flag."""

    def confirm_login_allowed(self, user: Any) -> None:
        super(AdminAuthenticationForm, self).confirm_login_allowed(user)


@never_cache
def sign_in(request: HttpRequest, site: AdminSite, extra: Any = None) -> HttpResponseBase:
    """The sign-in page; after it, the page that was asked for, or the form that was being sent."""
    following = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(following, {request.get_host()}):
        following = ""
    typed = {k: v for k, v in request.POST.items() if k.startswith(KEPT)}
    form = SignIn(request, data=request.POST if "username" in request.POST else None)
    context = {**_frame(request, site, form, following, typed), **(extra or {})}
    if form.is_bound and form.is_valid():
        login(request, form.get_user())
        if typed and following:
            fields = {k.removeprefix(KEPT): v for k, v in typed.items()}
            return render(
                request, "desk/resend.html", {**context, "fields": fields, "action": following}
            )
        return redirect(following or "admin:index")
    return render(request, "desk/sign_in.html", context)


def waiting(request: HttpRequest, site: AdminSite) -> HttpResponseBase:
    """The sign-in page for a form that was sent without a session: it carries what was typed."""
    typed = {KEPT + k: v[:LONGEST] for k, v in request.POST.items() if k != "csrfmiddlewaretoken"}
    context = _frame(request, site, SignIn(request), request.get_full_path(), typed)
    return render(request, "desk/sign_in.html", context, status=403)


def _frame(
    request: HttpRequest, site: AdminSite, form: SignIn, following: str, typed: dict[str, Any]
) -> dict[str, Any]:
    frame = site.each_context(request)
    return {**frame, "title": "", "form": form, "next": following, "typed": typed}
