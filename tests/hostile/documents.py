"""OpenDocument (ODS)."""

from __future__ import annotations

from tests.hostile.making import ANY, HEADER, LAUGHS, PERSON, Corpus, Maker, cut, scratched, zipped

FILES = Corpus()
add = FILES.add


SPACES = " ".join(
    f'xmlns:{short}="{long}"'
    for short, long in {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
        "manifest": "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0",
    }.items()
)


def said(text: str, more: str = "") -> str:
    """A cell of text."""
    typed = f'office:value-type="string"{more}'
    return f"<table:table-cell {typed}><text:p>{text}</text:p></table:table-cell>"


def cell(kind: str, value: str, text: str = "?") -> str:
    name = "value" if kind == "float" else f"{kind}-value"
    typed = f'office:value-type="{kind}" office:{name}="{value}"'
    return f"<table:table-cell {typed}><text:p>{text}</text:p></table:table-cell>"


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row{more}>{''.join(cells)}</table:table-row>"


ROW = row(*map(said, HEADER.split(";"))) + row(*map(said, PERSON.split(";")))
COLUMNS, ROWS = ' table:number-columns-repeated="{}"', ' table:number-rows-repeated="{}"'


def ods(
    rows: str, before: str = "", *, sheets: int = 1, manifest: str = "", **more: bytes
) -> bytes:
    tables = "".join(f'<table:table table:name="s{n}">{rows}</table:table>' for n in range(sheets))
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<office:document-content {SPACES}><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped(
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("content.xml", content.encode()),
        (
            "META-INF/manifest.xml",
            f"<manifest:manifest {SPACES}>{manifest}</manifest:manifest>".encode(),
        ),
        *((name, part) for name, part in more.items()),
    )


def of(rows: str) -> Maker:
    return lambda: ods(rows)


most = 10**18
add("columns-repeated.ods", "too_large", of(row(said("x", COLUMNS.format(16_384)))))
add("columns-repeated-for-ever.ods", "too_large", of(row(said("x", COLUMNS.format(most)))))
add("rows-repeated.ods", "read", of(ROW + row(said("x"), more=ROWS.format(1_000))))
add(
    "both-repeated.ods",
    "too_large",
    of(ROW + row(said("x", COLUMNS.format(999)), more=ROWS.format(1_048_570))),
)
add("rows-repeated-for-ever.ods", "too_large", of(ROW + row(said("x"), more=ROWS.format(most))))
add(
    "repeated-here-and-there.ods",
    "too_large",
    of(row(said("x", COLUMNS.format(1_000)), more=ROWS.format(1_000)) * 10_000),
)
add(
    "blanks-repeated-for-ever.ods",
    "read",
    of(ROW + row("<table:table-cell/>", more=ROWS.format(most))),
)
add("repeated-below-zero.ods", "damaged", of(row(said("x", COLUMNS.format(-5)))))
add("repeated-no-number-of-times.ods", "damaged", of(row(said("x", COLUMNS.format("many")))))
add("laughs.ods", "damaged", lambda: ods(row(said("&l9;")), f"<!DOCTYPE d [{LAUGHS}]>"))
add(
    "with-a-password.ods",
    "encrypted",
    lambda: ods(
        "", manifest="<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"
    ),
)
add(
    "with-a-new-password.ods",
    "encrypted",
    lambda: zipped(
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("encrypted-package", b"x"),
    ),
)
add(
    "no-content.ods",
    "unknown_type",
    lambda: zipped(
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), ("styles.xml", b"<x/>")
    ),
)
add(
    "letter.odt",
    "unknown_type",
    lambda: zipped(
        ("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", b"<x/>")
    ),
)
add(
    "blanks-in-a-cell.ods",
    "too_large",
    of(row(said('a<text:s text:c="999999999"/>b<text:s text:c="9999"/>'))),
)
add("cell-of-60-MB.ods", "too_large", lambda: ods(row(said("x" * 60_000_000))))
add("blanks-1000-to-1.ods", "too_large", lambda: ods(" " * (60 << 20)))
add("101-sheets.ods", "too_large", lambda: ods(ROW, sheets=101))
add("no-sheets.ods", "empty", lambda: ods("", sheets=0))
add(
    "tables-in-tables.ods",
    "empty",
    lambda: ods("<table:table>" * 10_000 + ROW + "</table:table>" * 10_000),
)
add(
    "depth.ods",
    "read",
    of(row(said("<text:span>" * 10_000 + "x" + "</text:span>" * 10_000), said("y"))),
)
add(
    "days-beyond.ods",
    "read",
    of(
        ROW
        + row(
            *(
                cell("date", day)
                for day in (
                    "0000-00-00",
                    "-0044-03-15",
                    "9999-12-31",
                    "10000-01-01",
                    "2020-13-45T99:00",
                )
            )
        )
    ),
)
add("hours-beyond.ods", "damaged", of(ROW + row(cell("time", f"PT{most}H00M00S"))))
add(
    "numbers-beyond.ods",
    "read",
    of(ROW + row(*(cell("float", n) for n in ("1e999", "-1e999", "NaN", "1e308")))),
)
add("number-that-is-none.ods", "damaged", of(row(cell("float", "twelve"))))
add("no-number.ods", "damaged", of(row('<table:table-cell office:value-type="float"/>')))
add(
    "a-type-nobody-knows.ods",
    "read",
    of(ROW + row('<table:table-cell office:value-type="zz"><text:p>x</text:p></table:table-cell>')),
)
add("unclosed.ods", "damaged", of("<table:table-row>"))

for share in (10, 50, 90, 99):
    add(f"first-{share}-of-100.ods", "damaged", cut(lambda: ods(ROW), share))
for seed in range(6):
    add(f"scratched-{seed}.ods", ANY, scratched(lambda: ods(ROW), seed))
