"""The web server's entry: `granian --interface wsgi config.wsgi:application`."""

import os
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.management import call_command
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


class Request(WSGIRequest):
    """A request in UTF-8, whatever charset it claims.

    Django takes any codec's name for a charset, `hex` too, and fails before any handler stands.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        said = meta.get("CONTENT_TYPE", "")
        try:
            self.content_type, self.content_params = parse_header_parameters(said)
        except ValueError:
            # A parameter in a codec that is none (RFC 2231): whatever it says, it is not the type.
            self.content_type, self.content_params = said.partition(";")[0].strip().lower(), {}


class Handler(WSGIHandler):
    request_class = Request


django.setup(set_prefix=False)
application = Handler()
# However the service is started: what belongs to a demonstration does not serve real data.
call_command("refuse_unsafe_start")
