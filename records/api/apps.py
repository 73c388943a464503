from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "records.api"
    label = "api"
