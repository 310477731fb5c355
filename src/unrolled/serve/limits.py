"""The limits of the server. Every field is an option of `unrolled serve`."""

from dataclasses import dataclass, field
from time import monotonic

from unrolled.settings import option

__all__ = ["Limits", "Rate"]


@dataclass(frozen=True)
class Limits:
    """Bounds on what clients may ask for; a request beyond one is refused with a status that says so."""

    body: int = option(262_144, "bytes of a request's body (413)", 1024, 2**30)
    clip: int = option(4_194_304, "bytes of a recording, sent to a model of sound (413)", 1024, 2**30)
    clip_seconds: float = option(30.0, "seconds of a recording (422)", 0.1, 600.0)
    music_seconds: float = option(60.0, "seconds of music made for one request (422)", 1.0, 3600.0)
    table: int = option(4_194_304, "bytes of a request to a model that forecasts, with its table (413)", 1024, 2**30)
    picture: int = option(8_388_608, "bytes of a request to a model that reads pictures (413)", 1024, 2**30)
    points: int = option(200_000, "values of a table (422)", 1, 10**9)
    series: int = option(1_000, "series that are forecast in one request (422)", 1, 10**6)
    text: int = option(20_000, "characters of a text (422)", 1, 10**8)
    inputs: int = option(64, "texts, pictures, or articles to order, in one request (422)", 1, 100_000)
    beam: int = option(20, "hypotheses side by side, of a model that writes texts (422)", 1, 1_000)
    glossary: int = option(200, "terms of a glossary (422)", 0, 100_000)
    message: int = option(65_536, "bytes of a WebSocket message (closes with 1009)", 1024, 2**30)
    rate: float = option(
        100.0, "messages a second of one WebSocket, twice as many at once; 200 characters count as one more", 0.1, 1e6
    )
    seconds: float = option(10.0, "for an answer (503), and for a request's body to arrive (408)", 0.1, 3600.0)
    head_seconds: float = option(5.0, "for a request's first lines to arrive; then the connection closes", 0.1, 3600.0)
    idle: float = option(900.0, "seconds without a message after which a session ends (1001)", 0.1, 1e6)
    sessions: int = option(1_000, "open WebSockets (503)", 1, 100_000)
    sessions_per_client: int = option(64, "open WebSockets of one address (429)", 1, 100_000)
    connections: int = option(2_000, "open connections of any kind; more are closed at once", 1, 100_000)
    waiting: int = option(256, "questions that wait for a model (503)", 1, 1_000_000)
    batch: int = option(32, "questions that a model answers together", 1, 10_000)
    drain: float = option(10.0, "seconds that answers under way are given when the server stops", 0.0, 3600.0)


@dataclass
class Rate:
    """So many a second, twice as many at once."""

    rate: float
    left: float = field(init=False)
    at: float = field(default_factory=monotonic)

    def __post_init__(self) -> None:
        self.left = 2 * self.rate

    def take(self, cost: float) -> bool:
        """Whether so much more is within the rate; if it is, it counts."""
        now = monotonic()
        self.left = min(2 * self.rate, self.left + (now - self.at) * self.rate)
        self.at = now
        cost = min(cost, 2 * self.rate)
        if self.left < cost:
            return False
        self.left -= cost
        return True
