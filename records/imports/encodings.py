"""How the letters of a file were written, and which way of writing reads as Vietnamese.

Python knows neither TCVN3 (ABC, the .Vn fonts) nor VNI: their bytes surface as the letters of
Windows-1252, in a text as in the cells of a workbook, and are told here by one table each. No encoding
is guessed in silence: what was found goes with samples of how the file reads in it and in others.

The tables are those of TCVN 5712:1993 (VN3) and of VNI-Windows.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, BinaryIO

from records.imports.twice import once
from records.imports.wire import DATE, ERROR, Cell, Row

PIECE = 1 << 20
BEFORE, SAMPLE = 64 << 10, 256 << 10  # bytes before the first letter beyond ASCII, and in all
SHOWN, WIDEST = 3, 160  # lines of a sample, characters of each
LEAST_WORDS, LEAST_SHARE = 3, 0.8  # what a reading must have to be taken without being asked
LOST = "\ufffd"


def _range(first: int, letters: str) -> dict[int, str]:
    return dict(enumerate(letters, start=first))


#: A byte that is no letter in .Vn fonts, though it stands where letters stand, was one once.
_TCVN3 = {
    **dict.fromkeys([*range(0xC0, 0xC6), 0xCD, 0xD9, 0xDA, 0xDB, 0xE0, 0xF0, 0xFF], LOST),
    **_range(0xA1, "ĂÂÊÔƠƯĐăâêôơưđ"),
    **_range(0xB5, "àảãáạ"),
    **_range(0xBB, "ằẳẵắ"),
    **_range(0xC6, "ặầẩẫấậè"),
    **_range(0xCE, "ẻẽéẹềểễếệìỉ"),
    **_range(0xDC, "ĩíịò"),
    **_range(0xE1, "ỏõóọồổỗốộờởỡớợù"),
    **_range(0xF1, "ủũúụừửữứựỳỷỹýỵ"),
}
GRAVE, ACUTE, HOOK, TILDE, DOT = "\u0300", "\u0301", "\u0309", "\u0303", "\u0323"
ROOF, BREVE = "\u0302", "\u0306"
#: VNI writes a letter and then its marks as one sign.
_MARKS = {
    **dict(zip("øùûõï", (GRAVE, ACUTE, HOOK, TILDE, DOT), strict=True)),
    "â": ROOF,
    **dict(zip("àáåãä", (ROOF + tone for tone in (GRAVE, ACUTE, HOOK, TILDE, DOT)), strict=True)),
    "ê": BREVE,
    **dict(zip("èéúüë", (BREVE + tone for tone in (GRAVE, ACUTE, HOOK, TILDE, DOT)), strict=True)),
}
_VNI = str.maketrans(
    _MARKS
    | {sign.upper(): marks for sign, marks in _MARKS.items()}
    | dict(zip("ñôöæóòîÑÔÖÆÓÒÎ", "đơưỉĩịỵĐƠƯỈĨỊỴ", strict=True))
    | dict.fromkeys("çÇýÝþÞßÿ", LOST)
)


def _surface(text: str) -> bool:
    """Whether a text could be bytes that somebody took for Windows-1252; else it is Unicode already."""
    try:
        text.replace(LOST, "").encode("cp1252")
    except UnicodeEncodeError:
        return False
    return not text.isascii()


def _by(table: dict[int, str]) -> Callable[[str], str]:
    def told(text: str) -> str:
        if not _surface(text):
            return text
        return unicodedata.normalize("NFC", text.translate(table))

    return told


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Encoding:
    """How bytes become text, and that text what was meant. `cells`: it may be in a workbook's, too."""

    codec: str
    told: Callable[[str], str] = _as_it_is
    cells: bool = False


ENCODINGS = {
    "utf-8": Encoding("utf-8-sig"),
    "utf-16": Encoding("utf-16"),
    "windows-1258": Encoding("cp1258", _composed),
    "tcvn3": Encoding("cp1252", _by(_TCVN3), cells=True),
    "vni": Encoding("cp1252", _by(_VNI), cells=True),
    "utf-8-twice": Encoding("utf-8-sig", once, cells=True),
}
LEGACY = ("tcvn3", "vni", "windows-1258")


