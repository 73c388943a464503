"""The service's addresses."""

from django.urls import include, path

from records.api import pages
from records.desk.site import site
from records.portal.views import entrance

urlpatterns = [
    path("", pages.front, name="front"),
    path("healthz", pages.healthz),
    path("readyz", pages.readyz),
    path("oauth/token", pages.token, name="token"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", site.urls),
    path("api/", include("records.api.urls")),
    path("portal", entrance),
    path("portal/", include("records.portal.urls")),
]

handler400 = "config.handlers.bad_request"
handler403 = "config.handlers.refused"
handler404 = "config.handlers.not_found"
handler500 = "config.handlers.failed"
