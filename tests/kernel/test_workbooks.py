"""Reading a workbook: its cells, and the zips that are refused."""

from __future__ import annotations

import datetime
import re
import struct
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from records.imports import sheets, unpacking
from tests.kernel.reading import (
    DAY,
    NAMES,
    Parts,
    a_book,
    converse,
    refused,
    rezipped,
    rows,
    same,
    with_cells,
)


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return a_book(tmp_path)


def test_the_cells_of_a_workbook(book: Path) -> None:
    said = converse(book)
    assert [(sheet["name"], len(sheet["head"])) for sheet in said[0]["sheets"]] == [
        ("A & B's", 4),
        ("Ẩn", 1),
        ("Trống", 0),
        ("Cuối", 1),
    ]
    assert (said[0]["kind"], said[0]["encoding"], said[0]["date1904"]) == ("xlsx", None, False)
    filled = [(line, cells[:2], cells[2:]) for line, cells in rows(book)]
    assert filled == [
        (5, [None, None], [NAMES, "STT", "#N/A", None, None, None, None, None]),
        (7, [None, None], [79091001234, 1.5, "TRUE", "FALSE", 0.1, -3, 10**15, 1e300]),
        (
            8,
            [None, None],
            [
                "\0d1985-06-02",
                "\0d1985-06-02T14:30:00",
                "\0d1985-06-02T12:00:00",
                "18:00:00",
                "36:00:00",
                "-12:00:00",
                "\0d1985-06-03",
                None,
            ],
        ),
        (10, [None, None], [None, "\0e#N/A", None, "\0e#DIV/0!", None, None, None, None]),
    ]
    assert isinstance(filled[1][2][0], int)
    assert said[-1] == {"end": True, "lines": 10}
    assert rows(book, 1) == [(1, ["x", 1])]
    assert rows(book, 2) == []
    assert rows(book, 3) == [(2, [None, "y"])]


def test_a_long_sheet_comes_in_batches(book: Path) -> None:
    numbers = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(10, 1010))
    _first, *batches, end = converse(with_cells(book, numbers))
    assert [(len(each["rows"]), each["share"]) for each in batches] == [(500, 509 / 1009), (500, 1)]
    assert batches[0]["rows"][0] == (10, [10])
    assert end == {"end": True, "lines": 1009}


def test_what_another_program_writes(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.append([NAMES, "Ngày"])
    sheet.append(["Trần Ế", DAY])
    sheet.append(["#N/A", datetime.time(7, 5), "=1+1"])
    sheet["A3"].data_type = "e"
    made.save(tmp_path / "made")
    assert rows(tmp_path / "made") == [
        (1, [NAMES, "Ngày"]),
        (2, ["Trần Ế", "\0d1985-06-02"]),
        (3, ["\0e#N/A", "07:05:00"]),
    ]


def test_the_days_of_the_other_epoch(book: Path) -> None:
    path = rezipped(book, lambda _, part: part.replace(b"<workbookPr", b"<workbookPr date1904='1'"))
    assert converse(path)[0]["date1904"] is True
    assert rows(path)[2][1][2] == "\0d1989-06-03"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            "<row r='2'><c t='e' s=\"1\" r='B2'><f>NA()</f><v>#N/A</v> </c></row>",
            [(2, [None, "\0e#N/A"])],
        ),
        ('<row><c><v>1</v></c><c t="e"><v>#REF!</v></c></row>', [(1, [1, "\0e#REF!"])]),
        (
            '<row r="3"><c t="e"><v>#REF!</v></c></row><row><c t="e"><v>#N/A</v></c></row>',
            [(3, ["\0e#REF!"]), (4, ["\0e#N/A"])],
        ),
        ('<row><c t="e"><v>#N/A</v></c><c r="C1"><v>5</v></c></row>', [(1, ["\0e#N/A", None, 5])]),
        ('<row><c t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c></row>', [(1, ["ab"])]),
        ('<row><c r="A1" t="str"><v>#N/A</v></c></row>', [(1, ["#N/A"])]),
        ('<row><c r="A1" t="str"><v>a_x0000_b</v></c></row>', [(1, ["a\ufffdb"])]),
        ("<row><c><v>NaN</v></c><c><v>1e999</v></c></row>", [(1, ["nan", "inf"])]),
        ('<row><c t="d"><v>2020-01-02</v></c></row>', [(1, ["\0d2020-01-02"])]),
        (
            '<row r="2"><c r="A2"><v>2</v></c></row><row r="1"><c r="B1"><v>1</v></c></row>',
            [(1, [None, 1]), (2, [2, None])],
        ),
        ('<row><c r="A1" t="str"><v>x</v></c><c r="XFD1" s="1"/></row>', [(1, ["x"])]),
        ('<row><c r="ALL1"><v>1</v></c></row>', [(1, [None] * 999 + [1])]),
    ],
)
def test_cells_as_programs_write_them(book: Path, data: str, expected: list[Any]) -> None:
    assert rows(with_cells(book, data)) == expected


