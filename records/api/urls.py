"""The API's routes, made from the declarations."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, path

from records.api import exports, imports, opened, searching, units, views
from records.api.pages import docs, openapi
from records.everything import has_everything
from records.registry import operations, record_types


def routes() -> Iterator[URLPattern]:
    """One set of routes a record type, one route an operation."""
    for name, record_type in record_types().items():
        given = {"record_type": record_type}
        yield path(name, views.RecordsView.as_view(**given))
        yield path(f"{name}/lookup", views.LookupView.as_view(**given))
        yield path(f"{name}/export", exports.ExportView.as_view(**given))
        yield path(f"{name}/<str:key>", views.RecordView.as_view(**given))
        yield path(f"{name}/<str:key>/close", views.CloseView.as_view(**given))
        if record_type.similar:
            yield path(f"{name}/<str:key>/similar", searching.SimilarView.as_view(**given))
        if has_everything(record_type):
            yield path(f"{name}/<str:key>/everything", searching.EverythingView.as_view(**given))
        yield path(f"{name}/<str:key>/history", views.HistoryView.as_view(**given))
        if record_type.verifiable:
            yield path(f"public/{name}/check", opened.CheckView.as_view(**given))
        if record_type.open:
            yield path(f"public/{name}", opened.FoundView.as_view(**given))
            yield path(f"public/{name}/<str:key>", opened.ShownView.as_view(**given))
    yield path("units", units.UnitsView.as_view())
    yield path("units/<str:code>", units.UnitView.as_view())
    yield path("units/<str:code>/becomes", units.BecomesView.as_view())
    yield path("units/<str:code>/was", units.WasView.as_view())
    yield path("imports", imports.ImportsView.as_view())
    yield path("imports/template", exports.TemplateView.as_view())
    yield path("imports/<uuid:job>", imports.ImportView.as_view())
    yield path("imports/<uuid:job>/rows", imports.RowsView.as_view())
    yield path("imports/<uuid:job>/faults", imports.FaultsView.as_view())
    yield path("imports/<uuid:job>/file", imports.MarkedView.as_view())
    yield path("imports/<uuid:job>/apply", imports.ApplyView.as_view())
    yield path("imports/<uuid:job>/read", imports.ReadView.as_view())
    yield path("imports/<uuid:job>/cancel", imports.CancelView.as_view())
    yield path("imports/<uuid:job>/undo", imports.UndoView.as_view())
    yield path("imports/<uuid:job>/left", imports.LeftView.as_view())
    yield path("search", searching.SearchView.as_view())
    for name, operation in operations().items():
        yield path(f"operations/{name}", views.OperationView.as_view(operation=operation))


urlpatterns = [
    path("v1/openapi.yaml", openapi, name="openapi"),
    path("docs/", docs, name="docs"),
    *(path(f"v1/{route.pattern}", route.callback) for route in routes()),
]
