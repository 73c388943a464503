"""The words that names hold."""

from __future__ import annotations

from django.db import models


class Word(models.Model):
    """One word of the names of a collection. `share`: of its records, how many hold it (0 to 1).

    Triggers add words as names are written; `words.recount` brings the shares up to date.
    """

    collection = models.CharField(max_length=100)
    word = models.CharField(max_length=255)
    share = models.FloatField(default=0)

    class Meta:
        db_table = "search_word"
        constraints = [
            models.UniqueConstraint(fields=["collection", "word"], name="search_word_once")
        ]
