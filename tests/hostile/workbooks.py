"""Workbooks (XLSX)."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable, Iterable

import xlsxwriter

from tests.hostile.making import (
    ANY,
    CSV,
    HEADER,
    LAUGHS,
    PERSON,
    Corpus,
    Maker,
    cut,
    scratched,
    zipped,
)
from tests.hostile.old_books import xls

FILES = Corpus()
add = FILES.add


def book(rows: Iterable[list[object]] = ()) -> bytes:
    """A workbook of a header and a person; more rows."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as made:
        made.set_properties({"created": datetime.datetime(2026, 1, 1)})  # noqa: DTZ001
        sheet = made.add_worksheet("Danh sách")
        for at, row in enumerate([HEADER.split(";"), PERSON.split(";"), *rows]):
            sheet.write_row(at, 0, row)
    return out.getvalue()


def with_part(
    name: str, change: Callable[[bytes], bytes | None], content: bytes | None = None, **more: bytes
) -> bytes:
    """A workbook with a part changed, or left out; `more` parts by their names with __ for slashes."""
    entries = []
    with zipfile.ZipFile(io.BytesIO(content or book())) as old:
        for each in old.namelist():
            part: bytes | None = old.read(each)
            if each.endswith(name):
                part = change(part or b"")
            if part is not None:
                entries.append((each, part))
    return zipped(*entries, *((name.replace("__", "/"), part) for name, part in more.items()))


def sheet(cells: str, around: str = "") -> Maker:
    """A workbook whose one sheet has these rows, and something behind them."""

    def change(part: bytes) -> bytes:
        before, _, rest = part.partition(b"<sheetData>")
        _old, _, after = rest.partition(b"</sheetData>")
        return before + b"<sheetData>" + cells.encode() + b"</sheetData>" + around.encode() + after

    return lambda: with_part("sheet1.xml", change)


def replaced(part: str, old: bytes, new: bytes) -> Maker:
    return lambda: with_part(part, lambda content: content.replace(old, new, 1))


TYPED = '<row r="1"><c r="A1" t="str"><v>a</v></c><c r="B1" t="str"><v>b</v></c></row>'


