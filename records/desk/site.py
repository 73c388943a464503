"""The clerks' door: Django's admin, its pages made from the declarations."""

from __future__ import annotations

from functools import update_wrapper
from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from records.access import grants
from records.audit import entries
from records.audit.entries import Entry
from records.desk import agencies, door, findings, front, imports, lists, signing, writing
from records.registry import operations, record_types, registries, title_of


class Desk(AdminSite):
    """Django's admin site with the desk's pages in it."""

    site_header = "Hồ Sơ"
    site_title = "Hồ Sơ"
    index_title = _("Bàn làm việc")
    site_url = None
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        user: Any = request.user
        if not user.is_active:
            return False
        return user.is_superuser or user.get_username() in grants.snapshot().roles

    def login(self, request: HttpRequest, extra_context: Any = None) -> Any:
        if request.method == "GET" and self.has_permission(request):
            return super().login(request, extra_context)
        return signing.sign_in(request, self, extra_context)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:  # noqa: FBT001, FBT002
        guarded = super().admin_view(view, cacheable)

        def outer(request: HttpRequest, *args: Any, **given: Any) -> Any:
            if request.method == "POST" and not self.has_permission(request):
                # Nothing is done with it; it only waits for a sign-in.
                return signing.waiting(request, self)
            owner = getattr(view, "__self__", None)
            if isinstance(owner, ModelAdmin) and self.has_permission(request):
                _note(request, owner, given)
            return guarded(request, *args, **given)

        return update_wrapper(outer, guarded)

    def get_urls(self) -> list[Any]:
        return [*self._desk(), *super().get_urls()]

    def _desk(self) -> list[URLPattern]:
        def at(route: str, view: Any, called: str, **given: Any) -> URLPattern:
            found: URLPattern = path(route, self.admin_view(door.page(view)), given, name=called)
            return found

        found = [
            at("", front.index, "index"),
            at("questions/<uuid:question>/", front.question, "question"),
            at("findings/", findings.listed, "findings"),
            at("findings/again", findings.again, "findings-again"),
            at("imports/", imports.uploads, "imports"),
            at("imports/template", imports.template, "import-template"),
            at("imports/<uuid:job>/", imports.one, "import"),
            at("imports/<uuid:job>/rows/", imports.rows, "import-rows"),
            at("imports/<uuid:job>/file", imports.marked, "import-file"),
            at("imports/<uuid:job>/undo/", imports.undo, "import-undo"),
            at("imports/<uuid:job>/left/", imports.left, "import-left"),
            at("imports/<uuid:job>/<str:decision>", imports.decide, "import-decide"),
        ]
        found += [
            at(f"operations/{name}/", writing.operate, f"run-{name}", name=name)
            for name in operations()
        ]
        for name, record_type in record_types().items():
            given = {"record_type": record_type}
            found += [
                at(f"{name}/", lists.listed, f"list-{name}", **given),
                at(f"{name}/export", lists.export, f"export-{name}", **given),
                at(f"{name}/new/", writing.create, f"new-{name}", **given),
                at(f"{name}/<str:key>/", lists.one, f"one-{name}", **given),
                at(f"{name}/<str:key>/history/", lists.history, f"history-{name}", **given),
                at(f"{name}/<str:key>/amend/", writing.amend, f"amend-{name}", **given),
                at(f"{name}/<str:key>/close/", writing.close, f"close-{name}", **given),
            ]
        return found

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        return {**context, "menu": menu(request) if context["has_permission"] else []}


def _note(request: HttpRequest, owner: Any, given: dict[str, Any]) -> None:
    """Keep in audit that somebody looked at, or changed, who may do what."""
    action = "configure" if request.method == "POST" else "read"
    key = str(given.get("object_id", ""))
    collection = owner.model._meta.db_table
    entries.write(Entry(door.clerk(request), door.occasion(request), action, collection, key))


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """The registries and collections that a clerk may search, and the operations they may run."""
    by = door.clerk(request)
    found = []
    for label, registry in registries().items():
        lists_ = [
            {"title": t.model._meta.verbose_name, "url": reverse(f"admin:list-{t.collection}")}
            for t in registry.records
            if door.may(by, t, "search")
        ]
        runs = [
            {"title": o.title, "url": reverse(f"admin:run-{o.name}")}
            for o in registry.operations
            if door.may_run(by, label)
        ]
        if lists_ or runs:
            title = title_of(label)
            found.append({"title": title, "label": label, "lists": lists_, "runs": runs})
    return found


site = Desk(name="admin")
agencies.register(site)
