"""Which files and folders hold several inputs."""

import numpy as np

from unrolled.inputs.dna import Dna
from unrolled.inputs.numbers import Numbers
from unrolled.inputs.sound import Sound
from unrolled.inputs.text import Text
from unrolled.settings import Layout


def written(path, text):
    path.write_text(text)
    return path


def test_each_kind_of_input_says_what_holds_several(tmp_path):
    fasta, table = written(tmp_path / "a.fa.gz", ""), written(tmp_path / "a.tsv", "text\tlabel\none\ta\n")
    text, layout = written(tmp_path / "a.txt", "one"), Layout()
    assert Dna().several(fasta, layout) is not None
    assert Dna().several(text, layout) is None
    words = Text("word", 10)
    assert [row.input for row in words.several(table, layout)] == ["one"]
    assert words.several(text, layout) is None
    (tmp_path / "sounds").mkdir()
    written(tmp_path / "sounds" / "a.wav", "")
    assert [row.input for row in Sound().several(tmp_path / "sounds", layout)] == [tmp_path / "sounds" / "a.wav"]


def test_series_of_a_file(tmp_path):
    numbers = Numbers()
    numbers.learn([np.arange(6, dtype=np.float32).reshape(3, 2)] * 2)
    np.savez(tmp_path / "a.npz", inputs=np.zeros((2, 3, 2)), labels=np.array([0, 1]))
    rows = list(numbers.several(tmp_path / "a.npz", Layout()))
    assert [row.columns for row in rows] == [{"series": "1", "label": "0"}, {"series": "2", "label": "1"}]
    assert rows[0].input.shape == (3, 2)
    np.savez(tmp_path / "b.npz", inputs=np.zeros((1, 3, 2)))
    assert numbers.several(tmp_path / "b.npz", Layout()) is None
