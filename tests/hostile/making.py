"""What the makers of hostile files share."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable

Maker = Callable[[], bytes]
HEADER = "Số định danh cá nhân;Họ và tên;Giới tính;Ngày sinh"
PERSON = "074085001234;Nguyễn Văn An;Nam;02/06/1985"
TEXT = f"{HEADER}\n{PERSON}\n"
CSV = TEXT.encode()
#: Read or refused, whichever: the bytes of a compressed file are not the same everywhere.
ANY = "any"
#: The billion laughs.
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))


class Corpus(dict[str, tuple[Maker, str]]):
    """Files by their names: what makes each, and how it ends."""

    def add(self, name: str, ends: str, made: bytes | Maker) -> None:
        assert name not in self, name
        self[name] = (made if callable(made) else lambda: made, ends)


def zipped(
    *entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, content in entries:
            info = zipfile.ZipInfo(name) if isinstance(name, str) else name
            info.compress_type = method
            made.writestr(info, content)
    return out.getvalue()


def cut(made: Maker, share: int) -> Maker:
    """The first `share` of 100 bytes."""

    def first() -> bytes:
        content = made()
        return content[: len(content) * share // 100]

    return first


def scratched(made: Maker, seed: int, places: int = 12) -> Maker:
    """The file with some of its bytes changed."""

    def scratch() -> bytes:
        changed, chance = bytearray(made()), random.Random(seed)
        for _ in range(places):
            changed[chance.randrange(64, len(changed))] ^= chance.randrange(1, 256)
        return bytes(changed)

    return scratch
