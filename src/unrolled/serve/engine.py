"""Where models compute: one thread takes all questions that wait and answers questions of a kind together.

There is no artificial wait: an idle engine answers a single question at once, a busy one takes all that came meanwhile.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from unrolled.errors import InputError
from unrolled.serve.metrics import Metrics

__all__ = ["AnswerBatch", "Busy", "Engine", "Item", "Result"]

_log = logging.getLogger("unrolled.serve")
Item = TypeVar("Item")
Result = TypeVar("Result")
AnswerBatch = Callable[[Sequence[Item]], Sequence[Result | Exception]]


class Busy(Exception):
    """As many questions wait as are allowed to."""


@dataclass(frozen=True)
class _Question(Generic[Item, Result]):
    key: Hashable
    answer: AnswerBatch[Item, Result]
    item: Item
    future: "asyncio.Future[Result]"


_AnyQuestion = _Question[Any, Any]  # questions of all kinds wait in one queue


class Engine:
    """Answers the questions of an event loop in a thread of its own, between `start` and `stop`."""

    def __init__(self, waiting: int, batch: int, metrics: Metrics) -> None:
        self._limit, self._batch, self._metrics = waiting, batch, metrics
        self._waiting: deque[_AnyQuestion] = deque()
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="unrolled-engine", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread once it has answered the questions that wait."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join()

    async def ask(self, key: Hashable, answer: AnswerBatch[Item, Result], item: Item) -> Result:
        """The result for ``item`` of a call ``answer([item, ...])``; raised if it is an exception.

        Questions with the same ``key`` that wait at the same time are answered by one call. Raises Busy where too many
        wait.
        """
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        with self._changed:
            if len(self._waiting) >= self._limit:
                raise Busy
            self._waiting.append(_Question(key, answer, item, future))
            self._changed.notify()
        return await future

    def _run(self) -> None:
        while questions := self._take():
            groups: dict[Hashable, list[_AnyQuestion]] = {}
            for question in questions:
                if not question.future.cancelled():
                    groups.setdefault(question.key, []).append(question)
            for group in groups.values():
                self._metrics.batch.observe(len(group))
                results = _results(group[0].answer, [question.item for question in group])
                for question, result in zip(group, results, strict=True):
                    _deliver(question.future, result)

    def _take(self) -> list[_AnyQuestion]:
        """Wait for questions and take them; none when the engine stops."""
        with self._changed:
            while not self._waiting and not self._stopped:
                self._changed.wait()
            return [self._waiting.popleft() for _ in range(min(self._batch, len(self._waiting)))]


def _results(answer: AnswerBatch[Item, Result], items: list[Item]) -> Sequence[Result | Exception]:
    """A result or an exception for each item; where they fail together, each is tried alone."""
    try:
        return answer(items)
    except Exception as error:
        if len(items) > 1:
            return [_results(answer, [item])[0] for item in items]
        if not isinstance(error, InputError):
            _log.exception("a model failed")
        return [error]


def _deliver(future: "asyncio.Future[Result]", result: Result | Exception) -> None:
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