def tell(rows: Iterable[Row], encoding: str | None) -> list[Row]:
    """Rows with their cells as they were meant."""
    told = ENCODINGS[encoding].told if encoding else _as_it_is
    if told is _as_it_is:
        return list(rows)

    def meant(cell: Cell) -> Cell:
        typed = not isinstance(cell, str) or cell.startswith((DATE, ERROR))
        return cell if typed else told(str(cell))

    return [(line, [meant(cell) for cell in cells]) for line, cells in rows]


def codec_of(head: bytes) -> str | None:
    """The codec that a text which begins so names: UTF-16 by its BOM or its zero bytes; None: no one."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = head[:400:2].count(0), head[1:400:2].count(0)
    half = len(head[:400]) // 2
    for codec, high, low in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        # The high byte is zero of most letters, if not of ễ; the low one of a tone that stands alone.
        if high and 5 * high >= 2 * half and 4 * low <= high:
            return codec
    return None


@dataclass(frozen=True, slots=True)
class Found:
    """`encoding`: None where nothing reads well enough; `line`: the first that is no UTF-8.

    `readings`: how the first lines beyond ASCII read, best first: [{encoding, words, share, lines}];
    `share`: of their words, each taken once, that are Vietnamese syllables. `codec`: how letters became
    bytes, also those of an old font.
    """

    encoding: str | None
    readings: list[dict[str, Any]]
    size: int = 0
    line: int | None = None
    codec: str = ""


def in_text(head: bytes, reopen: Callable[[], BinaryIO], chosen: str = "") -> Found:
    """What a text is written in: as its BOM says, UTF-8 if all of it is, or what reads best in it.

    Among the readings is the encoding `chosen`.
    """
    named = codec_of(head)
    with reopen() as file:
        size, begin, fault, line = _passed_through(file)
    with reopen() as file:
        for _skipped in _pieces(file, max(0, begin - BEFORE) & ~1):  # letters of UTF-16 stay whole
            pass
        sample = b"".join(_pieces(file, SAMPLE))
    if named or fault is None:
        codec = named or "utf-8-sig"
        text = sample.decode(codec, "ignore").lstrip("\ufeff")
        lines = [each for each in re.split(r"[\r\n]+", text) if not each.isascii()]
        plain = "utf-16" if named else "utf-8"
        found = _in_letters(lines, plain, chosen)
        if not named and chosen == "windows-1258":
            told = [
                ENCODINGS[chosen].told(each.encode().decode("cp1258", "replace")) for each in lines
            ]
            found.readings.extend(_readings({chosen: told}))
        return Found(found.encoding or plain, found.readings, size, codec=codec)
    several = [each for each in re.split(rb"[\r\n]+", sample) if not each.isascii()]
    several.sort(key=_is_utf8)  # first what is shown: that for which an encoding is looked for
    candidates = ["utf-8", "utf-8-twice", *LEGACY]
    readings = _readings({name: list(_decoded(several, name)) for name in candidates})
    return Found(_clear(readings, LEGACY), readings, size, line)


def in_cells(cells: Iterable[Cell]) -> Found:
    """What the texts of a workbook are written in, whose letters may be those of an old font."""
    found = _in_letters(
        [c for c in cells if isinstance(c, str) and not c.isascii() and c[:2] not in {DATE, ERROR}],
        "utf-8",
    )
    return found if len(found.readings) > 1 else Found(None, [])


def _in_letters(texts: list[str], plain: str, chosen: str = "") -> Found:
    """What letters stand for, which may be those of an old font; `plain`: how the file writes them."""
    names = [name for name, encoding in ENCODINGS.items() if encoding.cells]
    if 10 * sum(map(_surface, texts)) < 9 * len(texts):
        # Unicode; but some of its cells may have been something else once.
        names = [name for name in names if name in {"utf-8-twice", chosen}]
    told = {name: [ENCODINGS[name].told(text) for text in texts] for name in names}
    readings = _readings({plain: texts, **told})
    return Found(_clear(readings, LEGACY), readings)


def _pieces(file: BinaryIO, most: int) -> Iterator[bytes]:
    while most and (piece := file.read(min(most, PIECE))):
        most -= len(piece)
        yield piece


def _passed_through(file: BinaryIO) -> tuple[int, int, int | None, int]:
    """A file's size, where a sample of it may begin, and where what is no UTF-8 stands: byte and line."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    size, first, fault, line, after = 0, None, None, 1, b""
    while piece := file.read(PIECE):
        end = len(piece)
        if fault is None:
            waiting = len(decoder.getstate()[0])
            try:
                decoder.decode(piece)
            except UnicodeDecodeError as error:
                end = max(0, error.start - waiting)
                fault = size - waiting + error.start
            if first is None and not piece.isascii():
                first = size + next(n for n, byte in enumerate(piece) if byte > 0x7F)
            line += _ends(after, piece[:end])
            after = piece[end - 1 : end]
        size += len(piece)
    if fault is None and (waiting := len(decoder.getstate()[0])):
        fault = size - waiting
    return size, fault if fault is not None else first or 0, fault, line