def test_error_cells_are_found_across_pieces(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "PIECE", 1)
    assert rows(book)[3] == (10, [None] * 3 + ["\0e#N/A", None, "\0e#DIV/0!"] + [None] * 4)


@pytest.mark.parametrize("prefix", [b"x:", b""])
@pytest.mark.parametrize("target", [b"worksheets/sheet1.xml", b"/xl/worksheets/sheet1.xml"])
@pytest.mark.parametrize("slash", ["/", "\\"])
def test_names_and_prefixes_vary(book: Path, prefix: bytes, target: bytes, slash: str) -> None:
    def change(name: str, part: bytes) -> bytes:
        part = part.replace(b"worksheets/sheet1.xml", target) if "workbook.xml" in name else part
        if not prefix or not name.endswith(("sheet1.xml", "workbook.xml", "sharedStrings.xml")):
            return part
        return re.sub(rb"<(/?)(?=[a-z])", rb"<\1x:", part).replace(b"xmlns=", b"xmlns:x=")

    path = rezipped(book, change)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(book, "w") as new:
        for name in old.namelist():
            new.writestr(name.replace("/", slash), old.read(name))
    assert rows(book)[3][1][3] == "\0e#N/A"


def zipped(path: Path, *names: str, **written: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name in names:
            made.writestr(name, b"<x/>")
        for name, part in written.items():
            made.writestr(name, part)
    return path


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["xl/workbook.bin"], "xlsb"),
        (["word/document.xml"], "docx"),
        (["ppt/presentation.xml"], "pptx"),
    ],
)
def test_zips_that_are_no_workbook(tmp_path: Path, names: list[str], kind: str) -> None:
    path = zipped(tmp_path / "list.xlsx", *names)
    assert refused(path) == ("unknown_type", {"looks_like": kind})


def broken(part: str, old: bytes, new: bytes) -> Parts:
    return lambda name, content: content.replace(old, new, 1) if name.endswith(part) else content


DECLARED = b'<!DOCTYPE x [<!ENTITY a "b">]>'


@pytest.mark.parametrize(
    ("change", "more"),
    [
        (broken("sheet1.xml", b"<sheetData>", DECLARED + b"<sheetData>"), {}),
        (broken("core.xml", b"<cp:core", DECLARED + b"<cp:core"), {}),
        (broken("workbook.xml", b"<workbook", b"<!DOCTYPE workbook><workbook"), {}),
        (broken(".rels", b"<Relationships", DECLARED + b"<Relationships"), {}),
        (broken("sheet1.xml", b"</row>", b"</wor>"), {}),
        (broken("sheet2.xml", b"</worksheet>", b""), {}),
        (broken("sheet2.xml", b"UTF-8", b"UTF-9"), {}),
        (broken("workbook.xml", b"</workbook>", b'<sheet name="z"/></workbook>'), {}),
        (broken("sharedStrings.xml", b"<si>", b"<si"), {}),
        (broken("sharedStrings.xml", b"<si>", b"<sj>"), {}),
        (broken("workbook.xml.rels", b'"rId1"', b'"rId99"'), {}),
        (broken("workbook.xml.rels", b"sheet1.xml", b"sheet99.xml"), {}),
        (broken("sheet1.xml", b'r="C5"', b'r="5"'), {}),
        (broken("sheet1.xml", b'r="C5"', b'r="CCCC5"'), {}),
        (broken("sheet1.xml", b'r="5"', b'r="x"'), {}),
        (broken("sheet1.xml", b"#DIV/0!", b"#WHAT?"), {}),
        (lambda name, part: None if "sheet1" in name else part, {}),
        (lambda name, part: None if name.endswith("workbook.xml.rels") else part, {}),
        (same, {"../evil.xml": b"<x/>"}),
        (same, {"xl/..\\evil.xml": b"<x/>"}),
        (same, {"/etc/evil.xml": b"<x/>"}),
        (same, {"C:\\evil.xml": b"<x/>"}),
        (same, {"XL/Workbook.xml": b"<x/>"}),
        (same, {"customXml/item1.xml": b""}),
    ],
)
def test_a_damaged_workbook(book: Path, change: Parts, more: dict[str, bytes]) -> None:
    assert refused(rezipped(book, change, more))[0] == "damaged"


