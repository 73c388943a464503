"""Texts, and what only calls itself one."""

from __future__ import annotations

import codecs
import random

from tests.hostile.making import CSV, HEADER, PERSON, TEXT, Corpus

FILES = Corpus()
add = FILES.add


add("empty.csv", "empty", b"")
add("only-a-bom.csv", "empty", codecs.BOM_UTF8)
add("only-line-ends.csv", "empty", b"\r\n" * 500_000)
add("only-delimiters.csv", "empty", b";;;;\n" * 100_000)
add("nul.csv", "read", CSV.replace(b"An", b"A\0n"))
add("only-nul.csv", "unknown_type", bytes(1 << 20))
add("noise.csv", "unknown_type", lambda: random.Random(1).randbytes(1 << 20))
add("invalid-utf8.csv", "encoding", CSV + b"1;\xff;3;4\n")
add("overlong-utf8.csv", "encoding", CSV + b"1;\xc0\xaf\xe0\x80\xaf;3;4\n")
add("surrogates-in-utf8.csv", "encoding", CSV + b"1;\xed\xa0\x80\xed\xb0\x80;3;4\n")
add("cut-in-a-letter.csv", "encoding", CSV + "1;Nguyễ".encode()[:-1])
add("utf16-of-odd-length.csv", "encoding", codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le") + b"x")
add(
    "utf16-lone-surrogate.csv",
    "read",
    codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le") + b"\0\xd8;\0",
)
add("utf32.csv", "unknown_type", TEXT.encode("utf-32"))
add("utf7.csv", "read", TEXT.encode("utf-7"))
add("ebcdic.csv", "encoding", "ho ten;gioi tinh\nan;nam\n".encode("cp500") * 50)
add(
    "french.csv",
    "encoding",
    "prénom;né à\nHélène;Orléans\nZoé;Nîmes\nFrançois;Besançon\n".encode("cp1252") * 9,
)
add(
    "three-encodings.csv",
    "encoding",
    CSV + "1;TrÇn V¨n B×nh\n".encode("cp1252") + "2;Nguyeãn Vaên Bình\n".encode("cp1252"),
)
add(
    "read-twice.csv",
    "read",
    (HEADER + "\n").encode() + PERSON.encode().decode("cp1252", "replace").encode(),
)
add("one-quote-open.csv", "unclosed_quote", CSV + b'1;"2;3;4\n')
add("a-quote-open-for-long.csv", "unclosed_quote", lambda: CSV + b'1;"2;3;4\n' + CSV * 100_000)
add("quotes-only.csv", "unclosed_quote", b'"' * 99_999)
add("line-ends-in-a-quote.csv", "unclosed_quote", lambda: CSV + b'"' + b"\n" * 1_000_000 + b'"')
add("cell-of-100-MB.csv", "too_large", lambda: CSV + b"x" * 100_000_000)
add("cell-of-101-kB.csv", "too_large", CSV + b"x" * 101_000)
add("16000-columns.csv", "too_large", (";".join(f"c{n}" for n in range(16_000)) + "\n").encode())
add("a-million-delimiters.csv", "too_large", CSV + b";" * 1_000_000)
add(
    "formulas.csv",
    "read",
    (
        HEADER
        + "\n"
        + "".join(
            f"{sign}cmd|' /C calc'!A0;{sign}1+1;{sign}SUM(A1:A9);{sign}x\n" for sign in "=+-@\t\r＝"
        )
    ).encode(),
)
add("headers-twice.csv", "read", f"{HEADER};{HEADER}\n{PERSON};{PERSON}\n".encode())
add(
    "impossible-dates.csv",
    "read",
    (
        HEADER
        + "\n"
        + "".join(
            f"07408500123{n};An;Nam;{day}\n"
            for n, day in enumerate(
                [
                    "00/00/0000",
                    "31/12/9999",
                    "0000-00-00",
                    "9999-99-99",
                    "1/1/10000",
                    "-1",
                    "1e308",
                    "99999999",
                ]
            )
        )
    ).encode(),
)
add("another-separator.csv", "unknown_type", b"sep=\x01\na\x01b\n1\x012\n")
add("bare-carriage-returns.csv", "read", CSV.replace(b"\n", b"\r"))
add("marks-without-end.csv", "read", (HEADER + "\n1;a" + "\u0301" * 90_000 + "\n").encode())
add(
    "letters-that-turn-around.csv",
    "read",
    f"{HEADER}\n1;\u202enA\u2066\u200b\ufeff;Nam;\n".encode(),
)
add("html.xls", "unknown_type", b"<html><table><tr><td>" + CSV)
add(
    "xml-2003.xls",
    "unknown_type",
    b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com'/>",
)
add(
    "entities.xml",
    "unknown_type",
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "b">]><a>&a;</a>',
)
add("json.csv", "read", b'[{"full_name": "An"}]')
add("rtf.csv", "read", rb"{\rtf1\ansi Nguyen Van An}")
add("program.csv", "unknown_type", b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff" + bytes(range(32)) * 30)
add("library.csv", "unknown_type", b"\x7fELF" + bytes(range(16)) * 60)
add("pdf.xlsx", "unknown_type", b"%PDF-1.7\n" + CSV)
add("image.xlsx", "unknown_type", b"\x89PNG\r\n\x1a\n" + bytes(999))
add("rar.zip", "unknown_type", b"Rar!\x1a\x07\x01\0" + bytes(range(128, 256)) * 9)
add("7z.zip", "unknown_type", b"7z\xbc\xaf\x27\x1c" + bytes(999))
