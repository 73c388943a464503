from django.apps import AppConfig


class UnitsConfig(AppConfig):
    name = "records.units"
    label = "units"