def test_a_link_in_a_workbook(book: Path) -> None:
    link = zipfile.ZipInfo("xl/media/image1.png")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(book, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert refused(book) == ("damaged", {"said": "link"})


@pytest.mark.parametrize("share", [0.2, 0.5, 0.99])
def test_half_a_workbook(book: Path, share: float) -> None:
    content = book.read_bytes()
    book.write_bytes(content[: int(len(content) * share)])
    assert refused(book)[0] == "damaged"


def lie(path: Path, offset: int, form: str, value: int) -> None:
    """Write something else into the zip's list of entries, for the last of them."""
    content = bytearray(path.read_bytes())
    struct.pack_into(form, content, content.rindex(b"PK\1\2") + offset, value)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("offset", "form", "value", "code"),
    [
        (8, "<H", 1, "encrypted"),
        (10, "<H", 9, "damaged"),  # a method that spreadsheets do not know
        (16, "<I", 0, "damaged"),  # checksum
        (24, "<I", 10, "damaged"),  # size when inflated
        (20, "<I", 10, "damaged"),  # size when stored
        (42, "<I", 1, "damaged"),  # where the entry begins
        (42, "<I", 1 << 30, "damaged"),
    ],
)
def test_a_list_of_entries_that_lies(
    book: Path, offset: int, form: str, value: int, code: str
) -> None:
    lie(book, offset, form, value)
    assert refused(book)[0] == code


def test_bytes_that_go_wrong_on_the_way(book: Path) -> None:
    content = bytearray(book.read_bytes())
    for at in range(300, 900, 50):
        content[at] ^= 0xFF
    book.write_bytes(content)
    assert refused(book)[0] == "damaged"


def test_too_many_entries(book: Path) -> None:
    with zipfile.ZipFile(book, "a") as archive:
        for n in range(unpacking.ENTRIES):
            archive.writestr(f"xl/media/{n}", b"")
    assert refused(book)[0] == "too_large"


def test_a_bomb(book: Path) -> None:
    path = rezipped(book, same, {"xl/media/image1.png": bytes(51 << 20)})
    lie(path, 24, "<I", 10)
    code, detail = refused(path)
    assert code == "too_large"
    assert unpacking.RATIO_FROM < detail["inflated"] < unpacking.RATIO_FROM + 2 * unpacking.PIECE


def test_a_large_workbook_is_refused_while_it_is_inflated(
    book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "INFLATED", 10_000)
    assert refused(book)[0] == "too_large"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ('<row r="1"><c r="ALM1"><v>1</v></c></row>', "too_large"),
        ("<row>" + "<c><v>1</v></c>" * 1001 + "</row>", "too_large"),
        (f'<row r="1"><c r="A1" t="str"><v>{"x" * 32_768}</v></c></row>', "too_large"),
        ('<row r="1"><c r="A1" s="1"/></row>', "empty"),
        ("", "empty"),
    ],
)
def test_how_much_a_sheet_may_hold(book: Path, data: str, code: str) -> None:
    assert refused(with_cells(book, data))[0] == code


def test_the_longest_cell(book: Path) -> None:
    path = with_cells(book, f'<row r="1"><c r="A1" t="str"><v>{"x" * 32_767}</v></c></row>')
    assert rows(path) == [(1, ["x" * 32_767])]


@pytest.mark.parametrize(
    ("raised", "code"), [(BaseException, "damaged"), (MemoryError, "too_large")]
)
def test_a_panic_of_the_reader(
    book: Path, monkeypatch: pytest.MonkeyPatch, raised: type[BaseException], code: str
) -> None:
    class Reader:
        @staticmethod
        def from_path(_path: Path) -> None:
            raise raised

    monkeypatch.setattr(sheets, "CalamineWorkbook", Reader)
    assert refused(book)[0] == code
