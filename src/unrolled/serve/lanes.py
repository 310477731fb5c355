"""Lanes: questions of about the same length are answered in one thread, so that no short one waits for a long one."""

import asyncio
import threading
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Generic, TypeVar

from unrolled.serve.turns import Client, FairQueue

__all__ = ["AnswerBatch", "AnyQuestion", "Item", "Lane", "Question", "Result"]

Item = TypeVar("Item")
Result = TypeVar("Result")
AnswerBatch = Callable[[Sequence[Item]], Sequence[Result | Exception]]
_OVERTAKEN = 4  # threads of a lane that may be at a question which takes longer than was expected


@dataclass(eq=False)
class Question(Generic[Item, Result]):
    """What one client asks; questions of the same ``group`` are answered together."""

    group: Hashable
    answer: AnswerBatch[Item, Result]
    item: Item
    future: "asyncio.Future[Result]"
    kinds: Sequence[Hashable]
    size: int
    client: Client
    expected: float


AnyQuestion = Question[Any, Any]  # questions of all kinds wait in one queue


class Lane:
    """Answers questions in turn, in a thread of its own, between `start` and `stop`.

    ``seconds`` is about how long a question takes, and several that are answered together. Where one turns out to take
    several times as long, another thread overtakes the one that is at it.
    """

    def __init__(self, answer: Callable[[list[AnyQuestion]], None], batch: int, seconds: float) -> None:
        self._answer, self._batch, self._seconds = answer, batch, seconds
        self._waiting: FairQueue[AnyQuestion] = FairQueue()
        self._changed = threading.Condition()
        self._threads: set[threading.Thread] = set()
        self._current: threading.Thread | None = None
        self._since: float | None = None  # when the current thread began what it is at
        self._stopped = False

    def start(self) -> None:
        """Start the thread, or another that takes its place."""
        thread = threading.Thread(target=self._run, name="unrolled-lane", daemon=True)
        self._current, self._since = thread, None
        self._threads.add(thread)
        thread.start()

    def stop(self) -> None:
        """End the threads once they have answered the questions that wait."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
            threads = list(self._threads)
        for thread in threads:
            thread.join()

    def put(self, question: AnyQuestion) -> None:
        """Let a question wait for its turn."""
        with self._changed:
            self._waiting.push(question.client, max(question.expected, 1e-6), question)
            self._changed.notify_all()

    def overtake(self) -> float | None:
        """Let another thread go on with what waits, where the current one is at a question for too long.

        Returns the seconds after which to look again, None where nothing waits.
        """
        with self._changed:
            if self._stopped or self._since is None or not len(self._waiting):
                return None
            left = self._since + 3 * self._seconds - monotonic()
            if left > 0:
                return left
            if len(self._threads) > _OVERTAKEN:
                return self._seconds
            self.start()
            return None

    def _run(self) -> None:
        thread = threading.current_thread()
        while questions := self._take(thread):
            self._answer(questions)
        with self._changed:
            self._threads.discard(thread)

    def _take(self, thread: threading.Thread) -> list[AnyQuestion]:
        """Wait for questions and take them; none for a thread that was overtaken, or when the lane stops."""
        with self._changed:
            while self._current is thread:
                self._since = None
                if not len(self._waiting):
                    if self._stopped:
                        return []
                    self._changed.wait()
                    continue
                self._since = monotonic()
                first = self._waiting.pop()
                if len(self._waiting) and self._batch > 1:
                    return [first, *self._with(first)]
                return [first]
            return []

    def _with(self, first: AnyQuestion) -> list[AnyQuestion]:
        """The questions that are answered together with another one."""
        left = self._seconds - first.expected

        def fits(question: AnyQuestion) -> bool:
            nonlocal left
            if question.group != first.group or question.expected > left:
                return False
            left -= question.expected
            return True

        return self._waiting.take(fits, self._batch - 1)
