"""Reading what is no CSV and no XLSX: XLS, ODS, and what is packed in a gzip or a zip."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest
import xlwt

from tests.hostile.documents import COLUMNS, ROW, ROWS, cell, ods, row, said
from tests.hostile.making import CSV, HEADER, PERSON, zipped
from tests.hostile.old_books import xls
from tests.hostile.workbooks import book
from tests.kernel.reading import converse, refused, rows, written

DIPLOMAS = Path(__file__).parent.parent / "data" / "imports" / "diplomas.xls"
BOTH = [(1, HEADER.split(";")), (2, PERSON.split(";"))]


def test_a_register_of_diplomas() -> None:
    told = converse(DIPLOMAS)
    assert [told[0][name] for name in ("kind", "encoding", "date1904")] == ["xls", None, False]
    assert told[-1]["lines"] == 213
    found = dict(rows(DIPLOMAS))
    assert found[2] == ["SỔ GỐC CẤP VĂN BẰNG"]
    assert found[5] == [
        1,
        "Trần Trọng Vinh",
        "Nam",
        "\0d1993-05-26",
        "tỉnh Bình Dương",
        "074093634637",
        "Tốt nghiệp THPT",
        "Trung bình",
        2011,
        "B44862744",
        "3196/2011/THPT",
        "Sở Giáo dục và Đào tạo tỉnh Bình Dương",
        "\0d2011-10-14",
        "Phạm Quốc Kiệt Sang",
    ]
    assert found[206][3:6] == ["01.01.1990", "tỉnh Bình Dương", None]
    assert [found[line][:2] for line in (212, 213)] == [
        ["Tổng cộng: 206 văn bằng"],
        [None, "Người lập biểu"],
    ]


def a_book(*, date1904: bool) -> bytes:
    made = xlwt.Workbook()
    made.dates_1904 = date1904
    sheet, hidden = made.add_sheet("Một"), made.add_sheet("Hai")
    hidden.visibility = 1
    hidden.write(2, 1, "y")
    plain, day, moment, clock = (
        xlwt.easyxf(num_format_str=form)
        for form in ("General", "dd/mm/yyyy", "dd/mm/yyyy hh:mm", "hh:mm")
    )
    for at, (value, style) in enumerate(
        [
            (79091001234, plain),
            (1.5, plain),
            (True, plain),
            (31200.0, day),
            (31200.5 - 1e-9, moment),
            (0.75, clock),
            (1e300, day),
            (" \xa0 ", plain),
            ("#N/A", plain),
        ],
        start=1,
    ):
        sheet.write(4, at, value, style)
    sheet.row(5).set_cell_error(2, 0x2A)
    sheet.row(5).set_cell_error(3, 0x07)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize(("date1904", "day"), [(False, "1985-06-02"), (True, "1989-06-03")])
def test_cells_of_an_old_workbook(tmp_path: Path, day: str, *, date1904: bool) -> None:
    path = written(tmp_path, a_book(date1904=date1904))
    told = converse(path)
    assert [sheet["name"] for sheet in told[0]["sheets"]] == ["Một", "Hai"]
    assert told[0]["date1904"] is date1904
    days = [f"\0d{day}", f"\0d{day}T12:00:00", "18:00:00"]
    assert rows(path) == [
        (5, [None, 79091001234, 1.5, "TRUE", *days, 1e300, None, "#N/A"]),
        (6, [None, None, "\0e#N/A", "\0e#DIV/0!"]),
    ]
    assert rows(path, 1) == [(3, [None, "y"])]


def test_cells_of_open_document(tmp_path: Path) -> None:
    error = ' table:formula="of:=NA()" calcext:value-type="error"'
    note = "<office:annotation><text:p>a note</text:p></office:annotation>"
    path = written(
        tmp_path,
        ods(
            row("<table:table-cell/>", more=ROWS.format(3))
            + row(
                said(
                    "Họ và<text:s text:c='2'/>tên</text:p><text:p>có <text:span>hai</text:span> dòng"
                ),
                cell("float", "79091001234"),
                "<table:table-cell" + COLUMNS.format(2) + "/>",
                cell("date", "1985-06-02"),
                cell("date", "1985-06-02T14:30:00"),
                cell("time", "PT07H05M00S"),
                cell("boolean", "true"),
                cell("percentage", "0").replace("percentage-value", "value"),
                said("#N/A", error),
                said("Err:502", error),
                said("x").replace("<text:p>", note + "<text:p>"),
                "\n  ",
                said("<text:a>y</text:a><text:line-break/>z", COLUMNS.format(2)),
            )
            + row(said("a"), said("b").replace("table-cell", "covered-table-cell"), said("c"))
            + "<table:table-row-group>"
            + row(said("d"), more=ROWS.format(2))
            + "</table:table-row-group>"
            + row("<table:table-cell" + COLUMNS.format(16_384) + "/>", more=ROWS.format(1_048_000)),
            sheets=2,
        ),
    )
    typed = [
        "\0d1985-06-02",
        "\0d1985-06-02T14:30:00",
        "07:05:00",
        "TRUE",
        0,
        "\0e#N/A",
        "\0eErr:502",
    ]
    expected = [
        (4, ["Họ và  tên\ncó hai dòng", 79091001234, None, None, *typed, "x", "y\nz", "y\nz"]),
        (5, ["a", None, "c"]),
        (6, ["d"]),
        (7, ["d"]),
    ]
    assert rows(path) == rows(path, 1) == expected
    told = converse(path)[0]
    assert (told["kind"], [sheet["name"] for sheet in told["sheets"]]) == ("ods", ["s0", "s1"])


def test_a_long_sheet_of_open_document_is_streamed(tmp_path: Path) -> None:
    path = written(tmp_path, ods("".join(row(said(f"d{n}")) for n in range(20_000))))
    _first, *batches, end = converse(path)
    assert end == {"end": True, "lines": 20_000}
    shares = [each["share"] for each in batches]
    assert 0 < shares[0] < 0.2
    assert shares == sorted(shares)


KINDS: dict[str, Callable[[], bytes]] = {
    "csv": lambda: CSV,
    "xlsx": book,
    "xls": xls,
    "ods": lambda: ods(ROW),
}


@pytest.mark.parametrize("kind", KINDS)
def test_one_packed_file_reads_as_the_file_itself(tmp_path: Path, kind: str) -> None:
    content = KINDS[kind]()
    plain = converse(written(tmp_path, content))
    assert plain[0]["kind"] == kind
    assert rows(tmp_path / "file") == BOTH
    for packed in (
        gzip.compress(content),
        zipped(("Thư mục/Tệp", content), ("__MACOSX/._T", b"x")),
    ):
        assert converse(written(tmp_path, packed)) == plain


def test_a_gzip_of_very_many_members_is_refused(tmp_path: Path) -> None:
    few = gzip.compress(CSV) + gzip.compress(b"") * 999
    assert "end" in converse(written(tmp_path, few))[-1]
    assert refused(written(tmp_path, few + gzip.compress(b"")))[0] == "too_large"


def test_a_packed_text_is_streamed(tmp_path: Path) -> None:
    content = CSV + b"\n".join(b"%d;An;Nam;" % n for n in range(60_000))
    _first, *batches, end = converse(written(tmp_path, gzip.compress(content)))
    assert end == {"end": True, "lines": 60_002}
    shares = [each["share"] for each in batches]
    assert shares == sorted(shares)
    assert 0 < shares[1] < 0.2
