"""Which characters bytes are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds import characters


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("Shift_JIS", "cp932"),
        ("Windows-31J", "cp932"),
        ("x-sjis", "cp932"),
        ("ks_c_5601-1987", "cp949"),
        ("GB2312", "gb18030"),
        ("big5", "big5hkscs"),
        ("TIS-620", "cp874"),
        ("ISO-8859-1", "cp1252"),
        ("cp-1251", "cp1251"),
        ("win-1251", "cp1251"),
        (' "UTF8" ', "utf-8"),
        ("cp437", "cp437"),
        ("utf-7", None),
        ("hz-gb-2312", None),
        ("x-user-defined", None),
        ("none", None),
        ("\0", None),
    ],
)
def test_a_label_means_what_browsers_take_it_for(label: str, codec: str | None) -> None:
    """The superset that authors' tools wrote; what no page should use is unknown."""
    assert codec == characters.codec_of(label)


@given(st.text(max_size=80))
def test_utf8_is_read_as_utf8(text: str) -> None:
    """But for the escape sequences of ISO 2022, which look like ASCII."""
    assert characters.utf8(text.encode()) in {text, None}


def test_a_few_broken_bytes_do_not_make_another_encoding() -> None:
    """Many do."""
    assert "für\ufffd" + "ä" * 20 == characters.utf8("für".encode() + b"\xff" + ("ä" * 20).encode())
    assert characters.utf8("für".encode("latin-1")) is None


def test_the_first_label_that_fits_all_bytes_counts() -> None:
    """Where none fits, the first that is known is taken, and the rest replaced."""
    body = "髙島屋".encode("cp932")
    assert "髙島屋" == characters.stated(body, [None, "utf-8", "Shift_JIS"])
    assert "髙島屋" == characters.stated(body, ["euc-jp", "shift_jis"])
    assert characters.stated(body, ["utf-8", "nothing"]) is None
    assert "\ufffd" in (characters.stated(b"\x81", ["windows-1252"]) or "")


def test_a_declaration_is_found_far_down() -> None:
    """Behind the styles of a page, too."""
    page = b"<html><head><style>" + b"p{}" * 9_000 + b"</style><meta charset=koi8-r>"
    assert "koi8-r" == characters.declared(page)
    assert "windows-1251" == characters.declared(b"<?xml version='1.0' encoding='windows-1251'?>")
    assert characters.declared(b"<p>charset=koi8-r</p>") is None


@pytest.mark.parametrize(
    ("text", "codec", "language"),
    [
        ("Fähre geschlossen, Bürgermeister überrascht", "cp1252", ""),
        ("A balsa fecha por onze semanas, não há solução", "cp1252", ""),
        ("Przystań północna zamknięta na jedenaście tygodni", "cp1250", ""),
        ("Az északi kikötő tizenegy hétre bezár", "cp1250", "hu"),
        ("Kuzey iskelesi on bir hafta kapalı, dedi belediye başkanı", "cp1254", "tr"),
        ("המעבורת סגורה לאחד עשר שבועות", "cp1255", "he"),
        ("Паром закрыт на одиннадцать недель", "cp1251", ""),
        ("Η βόρεια αποβάθρα κλείνει για έντεκα εβδομάδες", "cp1253", ""),
        ("北の渡し場が十一週間閉鎖される", "cp932", ""),
        ("北渡口关闭十一周，渡轮改停粮食码头", "gb18030", ""),
        ("북쪽 선착장이 11주 동안 폐쇄된다", "cp949", ""),
    ],
)
def test_what_nothing_states_is_guessed(text: str, codec: str, language: str) -> None:
    """By what makes the most sense; of equals, the stated language's encoding counts."""
    feed = f"<rss><language>{language}</language><title>{text}</title></rss>"
    assert feed == characters.guessed(feed.encode(codec))


@given(st.binary(max_size=200))
def test_a_guess_never_fails(body: bytes) -> None:
    """Whatever the bytes are."""
    assert isinstance(characters.guessed(body), str)
