from unrolled.decoding.constraints import Phrases, Progress


def after(phrases: Phrases, *tokens: int) -> Progress:
    progress = phrases.start()
    for token in tokens:
        progress = phrases.advance(progress, token)
    return progress


def test_a_phrase_that_is_broken_off_counts_from_its_beginning() -> None:
    phrases = Phrases([[2, 2, 3], [5]])
    met = [phrases.met(after(phrases, *tokens)) for tokens in ([], [2], [2, 2], [2, 2, 2], [2, 2, 4], [2, 2, 2, 3])]
    assert met == [0, 1, 2, 2, 0, 3]
    assert phrases.left(after(phrases, 5, 2)) == 2


def test_of_equal_phrases_one_is_met_at_a_time_and_different_ones_may_overlap() -> None:
    twice, overlapping = Phrases([[2, 3], [2, 3]]), Phrases([[2, 3], [3, 4], []])
    assert [twice.left(after(twice, *tokens)) for tokens in ([2, 3], [2, 3, 2, 3])] == [2, 0]
    assert overlapping.left(after(overlapping, 2, 3, 4)) == 0


def test_other_tokens_may_come_while_there_is_room() -> None:
    phrases = Phrases([[2, 2, 3], [5]])
    assert phrases.following(phrases.start(), room=5) == ([2, 5], False)
    assert phrases.following(phrases.start(), room=4) == ([2, 5], True)
    assert phrases.following(after(phrases, 2), room=3) == ([2], True)  # 5 would break off what is begun
    assert phrases.following(after(phrases, 2, 2), room=2) == ([3], True)
