"""Names of characters from their pictures: learnt from the DejaVu fonts (sample:glyphs), asked of the STIX fonts.

    python benchmarks/glyph_names.py RUN --minutes 60 [--threads 2]
    python benchmarks/glyph_names.py RUN --minutes 10 --choose

All choices were made with --choose: DejaVu Serif is held out of training and measured, STIX is not read. Without it the
test fonts are read once, by this program, when training has ended. RUN is a folder outside the work tree for the model
and the file to resume from (--resume). A picture is named right where the name is that of the character that was drawn,
word by word; `any` counts a name of any character that is drawn the same, pixel by pixel. Beside the network stands the
name of the nearest picture; `ceiling` is what nothing exceeds that sees pictures alone.
"""

from typing import Any

import numpy as np
import pair_runs
import report

from unrolled import Captioner, Training
from unrolled.data.examples import Examples
from unrolled.metrics.captions import caption_words
from unrolled.sources.glyphs import names_by_picture, read_glyphs

RECIPE = Captioner(
    encoder="cnn", width=128, embedding=128, dropout=0.2, training=Training(batch=128, learning_rate=0.002)
)
HELD_OUT = "DejaVuSerif"


def main() -> None:
    """Train, or go on with training; then measure."""
    parser = pair_runs.arguments(__doc__)
    parser.add_argument("--choose", action="store_true")
    given = parser.parse_args()
    train, test = _parts(given.choose)
    task, minutes = pair_runs.fitted(RECIPE, train, None, given)
    report.write(
        "glyph_names_choice" if given.choose else "glyph_names",
        recipe=repr(RECIPE),
        model=task.describe(),
        parameters=task.parameters,
        threads=given.threads,
        minutes=minutes,
        steps=task.fitted_.steps,
        loss=task.fitted_.loss,
        measured_on="DejaVu Serif, held out" if given.choose else "STIX",
        **_measured(task, test),
    )


def _parts(choose: bool) -> tuple[Examples, Examples]:
    """What is learnt from, and what is measured on."""
    train = read_glyphs("sample:glyphs")
    if not choose:
        return train, read_glyphs("sample:glyphs:test")
    held = np.array([where.startswith(HELD_OUT) for where in train.where])
    known = {train.targets[row] for row in np.flatnonzero(~held)}
    asked = [row for row in np.flatnonzero(held) if train.targets[row] in known]
    return train.take(np.flatnonzero(~held)), train.take(asked)


def _measured(task: Any, test: Examples) -> dict[str, Any]:
    """How many names are right, of the network and of what it is compared with."""
    pictures, _ = test.with_references()
    nearest = task.learnt_.baselines[-1]
    said = {
        "network": [found[0].text for found in task.predict_many(pictures)],
        nearest.name: nearest.answers(task.captions_.plain(pictures)),
    }
    possible = names_by_picture(test)
    return {
        "pictures": len(test),
        "names": len(set(test.targets)),
        "right": {name: _right(test, pictures, answers) for name, answers in said.items()},
        "ceiling": round(sum(max(names.values()) for names in possible) / len(test), 4),
    }


def _right(test: Examples, pictures: list[Any], answers: list[str]) -> dict[str, float]:
    """The share of pictures that are named right, in each font, and in all."""
    said = {picture.tobytes(): caption_words(answer) for picture, answer in zip(pictures, answers, strict=True)}
    names: dict[bytes, list[list[str]]] = {}
    for picture, name in zip(test.inputs, test.targets, strict=True):
        names.setdefault(picture.tobytes(), []).append(caption_words(name))
    keys = [picture.tobytes() for picture in test.inputs]
    exact = np.array([said[key] == caption_words(name) for key, name in zip(keys, test.targets, strict=True)])
    fonts = np.array([where.partition(":")[0] for where in test.where])
    shares = {font: round(float(exact[fonts == font].mean()), 4) for font in sorted(set(fonts.tolist()))}
    any_of = np.mean([said[key] in names[key] for key in keys])
    return {"exact": round(float(exact.mean()), 4), "any": round(float(any_of), 4), **shares}


if __name__ == "__main__":
    main()
