"""Where the data of a sheet begins and ends, and which column is which, as offices lay them out."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pytest
import xlsxwriter

from records.imports.layout import Data, Layout, find_header, labels
from records.imports.models import Stage
from records.registry import record_types
from tests.importing import as_csv, reported, rows_of, taken

PEOPLE = record_types()["people"]
KNOWN = labels(PEOPLE, PEOPLE.writable)
PERSON = ["1", "074085001234", "Nguyễn Văn An", "Nam", "02/06/1985"]
HEADER = ["STT", "Số CCCD", "Họ và tên", "Giới tính", "Ngày sinh"]


def laid_out(*rows: Sequence[Any]) -> Layout:
    found = find_header([(n, [c or None for c in row]) for n, row in enumerate(rows, 1)], KNOWN)
    assert found is not None
    return found


def fields(layout: Layout) -> list[tuple[str, int]]:
    return [(field, at) for field, _header, at in layout.columns]


FIVE = [("personal_id", 1), ("full_name", 2), ("sex", 3), ("birth_date", 4)]


@pytest.mark.parametrize(
    "header",
    [
        [HEADER],
        [["STT", "Số\nCCCD (*)", " HỌ VÀ  TÊN* ", "gioi tinh", "Nga\u0300y\xa0sinh"]],
        [
            ["STT", "Số định danh", "Họ", "Giới tính", "Ngày,"],
            ["", "cá nhân", "và", "", "tháng,"],
            ["", "", "tên", "", "năm sinh"],
        ],
        [["STT", "Thông tin", "", "", ""], ["", "Số CCCD", "Họ tên", "Giới", "Năm sinh"]],
        [
            ["STT", "Thông tin", "", "", ""],
            ["", "Giấy tờ", "Nhân thân", "", ""],
            ["", "Số CCCD", "Họ tên", "Giới", "Năm sinh"],
        ],
        [["STT", "Số CCCD", "Họ và tên", "Giới", "Ngày sinh"], ["", "", "", "tính", ""]],
        [
            ["STT", "Số định danh", "Họ tên", "Giới", "Ngày, tháng,"],
            ["", "cá nhân", "", "tính", "năm"],
            ["", "", "", "", "sinh"],
        ],
        [["UBND XÃ AN SƠN", "", "", "CỘNG HÒA XÃ HỘI"], ["DANH SÁCH"], HEADER],
    ],
)
def test_a_header_of_one_to_three_rows(header: list[list[str]]) -> None:
    found = laid_out(*header, PERSON, PERSON)
    assert fields(found) == FIVE
    assert (found.extra, found.first) == (("STT",), len(header) + 1)


def test_a_group_says_which_place_its_columns_speak_of() -> None:
    found = laid_out(
        ["Số CCCD", "Họ tên", "Nơi sinh", "", "Nơi thường trú", ""],
        ["", "", "Mã xã", "Địa chỉ", "Mã xã", "Địa chỉ"],
        ["074085001234", "A", "25747", "x", "25750", "y"],
    )
    assert dict(fields(found)) == {
        "personal_id": 0,
        "full_name": 1,
        "birth_place_unit": 2,
        "birth_place": 3,
        "residence_unit": 4,
        "residence_address": 5,
    }
    assert not found.repeated


def kept(*rows: Sequence[Any], header: Sequence[str] = HEADER) -> tuple[list[int], list[int]]:
    """The lines that are data, and those that are skipped."""
    layout = laid_out(header)
    data = Data(layout, PEOPLE.identity)
    cells = [(n, [c or None for c in row]) for n, row in enumerate(rows, 2)]
    return [line for line, _cells in data.take(cells)], data.skipped


@pytest.mark.parametrize(
    "row",
    [
        ["A", "B", "1", "2", "3"],
        ["(1)", "(2)", "(3)", "(4)", "(5)"],
        ["[1]", "[2]", "[3]", "[4]", "[5]"],
        [1, 2, 3, 4, 5],
        ["(A)", "(B)", "(C)", "(1)", "(2)=(1)+1"],
        ["", "(1)", "(2)", "(3)", "(4)"],
    ],
)
def test_the_numbers_of_columns_are_no_data(row: list[Any]) -> None:
    assert kept(row, PERSON) == ([3], [])


def test_a_header_with_line_breaks_in_a_text() -> None:
    """Rows are numbered by the lines where they begin."""
    header = (3, ["STT", "Số\nđịnh danh\ncá nhân", "Họ\nvà tên", "Giới\ntính", None])
    below = (8, [None, None, None, None, "Ngày sinh"])
    found = find_header([(1, ["DANH SÁCH"]), header, below, (9, [*PERSON])], KNOWN)
    assert found is not None
    assert (fields(found), found.extra) == (FIVE, ("STT",))
    rows = [(9, ["(1)", "(2)", "(3)", "(4)", "(5)"]), (10, [*PERSON])]
    assert [line for line, _cells in Data(found, PEOPLE.identity).take(rows)] == [10]


@pytest.mark.parametrize(
    "end",
    [
        "Tổng số: 120 người",
        "Cộng",
        "Tổng cộng:",
        "TONG CONG 12",
        "Tổng hợp",
        "Tổng trẻ em: 12 cháu",
        "Cộng trang 5",
        "Người lập biểu",
        "Ngày … tháng … năm …",
        "Bình Dương, ngày 12 tháng 3 năm 2025",
        "An Sơn, ngày 12/03/2025",
        "TM. UBND",
        "TM. ỦY BAN NHÂN DÂN",
        "KT. CHỦ TỊCH",
        "K/T. HIỆU TRƯỞNG",
        "PHÓ CHỦ TỊCH",
        "Thủ trưởng đơn vị",
        "(Ký, ghi rõ họ tên)",
        "Lập bảng",
        "Nơi nhận:",
        "Ghi chú:",
        "Xác nhận của Công an xã",
        "Hiệu trưởng",
        "Danh sách có 120 người",
        "Bằng chữ: một trăm",
    ],
)
def test_what_follows_the_last_row_is_skipped(end: str) -> None:
    for place in range(4):
        row = [""] * place + [end]
        assert kept(PERSON, row) == ([2], [3]), row
        assert kept(PERSON, row, PERSON)[1] == []
    assert kept(PERSON, [end], ["", "", "", "", "Trần Thị B"], ["", "Lê C"]) == ([2], [3, 4, 5])


@pytest.mark.parametrize(
    "row",
    [
        ["Tống Hồ Nam", "074085001234"],
        ["Cộng", "074085001234"],
        ["Công", ""],
        ["Tống", ""],
        ["Tổng công ty Cao su", ""],
        ["Tổng Công ty", ""],
        ["Tổng công ty 28", ""],
        ["Kỷ Văn An", ""],
        ["Giám Văn Đốc", ""],
    ],
)
def test_a_row_that_only_looks_like_an_end_is_data(row: list[str]) -> None:
    header = ["Họ tên", "Số CCCD", "Giới tính", "Ngày sinh", "Quê quán"]
    assert kept(["A", "074085001235"], row, header=header) == ([2, 3], [])


def test_a_total_in_a_sheet_of_two_columns() -> None:
    header = ["Số CCCD", "Họ tên"]
    assert kept(["074085001234", "A"], ["Tổng số", "120"], header=header) == ([2], [3])
    assert kept(["074085001234", "Tổng"], header=header) == ([2], [])


def sheets(*named: tuple[str, list[list[str]]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, rows in named:
            page = book.add_worksheet(name)
            for at, row in enumerate(rows):
                page.write_row(at, 0, row)
    return out.getvalue()


@pytest.mark.django_db
def test_a_sheet_that_guides_is_not_read() -> None:
    rows = rows_of(PEOPLE, (1, 2))
    words = [["Cột", "Giải thích"], *([word, "x"] for word in rows[0])]
    example = [rows[0], rows[1]]
    for beside in (("Hướng dẫn", words), ("Hướng dẫn", example), ("Mẫu", rows[:1])):
        for both in ([("Dân", rows), beside], [beside, ("Dân", rows)]):
            job = taken("people", sheets(*both))
            assert (job.stage, job.counts.get("new")) == (Stage.READY, 2), job.problem
    job = taken("people", sheets(("Ấp 1", rows), ("Ấp 2", rows)))
    assert job.problem == {"code": "several_sheets", "detail": {"sheets": ["Ấp 1", "Ấp 2"]}}


@pytest.mark.django_db
def test_rows_that_are_skipped_are_told() -> None:
    rows = [*rows_of(PEOPLE, (1, 2)), ["Cộng: 2 người"], ["", "", "Nơi nhận:"]]
    told = reported(taken("people", as_csv(rows)))
    assert told["counts"]["skipped"] == 2
    assert {"code": "skipped_rows", "rows": [4, 5]} in told["file_warnings"]
