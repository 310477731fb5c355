"""Pictures can be read: no text is cut off or lies upon another, for few steps and for many; files are whole or not."""

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import SubFigure

from unrolled import inspection
from unrolled.arrays import map_tree
from unrolled.cells import CELLS, LSTM, RNN
from unrolled.errors import InputError
from unrolled.inference.translations import Aligned, Translation
from unrolled.inputs.ruler import Ruler
from unrolled.inspection import figures
from unrolled.inspection.gradient_picture import gradient_shares
from unrolled.inspection.unrolled_picture import kept_steps
from unrolled.layers import Recurrent

WORDS = ["<eos>", "The", "$x_1$", "in", "internationalization", "of", "\n", "été", "a", "", "\x07", "%s"]


def words(count):
    return [WORDS[i % len(WORDS)] for i in range(count)]


def texts(draw, dark=False):
    """All texts of a picture with the boxes in which they stand, and its size in dots."""
    look = figures.DARK if dark else figures.LIGHT
    with matplotlib.rc_context(figures._style(look, ["DejaVu Sans"])):
        figure = draw(look)
        FigureCanvasAgg(figure).draw()
        boxes = [(t.get_text(), t.get_window_extent()) for t in _texts(figure) if t.get_text()]
        return boxes, figure.bbox


def _texts(figure):
    """The artists that show text, without the ticks beyond the ends of an axis."""
    parts = [figure, *(part for part in figure.findobj(SubFigure))]
    for part in parts:
        yield from part.texts
        for legend in part.legends:
            yield from legend.get_texts()
    for axes in figure.get_axes():
        if not axes.get_visible():
            continue
        yield from (axes.title, axes._left_title, *axes.texts)
        if axes.get_legend():
            yield from axes.get_legend().get_texts()
        if not axes.axison:
            continue
        for axis in (axes.xaxis, axes.yaxis):
            yield axis.label
            low, high = sorted(axis.get_view_interval())
            ticks = zip(axis.get_majorticklocs(), axis.get_majorticklabels(), strict=False)
            yield from (label for at, label in ticks if low <= at <= high and label.get_visible())


def assert_readable(draw, dark=False):
    boxes, paper = texts(draw, dark)
    assert boxes
    names, edges = [text for text, _ in boxes], np.array([box.extents for _, box in boxes])
    low, high = edges[:, :2], edges[:, 2:]
    outside = ((low < -1) | (high > paper.extents[2:] + 1)).any(1)
    assert [(names[i], edges[i]) for i in np.flatnonzero(outside)] == [], "cut off"
    shared = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)
    upon = np.argwhere(np.triu((shared >= 1.5).all(-1), 1))
    assert [(names[a], names[b], edges[[a, b]]) for a, b in upon] == [], "texts lie upon each other"


def stack(cell=RNN, widths=(6,), bidirectional=False, steps=6):
    rng = np.random.default_rng(0)
    layers = Recurrent(cell, 3, widths, bidirectional)
    return layers, map_tree(np.asarray, layers.initial(rng)), rng.normal(size=(steps, 3))


@pytest.mark.parametrize(
    ("steps", "cell", "widths", "both"),
    [(3, "lstm", (60,), False), (20, "rnn", (4,), True), (200, "rnn-relu", (3,), False)],
)
def test_a_memory_can_be_read(steps, cell, widths, both):
    layers, params, x = stack(CELLS[cell], widths, both, steps)
    memories = inspection.read_memory(layers, params, x)
    assert_readable(lambda look: inspection.draw_memory(look, memories, words(steps), "What it remembers"))


@pytest.mark.parametrize("steps", [3, 30, 200])
def test_the_words_of_a_decision_can_be_read(steps):
    values = np.random.default_rng(0).normal(size=steps)
    assert_readable(lambda look: inspection.draw_words(look, values, words(steps), "A decision", "below"), dark=True)


def attention(source, target):
    weights = np.random.default_rng(0).dirichlet(np.ones(len(source)), len(target))
    return inspection.WordAttention(source, target, weights.astype(np.float32))


@pytest.mark.parametrize(("source", "target"), [(1, 1), (7, 3), (2, 40), (60, 60)])
def test_attention_can_be_read(source, target):
    seen = attention(words(source), words(target))
    assert_readable(lambda look: inspection.draw_attention(look, seen), dark=source == 7)


