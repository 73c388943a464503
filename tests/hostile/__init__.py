"""Files that mean harm, or were harmed on their way: made the same each time, each with how it must end.

`FILES`: name → (what makes it, how it ends): `read`, or the code with which it is refused.
"""

from __future__ import annotations

from tests.hostile import documents, old_books, packed, texts, workbooks
from tests.hostile.making import ANY, Corpus

__all__ = ["ANY", "FILES"]

FILES = Corpus()
for _each in (texts, packed, workbooks, documents, old_books):
    assert not FILES.keys() & _each.FILES.keys()
    FILES.update(_each.FILES)
