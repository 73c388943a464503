"""The service's addresses and the two rivals', so that one server answers for all three."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from benchmarks.bare import person
from benchmarks.stock import People

stock = SimpleRouter(trailing_slash=False)
stock.register("people", People)

urlpatterns = [
    path("bare/people/<str:key>", person),
    path("stock/", include(stock.urls)),
    path("", include("config.urls")),
]

handler400 = "records.api.problems.bad_request"
handler404 = "records.api.problems.not_found"
handler500 = "records.api.problems.failed"