def test_a_source_from_right_to_left_is_drawn_so():
    def limits(source):
        return inspection.draw_attention(figures.LIGHT, attention(source, ["A", "man"])).get_axes()[0].get_xlim()

    assert limits(["!", "رجل", "يركب"]) == (2.5, -0.5)
    assert limits(["a", "man", "رجل"]) == (-0.5, 2.5)


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_attention_is_written_by_words_or_by_pieces(tmp_path, suffix):
    aligned = Aligned(Translation("Rad", 1.0), ["bi", "cycle"], ["Rad"], np.array([[0.2, 0.8]], np.float32), [2])
    for name, pieces in (("words", False), ("pieces", True)):
        inspection.plot_attention(aligned, str(tmp_path / (name + suffix)), pieces=pieces)
    whole, cut = ((tmp_path / (name + suffix)).read_bytes() for name in ("words", "pieces"))
    assert whole != cut


@pytest.mark.parametrize(("steps", "widths", "both"), [(1, (6,), False), (3, (4,), True), (200, (6,), False)])
def test_the_flow_of_a_gradient_can_be_read(steps, widths, both):
    layers, params, x = stack(RNN, widths, both, steps)
    flows = inspection.gradient_flows(layers, params, x)
    fresh = {cell: np.geomspace(1, 0.5 ** (steps - 1) * (i + 1), steps) for i, cell in enumerate(CELLS)}
    parts = [(f"dLoss/dW, {flow.name}", np.full(steps, 1 / steps)) for flow in flows]
    assert_readable(lambda look: inspection.draw_gradients(look, flows, fresh, parts, words(steps), "How far"))


@pytest.mark.parametrize("size", [0.0, np.inf])
def test_any_gradient_can_be_drawn(size):
    norms = np.array([1.0, size, size])
    flow = inspection.GradientFlow("layer 1", "rnn", norms, norms, norms, (0.5,), "vanishing", 0)
    assert_readable(
        lambda look: inspection.draw_gradients(look, [flow], {"rnn": norms}, [], ["a", "b", "c"], "How far")
    )


@pytest.mark.parametrize(
    ("cell", "widths", "both", "pooled", "steps"),
    [
        ("rnn", (200,), False, "", 1),
        ("rnn", (200,), False, "", 7),
        ("lstm", (128, 64), True, "the mean of all steps", 3),
        ("gru", (9, 9, 9), False, "the last step", 200),
        ("lru", (20,), True, "the largest of all steps", 2),
    ],
)
def test_the_unrolled_network_can_be_read(cell, widths, both, pooled, steps):
    layers = Recurrent(CELLS[cell], 50, widths, both)
    outputs = ["by somebody else"] if pooled else words(steps)
    sketch = inspection.Sketch(layers, layers.shapes(), (10_000, layers.outputs), outputs, pooled)
    assert_readable(lambda look: inspection.draw_unrolled(look, sketch, words(steps)))


def test_the_unrolled_picture_has_the_lectures_shapes_and_one_network():
    layers = Recurrent(RNN, 50, (200,))
    assert inspection.weight_shapes(layers, layers.shapes()) == [("U", (200, 50)), ("W", (200, 200))]
    sketch = inspection.Sketch(layers, layers.shapes(), (10_000, 200), ["is"] * 5)
    boxes, _ = texts(lambda look: inspection.draw_unrolled(look, sketch, ["The", "sun", "rises", "in", "the"]))
    shown = [text for text, _ in boxes]
    assert "How many RNNs are in this picture? One." in shown
    assert shown.count("W") == 5  # once in the folded network, four times between five steps
    assert shown.count("U") == 6
    assert any("U [200×50]" in text and "W [200×200]" in text for text in shown)
    both = Recurrent(LSTM, 50, (20, 10), True)
    names = [name for name, _ in inspection.weight_shapes(both, both.shapes())]
    assert names == ["U₁", "W₁", "U₁′", "W₁′", "U₂", "W₂", "U₂′", "W₂′"]


def test_of_many_steps_the_ends_are_drawn():
    assert kept_steps(7) == [0, 1, 2, 3, 4, 5, 6]
    assert kept_steps(200) == [0, 1, 2, 3, None, 198, 199]


def test_units_are_chosen_by_how_far_they_move():
    layers, params, x = stack(RNN, (60,), steps=5)
    params["0"]["U"][7] = 0
    params["0"]["W"][7] = 0
    params["0"]["b"][7] = 0  # this unit never moves
    from unrolled.inspection.memory_picture import _most_active

    chosen = _most_active(inspection.read_memory(layers, params, x)[0].outputs)
    assert len(chosen) == len(set(chosen.tolist())) == 48
    assert 7 not in chosen


