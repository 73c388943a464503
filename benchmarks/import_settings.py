"""The service's own settings, with the apps beside its own that simple-history asks for."""

from config.settings import *  # noqa: F403, TID251  the very settings that are measured
from config.settings import INSTALLED_APPS as OURS  # noqa: TID251

INSTALLED_APPS = [*OURS, "import_export", "simple_history", "benchmarks"]
