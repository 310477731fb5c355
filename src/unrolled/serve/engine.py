"""Where models compute: one thread takes all questions that wait and answers together those that can be.

There is no artificial wait: an idle engine answers a lone question at once, a busy one finds more of them waiting.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from unrolled.errors import InputError
from unrolled.serve.metrics import Metrics

__all__ = ["Busy", "Engine"]

_log = logging.getLogger("unrolled.serve")
Answer = Callable[[Sequence[Any]], Sequence[Any]]


class Busy(Exception):
    """More questions wait than are allowed to."""


@dataclass(frozen=True)
class _Question:
    key: Hashable
    answer: Answer
    item: Any
    future: "asyncio.Future[Any]"


class Engine:
    """`ask` from an event loop; `start` and `stop` around it."""

    def __init__(self, waiting: int, batch: int, metrics: Metrics) -> None:
        self._limit, self._batch, self._metrics = waiting, batch, metrics
        self._waiting: deque[_Question] = deque()
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="unrolled-engine", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread when it has answered what waits."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join()

    async def ask(self, key: Hashable, answer: Answer, item: Any) -> Any:
        """One of ``answer([item, ...])``'s results, an exception among them raised.

        Questions of one ``key`` that wait at the same time are answered by one call. Raises Busy where too many wait.
        """
        future = asyncio.get_running_loop().create_future()
        with self._changed:
            if len(self._waiting) >= self._limit:
                raise Busy
            self._waiting.append(_Question(key, answer, item, future))
            self._changed.notify()
        return await future

    def _run(self) -> None:
        while questions := self._take():
            alike: dict[Hashable, list[_Question]] = {}
            for question in questions:
                if not question.future.cancelled():
                    alike.setdefault(question.key, []).append(question)
            for group in alike.values():
                self._metrics.batch.observe(len(group))
                found = _answers(group[0].answer, [question.item for question in group])
                for question, result in zip(group, found, strict=True):
                    _deliver(question.future, result)

    def _take(self) -> list[_Question]:
        """The questions that wait, when there are any; none when the engine stops."""
        with self._changed:
            while not self._waiting and not self._stopped:
                self._changed.wait()
            return [self._waiting.popleft() for _ in range(min(self._batch, len(self._waiting)))]


def _answers(answer: Answer, items: list[Any]) -> Sequence[Any]:
    """An answer or an exception for each item; where they fail together, each is tried by itself."""
    try:
        return answer(items)
    except Exception as error:
        if len(items) > 1:
            return [_answers(answer, [item])[0] for item in items]
        if not isinstance(error, InputError):
            _log.exception("a model failed")
        return [error]


def _deliver(future: "asyncio.Future[Any]", result: Any) -> None:
    def settle() -> None:
        if future.done():
            return
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)

    try:
        future.get_loop().call_soon_threadsafe(settle)
    except RuntimeError:  # the loop has ended; nobody waits
        _log.debug("an answer came after the end")
