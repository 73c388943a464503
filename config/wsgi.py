"""The web server's entry: `granian --interface wsgi config.wsgi:application`."""

import os

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
# However the service is started: what belongs to a demonstration does not serve real data.
call_command("refuse_unsafe_start")
