"""Translate without unrolled: ONNX Runtime runs the two files of `unrolled export en-de -o en-de.onnx`, greedily.

    python onnx_translate.py en-de.onnx "a man is riding a bicycle"

Letters are made small, and a text begins with a space where tokens are byte pairs. Left out here: the capital letter at
the beginning, and the tokens that stand for numbers and the like.
"""

import sys

import numpy as np
import onnxruntime
from tokenizers import Tokenizer


def main(file: str, text: str) -> None:
    """Print the translation of a text."""
    reading, step = (onnxruntime.InferenceSession(file.replace(".onnx", end)) for end in (".onnx", ".step.onnx"))
    saved = reading.get_modelmeta().custom_metadata_map
    source = Tokenizer.from_str(saved["unrolled.source.json"])
    target = Tokenizer.from_str(saved.get("unrolled.target.json", saved["unrolled.source.json"]))
    ids = [*source.encode(" " * (source.decoder is not None) + text.lower()).ids, 1]  # 1 is the end of a text
    known = {"lengths": np.array([len(ids)])}
    known |= called(reading, {"ids": np.array([ids]), **known})
    written = [1]
    while len(written) < 2 * len(ids) + 10 and (written[-1] != 1 or len(written) == 1):
        known |= called(step, {"ids": np.array(written[-1:]), **known})
        written.append(int(known["log_probabilities"][0].argmax()))
    print(target.decode([i for i in written if i != 1]).strip())


def called(graph: onnxruntime.InferenceSession, known: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What a graph gives; the state after a step is the state before the next one."""
    results = graph.run(None, {one.name: known[one.name] for one in graph.get_inputs()})
    return {one.name.removesuffix("_after"): value for one, value in zip(graph.get_outputs(), results, strict=True)}


if __name__ == "__main__":
    main(*sys.argv[1:])
