"""Reading a text with delimiters, and what is no file of rows at all."""

from __future__ import annotations

import codecs
import io
import sys
from pathlib import Path
from typing import Any

import pytest

from records.imports import compound, delimited, sheets
from tests.kernel.reading import converse, refused, rows, written

AB = (1, ["a", "b"])
ENCODINGS = {
    "utf-8": ("utf-8", b""),
    "utf-8 with BOM": ("utf-8", codecs.BOM_UTF8),
    "utf-16 LE": ("utf-16-le", codecs.BOM_UTF16_LE),
    "utf-16 BE": ("utf-16-be", codecs.BOM_UTF16_BE),
    "utf-16 LE without BOM": ("utf-16-le", b""),
    "utf-16 BE without BOM": ("utf-16-be", b""),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b\n1,2\n", [AB, (2, ["1", "2"])]),
        ("a;b\n1;2", [AB, (2, ["1", "2"])]),
        ("a\tb\n1\t2,5\n", [AB, (2, ["1", "2,5"])]),
        ("a;b\n1,5;2,5\n3,5;4,5\n", [AB, (2, ["1,5", "2,5"]), (3, ["3,5", "4,5"])]),
        ("a,b\r1,2\r", [AB, (2, ["1", "2"])]),
        ("a,b\r\n\r\n1,2\r\n", [AB, (3, ["1", "2"])]),
        ("a\n\n1\n", [(1, ["a"]), (3, ["1"])]),
        ("Danh sách, 2025\na;b\n1;2\n", [(1, ["Danh sách, 2025"]), (2, AB[1]), (3, ["1", "2"])]),
        ('"a";b\n"x;\r\ny"";";2\n3;4', [AB, (2, ['x;\r\ny";', "2"]), (4, ["3", "4"])]),
        ("a,b\n , \n,\n1,\n", [AB, (4, ["1", None])]),
        ("a,b\n007, x \n", [AB, (2, ["007", " x "])]),
        ("a\u2028b,c\x0bd\x85e\n", [(1, ["a\u2028b", "c\x0bd\x85e"])]),
        ('a,b\nx "y" z,2\n', [AB, (2, ['x "y" z', "2"])]),
        ("sep=;\na,b;c\n", [(2, ["a,b", "c"])]),
        ('"SEP=|"\r\na|b\r\n', [(2, ["a", "b"])]),
        ("a,b\n1,2,3\n4\n", [AB, (2, ["1", "2", "3"]), (3, ["4"])]),
        ("Họ và tên\tb\nTrần Ế\t2\n", [(1, ["Họ và tên", "b"]), (2, ["Trần Ế", "2"])]),
        ("Họ te\u0302n\tb\nLe\u0300\t2\n", [(1, ["Họ te\u0302n", "b"]), (2, ["Le\u0300", "2"])]),
    ],
)
def test_a_text_with_delimiters(
    tmp_path: Path, content: str, expected: list[Any], encoding: str
) -> None:
    codec, mark = ENCODINGS[encoding]
    path = written(tmp_path, mark + content.encode(codec))
    said = converse(path)
    assert rows(path) == expected
    del said[0]["readings"]
    assert said[0] == {
        "kind": "csv",
        "encoding": encoding[:6].strip(),
        "date1904": False,
        "sheets": [{"name": "", "head": expected}],
    }
    assert said[-2]["share"] == 1
    lines = io.StringIO(content, newline="").readlines()
    assert said[-1] == {"end": True, "lines": len(lines)}


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1\0,2\n",
        "\ufeffa,b\n1\0,2".encode("utf-16-le"),
        b"\xff\xfea\0,\0b\0\n\x001\0\x00\xd8,\x002\0",
    ],
)
def test_what_is_no_letter_is_replaced(tmp_path: Path, content: bytes) -> None:
    assert rows(written(tmp_path, content)) == [AB, (2, ["1\ufffd", "2"])]


def test_a_long_text_comes_in_batches(tmp_path: Path) -> None:
    path = written(tmp_path, b"a,b\n" + b"1,2\n" * 1200 + b"\n\n")
    first, *batches, end = converse(path)
    assert [len(each["rows"]) for each in batches] == [500, 500, 201]
    shares = [each["share"] for each in batches]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(first["sheets"][0]["head"]) == 60
    assert end == {"end": True, "lines": 1203}


