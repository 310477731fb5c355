"""How a memory is built: an RNN reads "The sun rises in the" and says after each word what comes next.

It learns from a page of made-up sentences, in seconds.

    python examples/memory.py [FOLDER]       writes memory.png and unrolled.png
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

from unrolled import NextWord, Training, inspection

FACTS = (
    "The sun rises in the east.", "The sun sets in the west.", "The moon rises in the evening.",
    "The moon sets in the morning.", "The river rises in the hills.", "The sky is blue.", "The sun is bright.",
    "The grass is green.", "The snow is white.", "The birds sing in the morning.", "The children sing in the evening.",
)  # fmt: skip
SENTENCE = "The sun rises in the"


def main() -> None:
    """Learn, read, and show the memory at each step."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    facts = np.random.default_rng(0).choice(FACTS, 600)
    with tempfile.TemporaryDirectory() as place:
        book = Path(place) / "facts.txt"
        book.write_text("\n\n".join(facts), encoding="utf-8")
        training = Training(epochs=10, batch=16, window=12, learning_rate=0.02)
        task = NextWord(cell="rnn", width=200, embedding=50, tied=False, dropout=0.0, order=2, training=training)
        task.fit(book)
    model, params = task.network()
    words, x = task.steps(SENTENCE)
    (memory,) = inspection.read_memory(model.layers, params.layers, x)
    outputs, moved = [], inspection.state_changes(memory)
    for i, word in enumerate(words):
        best = task.predict(" ".join(words[1 : i + 1]), 1)[0]
        outputs.append(best.text)
        print(f"{word:6} moves the memory by {moved[i]:5.2f}   next: {best.text} ({best.score:.0%})")
    rows, columns = params.output.W.shape
    print(f"U {params.layers['0'].U.shape}, W {params.layers['0'].W.shape}, output {rows, columns}")
    sketch = inspection.Sketch(model.layers, model.layers.shapes(), (rows, columns), outputs)
    title = f"What an RNN remembers while it reads: {SENTENCE}"
    for name, draw in (
        ("memory.png", lambda look: inspection.draw_memory(look, [memory], words, title)),
        ("unrolled.png", lambda look: inspection.draw_unrolled(look, sketch, words)),
    ):
        inspection.write_picture(str(folder / name), draw)
        print(folder / name)


if __name__ == "__main__":
    main()
