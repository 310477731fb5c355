"""Subject lines of e-mails (AESLC), within 90 minutes of training on a CPU.

    python benchmarks/summaries.py ../shared/data/aeslc RUN --epochs 7

All choices were made on the validation part; the test part is read once, by this program, when training has ended. RUN
is a folder outside the work tree for the model and the file to resume from (--resume). Beside the network stand the
first words of the mail and the subject of the nearest mail learnt from. Texts of this set are never shown.
"""

from pathlib import Path
from typing import Any

import pair_runs

from unrolled import Summarizer
from unrolled.metrics.summaries import summary_scores
from unrolled.sources.pairs import read_pairs
from unrolled.tasks.searches import TOGETHER

NAME = "summaries"
PUBLISHED = {"rouge_1": 23.67, "rouge_2": 10.29, "rouge_l": 23.44}  # Zhang & Tetreault 2019, test, the original subject
RECIPE = Summarizer(columns="body,subject", longest=150)


def main() -> None:
    """Train, or go on with training; then measure."""
    parser = pair_runs.arguments(__doc__)
    parser.add_argument("data", type=Path)
    given = parser.parse_args()
    parts = {part: given.data / f"{part}.jsonl.gz" for part in ("train", "dev", "test")}
    task, minutes = pair_runs.fitted(RECIPE, parts["train"], parts["dev"], given)
    rows = {part: _measured(task, parts[part]) for part in ("dev", "test")}
    pair_runs.report_of(NAME, RECIPE, task, minutes, PUBLISHED, rows)


def _measured(task: Any, path: Path) -> dict[str, Any]:
    return pair_runs.measured(task, path) | {"each_mail_by_itself": _each(task, path)}


def _each(task: Any, path: Path) -> dict[str, float]:
    """As papers count: mails of equal bodies several times, each with its own subject alone."""
    pairs = read_pairs(path, ["body", "subject"])
    answers: list[str] = []
    for start in range(0, len(pairs), TOGETHER):
        answers += [found[0].text for found in task.predict_many(pairs.inputs[start : start + TOGETHER])]
    return dict(summary_scores(answers, [[target] for target in pairs.targets], pairs.inputs))


if __name__ == "__main__":
    main()