COMPOUND = compound.COMPOUND + bytes(504)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)


def stream(name: str) -> bytes:
    """An entry of an OLE2 folder."""
    return name.encode("utf-16-le").ljust(64, b"\0") + bytes(64)


@pytest.mark.parametrize(
    ("content", "code", "detail"),
    [
        (b"", "empty", {}),
        (b"\n \n,,\n", "empty", {}),
        (codecs.BOM_UTF8, "empty", {}),
        (codecs.BOM_UTF16_LE, "empty", {}),
        (b"sep=,\n", "empty", {}),
        (b"%PDF-1.7\n", "unknown_type", {"looks_like": "pdf"}),
        (PNG, "unknown_type", {"looks_like": "image"}),
        (b"\xff\xd8\xff\xe0" + bytes(9), "unknown_type", {"looks_like": "image"}),
        (b"\x1f\x8b\x08", "damaged", {"said": "EOFError"}),
        (COMPOUND + stream("Workbook"), "damaged", {"said": "CompDocError"}),
        (COMPOUND + stream("Book"), "damaged", {"said": "CompDocError"}),
        (COMPOUND + stream("WordDocument"), "unknown_type", {"looks_like": "unknown"}),
        (COMPOUND + stream("EncryptedPackage"), "encrypted", {}),
        (b"\n<html><table>", "unknown_type", {"looks_like": "html"}),
        (b"\xef\xbb\xbf<!DOCTYPE html>", "unknown_type", {"looks_like": "html"}),
        ("\ufeff<table>".encode("utf-16-le"), "unknown_type", {"looks_like": "html"}),
        (b"<?xml version='1.0'?><html>", "unknown_type", {"looks_like": "html"}),
        (b"<?xml version='1.0'?><Workbook>", "unknown_type", {"looks_like": "xml"}),
        (bytes(range(256)) * 20, "unknown_type", {"looks_like": "unknown"}),
        (bytes(999), "unknown_type", {"looks_like": "unknown"}),
        (b"\x7fELF" + bytes(range(8)) * 9, "unknown_type", {"looks_like": "unknown"}),
        (b"a,b\nTr\xc7n,x\n", "encoding", {"line": 2}),
        (b"a,b\r\n" * 9000 + b"\xe9,2\r\n", "encoding", {"line": 9001}),
        (b"a\r" * 7 + b"\xed\xa0\x80", "encoding", {"line": 8}),
        ("\ufeffa,b\n1".encode("utf-16-le") + b"\0", "encoding", {"line": 2}),
        (b'a,b\n1,"2\n3,4\n', "unclosed_quote", {"line": 2}),
        (b'a,b\n"x\ny",1\n1,"2\n' + b"3,4\n" * 40_000, "unclosed_quote", {"line": 4}),
        (b'a,b\n1,"2\n3,"4"\n', "unclosed_quote", {"line": 2}),
        (b'"a', "unclosed_quote", {"line": 1}),
        (b"a,b\n" + b"x" * 100_001, "too_large", {"line": 2, "characters": 100_000}),
        (b"a\n" + b"," * 1000, "too_large", {"line": 2, "columns": 1001}),
    ],
)
def test_what_is_refused(tmp_path: Path, content: bytes, code: str, detail: dict[str, Any]) -> None:
    assert refused(written(tmp_path, content)) == (code, detail)


def test_a_line_without_end_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "LONGEST_LINE", 1000)
    assert refused(written(tmp_path, b"a,b\n" + b"1,2," * 251)) == (
        "too_large",
        {"line": 2, "characters": 1000},
    )
    assert len(rows(written(tmp_path, b"a,b\n" + b"1,2," * 250))) == 2


def test_a_message_is_never_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "LONGEST_MESSAGE", 300)
    out = io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdout", out)
    sheets.converse(written(tmp_path, b"a,b\n" * 100), sheets._say, lambda: None)
    assert out.buffer.getvalue().startswith(b'{"error":"too_large"')  # type: ignore[attr-defined]
