"""What Excel wrote until 2007 (XLS)."""

from __future__ import annotations

import io
import struct

import xlwt

from tests.hostile.making import ANY, HEADER, PERSON, Corpus, cut, scratched

FILES = Corpus()
add = FILES.add


def xls(*, date1904: bool = False, rows: int = 0) -> bytes:
    made = xlwt.Workbook()
    made.dates_1904 = date1904
    sheet = made.add_sheet("Danh sách")
    for line, said in enumerate([HEADER, PERSON, *[PERSON] * rows]):
        for at, value in enumerate(said.split(";")):
            sheet.write(line, at, value)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def patched(content: bytes, *changes: tuple[int, str, int]) -> bytes:
    changed = bytearray(content)
    for offset, form, value in changes:
        struct.pack_into(form, changed, offset, value)
    return bytes(changed)


def record(content: bytes, kind: int, offset: int, form: str, value: int) -> bytes:
    """Something else written into the first record of a kind."""
    at = 512
    while at < len(content):
        found, size = struct.unpack_from("<HH", content, at)
        if found == kind:
            return patched(content, (at + 4 + offset, form, value))
        at += 4 + size
    raise AssertionError(kind)


def locked() -> bytes:
    """The first record after the beginning says that a password is needed."""
    content = bytearray(xls())
    at = 512 + 4 + struct.unpack_from("<H", content, 514)[0]
    struct.pack_into("<H", content, at, 0x2F)
    return bytes(content)


def ring(content: bytes) -> bytes:
    """A folder whose list of sectors comes back to where it began."""
    table = struct.unpack_from("<I", content, 76)[0]
    at = 512 * (table + 1)
    return patched(content, *((at + 4 * n, "<I", 0) for n in range(128)))


add("people.xls", "read", xls)
add("people-1904.xls", "read", lambda: xls(date1904=True))
add("sign-only.xls", "damaged", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
add("header-only.xls", "damaged", lambda: xls()[:512])
add("with-a-password.xls", "encrypted", locked)
add(
    "xlsx-with-a-password.xlsx",
    "encrypted",
    lambda: xls().replace(
        "Workbook".encode("utf-16-le").ljust(64, b"\0"),
        "EncryptedPackage".encode("utf-16-le").ljust(64, b"\0"),
    ),
)
add(
    "letter.doc",
    "unknown_type",
    lambda: xls().replace(
        "Workbook".encode("utf-16-le").ljust(32, b"\0"),
        "WordDocument".encode("utf-16-le").ljust(32, b"\0"),
    ),
)
add("sectors-of-2-to-the-65535.xls", "read", lambda: patched(xls(), (30, "<H", 0xFFFF)))
add("list-of-sectors-beyond.xls", "read", lambda: patched(xls(), (44, "<I", 0xFFFFFF)))
add("folder-beyond.xls", "damaged", lambda: patched(xls(), (48, "<I", 0xFFFFFF)))
add("folder-in-a-ring.xls", "damaged", lambda: ring(xls()))
add(
    "texts-that-are-not-there.xls",
    "damaged",
    lambda: record(xls(), 0x00FC, 4, "<I", 0x7FFFFFFF),
)
add("text-longer-than-all.xls", "damaged", lambda: record(xls(), 0x00FC, 8, "<H", 0xFFFF))
add("text-beyond.xls", "damaged", lambda: record(xls(), 0x00FD, 6, "<I", 0xFFFFFF))
add("line-beyond.xls", "read", lambda: record(xls(), 0x00FD, 0, "<H", 0xFFFF))
add("column-beyond.xls", "damaged", lambda: record(xls(), 0x00FD, 2, "<H", 0xFFFF))
add("sheet-elsewhere.xls", "damaged", lambda: record(xls(), 0x0085, 0, "<I", 0x7FFFFFFF))

for share in (10, 50, 90, 99):
    add(f"first-{share}-of-100.xls", "damaged", cut(lambda: xls(rows=200), share))
for seed in range(8):
    add(f"scratched-{seed}.xls", ANY, scratched(lambda: xls(rows=200), seed))
