"""An empty file to fill in: its headers, and in a workbook a second sheet on what each column takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from django.db import models
from django.utils.translation import gettext as _

from records.fields import Choice, Date, Name, PartialDate, Text
from records.imports.layout import heading
from records.quantities import Decimal, Integer, Money, Year
from records.registry import RecordType, samples
from records.tables import Book, Cell, Reply, csv_of, sent
from records.wording import as_written

WIDTHS = (36, 10, 44, 60, 28)


def template(record_type: RecordType, fields: Sequence[str], ending: str) -> Reply:
    """A template with the columns among `fields` that a file may hold, the needed ones marked *;
    `ending`: xlsx or csv. Raises TooMany while other files are made."""
    names = [name for name in fields if name in record_type.writable]
    header = [heading(record_type, n) + " *" * _needed(record_type, n) for n in names]

    def as_xlsx(path: Path) -> None:
        with Book(path) as book:
            book.sheet_under(header)
            guide = book.sheet(_("Guide"))
            for at, width in enumerate(WIDTHS):
                guide.set_column(at, at, width)
            for line, row in enumerate(_guide(record_type, names)):
                for at, cell in enumerate(row):
                    book.write(guide, line, at, cell, book.wrapped if line else book.bold)

    name = f"{record_type.collection}-" + _("template")
    return sent(name, ending, as_csv=lambda: csv_of([header]), as_xlsx=as_xlsx, small=True)


def _needed(record_type: RecordType, name: str) -> bool:
    return name in {*record_type.needed_in_files, *record_type.identity}


def _guide(record_type: RecordType, names: Sequence[str]) -> Iterator[list[Cell]]:
    yield [_("Column"), _("Needed"), _("What it takes"), _("Words"), _("Example")]
    made = [samples(record_type.collection)(n) for n in range(1, 20)]
    for name in names:
        field = record_type.value_field(name)
        write, words = as_written(field), ""
        shown = [one[name] for one in made if one.get(name) is not None]
        example = next(iter([*shown, *getattr(field, "examples", ())]), None)
        if isinstance(field, Choice):
            words = "; ".join(str(write(code)) for code, _word in field.flatchoices)
        yield [
            heading(record_type, name),
            _("yes") if _needed(record_type, name) else "",
            _takes(field),
            words,
            write(field.to_python(example)),
        ]


def _takes(field: models.Field[object, object]) -> str:
    """What a column takes, in words."""
    match field:
        case Choice():
            told = _("One of these words.")
        case Date():
            told = _("A day: day/month/year.")
        case PartialDate():
            told = _("A day, or only its month or year: 02/06/1985, 06/1985, 1985.")
        case Year():
            told = _("A year in four digits.")
        case Money():
            told = _("An amount in whole VND: 1.200.000.000.")
        case Decimal():
            told = _("A number: 120,5.")
        case Integer():
            told = _("A whole number from %(least)d to %(most)d.") % {
                "least": field.least,
                "most": field.most,
            }
        case Name():
            told = _("A name, as it is on the paper.")
        case Text() if field.shape:
            told = str(field.explain)
        case _:
            told = _("Text of up to %(most)d letters.") % {"most": field.max_length or 0}
    return told
