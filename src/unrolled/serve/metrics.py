"""The numbers that /metrics gives to Prometheus; never a user's text."""

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

from unrolled.serve.workers import WORKERS_FOLDER

__all__ = ["Metrics"]

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 10.0)


class Metrics:
    """The server's counters: of this process, or of all its processes where WORKERS_FOLDER names a folder."""

    def __init__(self) -> None:
        self._registry = r = CollectorRegistry()
        self.requests = Counter("unrolled_requests", "Answered requests", ("path", "status"), registry=r)
        self.seconds = Histogram(
            "unrolled_request_seconds", "Time to answer a request", ("path",), registry=r, buckets=_SECONDS
        )
        self.messages = Counter("unrolled_messages", "WebSocket messages", ("model", "result"), registry=r)
        self.message_seconds = Histogram(
            "unrolled_message_seconds", "Time to answer a WebSocket message", ("model",), registry=r, buckets=_SECONDS
        )
        self.sessions = Gauge("unrolled_sessions", "Open WebSockets", registry=r, multiprocess_mode="livesum")
        self.refused = Counter("unrolled_refused", "What a limit refused", ("limit",), registry=r)
        self.batch = Histogram(
            "unrolled_batch_questions", "Questions answered together", registry=r, buckets=(1, 2, 4, 8, 16, 32, 64)
        )

    def refuse(self, limit: str) -> None:
        """Count a refusal by ``limit``; a refusal for another reason has an empty name and does not count."""
        if limit:
            self.refused.labels(limit).inc()

    def text(self) -> bytes:
        """All numbers in Prometheus's text format."""
        if WORKERS_FOLDER not in os.environ:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)
