"""Sixty everyday sentences, and errors planted in them with a fixed seed."""

import string
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from unrolled.completion.typing_errors import neighbours

SENTENCES = """\
I'll be home around seven if the train is on time.
Could you please send me the address again?
We don't have any milk left, so I went to the shop.
My brother-in-law is coming for dinner on Friday.
The meeting was moved to 3 o'clock because of the weather.
That's exactly what I wanted to say.
She has lived in London for more than 20 years.
Let me know when you are ready to leave.
They won't believe it until they see it.
It was a long day, but I really enjoyed it.
Have you heard from your mother this week?
The children are playing in the garden.
I can't find my keys anywhere.
What time does the film start tonight?
We should go there together next summer.
He said that he would call back later.
There are 14 people on the list already.
You're welcome to stay as long as you want.
Our neighbours have bought a second-hand car.
Please remember to close the window before you go.
The doctor told me to drink more water.
I think we've met before, haven't we?
It's getting dark, let's walk back to the house.
Nobody knows what will happen after the election.
Thanks for the flowers, they look wonderful.
The bridge was built by the army during the war.
I haven't read the second part of the book yet.
Where did you leave the blue umbrella?
The price went up from 80 to 95 this year.
She wrote a letter to the head of the school.
Do you want coffee or something cold?
The first train to Paris leaves at six.
He couldn't sleep because the music was too loud.
My sister works as a teacher in a small town.
Everything else can wait until Monday.
I'm sorry that I missed your birthday.
The river is very high after the rain.
They've been friends since they were children.
Would you like to come with us on Sunday?
The old church stands in the middle of the village.
Don't forget to bring your passport.
We had a great time at the beach.
The answer was much shorter than the question.
It doesn't matter which road you take.
Someone has left a message for you.
The new phone is lighter than the old one.
I would rather stay at home and watch the game.
Nothing has changed since the last time.
Her father's house is near the station.
The company was founded in 1923 by two brothers.
We'll need at least 6 more chairs.
The winter here is long and very cold.
Can you help me carry this box upstairs?
He plays football every Saturday morning.
The king of Spain visited the museum yesterday.
I should have listened to your advice.
The whole family is going to be there.
Who's going to pay for the broken glass?
The weather was better than we expected.
She smiled and walked out of the room.
""".splitlines()
KINDS = ("neighbour", "swap", "omission", "doubling", "extra letter")


class Planted(NamedTuple):
    """A word that was meant, what is typed in its place, and the right text before it."""

    before: str
    meant: str
    typed: str


def right_words() -> Iterator[tuple[str, str]]:
    """Each word of the sentences, without the marks around it, and the text before it."""
    for sentence in SENTENCES:
        end = 0
        for piece in sentence.split():
            at = sentence.index(piece, end)
            end = at + len(piece)
            yield sentence[:at], piece.strip(".,?")


def planted(seed: int = 17) -> list[Planted]:
    """One error in every second word of four letters and more, the kinds by turns."""
    rng, errors = np.random.default_rng(seed), list[Planted]()
    long = [(before, word) for before, word in right_words() if len(word) > 3 and word.isalpha()]
    for number, (before, word) in enumerate(long[::2] if len(long) > 300 else long):
        errors.append(Planted(before, word, _wrong(word, KINDS[number % len(KINDS)], rng)))
    return errors


def _wrong(word: str, kind: str, rng: np.random.Generator) -> str:
    at = int(rng.integers(1, len(word)))  # first letters are seldom wrong
    if kind == "swap":
        at = int(rng.choice([i for i in range(len(word) - 1) if word[i] != word[i + 1]]))
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == "neighbour":
        return word[:at] + str(rng.choice(list(neighbours(word[at].lower())))) + word[at + 1 :]
    if kind == "omission":
        return word[:at] + word[at + 1 :]
    if kind == "doubling":
        return word[: at + 1] + word[at:]
    return word[:at] + str(rng.choice(list(string.ascii_lowercase))) + word[at:]
