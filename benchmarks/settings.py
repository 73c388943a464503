"""The service's own settings, with the two rivals' addresses beside its own."""

from config.settings import *  # noqa: F403, TID251  the very settings that are measured

ROOT_URLCONF = "benchmarks.urls"
