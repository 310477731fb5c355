"""Words of every script: one word is one token, and what was read is written back."""

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unrolled.text.cutting import Cutting, words
from unrolled.text.tokens import UNKNOWN, Tokenizer
from unrolled.text.word_pattern import is_unspaced

TEXT = """من می‌خواهم کتاب‌ها را بخوانم؛ نه؟
ශ්‍රී ලංකාව
क्‍या हाल है? मैं ठीक हूँ। आप कैसे हैं?
അവന്‍ വന്നു
ئه‌و ده‌چێت
la col·lecció és intel·ligent, l’home i l'avi.
צה״ל הודיע. צה"ל אמר: "שלום" וכו׳, בית־ספר וג׳ירפה!
EU:n USA:ssa tv:ssä, kello 10:30.
Donau\u00addampf
ok 👩‍💻 🇩🇪 👍🏽 ❤️
😂😂😂 so funny 😂!
我喜欢读书，你呢？“好。”他说：‘走吧！’
我用 Python 写代码，他用Python写。
今日は良い天気です。「はい」と\u3000言った。
东京タワーは333メートルです。
สวัสดีครับ ยินดีที่ได้รู้จัก ราคา 100 บาท
ខ្ញុំស្រឡាញ់ ភាសាខ្មែរ។ បាទ
မြန်မာ စာ။ ဟုတ်
안녕하세요 여러분, 만나서 반갑습니다!
Он сказал: «Привет» — и ушёл. „Так“, да?
— Привет! — сказал он.
—Hola —dijo él.
Er sagte: „So ist es“, und ging. »Nein«, sagte sie. ‚Ja‘.
Il dit : « Bonjour ! » à 10\u00a0000 personnes ; 50 % d’entre elles…
Il dit\u00a0: «\u00a0Bonjour\u202f!\u00a0» à 10\u202f000 personnes.
Han sa ”hej” och gick. Sedan ”då”. S:t Erik, 1:a maj.
Hän sanoi »hei» ja lähti.
“Yes,” he said, “it’s ‘fine’ and/or so / so.” Don't you see?
¿Cómo estás? ¡Bien! Él dijo: «sí».
Τι κάνεις; Καλά, ευχαριστώ. Ο άνεμος.
Ի՞նչ կա։ Լավ է։
السلام عليكم، كيف حالك؟ بخير؛ شكرا.
یہ کیا ہے؟ یہ کتاب ہے۔
\u200fשלום! \u200fעולם\u200f ok \u2067אחד\u2069 ok
tiếng Việt rất hay, đúng không?
İstanbul'da ışık var. DİYARBAKIR
ኢትዮጵያ፡ሰላም። እንዴት ነህ?
བོད་སྐད་ཡིན། བཀྲ་ཤིས།
ქართული ენა არის ლამაზი.
বাংলা ভাষা। তুমি কেমন আছো?
தமிழ் மொழி. తెలుగు భాష, ಕನ್ನಡ.
1,234.56 and 1.234,56 and 12:30, 3.5% of $5 or £6.
50 € kosten 5€ oder €5, Euro. 1914–1918 – lang her.
's Avonds in 't huis, 'n boek; rock ’n’ roll of the '90s: 'tis (’twas) “'t”.
the letter 's' and 'ten' and it 's
Hawai‘i Hawaiʻi don’t don't d´accord
1️⃣ 2️⃣ #️⃣ 🏳️‍🌈 🏴󠁧󠁢󠁥󠁮󠁧󠁿 👨‍👩‍👧‍👦
e\u0301t\u0301 ɛ̃ A\u0308 한국"""
LINES = TEXT.split("\n")
TRAINED = Tokenizer.train("word", LINES, 2_000)


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_any_script_is_written_back(line):
    composed = unicodedata.normalize("NFC", line)
    for form in ("NFC", "NFD"):
        ids = TRAINED.encode(unicodedata.normalize(form, line))
        assert UNKNOWN not in ids
        assert TRAINED.decode(ids) == composed


@pytest.mark.parametrize("kind", ["character", "bpe"])
def test_parts_of_words_are_written_back_exactly(kind):
    trained = Tokenizer.train(kind, LINES, 2_000)
    for line in LINES:
        assert trained.decode(trained.encode(f" {line}  ")) == unicodedata.normalize("NFC", f" {line}  ")


SPACED = [word for line in LINES for word in line.split() if not any(map(is_unspaced, word))]
LETTERS = [word for word in SPACED if word[0].isalpha() and word[-1].isalpha() and "/" not in word]
UNSPACED = [line for line in LINES if sum(map(is_unspaced, line)) > 5]


@settings(max_examples=40)
@given(st.lists(st.sampled_from(LETTERS), min_size=1), st.sampled_from(["", ".", "?", "…", "!"]))
def test_words_of_many_scripts_are_as_many_as_are_written(chosen, end):
    line = unicodedata.normalize("NFC", " ".join(chosen))
    assert TRAINED.split(line) == line.split(" ")
    assert TRAINED.decode(TRAINED.encode(line + end)) == line + end


