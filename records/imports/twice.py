"""UTF-8 that somebody opened as Windows-1252 and saved again: "Nguyá»…n" for Nguyễn.

A whole cell may read so, or pieces of one that was pasted together from right and wrong words. A letter
that was taken apart stands as two or three signs that follow each other in no right text.
"""

from __future__ import annotations

import codecs
import re

#: The letters for which two signs may stand. Of others the signs may have been meant: Ã–, for Ö.
LETTERS = frozenset(
    "àáâãèéêìíòóôõùúýăđĩũơưÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝĂĐĨŨƠƯ\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323"
)
#: Bytes 0x80 to 0xBF, as Windows-1252 and Latin-1 show them.
_SIGNS = "\x80-\xbf" + "".join(bytes([n]).decode("cp1252", "ignore") for n in range(0x80, 0xA0))
#: What may stand behind a letter in a right text, too.
_OPEN = "\xa0‘’“”–—…"
#: What a quote closes. One that opens stands behind no letter, nor Æ before a blank.
_CLOSING = {"”": '“"', "’": "‘'"}
_NEVER = ("Ã\xa0", "Æ\xa0", "Ã“")
#: A blank before the next word, not a part of à.
_APART = re.compile("Ã\xa0(?=[A-ZÀ-ÝĂĐĨŨƠƯẠ-Ỹ])")
#: An à of which the no-break blank became a blank: nobody writes a small letter before a capital Ã.
_SMALL = "".join(c for c in map(chr, (*range(0x61, 0x1B1), *range(0x1EA0, 0x1EFA))) if c.islower())
_BLANK = f"(?<=[{_SMALL}]Ã)(?: |(?![^\\W\\d_]))"
_LETTER = "[a-zA-ZÀ-ỹ]"
#: Where none of this stands, no letter was taken apart. Ă: Windows-1258 shows Ã so.
_ANY = re.compile(f"[\xc2-\xf4ÁĂ](?:[{_SIGNS}]|{_BLANK})")
_PIECE = re.compile(f"[áÁ][º»][{_SIGNS}]|[ÃĂÄÅÆÌãäåæì][{_SIGNS}]|â€[{_SIGNS}]|Ã{_BLANK}")
_LEADS = {"Á": "á", "Ă": "Ã", "ã": "Ã", "ä": "Ä", "å": "Å", "æ": "Æ", "ì": "Ì"}


def _c1(error: UnicodeError) -> tuple[bytes, int]:
    """The five bytes that Windows-1252 leaves open stand for themselves."""
    assert isinstance(error, UnicodeEncodeError)
    return error.object[error.start : error.end].encode("latin-1"), error.end


codecs.register_error("records.imports.c1", _c1)


def twice_encoded(text: str) -> bool:
    """Whether a text is UTF-8 that was read as Windows-1252, or holds some."""
    return once(text) != text


def once(text: str) -> str:
    """A text with what was read as Windows-1252 put right; any other as it is."""
    if text.isascii() or not _ANY.search(text):
        return text
    apart = _APART.sub("Ã ", text)
    told = _decoded(apart)
    if told is None:
        told = _PIECE.sub(_letter, apart)
    return text if told == apart else told


def _decoded(signs: str) -> str | None:
    try:
        return signs.encode("cp1252", "records.imports.c1").decode("utf-8")
    except UnicodeError:
        return None


def _letter(found: re.Match[str]) -> str:
    """The letter for which some signs stand; the signs where they may have been meant."""
    signs = found[0]
    if signs in {"Ã", "Ã "}:
        return "à"
    lead, sign = signs[0], signs[-1]
    in_word = bool(re.match(_LETTER, found.string[found.end() :]))
    told = _decoded(_LEADS.get(lead, lead) + signs[1:])
    if told is None:
        return signs
    if len(signs) == 3:
        # «Cá»… ends with a quote.
        quoted = sign in _OPEN and "«" in found.string and not in_word
        known = lead == "â" or "\u1ea0" <= told <= "\u1ef9"
        return told if known and not quoted else signs
    shifted = lead in _LEADS
    may_close = sign in _CLOSING and any(c in found.string[: found.start()] for c in _CLOSING[sign])
    in_word = in_word or (not shifted and signs in _NEVER) or (sign in _CLOSING and not may_close)
    if told not in LETTERS or (sign in _OPEN and (shifted or not in_word)):
        return signs
    return told.lower() if shifted and lead.islower() else told