def _ends(before: bytes, piece: bytes) -> int:
    """How many lines end in a piece."""
    ends = piece.count(b"\n") + piece.count(b"\r") - piece.count(b"\r\n")
    return ends - (before == b"\r" and piece.startswith(b"\n"))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _decoded(lines: Iterable[bytes], name: str) -> Iterator[str]:
    encoding = ENCODINGS[name]
    for line in lines:
        yield encoding.told(line.decode(encoding.codec, "replace"))


def _readings(texts: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Each way to read the same lines, best first; one that changes nothing of the first is left out."""
    plain = next(iter(texts.values()))
    told = {name: lines for name, lines in texts.items() if lines is plain or lines != plain}
    unlike = [
        n for n, several in enumerate(zip(*told.values(), strict=True)) if len(set(several)) > 1
    ]
    shown = (unlike or list(range(len(plain))))[:SHOWN]
    readings = [_reading(name, lines, shown) for name, lines in told.items() if lines]
    return sorted(readings, key=lambda reading: -reading["share"])


def _reading(name: str, lines: list[str], shown: Iterable[int]) -> dict[str, Any]:
    words, share = vietnamese(lines)
    some = [lines[n][:WIDEST] for n in shown]
    return {"encoding": name, "words": words, "share": round(share, 3), "lines": some}


def _clear(readings: list[dict[str, Any]], among: Iterable[str]) -> str | None:
    """The best reading, where it reads well and no other does half as well."""
    if not readings:
        return None
    best, share = readings[0], readings[0]["share"]
    others = [other["share"] for other in readings[1:]]
    enough = best["words"] >= LEAST_WORDS and share >= LEAST_SHARE
    if enough and best["encoding"] in among and 2 * max(others, default=0) < share:
        return str(best["encoding"])
    return None


#: The rimes of Vietnamese without their tones; Đắk and the like are Vietnamese by now.
_RIMES = """
a ac ach ai ak am an ang anh ao ap at au ay ă ăc ăk ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e
ec em en eng eo ep et ê êc êch êm ên êng ênh êp êt êu i ia ich im in inh ip it iu iêc iêm iên
iêng iêp iêt iêu o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe
oen oeo oet oi om on ong ooc oong op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt u ua uâng uân
uât uây uc uê uêch uênh ui um un ung uơ up ut uôc uôi uôm uôn uông uôt uy uya uych uyên uyêt
uynh uyp uyt uyu uyê ư ưa ưc ưi ưm ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu y ych yên yêm yêng
yêt yêu yn ynh yt
"""
_SYLLABLE = re.compile(
    "(b|c|ch|d|đ|g|gh|gi|h|k|kh|kr|l|m|n|ng|ngh|nh|p|ph|q|qu|r|s|t|th|tr|v|x)?"
    f"({'|'.join(_RIMES.split())})"
)
_TONES = re.compile(f"[{GRAVE}{ACUTE}{HOOK}{TILDE}{DOT}]")
_STOPPED = ("c", "ch", "k", "p", "t")
_BETWEEN = re.compile(r"[\s!-@\[-`{-~\u2010-\u2026]+")


def vietnamese(texts: Iterable[str]) -> tuple[int, float]:
    """How many words have letters beyond ASCII, and which share of them are Vietnamese syllables.

    Each counts once: a column that says "Mô tô" in every row would outweigh all the others.
    """
    words = {w for text in texts for w in _BETWEEN.split(text) if w and not w.isascii()}
    return len(words), sum(map(_syllable, words)) / max(1, len(words))


@lru_cache(maxsize=20_000)
def _syllable(word: str) -> bool:
    apart = unicodedata.normalize("NFD", word.lower())
    tones = _TONES.findall(apart)
    bare = unicodedata.normalize("NFC", _TONES.sub("", apart))
    if len(tones) > 1 or not _SYLLABLE.fullmatch(bare):
        return False
    return not bare.endswith(_STOPPED) or (tones or [""])[0] in {ACUTE, DOT}