@settings(max_examples=40)
@given(
    st.lists(st.sampled_from([*UNSPACED, *LETTERS, "我", "は", "我。", "ครับ"]), min_size=1),
    st.sampled_from(["", " ", "\u3000"]),
)
def test_spaces_beside_letters_that_have_none_are_kept(chosen, between):
    line = between.join(f"我{part}我" for part in chosen)
    assert TRAINED.decode(TRAINED.encode(line)) == unicodedata.normalize("NFC", line)


@pytest.mark.parametrize(
    "word",
    [
        *("می‌خواهم", "ශ්‍රී", "क्‍या", "അവന്‍", "ده‌چێت", "می‌"),  # joiners
        *("col·lecció", "intel‧ligent", "צה״ל", 'צה"ל', "צה”ל", "וכו׳", "ג׳ירפה", "בית־ספר", "Ի՞նչ"),
        *("EU:n", "USA:ssa", "tv:ssä", "k:a", "S:t", "5:een", "EU:N"),
        *("Donau\u00addampf", "a\u2060b", "שלום\u200fעולם"),
        *("don't", "don’t", "Hawai‘i", "Hawaiʻi", "d´accord", "O＇Brien".replace("＇", "'"), "well‑known"),
        *("’s", "'t", "'n", "’n’", "'90s", "'Tis"),  # clipped
        *("1,234.56", "1.234,56", "10\u00a0000", "1\u202f234\u202f567", "1'000", "12:30", "٣٫١٤", "१२"),
        *("👩‍💻", "🇩🇪", "👍🏽", "❤️", "1️⃣", "#️⃣", "🏳️‍🌈", "👨‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"),
        *("tiếng", "ɛ̃", "한국어", "Python은", "テキスト", "ラーメン"),
    ],
)
def test_one_word_is_one_word(word):
    assert words(f"x {word} y", lowercase=False) == ["x", word, "y"]
    assert words(f"x {unicodedata.normalize('NFD', word)}, y", lowercase=False) == [
        "x",
        unicodedata.normalize("NFC", word),
        ",",
        "y",
    ]


def test_what_is_no_word_is_cut():
    assert words("note:this http://a.b std::x e:mail") == [
        *("note", ":", "this", "http", ":", "/", "/", "a.b", "std", ":", ":", "x", "e", ":", "mail")
    ]
    assert words("👍👍 🇩🇪🇫🇷 1️⃣2️⃣") == ["👍", "👍", "🇩🇪", "🇫🇷", "1️⃣", "2️⃣"]
    assert words("我喜欢 的") == ["我", "喜", "欢", "的"]
    assert words("ค่าใช้") == ["ค่", "า", "ใ", "ช้"]
    assert words("ស្រី") == ["ស្រី"]


def test_a_classifier_reads_words_alike():
    assert words("İSTANBUL ÇAĞ ΟΔΟΣ\u00a0e\u0301 Donau\u00addampf \u200fשלום") == [
        "istanbul",
        "çağ",
        "οδος",
        "é",
        "donaudampf",
        "שלום",
    ]
    assert Cutting("word", earlier=True).folded("İ") == "i̇"


def test_what_nobody_sees_is_no_unknown_word():
    plain = Tokenizer.train("word", ["the cat saw 10 000 cooperating cats"], 20)
    text = "\ufeff\u200fthe\u00a0cat \u200fsaw\u200e 10\u202f000 co\u00adoper\u00adating\u200b cats\u2069"
    assert plain.split(text) == ["the", "cat", "saw", "10", "000", "cooperating", "cats"]
    assert UNKNOWN not in plain.encode(text)


def test_a_composed_word_and_a_decomposed_one_are_the_same():
    for kind in ("word", "space", "character", "bpe"):
        trained = Tokenizer.train(kind, ["cafe\u0301 tiê\u0301ng"], 300)
        assert trained.encode("café tiếng").tolist() == trained.encode("cafe\u0301 tie\u0302\u0301ng").tolist()
        assert UNKNOWN not in trained.encode("café tiếng")


@pytest.mark.parametrize("kind", ["word", "space", "character", "bpe"])
def test_models_of_before_cut_as_they_did(kind):
    saved = json.loads(Tokenizer.train(kind, LINES, 2_000).to_json())
    assert saved["normalizer"] == {"type": "NFC"}
    saved["normalizer"] = None
    if kind == "word":
        with pytest.raises(ValueError, match="unknown to this version"):
            Tokenizer.from_json(json.dumps(saved))
        saved["pre_tokenizer"]["pattern"]["Regex"] = Cutting("word", True).backend(TRAINED._backend.model).pre_tokenizer
        saved = json.loads(Cutting("word", True).backend(TRAINED._backend.model).to_str())
    earlier = Tokenizer.from_json(json.dumps(saved))
    assert earlier.cutting == Cutting(kind, earlier=True)
    assert Tokenizer.from_json(earlier.to_json()).cutting == earlier.cutting
    assert earlier.composed("cafe\u0301") == "cafe\u0301"
    if kind == "word":
        assert earlier.split("col·lecció e\u0301 EU:n 漢字") == [
            "col",
            "·",
            "lecció",
            "e\u0301",
            "EU",
            ":",
            "n",
            "漢字",
        ]