sheet1, head = "sheet1.xml", b"<worksheet "
add(
    "laughs.xlsx",
    "damaged",
    replaced(sheet1, head, f"<!DOCTYPE w [{LAUGHS}]><worksheet ".encode()),
)
add(
    "entity-of-a-file.xlsx",
    "damaged",
    replaced(sheet1, head, b'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet '),
)
add(
    "declaration-elsewhere.xlsx",
    "damaged",
    replaced("sharedStrings.xml", b"<sst ", b'<!DOCTYPE s SYSTEM "http://127.0.0.1/x.dtd"><sst '),
)
add(
    "string-that-is-not-there.xlsx",
    "damaged",
    sheet('<row r="1"><c r="A1" t="s"><v>999999</v></c></row>'),
)
add("string-below-zero.xlsx", "read", sheet('<row r="1"><c r="A1" t="s"><v>-1</v></c></row>'))
add(
    "last-cell-of-all.xlsx",
    "too_large",
    sheet(TYPED + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
)
add(
    "corners-of-memory.xlsx",
    "too_large",
    sheet(TYPED + '<row r="1048576"><c r="ALL1048576"><v>1</v></c></row>'),
)
add(
    "16384-columns.xlsx",
    "too_large",
    sheet('<row r="1">' + "<c><v>1</v></c>" * 16_384 + "</row>"),
)
add("line-below-zero.xlsx", "damaged", sheet('<row r="-5"><c r="A-5"><v>1</v></c></row>'))
add("line-zero.xlsx", "damaged", sheet('<row r="0"><c r="A0"><v>1</v></c></row>'))
add(
    "line-beyond.xlsx",
    "too_large",
    sheet(TYPED + '<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>'),
)
add("lines-backwards.xlsx", "read", sheet('<row r="9"><c r="A9"><v>1</v></c></row>' + TYPED))
add("absurd-dimension.xlsx", "read", replaced(sheet1, b'ref="A1:D2"', b'ref="A1:XFD1048576"'))
add("dimension-below-zero.xlsx", "damaged", replaced(sheet1, b'ref="A1:D2"', b'ref="A-1:B-9"'))
add(
    "dimension-that-is-none.xlsx",
    "damaged",
    replaced(sheet1, b'ref="A1:D2"', b'ref="everything"'),
)
add(
    "error-cells.xlsx",
    "read",
    sheet(
        TYPED
        + '<row r="2">'
        + "".join(
            f'<c r="{c}2" t="e"><v>{e}</v></c>'
            for c, e in zip(
                "ABCDEFG",
                ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"),
                strict=True,
            )
        )
        + "</row>"
    ),
)
add(
    "an-error-nobody-knows.xlsx",
    "damaged",
    sheet(TYPED + '<row r="2"><c r="A2" t="e"><v>#WHAT?</v></c></row>'),
)
add(
    "a-type-nobody-knows.xlsx",
    "damaged",
    sheet('<row r="1"><c r="A1" t="zz"><v>1</v></c></row>'),
)
add(
    "merged-cells.xlsx",
    "read",
    sheet(TYPED, '<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
)
add(
    "formulas.xlsx",
    "read",
    sheet(
        TYPED + '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c>'
        '<c r="B2" t="str"><f>cmd|\'/C calc\'!A0</f><v>cached</v></c><c r="C2"><f>NOW()</f></c></row>'
    ),
)
add(
    "dates-beyond.xlsx",
    "read",
    sheet(
        TYPED
        + '<row r="2">'
        + "".join(
            f'<c r="{c}2"><v>{n}</v></c>'
            for c, n in zip(
                "ABCDEF",
                ("1e308", "-1e308", "2958466", "-1", "NaN", "99999999999999999999"),
                strict=True,
            )
        )
        + "</row>"
    ),
)
add("number-that-is-none.xlsx", "read", sheet('<row r="1"><c r="A1"><v>twelve</v></c></row>'))
add(
    "cell-of-33000.xlsx",
    "too_large",
    sheet(f'<row r="1"><c r="A1" t="str"><v>{"x" * 33_000}</v></c></row>'),
)
add(
    "cell-of-60-MB.xlsx",
    "too_large",
    sheet(f'<row r="1"><c r="A1" t="str"><v>{"x" * 60_000_000}</v></c></row>'),
)
add(
    "one-text-again-and-again.xlsx",
    "too_large",
    lambda: with_part(
        "sharedStrings.xml",
        lambda part: part.replace(b"<t>", b"<t>" + b"x" * 32_000, 1),
        sheet(
            "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 60_000))
        )(),
    ),
)
add("blanks-1000-to-1.xlsx", "too_large", sheet(" " * (60 << 20)))
add("depth.xlsx", "damaged", sheet("<row>" * 200_000))
add(
    "attribute-of-3-MB.xlsx",
    "read",
    sheet(TYPED.replace("<row ", f'<row x="{"y" * 3_000_000}" ', 1)),
)
add("remarks-without-end.xlsx", "read", sheet("<!-- x -->" * 1_000_000 + TYPED))
add("unclosed.xlsx", "damaged", sheet('<row r="1"><c r="A1"><v>1</v>'))
add("no-worksheet.xlsx", "damaged", lambda: with_part(sheet1, lambda _: None))
add(
    "no-sheets.xlsx",
    "empty",
    lambda: with_part(
        "workbook.xml", lambda p: p[: p.index(b"<sheets>")] + p[p.index(b"</sheets>") + 9 :]
    ),
)
add(
    "a-sheet-too-many.xlsx",
    "damaged",
    replaced("workbook.xml", b"</sheets>", b'<sheet name="z" sheetId="9" r:id="rId99"/></sheets>'),
)
add(
    "2000-sheets.xlsx",
    "read",
    lambda: with_part(
        "workbook.xml",
        lambda p: p.replace(
            b"</sheets>",
            b"".join(
                b'<sheet name="s%d" sheetId="%d" r:id="rId1"/>' % (n, n + 2) for n in range(2_000)
            )
            + b"</sheets>",
        ),
    ),
)
add(
    "a-part-elsewhere.xlsx",
    "damaged",
    replaced("workbook.xml.rels", b"worksheets/sheet1.xml", b"../../../etc/passwd"),
)
add(
    "a-part-in-the-net.xlsx",
    "damaged",
    replaced("workbook.xml.rels", b"worksheets/sheet1.xml", b"http://127.0.0.1/sheet1.xml"),
)
add(
    "hidden-sheet.xlsx",
    "read",
    replaced("workbook.xml", b'sheetId="1"', b'sheetId="1" state="veryHidden"'),
)
add(
    "styles-that-are-none.xlsx",
    "damaged",
    lambda: with_part("styles.xml", lambda _: b"<styleSheet><numFmts>"),
)
add(
    "style-beyond.xlsx",
    "read",
    sheet('<row r="1"><c r="A1" s="4294967295"><v>1</v></c><c r="B1"><v>2</v></c></row>'),
)
add("macros.xlsm", "read", lambda: with_part("none", bytes, xl__vbaProject__bin=xls()))
add("another-kind-beside.xlsx", "read", lambda: with_part("none", bytes, xl__media__a=CSV))
add(
    "binary.xlsb",
    "unknown_type",
    lambda: zipped(("xl/workbook.bin", b"x"), ("[Content_Types].xml", b"<x/>")),
)
add(
    "letter.docx",
    "unknown_type",
    lambda: zipped(("word/document.xml", b"<x/>"), ("[Content_Types].xml", b"<x/>")),
)

for share in (10, 50, 90, 99):
    add(f"first-{share}-of-100.xlsx", "damaged", cut(book, share))
for seed in range(6):
    add(f"scratched-{seed}.xlsx", ANY, scratched(book, seed))
