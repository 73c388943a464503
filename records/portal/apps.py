from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "records.portal"
    label = "portal"
