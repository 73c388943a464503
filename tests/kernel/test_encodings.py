"""Old encodings of Vietnamese, and which of them a file is in."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import pytest

from records.imports.encodings import ENCODINGS, once, vietnamese
from tests.hostile.old_books import xls
from tests.importing import as_xlsx
from tests.kernel.reading import converse, refused, rows, written

LETTERS = (
    "ă â đ ê ô ơ ư à á ả ã ạ ằ ắ ẳ ẵ ặ ầ ấ ẩ ẫ ậ è é ẻ ẽ ẹ ề ế ể ễ ệ ì í ỉ ĩ ị ò ó ỏ õ ọ ồ ố "
    "ổ ỗ ộ ờ ớ ở ỡ ợ ù ú ủ ũ ụ ừ ứ ử ữ ự ỳ ý ỷ ỹ ỵ"
)
#: As the fonts .VnTime and VNI-Times write them, in the order of LETTERS.
TCVN3 = (
    "¨ © ® ª « ¬ \xad µ ¸ ¶ · ¹ » ¾ ¼ ½ Æ Ç Ê È É Ë Ì Ð Î Ï Ñ Ò Õ Ó Ô Ö × Ý Ø Ü Þ ß ã á â ä "
    "å è æ ç é ê í ë ì î ï ó ñ ò ô õ ø ö ÷ ù ú ý û ü þ"
)
VNI = (
    "aê aâ ñ eâ oâ ô ö aø aù aû aõ aï aè aé aú aü aë aà aá aå aã aä eø eù eû eõ eï eà eá eå "
    "eã eä ì í æ ó ò oø où oû oõ oï oà oá oå oã oä ôø ôù ôû ôõ ôï uø uù uû uõ uï öø öù öû öõ "
    "öï yø yù yû yõ î"
)
OLD = {"tcvn3": TCVN3, "vni": VNI}
HEADER, NAME = "Số định danh;Họ và tên;Giới tính", "Nguyễn Đức Thẳng"
SENTENCE = "Ủy ban nhân dân xã Thường Tân, huyện Bắc Tân Uyên, tỉnh Bình Dương"


def _each(signs: str) -> list[str]:
    return signs.split(" ")


def legacy(text: str, encoding: str) -> bytes:
    """A text as old fonts write it; letters that they have not in capitals are small."""
    if encoding == "windows-1258":
        tones = "\u0300\u0301\u0303\u0309\u0323"
        apart = unicodedata.normalize("NFD", text)
        for mark in tones:  # a tone comes after the marks that make the letter
            for other in "\u0302\u0306\u031b":
                apart = apart.replace(mark + other, other + mark)
        kept = "".join(
            c if c in tones else unicodedata.normalize("NFC", c) for c in _whole(apart, tones)
        )
        return kept.encode("cp1258")
    signs = dict(zip(_each(LETTERS), _each(OLD[encoding]), strict=True))
    return "".join(signs.get(c, signs.get(c.lower(), c)) for c in text).encode("cp1252")


def _whole(apart: str, tones: str) -> list[str]:
    """Letters with what makes them, and tones."""
    found: list[str] = []
    for c in apart:
        if c in tones or not unicodedata.combining(c):
            found.append(c)
        else:
            found[-1] += c
    return found


@pytest.mark.parametrize("encoding", OLD)
def test_every_letter_is_known(encoding: str) -> None:
    told = [ENCODINGS[encoding].told(sign) for sign in _each(OLD[encoding])]
    assert told == _each(LETTERS)


def test_vni_has_capitals() -> None:
    told = [ENCODINGS["vni"].told(sign) for sign in _each(VNI.upper())]
    assert told == _each(LETTERS.upper())


@pytest.mark.parametrize("encoding", ["windows-1258", "tcvn3", "vni"])
def test_a_text_is_found_to_be_in_its_encoding(tmp_path: Path, encoding: str) -> None:
    text = f"{HEADER}\n074085001234;{NAME};Nữ\n{SENTENCE};;\n"
    path = written(tmp_path, legacy(text, encoding))
    said = converse(path)[0]
    assert said["encoding"] == encoding
    best = said["readings"][0]
    assert (best["encoding"], best["lines"][0].lower()) == (encoding, HEADER.lower())
    assert best["share"] > 0.9
    assert rows(path)[1][1][1].lower() == NAME.lower()


@pytest.mark.parametrize("encoding", ["windows-1258", "tcvn3", "vni"])
def test_what_stands_in_every_row_outweighs_no_other_word(tmp_path: Path, encoding: str) -> None:
    # In Windows-1258, "Mô tô" reads as a Vietnamese "Mụ tụ" in TCVN3.
    text = f"{HEADER}\n{SENTENCE};;\n" + "RPEELXCJ8NC107404;Mô tô;Nữ\n" * 300
    assert converse(written(tmp_path, legacy(text, encoding)))[0]["encoding"] == encoding


def test_one_byte_that_is_no_utf_8_makes_no_other_encoding(tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEADER}\n1;{NAME};Nữ\n{SENTENCE};;\n".encode() + b"2;Tr\xc7n;Nam\n")
    assert refused(path) == ("encoding", {"line": 4})
    best = converse(path)[-1]["detail"]["readings"][0]
    assert (best["encoding"], best["lines"][0]) == ("utf-8", "2;Tr\ufffdn;Nam")
    assert rows(path, chosen="utf-8")[-1] == (4, ["2", "Tr\ufffdn", "Nam"])


def test_what_reads_as_no_vietnamese_is_not_taken_for_it(tmp_path: Path) -> None:
    text = "prénom;né à\nHélène;Orléans\nZoé;Nîmes\nFrançois;Besançon\n"
    assert refused(written(tmp_path, text.encode("cp1252"))) == ("encoding", {"line": 1})


def test_too_few_words_are_asked_about(tmp_path: Path) -> None:
    path = written(tmp_path, b"a;b\nTr\xc7n;x\n")
    assert refused(path) == ("encoding", {"line": 2})
    assert rows(path, chosen="tcvn3")[1] == (2, ["Trần", "x"])


def test_the_first_line_that_is_no_utf_8_is_told_past_many_pieces(tmp_path: Path) -> None:
    lines = b"abc,d\r\n" * 400_000
    path = written(tmp_path, lines + b"Tr\xc7n,x\n")
    assert refused(path) == ("encoding", {"line": 400_001})


def test_what_was_read_twice_is_offered_to_be_read_right(tmp_path: Path) -> None:
    twice = "Nguyá»…n VÄƒn An"
    assert once(twice) == "Nguyễn Văn An"
    path = written(tmp_path, f"{HEADER}\n1;{twice};Nam\n2;Trần Văn Bình;Nam\n".encode())
    said = converse(path)[0]
    assert said["encoding"] == "utf-8"
    assert said["readings"][0] == {
        "encoding": "utf-8-twice",
        "words": 11,
        "share": 1.0,
        "lines": ["1;Nguyễn Văn An;Nam"],
    }
    assert [r[1][1] for r in rows(path)[1:]] == [twice, "Trần Văn Bình"]
    found = rows(path, chosen="utf-8-twice")[1:]
    assert [r[1][1] for r in found] == ["Nguyễn Văn An", "Trần Văn Bình"]


@pytest.mark.parametrize("encoding", OLD)
def test_the_letters_of_old_fonts_in_a_workbook(tmp_path: Path, encoding: str) -> None:
    def old(text: str) -> str:
        return legacy(text, encoding).decode("cp1252")

    header = [old(word) for word in HEADER.lower().split(";")]
    path = written(tmp_path, as_xlsx([header, ["1", old("nguyễn đức thẳng"), 5.5]]))
    said = converse(path)[0]
    assert said["encoding"] == encoding
    assert rows(path) == [(1, HEADER.lower().split(";")), (2, ["1", "nguyễn đức thẳng", 5.5])]
    assert rows(path, chosen="utf-8")[0] == (1, header)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize("encoding", OLD)
def test_the_letters_of_old_fonts_in_a_text_that_is_unicode(
    tmp_path: Path, encoding: str, codec: str
) -> None:
    """What a program saves that knows nothing of the font."""
    text = legacy(f"{HEADER}\n1;{NAME};Nữ\n{SENTENCE};;\n".lower(), encoding).decode("cp1252")
    path = written(tmp_path, text.encode(codec))
    assert converse(path)[0]["encoding"] == encoding
    assert rows(path)[1] == (2, ["1", NAME.lower(), "nữ"])
    plain = "utf-16" if "16" in codec else "utf-8"
    assert rows(path, chosen=plain)[0] == (1, text.splitlines()[0].split(";"))


def test_what_was_read_twice_in_utf_16_is_offered_to_be_read_right(tmp_path: Path) -> None:
    path = written(tmp_path, f"{HEADER}\n1;Nguyá»…n VÄƒn An;Nam\n".encode("utf-16"))
    said = converse(path)[0]
    assert (said["encoding"], said["readings"][0]["encoding"]) == ("utf-16", "utf-8-twice")
    assert rows(path, chosen="utf-8-twice")[1] == (2, ["1", "Nguyễn Văn An", "Nam"])


def test_a_workbook_in_unicode_is_left_alone(tmp_path: Path) -> None:
    content = as_xlsx([HEADER.split(";"), ["1", "Trà", "Cúc"], ["2", "Hoà", "Ý Nhi"]])
    said = converse(written(tmp_path, content))[0]
    assert (said["encoding"], said["readings"]) == (None, [])
    assert converse(written(tmp_path, xls()))[0]["encoding"] is None


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("Trần Thị Ngọc Ánh", 1),
        ("nghiêng quỳnh giếng huỳnh khuỷu thuở", 1),
        ("Đắk Lắk, Krông Năng", 1),
        ("abc 123", 0),
        ("Zürich naïve Ångström", 0),
        ("côc hâp vât", 0),  # a stopped syllable has an acute or a heavy tone
    ],
)
def test_syllables(text: str, share: Any) -> None:
    assert vietnamese([text])[1] == share
