"""What a searcher may have meant: known words, how common they are, and those one slip away.

The words of names are few (a few thousand syllables for millions of people), so a process keeps them
all and a slip is looked for in memory: every text one edit away from what was typed that is a word.
"""

from __future__ import annotations

import math
import string
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection

#: How long a process trusts the words it read, in seconds. A word newer than that is still found,
#: because what was typed is always searched too.
MAX_AGE = 60
SAMPLED = 100_000
LETTERS = string.ascii_lowercase


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a collection, each with the share of its records that hold it."""

    share: dict[str, float] = field(default_factory=dict)
    read_at: float = float("-inf")

    def near(self, word: str, most: int) -> list[str]:
        """The known words one slip away from `word` (a letter too many, too few, wrong, or two
        swapped), the commonest first, at most `most`; not `word` itself."""
        found = {slip for slip in slips(word) if slip in self.share} - {word}
        return sorted(found, key=lambda w: (-self.share[w], w))[:most]

    def share_of_all(self, asked: Sequence[str]) -> float:
        """The share of records that hold all these words, if no word had to do with another."""
        return math.prod(self.share.get(word, 0.0) for word in asked)

    def beginning_with(self, beginning: str, most: int) -> list[str]:
        """The known words that begin so, the commonest first, at most `most`; not itself."""
        found = [w for w in self.share if w.startswith(beginning) and w != beginning]
        return sorted(found, key=lambda w: (-self.share[w], w))[:most]


_known: dict[str, Words] = {}
_lock = threading.Lock()


def known(collection: str) -> Words:
    """The words of a collection, not older than a minute."""
    found = _known.get(collection)
    if found is not None and time.monotonic() - found.read_at < MAX_AGE:
        return found
    with _lock, connection.cursor() as cursor:
        cursor.execute("SELECT word, share FROM search_word WHERE collection = %s", [collection])
        found = _known[collection] = Words(dict(cursor.fetchall()), time.monotonic())
        return found


def forget() -> None:
    """Drop what this process knows; the next question reads anew."""
    _known.clear()


def slips(word: str) -> set[str]:
    """Every text one edit away: a letter left out, added, replaced, or two neighbours swapped."""
    splits = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    return {
        *(a + b[1:] for a, b in splits if b),
        *(a + b[1] + b[0] + b[2:] for a, b in splits if len(b) > 1),
        *(a + letter + b[1:] for a, b in splits if b for letter in LETTERS),
        *(a + letter + b for a, b in splits for letter in LETTERS),
    }


def recount(collection: str, table: str) -> None:
    """Count how common each word of a collection is, on a sample of its records."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = %s::regclass", [table]
        )
        rows = cursor.fetchone()[0]
        percent = min(100.0, 100.0 * SAMPLED / rows) if rows else 100.0
        cursor.execute(
            f"WITH sampled AS MATERIALIZED (SELECT folded FROM {table} TABLESAMPLE SYSTEM (%s)),"
            " counted AS ("
            "  SELECT said, count(*) / greatest(1.0, (SELECT count(*) FROM sampled)) AS share"
            "  FROM sampled, unnest(string_to_array(folded, ' ')) AS said"
            "  WHERE said <> '' GROUP BY said)"
            " UPDATE search_word SET share = counted.share FROM counted"
            " WHERE collection = %s AND word = said AND search_word.share <> counted.share",
            [percent, collection],
        )
