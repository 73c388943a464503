"""The same days in English: whoever works here writes dd/mm/yyyy. Only numbers are written otherwise."""

from config.formats.vi.formats import *  # noqa: F403

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
