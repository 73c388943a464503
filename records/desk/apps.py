from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "records.desk"
    label = "desk"
