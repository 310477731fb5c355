"""Ancestral sampling: a network that answers one period ahead goes on with what it drew (Salinas et al. 2020)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.data.panel import Panel
from unrolled.inference.panel_network import Answers, PanelNetwork
from unrolled.inference.panel_state import PanelState, advance, state_after
from unrolled.inference.panel_state import moments as moments_now
from unrolled.inputs.covariates import Covariates
from unrolled.inputs.history import History, Moments, read_history
from unrolled.models.likelihoods import LEVELS
from unrolled.smoothing.bank import Bank

__all__ = ["PATHS", "Origin", "ancestral_answers", "ancestral_paths", "answers_at"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
Singles = NDArray[np.float32]

PATHS = 200
"""So many are drawn of each series for its quantiles."""
ROWS = 4_096  # paths that go on side by side
VALUES = 2**20  # of the histories that are read side by side


class Origin(NamedTuple):
    """Where N series stand, and what is known beside them of the H periods to come.

    ``known`` (N, H, C): calendar and covariates; ``static`` (N, S) as the network reads it; ``nonnegative`` (N,).
    Covariates of the past alone count as their means.
    """

    bank: Bank
    state: PanelState
    known: Singles
    static: Singles
    nonnegative: Flags


def ancestral_paths(network: PanelNetwork, origin: Origin, n_paths: int, seed: int) -> Floats:
    """Paths (N, P, H); each member of the ensemble draws its share of them."""
    count, horizon = origin.known.shape[:2]
    paths = np.empty((count, n_paths, horizon))
    for series, drawn in _by_blocks(network, origin, n_paths, seed):
        paths[series] = drawn
    return paths


def ancestral_answers(network: PanelNetwork, origin: Origin, n_paths: int = PATHS, seed: int = 0) -> Answers:
    """What such paths say, in memory that is bounded however many series there are."""
    count, horizon = origin.known.shape[:2]
    quantiles, mean = np.empty((count, horizon, len(LEVELS))), np.empty((count, horizon))
    for series, drawn in _by_blocks(network, origin, n_paths, seed):
        quantiles[series] = np.moveaxis(np.quantile(drawn, LEVELS, axis=1), 0, -1)
        mean[series] = drawn.mean(1)
    return Answers(quantiles, mean if network.counts else None)


def _by_blocks(network: PanelNetwork, origin: Origin, n_paths: int, seed: int) -> Iterator[tuple[Whole, Floats]]:
    """Blocks of series with their paths (n, P, H)."""
    bank, state, known, static, nonnegative = origin
    count, horizon = known.shape[:2]
    none = np.zeros((count, network.outline.past), np.float32)
    rng, size = np.random.default_rng(seed), max(1, ROWS // n_paths)
    for begin in range(0, count, size):
        series = np.arange(begin, min(begin + size, count))
        constant = np.concatenate([none[series], static[series]], -1)
        beside = np.concatenate([known[series], np.repeat(constant[:, None], horizon, 1)], -1)
        paths = np.empty((len(series), n_paths, horizon))
        for member, chosen in enumerate(np.array_split(np.arange(n_paths), network.model.count)):
            if len(chosen):
                of = np.repeat(np.arange(len(series)), len(chosen))
                now = state.rows(series[of])
                now = now._replace(memory=now.memory.only(member))
                positive = nonnegative[series[of]]
                drawn = _drawn(network.only(member), bank.rows(series[of]), now, beside[of], positive, rng)
                paths[:, chosen] = drawn.reshape(len(series), len(chosen), horizon)
        yield series, paths


def _drawn(
    network: PanelNetwork, bank: Bank, state: PanelState, beside: Singles, nonnegative: Flags, rng: np.random.Generator
) -> Floats:
    """One path (N, H) of each row; ``state`` moves on with it."""
    horizon = beside.shape[1]
    path, whole = np.empty(beside.shape[:2]), np.zeros(len(beside), bool)
    for ahead in range(horizon):
        now = moments_now(network, bank, state, beside[:, ahead : ahead + 1, : network.outline.known])
        path[:, ahead] = network.sample(state.memory.output, now, nonnegative, rng)[:, 0]
        if ahead + 1 < horizon:
            advance(network, bank, state, path[:, ahead], whole, beside[:, ahead])
    return path


def answers_at(
    network: PanelNetwork,
    history: History,
    covariates: Covariates,
    anchors: Whole,
    moments: Moments,
    nonnegative: Flags,
    n_paths: int = PATHS,
) -> Answers:
    """What a network answers at anchors (A,) in a history, each of nothing but what was known there.

    ``moments`` are the history's at the anchors; ``n_paths`` are drawn where the network forecasts by paths.
    """
    if not network.ancestral:
        _, output = network.read(history, anchors)
        return network.answers(output, moments, nonnegative)
    outline = history.outline
    quantiles, means = np.empty((len(anchors), outline.horizon, len(LEVELS))), np.empty(moments.base.shape)
    rows = history.rows(anchors)
    for block in _blocks(anchors - history.panel.offsets[rows] + 1):
        own, at = rows[block], anchors[block]
        panel, bank = _up_to(history.panel, own, at), history.bank.rows(own)
        read, bank_state, running = read_history(panel, bank, outline, covariates)
        state = state_after(network, read, bank_state, running)
        origin = Origin(bank, state, moments.known[block], read.static, nonnegative[block])
        answers = ancestral_answers(network, origin, n_paths)
        quantiles[block] = answers.quantiles
        if answers.mean is not None:
            means[block] = answers.mean
    return Answers(quantiles, means if network.counts else None)


def _blocks(lengths: Whole) -> Iterator[Whole]:
    """Places of histories that are read side by side, the longest first."""
    order = np.argsort(-lengths, kind="stable")
    begin = 0
    while begin < len(order):
        size = max(1, VALUES // int(lengths[order[begin]]))
        yield order[begin : begin + size]
        begin += size


def _up_to(panel: Panel, rows: Whole, anchors: Whole) -> Panel:
    """A panel of what came up to each anchor (A,), a position in the values of the series ``rows`` (A,)."""
    begins, lengths = panel.offsets[rows], anchors - panel.offsets[rows] + 1
    places, offsets = _gathered(begins, lengths)
    ahead, future_offsets = _gathered(panel.future_offsets[rows], np.diff(panel.future_offsets)[rows])
    return replace(
        panel,
        ids=[panel.ids[row] for row in rows.tolist()],
        first=panel.first[rows],
        offsets=offsets,
        y=panel.y[places],
        cut=panel.cut[places],
        past=panel.past[places],
        future_offsets=future_offsets,
        future=panel.future[ahead],
        static=panel.static[rows],
    )


def _gathered(begins: Whole, lengths: Whole) -> tuple[Whole, Whole]:
    """The places of stretches one after another, and where each begins among them."""
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return np.arange(int(offsets[-1])) + np.repeat(begins - offsets[:-1], lengths), offsets
