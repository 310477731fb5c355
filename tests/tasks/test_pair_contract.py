"""Every task that learns from pairs, with texts and with spellings, keeps the contract of `pair_contract.py`."""

import io

import numpy as np
import pytest
from PIL import Image
from tests.tasks import pair_contract as contract
from tests.tasks.pair_contract import Case, Prepared, prepare, write_pictures
from tests.tasks.shared_contract import check_settings

from unrolled import Training
from unrolled.tasks import TASKS, task_class
from unrolled.tasks.pairs import PairTask

SENTENCES = [
    ("the red dog runs", "der rote Hund rennt"), ("the red cat sleeps", "die rote Katze schläft"),
    ("a dog sleeps", "ein Hund schläft"), ("a cat runs", "eine Katze rennt"), ("hello {name}", "hallo {name}"),
    ("12 dogs run", "12 Hunde rennen"), ("a small cat sleeps", "eine kleine Katze schläft"),
    ("the small dog sleeps", "der kleine Hund schläft"),
]  # fmt: skip
OTHERS = [("a red cat runs", "eine rote Katze rennt"), ("zebras", "Zebras"), ("the dog", "der Hund")]
SPELLINGS = [(word, " ".join(word.upper().replace("C", "K"))) for word in
             ("cat", "act", "cut", "cab", "bat", "tub", "but", "tact")]  # fmt: skip
MAILS = [(f"Dear all, please note that {name} {what} today, as agreed with the team.", f"{name} {what}")
         for name in ("Ann", "Bob", "Eve", "Max") for what in ("has left", "is ill")]  # fmt: skip
COLOURS = {"black": (0, 0, 0), "red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "yellow": (255, 255, 0),
           "cyan": (0, 255, 255), "pink": (255, 0, 255), "white": (255, 255, 255)}  # fmt: skip


def square(colour: tuple[int, int, int]) -> bytes:
    """A file with a square before grey."""
    picture, file = np.full((16, 16, 3), 128, np.uint8), io.BytesIO()
    picture[4:12, 4:12] = colour
    Image.fromarray(picture).save(file, "png")
    return file.getvalue()


SQUARES = [(square(colour), f"A {name} square." if sum(colour) > 255 else f"This is {name}.")
           for name, colour in COLOURS.items()]  # fmt: skip
OTHER_SQUARES = [(square((200, 50, 50)), "A red square."), (square((90, 90, 90)), "This is grey.")]
CASES = [
    Case("translate", {"tokens": "word"}, SENTENCES, OTHERS, ("bleu", 99.0)),
    Case("translate", {"tokens": "character,space"}, SPELLINGS, [("tab", "T A B"), ("xx", "K S")], ("word_error", 0.0)),
    Case("summarize", {"copying": True}, MAILS, [(MAILS[0][0].replace("Ann", "Tom"), "Tom has left"), ("no", "no")],
         ("exact_match", 1.0)),
    Case("caption", {"encoder": "cnn", "width": 64, "embedding": 32}, SQUARES, OTHER_SQUARES, ("exact_match", 1.0),
         0.003, write_pictures),
]  # fmt: skip


@pytest.fixture(scope="module")
def everything(tmp_path_factory) -> dict[str, Prepared]:
    """All cases fitted and saved, once for all checks."""
    return {str(case): prepare(case, tmp_path_factory.mktemp("contract")) for case in CASES}


@pytest.fixture(params=CASES, ids=str)
def ready(request, everything) -> Prepared:
    return everything[str(request.param)]


def test_every_task_of_pairs_has_a_case() -> None:
    assert {case.task for case in CASES} == {name for name in TASKS if issubclass(task_class(name), PairTask)}


def test_it_learns_eight_pairs_by_heart(ready) -> None:
    contract.check_learns_by_heart(ready)


def test_saved_it_says_the_same_without_what_training_needs(everything) -> None:
    contract.check_saved_says_the_same(list(everything.values()))


def test_loaded_and_copied_it_is_the_same(ready) -> None:
    contract.check_loaded_is_the_same(ready)


def test_many_are_answered_as_one(ready) -> None:
    contract.check_together_is_alone(ready)


def test_it_says_where_it_looked_and_goes_on_as_asked(ready) -> None:
    contract.check_aligned(ready)


def test_its_scores_are_those_of_the_model_as_it_was_trained(ready) -> None:
    contract.check_scores_are_the_trained_models(ready)


def test_it_is_tuned(ready) -> None:
    contract.check_tuned(ready)


def test_it_refuses(ready, tmp_path) -> None:
    contract.check_refusals(ready, tmp_path)


def test_bad_data_is_named(everything, tmp_path) -> None:
    contract.check_bad_data_is_named(everything[str(CASES[0])], tmp_path)


def test_damage_is_refused(ready, tmp_path) -> None:
    contract.check_damage_is_refused(ready, tmp_path)


def test_a_forged_folder_cannot_crash_it(ready, tmp_path) -> None:
    contract.check_forged_folder_cannot_crash(ready, tmp_path, 6)


def test_weights_that_are_no_numbers_are_refused(ready, tmp_path) -> None:
    contract.check_weights_are_finite(ready, tmp_path)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_resumed_run_is_an_uninterrupted_one(case, tmp_path) -> None:
    contract.check_resumed_is_uninterrupted(case, tmp_path)


def test_its_settings_are_scikit_learns() -> None:
    check_settings(CASES[0].make, Training(epochs=3))
