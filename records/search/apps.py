from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "records.search"
    label = "search"
