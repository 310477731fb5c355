"""Order matters: the same words mean another thing in another order, and a bag of words cannot tell.

"I had my laptop fixed" (somebody else did it) and "I had fixed my laptop" (I did) are the same bag. A classifier over
the mean of the word vectors and one with a memory learn from such pairs.

    python examples/order.py [FOLDER]        writes order.png
"""

import sys
from itertools import product
from pathlib import Path

import numpy as np

from unrolled import Training, inspection
from unrolled.nn.gradients import integrated_gradients
from unrolled.tasks.classify import Classifier

PEOPLE = ("I", "You", "Anna", "My brother", "The teacher", "Our neighbours")
THINGS = ("my laptop", "the car", "the roof", "a watch", "the old door", "the garden", "two chairs", "the piano")
VERBS = ("fixed", "painted", "cleaned", "sold", "moved")
LABELS = ("somebody else", "oneself")


def pairs(rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """Every sentence in both orders, in random order: half for each label."""
    texts, labels = [], []
    for person, thing, verb in product(PEOPLE, THINGS, VERBS):
        texts += [f"{person} had {thing} {verb}", f"{person} had {verb} {thing}"]
        labels += LABELS
    order = rng.permutation(len(texts))
    return [texts[i] for i in order], [labels[i] for i in order]


def main() -> None:
    """Fit both, measure both on sentences that neither has seen, and show what drove the one that can."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    texts, labels = pairs(np.random.default_rng(0))
    seen = len(texts) * 3 // 4
    training = Training(epochs=8, batch=32, learning_rate=0.02)
    question = "I had my laptop fixed"
    for model in ("bag", "recurrent"):
        task = Classifier(model=model, cell="gru", width=12, embedding=12, bidirectional=False, pooling="last",
                          dropout=0.0, mixture=False, training=training)  # fmt: skip
        task.fit(texts[:seen], labels[:seen])
        answers = [best[0].label for best in task.predict_many(texts[seen:], 1)]
        right = np.mean([answer == label for answer, label in zip(answers, labels[seen:], strict=True)])
        print(f"{model}: {right:.0%} of {len(answers)} sentences right, {task.parameters:,} parameters")
        for text in (question, "I had fixed my laptop"):
            best = task.predict(text, 1)[0]
            print(f"    {text}: {best.label}, {best.score:.0%}")
    network, params = task.network()
    words, x = task.steps(question)
    attribution = integrated_gradients(network, params, x)
    for word, value in zip(words, attribution.steps, strict=True):
        print(f"    {word:8} {value:+.2f}")
    title = f"Who did it? {task.labels_[attribution.target].capitalize()}."
    below = f"what each word of a network with a memory adds to the log-odds, {attribution.start:+.2f} before the first"
    target = str(folder / "order.png")
    inspection.write_picture(target, lambda look: inspection.draw_words(look, attribution.steps, words, title, below))
    print(target)


if __name__ == "__main__":
    main()
