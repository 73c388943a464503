from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "records.history"
    label = "history"
