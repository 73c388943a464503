"""What is packed in a gzip or a zip."""

from __future__ import annotations

import gzip
import struct
import zipfile
import zlib

from tests.hostile.documents import ROW, ods
from tests.hostile.making import CSV, PERSON, Corpus, zipped
from tests.hostile.old_books import xls
from tests.hostile.workbooks import book

FILES = Corpus()
add = FILES.add


def link() -> zipfile.ZipInfo:
    made = zipfile.ZipInfo("people.csv")
    made.external_attr = 0o120777 << 16
    return made


def lying(content: bytes, offset: int, form: str, value: int) -> bytes:
    """Something else written into the last entry of a zip's list."""
    changed = bytearray(content)
    struct.pack_into(form, changed, changed.rindex(b"PK\1\2") + offset, value)
    return bytes(changed)


def overlapping() -> bytes:
    """A zip whose many entries all stand in one place: each is inflated anew."""
    content = b"<a>" + b" " * 10_000_000 + b"</a>"
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    stored = deflate.compress(content) + deflate.flush()
    sizes = struct.pack("<III", zlib.crc32(content), len(stored), len(content))
    names = [b"[Content_Types].xml", b"xl/workbook.xml", *(b"xl/media/%d" % n for n in range(500))]
    first = struct.pack("<4sHHHHH", b"PK\3\4", 20, 0, 8, 0, 0) + sizes + struct.pack("<HH", 0, 0)
    index = b"".join(
        struct.pack("<4sHHHHHH", b"PK\1\2", 20, 20, 0, 8, 0, 0)
        + sizes
        + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, 0)
        + name
        for name in names
    )
    size = len(first) + len(stored)
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, len(names), len(names), len(index), size, 0)
    return first + stored + index + end


def zeros(size: int = 60 << 20) -> bytes:
    return gzip.compress(bytes(size), 9, mtime=0)


def nested() -> bytes:
    content = CSV
    for _ in range(20):
        content = zipped(("a.zip", content))
    return content


plain = gzip.compress(CSV, mtime=0)
add("people.csv.gz", "read", plain)
add("people.xlsx.gz", "read", lambda: gzip.compress(book(), mtime=0))
add("filled-with-zeros.csv.gz", "read", plain + bytes(10_000))
add("two-members.csv.gz", "read", plain + gzip.compress(PERSON.encode(), mtime=0))
add("members-without-content.csv.gz", "too_large", lambda: gzip.compress(b"", mtime=0) * 10_000)
add("zeros.csv.gz", "unknown_type", zeros)
add(
    "bomb-of-lines.csv.gz",
    "too_large",
    lambda: gzip.compress(CSV + b"a;b\n" * 15_000_000, 9, mtime=0),
)
add("cut.csv.gz", "damaged", plain[:-12])
add("no-checksum.csv.gz", "damaged", plain[:-8])
add("wrong-checksum.csv.gz", "damaged", plain[:-8] + bytes(4) + plain[-4:])
add("garbage-behind.csv.gz", "damaged", plain + b"garbage")
add("sign-only.gz", "damaged", b"\x1f\x8b")
add("name-without-end.gz", "damaged", b"\x1f\x8b\x08\x08" + bytes(6) + b"x" * 1_000_000)
add("gzip-in-gzip.gz", "unknown_type", gzip.compress(plain, mtime=0))
add("zip-in-gzip.gz", "unknown_type", lambda: gzip.compress(zipped(("a.csv", CSV)), mtime=0))
add("pdf.gz", "unknown_type", gzip.compress(b"%PDF-1.7", mtime=0))
add("people.csv.zip", "read", lambda: zipped(("Danh sách/Nhân khẩu.csv", CSV)))
add("stored.csv.zip", "read", lambda: zipped(("a.csv", CSV), method=zipfile.ZIP_STORED))
add(
    "from-a-mac.zip",
    "read",
    lambda: zipped(("a.csv", CSV), ("__MACOSX/._a.csv", b"\0\5\x16\7")),
)
add("people.xlsx.zip", "read", lambda: zipped(("a.xlsx", book())))
add("people.ods.zip", "read", lambda: zipped(("a.ods", ods(ROW))))
add("people.xls.zip", "read", lambda: zipped(("a.xls", xls())))
add("nothing.zip", "empty", zipped)
add("folder-only.zip", "empty", lambda: zipped(("folder/", b"")))
add("two-files.zip", "several_files", lambda: zipped(("a.csv", CSV), ("b.csv", CSV)))
add("zip-in-zip.zip", "unknown_type", lambda: zipped(("a.zip", zipped(("a.csv", CSV)))))
add("gzip-in-zip.zip", "unknown_type", lambda: zipped(("a.csv.gz", plain)))
add("zips-all-the-way-down.zip", "unknown_type", nested)
add("upwards.zip", "damaged", lambda: zipped(("../../etc/cron.d/people.csv", CSV)))
add("upwards-for-windows.zip", "damaged", lambda: zipped(("..\\..\\people.csv", CSV)))
add("from-the-root.zip", "damaged", lambda: zipped(("/etc/passwd", CSV)))
add("drive.zip", "damaged", lambda: zipped(("C:/people.csv", CSV)))
add("link.zip", "damaged", lambda: zipped((link(), b"/etc/passwd")))
add("names-twice.zip", "damaged", lambda: zipped(("a.csv", CSV), ("A.CSV", CSV)))
add("with-a-password.zip", "encrypted", lambda: lying(zipped(("a.csv", CSV)), 8, "<H", 1))
add(
    "smaller-than-it-says.zip",
    "damaged",
    lambda: lying(zipped(("a.csv", CSV)), 24, "<I", 1 << 30),
)
add("larger-than-it-says.zip", "damaged", lambda: lying(zipped(("a.csv", CSV)), 24, "<I", 10))
add("wrong-checksum.zip", "damaged", lambda: lying(zipped(("a.csv", CSV)), 16, "<I", 1))
add("begins-elsewhere.zip", "damaged", lambda: lying(zipped(("a.csv", CSV)), 42, "<I", 1 << 30))
add("bzip2.zip", "damaged", lambda: zipped(("a.csv", CSV), method=zipfile.ZIP_BZIP2))
add("lzma.zip", "damaged", lambda: zipped(("a.csv", CSV), method=zipfile.ZIP_LZMA))
add("bomb.csv.zip", "too_large", lambda: zipped(("a.csv", CSV + b"a;b\n" * 15_000_000)))
add("bomb.xlsx.zip", "too_large", lambda: zipped(("a.xlsx", b"PK\3\4" + bytes(60 << 20))))
add("entries-in-one-place.zip", "too_large", overlapping)
add("10001-files.zip", "too_large", lambda: zipped(*((f"{n}.csv", b"") for n in range(10_001))))
add("cut.zip", "damaged", lambda: zipped(("a.csv", CSV))[:-30])
add("sign-only.zip", "damaged", b"PK\3\4")
add("end-only.zip", "empty", b"PK\5\6" + bytes(18))
add("garbage-behind.zip", "read", lambda: zipped(("a.csv", CSV)) + b"garbage")
add("garbage-in-front.zip", "unknown_type", lambda: b"MZ\0\1\2\3" * 20 + zipped(("a.csv", CSV)))
