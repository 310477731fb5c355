import pytest

from unrolled.text.spacing import join_words


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("Hello , world .", "Hello, world."),
        ("a ( b ) [ c ] { d }", "a (b) [c] {d}"),
        ('he said " yes " and " no " .', 'he said "yes" and "no".'),
        ("the dogs ' tails", "the dogs' tails"),
        ("“ so ” ‘ it ’ is", "“so” ‘it’ is"),
        ("in 1914 – 1918 – long ago", "in 1914–1918 – long ago"),
        ("wait . . . what ? !", "wait... what?!"),
        ("$ 5 and 50 %", "$5 and 50%"),
        ("5 € and £ 6 and $ x", "5€ and £6 and $ x"),
        ("er sagt » so « und „ so “ und ‚ so ‘ .", "er sagt »so« und „so“ und ‚so‘."),
        ("han sa ” hej ” och » hei »", "han sa ”hej” och »hei»"),
        ("so ” he said . “ And ”", "so” he said. “And”"),
        ("« oui » — non —dit", "«oui»—non —dit"),
        ("我 喜 欢 Python 。 ok", "我喜欢Python。ok"),
        ("ok 😂 😂 👍 👍🏽", "ok 😂😂 👍 👍🏽"),
        ("", ""),
    ],
)
def test_spaces_stand_where_a_person_writes_them(words, written):
    assert join_words(words.split()) == written
