"""A forecaster for tests of the server: it repeats the last week of each series, with errors drawn from a normal."""

import sys
from statistics import NormalDist

import numpy as np

from unrolled.errors import InputError
from unrolled.inference.forecasts import Forecasts, Paths
from unrolled.sources.panel import PanelLayout, read_panel

__all__ = ["RepeatsItself", "shop"]

NAMES = ("bread", "butter", "a rare spice from the highlands, 100 g", "coffee", "tea")
LEVELS = (40, 12, 0.4, 800, 25)


def shop(articles: int = 5, days: int = 100) -> list[dict]:
    """Sales of some articles by day, a week's season in them, now and then cut by an empty shelf or not known."""
    rng = np.random.default_rng(0)
    rows = []
    for i in range(articles):
        level = LEVELS[i % 5] * (1 + 0.4 * np.sin(2 * np.pi * (np.arange(days) + i) / 7))
        sold = rng.poisson(level).astype(float)
        empty = (rng.random(days) < 0.03) & (sold > 0)
        sold[rng.random(days) < 0.02] = np.nan
        stamps = np.datetime64("2026-01-01") + np.arange(days)
        name = NAMES[i] if i < len(NAMES) else f"article {i}"
        rows += [
            {"unique_id": name, "ds": str(ds), "y": None if np.isnan(y) else y, "available": None if not cut else y}
            for ds, y, cut in zip(stamps, sold, empty, strict=True)
        ]
    return rows


class RepeatsItself:
    """See `unrolled.serve.served.ServedForecaster`."""

    name, parameters, horizon = "forecast", 2, 14

    def __init__(self, rows: list[dict]) -> None:
        self.panel, self.format = read_panel(rows, PanelLayout(frequency="D"))
        self.drawn = 0

    def describe(self):
        """See `AnyModel`."""
        return f"repeats the last week of {len(self.ids)} series"

    def metadata(self):
        """See `AnyModel`."""
        about = {"reads": "table", "card": "forecast", "horizon": self.horizon}
        return {**about, "frequency": self.format.frequency.name, "columns": self.format.columns}

    @property
    def ids(self):
        """See `ServedForecaster`."""
        return self.panel.ids

    def recent(self, ids=None):
        """See `ServedForecaster`."""
        return self.panel if ids is None else self.panel.only(ids)

    def _middle(self, data, ids):
        panel = self.panel if data is None else data
        panel = panel if ids is None else panel.only(ids)
        series = [
            np.nan_to_num(panel.y[begin:end]) for begin, end in zip(panel.offsets, panel.offsets[1:], strict=False)
        ]
        if not all(map(len, series)):
            raise InputError(f"unique_id {panel.ids[[*map(len, series)].index(0)]!r}: no values of y")
        point = np.array([np.resize(y[-7:], self.horizon) for y in series])
        spread = np.array([y.std() for y in series])[:, None] * np.sqrt(0.3 + 0.05 * np.arange(self.horizon))
        return panel, point, spread

    def forecasts(self, data=None, levels=(0.1, 0.5, 0.9), ids=None):
        """See `ServedForecaster`."""
        panel, point, spread = self._middle(data, ids)
        at = np.array([NormalDist().inv_cdf(level) for level in levels])
        quantiles = np.maximum(point[..., None] + spread[..., None] * at, 0)
        return Forecasts(panel.ids, panel.frequency, panel.last, point, list(levels), quantiles)

    def simulate(self, n_paths=1000, data=None, seed=0, ids=None):
        """See `ServedForecaster`."""
        self.drawn += 1
        panel, point, spread = self._middle(data, ids)
        noise = np.random.default_rng(seed).normal(size=(len(point), n_paths, self.horizon))
        values = np.maximum(point[:, None] + spread[:, None] * noise, 0).round()
        return Paths(panel.ids, panel.frequency, panel.last, values)


if __name__ == "__main__":  # a server of it for the tests of the page
    from unrolled.serve.app import create_app
    from unrolled.serve.limits import Limits
    from unrolled.serve.server import listen, run

    listener, limits = listen("127.0.0.1", 0), Limits()
    print(f"Serving it at http://127.0.0.1:{listener.getsockname()[1]} ", file=sys.stderr, flush=True)
    run(create_app({"shop": RepeatsItself(shop())}, limits), listener, limits)
