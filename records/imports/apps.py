from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "records.imports"
    label = "imports"
