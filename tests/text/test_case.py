import pytest

from unrolled.text.case import Casing, case_of, opens_sentence

DUTCH = Casing.of(["het", "IJsland", "ijs"])
TURKISH = Casing.of(["ışık", "istanbul", "bir"])


@pytest.mark.parametrize(
    ("word", "capitalized"),
    [
        ("word", "Word"),
        ("élan", "Élan"),
        ("McDonald", "McDonald"),
        ("iPhone", "IPhone"),
        ("ǆep", "ǅep"),
        ("თბილისი", "თბილისი"),
        ("سلام", "سلام"),
        ("क्या", "क्या"),
        ("άνεμος", "Άνεμος"),
        ("ещё", "Ещё"),
        ("եւ", "Եւ"),
        ("’s", "’s"),
        ("ijs", "Ijs"),
        ("istanbul", "Istanbul"),
        ("", ""),
    ],
)
def test_the_first_letter_of_a_sentence_is_a_capital_where_its_script_has_one(word, capitalized):
    assert Casing().capitalized(word) == capitalized


def test_the_words_of_a_text_tell_its_rules():
    assert Casing(ij=True) == DUTCH
    assert Casing.of(["zijn", "hij", "bij", "tijd", "wij", "bijou"]) == Casing(ij=True)
    assert Casing.of(["prije", "dvije", "prijatelj", "dijete", "hijack", "Dijk", "Rijn"]) == Casing()
    assert Casing.of(["Ijov", "zijn", "hij", "bij", "tijd", "wij"]) == Casing()
    assert Casing(dotted=True) == TURKISH
    assert Casing.of(["ı", *(f"i{n}" for n in range(30))]) == Casing()
    assert Casing.of(["STRAẞE", "ist"]) == Casing(eszett=True)
    assert Casing.of([]) == Casing()


def test_the_languages_own_capitals():
    assert DUTCH.capitalized("ijs") == "IJs"
    assert DUTCH.capitalized("is") == "Is"
    assert [TURKISH.capitalized(word) for word in ("istanbul", "ışık")] == ["İstanbul", "Işık"]
    assert [TURKISH.upper("izmirlı"), TURKISH.lower("ISPARTA"), TURKISH.lower("İZMİR")] == [
        "İZMİRLI",
        "ısparta",
        "izmir",
    ]
    assert [Casing().upper("straße"), Casing(eszett=True).upper("straße")] == ["STRASSE", "STRAẞE"]
    assert Casing().lower("İSTANBUL") == "istanbul"
    assert Casing().lower("ΟΔΟΣ") == "οδος"
    assert [Casing().upper(word) for word in ("άνεμος", "μάιος", "προϊόν", "café")] == [
        "ΑΝΕΜΟΣ",
        "ΜΑΪΟΣ",
        "ΠΡΟΪΟΝ",
        "CAFÉ",
    ]


@pytest.mark.parametrize(
    ("word", "case"),
    [
        *(("i", "lower"), ("don't", "lower"), ("straße", "lower")),
        *(
            ("I", "capital"),
            ("I'", "capital"),
            ("T-", "capital"),
            ("O'", "capital"),
            ("Word", "capital"),
            ("ǅep", "capital"),
        ),
        *(("MUM", "upper"), ("I'LL", "upper"), ("T-SHIRT", "upper"), ("A1B", "upper"), ("ΌΧΙ", "upper")),
        *(("McDonald", "mixed"), ("iPhone", "mixed"), ("O'Brien", "mixed"), ("IJs", "mixed")),
        *(("", "none"), ("თბილისი", "none"), ("12", "none"), ("سلام", "none"), ("👍🏽", "none")),
    ],
)
def test_a_case_is_told_by_the_letters_that_have_one(word, case):
    assert case_of(word) == case
    assert Casing().case_of(word) == case


def test_ij_is_one_capital_in_dutch():
    assert [DUTCH.case_of(word) for word in ("IJs", "IJ", "IJS")] == ["capital", "upper", "upper"]


@pytest.mark.parametrize(
    "before",
    [
        *("", " ", "Yes. ", "Yes? ", "Oh! ", "Well… ", "Well... ", "a line\n", "a line\n  ", "- ", "“", "¿", "(", "— "),
        *(
            "Sí. ¿",
            "Sí. ¡",
            "Bon. « ",
            "Yes. “",
            "He said “go.” ",
            "Yes (no!) ",
            'Yes. "',
            "Nice! 😀 ",
            "Ok. 👍🏽❤️ ",
            "Yes. — ",
        ),
        *("ठीक है। ", "نعم؟ ", "好。", "Այո։ ", "Τι; ", "Yes.\u00a0", "Yes. \u200f"),
    ],
)
def test_a_sentence_begins(before):
    assert opens_sentence(before)


@pytest.mark.parametrize(
    "before",
    [
        *(
            "word ",
            "word, ",
            "pero ¿",
            "word (",
            "word “",
            'word "',
            "word; ",
            "word: ",
            "ok 👍 ",
            "word — ",
            "dogs' ",
            "ठीक ",
            "1, ",
        )
    ],
)
def test_a_sentence_goes_on(before):
    assert not opens_sentence(before)