def test_changes_add_up_the_entries_and_run_the_way_a_layer_reads():
    layers, params, x = stack(LSTM, (6,), True, 4)
    ahead, back = inspection.read_memory(layers, params, x)
    state = np.hstack([ahead.states["h"], ahead.states["c"]])
    np.testing.assert_allclose(inspection.state_changes(ahead)[0], np.linalg.norm(state[0]))
    np.testing.assert_allclose(inspection.state_changes(ahead)[2], np.linalg.norm(state[2] - state[1]))
    state = np.hstack([back.states["h"], back.states["c"]])
    np.testing.assert_allclose(inspection.state_changes(back)[3], np.linalg.norm(state[3]))
    np.testing.assert_allclose(inspection.state_changes(back)[0], np.linalg.norm(state[0] - state[1]))


def test_shares_are_of_the_whole():
    gradients = np.random.default_rng(0).normal(size=(4, 3, 2))
    shares = gradient_shares(gradients)
    assert shares.sum() == pytest.approx(1)
    total = gradients.sum(0)
    assert shares[1] == pytest.approx((gradients[1] * total).sum() / (total**2).sum())
    assert not gradient_shares(np.zeros((4, 3, 2))).any()


def test_words_as_they_can_stand_in_a_picture():
    shown = [figures.readable(word) for word in ["sun", "", "\n", "a\tb", "a\x07b", "x" * 40]]
    assert shown == ["sun", "∅", "⏎", "a⇥b", "a·b", "x" * 17 + "…"]


def small(look):
    return inspection.draw_words(look, np.array([1.0, -1.0]), ["so", "日本"], "A decision", "below")


@pytest.mark.parametrize(("name", "start"), [("a.png", b"\x89PNG"), ("a.SVG", b"<?xml")])
def test_a_picture_is_the_same_every_time(tmp_path, name, start):
    written = []
    for _ in range(2):
        inspection.write_picture(str(tmp_path / name), small)
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
    assert written[0].startswith(start)
    inspection.write_picture(str(tmp_path / name), small, dark=True)
    assert (tmp_path / name).read_bytes() != written[0]
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_what_fails_leaves_the_old_picture(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")

    def broken(look):
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        inspection.write_picture(str(path), broken)
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("a.pdf", r"a.pdf: the suffix is '.pdf'; expected .png or .svg"),
        ("picture", r"the suffix is ''; expected .png or .svg"),
        ("none/a.png", "the folder .*none does not exist"),
        ("folder.png", "it is a folder"),
    ],
)
def test_targets_that_are_refused(tmp_path, monkeypatch, path, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(InputError, match=message):
        inspection.write_picture(path, small)


def test_letters_that_no_font_has_are_said_and_not_drawn_as_boxes(tmp_path, caplog, recwarn):
    osmanya, mark = "\U00010480", "\U000e0101"

    def draw(look):
        return inspection.draw_words(look, np.ones(2), ["so", osmanya + mark + "a"], "A decision", "below")

    inspection.write_picture(str(tmp_path / "a.png"), draw)
    assert "no installed font has these letters (Osmanya" in caplog.text
    assert not [one for one in recwarn if "Glyph" in str(one.message)]


@pytest.mark.parametrize(("steps", "letters"), [(1, True), (24, True), (300, False)])
def test_a_memory_along_a_ruler_can_be_read(steps, letters):
    layers, params, x = stack(CELLS["gru"], (6,), True, steps)
    memories = inspection.read_memory(layers, params, x)
    names = ["ACGT"[i % 4] if letters else str(i) for i in range(steps)]
    values = None if letters else np.sin(np.arange(3 * steps))[:, None]
    ruler = Ruler("seconds", 0, 0.01, "waveform", np.arange(3 * steps) / 300, values).after(0)
    assert_readable(lambda look: inspection.draw_memory(look, memories, names, "What it remembers", ruler))


def test_of_an_empty_input_no_attention_is_drawn(tmp_path):
    nothing = Aligned(Translation("", 1.0), [], [], np.zeros((0, 0), np.float32), [])
    with pytest.raises(InputError, match="the input is empty"):
        inspection.plot_attention(nothing, str(tmp_path / "a.png"))
    assert not list(tmp_path.iterdir())
