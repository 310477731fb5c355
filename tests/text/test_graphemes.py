import pytest

from unrolled.text.graphemes import graphemes, is_emoji


@pytest.mark.parametrize(
    "cluster",
    [
        "👩‍💻",  # joined by a joiner
        "👨‍👩‍👧‍👦",
        "🏳️‍🌈",
        "🫱🏻‍🫲🏿",
        "🇩🇪",  # a flag of two letters
        "🏴󠁧󠁢󠁥󠁮󠁧󠁿",  # a flag of tags
        "👍🏽",  # with a skin tone
        "❤️",  # with a variation selector
        "1️⃣",
        "#️⃣",
        "e\u0301",  # decomposed
        "ɛ̃",  # there is no composed form
        "कि",
        "ක්\u200d",
        "각",  # three letters of Hangul
        "\r\n",
    ],
)
def test_what_a_person_takes_for_one_character_stays_whole(cluster):
    assert graphemes(cluster) == [cluster]
    assert graphemes(f"a{cluster}{cluster} b") == ["a", cluster, cluster, " ", "b"]


def test_letters_stand_alone():
    assert graphemes("") == []
    assert graphemes("a b\n") == ["a", " ", "b", "\n"]
    assert graphemes("łódź") == ["ł", "ó", "d", "ź"]
    assert graphemes("🇩🇪🇫🇷🇩") == ["🇩🇪", "🇫🇷", "🇩"]


@pytest.mark.parametrize("cluster", ["😀", "👍🏽", "❤️", "❤", "🇩🇪", "👨‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "☕", "⭐", "©️"])
def test_an_emoji_is_one(cluster):
    assert is_emoji(cluster)


@pytest.mark.parametrize("part", ["", "🏽", "🇩", "\ufe0f", "\u200d", "©", "°", "a", "1", "→", "語", "\u20dd"])
def test_what_is_no_emoji_by_itself_is_none(part):
    assert not is_emoji(part)
