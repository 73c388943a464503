"""UTF-8 that was opened as Windows-1252 is known in whole cells and in pieces of them."""

from __future__ import annotations

import unicodedata

import pytest

from records.imports.encodings import in_cells
from records.imports.twice import once, twice_encoded


def misread(text: str) -> str:
    """A text as it looks where its UTF-8 is taken for Windows-1252."""
    return "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "Nguyễn Văn An",
        "nguyễn văn a",
        "Lê",
        "lê tú",
        "HÀ Nam",
        "Vũ",
        "Đỗ",
        "đỗ",
        "Ý",
        "Ơn ƯNG",
        "CÔ NGÒ SÓ HƠ",
        "Ủy ban nhân dân thành phố Thủ Dầu Một",
        unicodedata.normalize("NFD", "Nguyễn Ân"),
    ],
)
def test_what_was_read_twice_is_put_right(text: str) -> None:
    assert not twice_encoded(text)
    assert once(misread(text)) == text
    right = "Ngõ Đường "  # letters that Windows-1252 has not
    assert once(right + misread(text)) == right + text


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("xã thÃ nh Ủy", "xã thành Ủy"),
        ("väƒn Ủy", "văn Ủy"),
        ("NGUYÁ»„N Ẩn", "NGUYỄN Ẩn"),
        ("nguyá»\x85n Ủy", "nguyễn Ủy"),
        ("Trung Ủy â€œAâ€\x9d", "Trung Ủy “A”"),
        ("TĂº Ủy", "Tú Ủy"),
    ],
)
def test_it_is_known_though_more_happened_to_it(said: str, meant: str) -> None:
    assert once(said) == meant


@pytest.mark.parametrize(
    "text",
    [
        "José Ñáñez",
        "François Müller",
        "LÃ VĂN AN",
        "ĐÃ GIẢI THỂ",
        "LÃ\xa0VĂN AN",
        "LÃ\xa0THANH",
        "“XÃ”",
        "Ủy ban “XÃ” ạ",
        "Ủy ban ‘XÃ’ ạ",
        "XÃ–HUYỆN",
        "Quán «Cá»",
        "Quán «Cá»… ạ",
        "Ê Đê, Y Bhăm Niê",
        "H’Hen Niê",
        "đã… ạ",
        "Å land, Ægir",
        "nhà\xa0ở",
        "30°, 10 m²",
    ],
)
def test_what_only_looks_like_it_is_left(text: str) -> None:
    assert not twice_encoded(text)


def test_a_workbook_of_right_and_wrong_cells_offers_to_be_read_right() -> None:
    found = in_cells(["Họ và tên", "Trần Ẩn", misread("Nguyễn Văn An"), "Lê " + misread("Đức")])
    assert found.encoding is None
    assert found.readings[0]["encoding"] == "utf-8-twice"
    assert found.readings[0]["lines"] == ["Nguyễn Văn An", "Lê Đức"]
    assert in_cells(["Họ và tên", "Trần Ẩn"]).readings == []
