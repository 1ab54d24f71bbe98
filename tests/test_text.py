"""Words, stems, sentences and languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.languages import detect_language
from digest.text import fold, is_torn, letters, root, sentences, stems, words

# --- words ------------------------------------------------------------------------------------


def test_words_stand_as_they_are() -> None:
    """Case stays, numbers keep their separators, punctuation is left out."""
    assert words("Ferry No. 7 cost 1,200.50 crowns!") == (
        "Ferry",
        "No",
        "7",
        "cost",
        "1,200.50",
        "crowns",
    )


def test_words_keep_their_vowel_signs() -> None:
    """A Hindi word is one word, though its vowels are marks."""
    assert words("हिन्दी में") == ("हिन्दी", "में")


def test_scripts_without_spaces_give_pairs_of_characters() -> None:
    """Han characters come in overlapping pairs; numbers and Latin words between them stay."""
    assert words("天地玄黄2,000台 AI人") == ("天地", "地玄", "玄黄", "2,000", "台", "AI", "人")


def test_fold_makes_spellings_equal() -> None:
    """Width, case, spaces and typographic apostrophes do not tell texts apart."""
    assert fold("  Ｆerry’s\n\tﬁne STRASSE ") == fold("ferry's fine straße")


@given(st.text())
def test_fold_and_words_take_any_text(text: str) -> None:
    """What is folded can be encoded, holds no double space, and every word is part of the text."""
    folded = fold(text)
    assert folded.encode("utf-8").decode("utf-8") == folded
    assert "  " not in folded
    assert all(word in text for word in words(text))


@given(st.lists(st.text()), st.text())
def test_stems_are_as_many_as_words(tokens: list[str], language: str) -> None:
    """Every word has one stem, in any language, known or not."""
    assert len(stems(tokens, language)) == len(tokens)


def test_stems_follow_the_language() -> None:
    """English and German forms meet; Norwegian goes by all its names, Croatian as Serbian."""
    assert stems(("Meeting", "meetings"), "en") == ("meet", "meet")
    assert stems(("Häuser", "Hauses"), "de") == ("haus", "haus")
    assert stems(("fergene",), "nb") == stems(("fergene",), "no")
    assert stems(("Zagrebu",), "hr") == stems(("Zagreb",), "sr")


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("de", ("Hafenarbeiter", "Hafenarbeiterstreik")),
        ("tr", ("cumhurbaşkanı", "cumhurbaşkanlığı")),
        ("fi", ("lakkovaroitus", "lakkovaroituksen")),
        ("uk", ("страйкарі", "страйкарями")),
        ("und", ("Marrowmouthissa", "Marrowmouthin")),
    ],
)
def test_long_words_are_compared_by_their_beginning(language: str, forms: tuple[str, str]) -> None:
    """Where words grow long, a compound or another ending is no other word."""
    one, other = forms
    assert root(one, language) == root(other, language)


def test_english_words_and_numbers_are_not_cut() -> None:
    """English stems are short by themselves; of a number, every digit counts."""
    assert root("incomprehensible", "en") == "incomprehens"
    assert root("12,345,678.25", "de") == "12,345,678.25"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("เรือหยุด", ("เรือ", "อห", "หยุ", "ยุด")),
        ("កម្ពុជា", ("កម្ពុ", "ម្ពុជា")),
        ("ကမ္ဘာ့သတင်း", ("ကမ္ဘာ့", "မ္ဘာ့သ", "သတ", "တင်း")),
        ("ພາສາລາວ", ("ພາສາ", "ສາລາ", "ລາວ")),
    ],
)
def test_letters_keep_the_signs_around_them(text: str, expected: tuple[str, ...]) -> None:
    """A Thai vowel or tone is no character of its own: pairs of these say nothing."""
    assert words(text) == expected


def test_turkish_has_two_letters_i() -> None:
    """A headline in capitals has the names of its text; English I is not Turkish I."""
    assert stems(("IĞDIR", "İSTANBUL"), "tr") == stems(("Iğdır", "istanbul"), "tr")
    assert stems(("INDIA",), "en") == stems(("India",), "en")


def test_korean_particles_are_no_part_of_a_word() -> None:
    """Nor is what is counted part of a number; words of two syllables are left alone."""
    forms = ("정부가", "정부는", "정부에서도", "정부이나", "19일에", "회의")
    assert stems(forms, "ko") == ("정부", "정부", "정부", "정부", "19", "회의")


# --- language ---------------------------------------------------------------------------------


def test_language_is_detected() -> None:
    """A sentence is enough; what is too short to tell is undetermined."""
    assert detect_language("Die Fähre fährt heute wegen des Sturms nicht nach Norden.") == "de"
    assert detect_language("The ferry does not sail north today because of the storm.") == "en"
    assert detect_language("42 + 1") == "und"
    assert detect_language("\ud800" * 50) == "und"


# --- sentences --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expected",
    [
        ("Dr. Smith met U.S. Senate leaders at 5 p.m. on Jan. 5.", "It was late."),
        ("Acme Inc. lost vs. Foo Corp. in court.", "The ruling stands."),
        ("They left the U.S. The rest stayed at home.",),
        ("George W. Bush spoke.", "Then he left."),
        ('"Why?" he asked.', '"It is over."', "Nobody spoke."),
        ("“It ended,” she said.", "“We go home.”", "That was all."),
        ("Er kam am 3. Mai an.", "Das war 2015.", "Alle blieben."),
        ("He waited ... and waited.", "Well…", "No one came!"),
        ("It sank on Friday (see No. 5).", "Nobody drowned."),
        ("今天很好。", "「真的！」", "他说。"),
        ("A headline without a stop",),
        ("The Rev. Ann Lee and Lt. Gov. Vera Holm met the U.S. First Lady.", "It rained."),
        ("He left the U.S.", "First he slept.", "Det. Lee of Tulsa, Okla. Harbour Police came."),
        ("Das kostet 5 Mrd. Euro, u.a. Porto usw.", "Die Reederei zahlt nach Abs. 3 nicht."),
        ("M. Holm et MM. Lee sont partis, etc.", "Les ferries restent au port."),
        ("El Sr. Holm viajó a EE. UU. el lunes.", "La Sra. Lee no.", "Así es en EE. UU."),
    ],
)
def test_sentences_end_where_a_reader_sees_it(expected: tuple[str, ...]) -> None:
    """Abbreviations, initials, dates and closing quotes do not mislead."""
    text = " ".join(expected)
    if expected == ("They left the U.S. The rest stayed at home.",):
        expected = ("They left the U.S.", "The rest stayed at home.")
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("line", "following", "expected"),
    [
        ("Zwei Häfen sind gesperrt, d.h.", "In Marrow fährt kein Schiff.", True),
        ("A letter came from the Rev.", "", True),
        ("A letter came from the Rev.", "Holm of Marrowmouth.", True),
        ("A letter came from the U.S.", "Fish and Wildlife Service.", True),
        ("A letter came from the U.S.", "The ferries waited.", False),
        ("A letter came from the U.S.", "", False),
        ("A letter came from Marrowmouth.", "Holm read it.", False),
        ("A letter came from the Rev", "Holm of Marrowmouth.", False),
    ],
)
def test_a_line_that_ends_in_a_shortened_word_is_torn(
    line: str, following: str, *, expected: bool
) -> None:
    """Unless a sentence may end there and what follows begins one."""
    assert expected == is_torn(line, following)


def test_paragraphs_end_sentences() -> None:
    """A line break ends a sentence without a stop, empty lines give none."""
    assert sentences("A headline\n\n  By our reporter \nIt rained.") == (
        "A headline",
        "By our reporter",
        "It rained.",
    )


@given(st.text(alphabet=st.sampled_from('aB .!?"”\n。1Dr')) | st.text())
def test_sentences_are_parts_of_the_text(text: str) -> None:
    """Each sentence is in the text word for word, in order, and nothing is lost."""
    found = sentences(text)
    assert all(sentence in text for sentence in found)
    assert "".join("".join(found).split()) == "".join(text.split())


def test_a_run_of_stops_takes_no_time() -> None:
    """A hundred thousand stops are read in one pass: another way would take minutes."""
    text = "." * 100_000 + "a"
    assert sentences(text) == (text,)


def test_a_word_without_end_takes_no_time() -> None:
    """Neither the end of a line nor Korean particles are looked for over and over again."""
    assert not is_torn("a" * 1_000_000 + "_.")
    repeated = "정부" + "이나" * 1000 + "a"
    assert stems((repeated,), "ko") == (repeated,)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("strike", 6),
        ("\u7f62\u5de5", 5),
        ("\u0e19\u0e32", 2.5),
        ("\uc815\ubd80", 5),
        ("\u0642\u0637\u0627\u0631", 6),
        ("\u05e9\u05d1\u05ea", 4.5),
    ],
)
def test_letters_count_what_they_say(word: str, expected: float) -> None:
    """A Chinese or Korean character counts 2.5, an Arabic or Hebrew letter 1.5, a Thai one 1.25."""
    assert expected == letters(word)
