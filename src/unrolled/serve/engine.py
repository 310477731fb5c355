"""Where models compute: questions are answered in threads, those of a kind that wait at the same time together.

There is no artificial wait: an idle engine answers a single question at once, a busy one takes all that came meanwhile.
A question waits for others of about its own length alone, in turn with other clients.
"""

import asyncio
import gc
import logging
import sys
from collections import Counter
from collections.abc import Hashable, Sequence
from time import thread_time
from typing import Any

from unrolled.errors import InputError
from unrolled.serve.costs import Costs
from unrolled.serve.lanes import AnswerBatch, AnyQuestion, Item, Lane, Question, Result
from unrolled.serve.metrics import Metrics
from unrolled.serve.turns import NOBODY, Client

__all__ = ["AnswerBatch", "Busy", "Engine", "Item", "Result"]

_log = logging.getLogger("unrolled.serve")
_LANES = (0.005, 0.05, 0.5, 5.0)  # seconds that a question takes at most; longer ones share the last lane
_SWITCH = 0.00005  # seconds a thread of Python runs on while another waits: the event loop does so at each system call
_COLLECTIONS = 700, 10, 100  # those of all that lives long, of many sessions, hold everybody up: they are rare


class Busy(Exception):
    """As many questions wait as are allowed to."""


class Engine:
    """Answers the questions of an event loop in threads of its own, between `start` and `stop`."""

    def __init__(self, waiting: int, batch: int, metrics: Metrics) -> None:
        self._limit, self._metrics, self._costs = waiting, metrics, Costs()
        self._lanes = [Lane(self._answer, batch, seconds) for seconds in _LANES]
        self._watched: set[Lane] = set()
        self._asked: dict[Client, list[AnyQuestion]] = {}
        self._unanswered = 0
        self._before = sys.getswitchinterval(), gc.get_threshold()

    def start(self) -> None:
        """Start the threads."""
        sys.setswitchinterval(_SWITCH)
        gc.collect()
        gc.freeze()  # the models stay: to look through them at each collection would hold up everybody
        gc.set_threshold(*_COLLECTIONS)
        for lane in self._lanes:
            lane.start()

    def stop(self) -> None:
        """End the threads once they have answered the questions that wait."""
        for lane in self._lanes:
            lane.stop()
        switch, collections = self._before
        sys.setswitchinterval(switch)
        gc.set_threshold(*collections)
        gc.unfreeze()

    async def ask(
        self,
        kinds: Sequence[Hashable],
        answer: AnswerBatch[Item, Result],
        item: Item,
        size: int = 0,
        client: Client = NOBODY,
        alone: bool = False,
    ) -> Result:
        """The result for ``item`` of a call ``answer([item, ...])``; raised if it is an exception.

        Questions whose last of ``kinds`` is the same, and that wait at the same time, are answered by one call unless
        ``alone``. By kind and ``size`` is known how long such questions take. Raises Busy where too many wait.
        """
        if self._unanswered >= self._limit:
            self._make_room(client)
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        group = object() if alone else kinds[-1]
        expected = self._costs.expected(kinds, size)
        question = Question(group, answer, item, future, kinds, size, client, expected)
        self._asked.setdefault(client, []).append(question)
        self._unanswered += 1
        try:
            lane = next((lane for lane, most in zip(self._lanes, _LANES, strict=True) if expected <= most), None)
            lane = lane or self._lanes[-1]
            lane.put(question)
            self._watch(lane)
            return await future
        finally:
            self._unanswered -= 1
            self._asked[client].remove(question)
            if not self._asked[client]:
                del self._asked[client]
            del future, question  # an exception's traceback holds this frame, and these would hold the exception

    def _make_room(self, client: Client) -> None:
        """Refuse the last question of the client that waits for most, unless it is this one: then raise Busy."""
        addresses: Counter[str] = Counter()
        for (address, _), asked in self._asked.items():
            addresses[address] += len(asked)

        def waits_for(other: Client) -> tuple[int, int]:
            return addresses[other[0]], len(self._asked.get(other, ()))

        most = max(self._asked, key=waits_for, default=client)
        level = 0 if most[0] != client[0] else 1
        if waits_for(most)[level] <= waits_for(client)[level] + 1:
            raise Busy
        last = next((question for question in reversed(self._asked[most]) if not question.future.done()), None)
        if last is None:
            raise Busy
        last.future.set_exception(Busy())

    def _watch(self, lane: Lane) -> None:
        """Look whether a lane is held up, now and as long as questions wait in it."""
        seconds = lane.overtake()
        if seconds is not None and lane not in self._watched:
            self._watched.add(lane)
            asyncio.get_running_loop().call_later(seconds, self._look, lane)

    def _look(self, lane: Lane) -> None:
        self._watched.discard(lane)
        self._watch(lane)

    def _answer(self, questions: list[AnyQuestion]) -> None:
        """Answer questions of a kind together, and learn how long that takes."""
        questions = [question for question in questions if not question.future.done()]
        if not questions:
            return
        self._metrics.batch.observe(len(questions))
        began = thread_time()
        results = _results(questions[0].answer, [question.item for question in questions])
        seconds = (thread_time() - began) / len(questions)
        _deliver([question.future for question in questions], results)
        for question in questions:
            self._costs.learn(question.kinds, question.size, seconds)


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


def _deliver(futures: "Sequence[asyncio.Future[Any]]", results: Sequence[Any]) -> None:
    """Settle futures of one event loop, which is woken once."""
    for error in results:
        if isinstance(error, Exception):  # the frames that it came through hold all that was asked, and the future
            error.__traceback__ = error.__cause__ = error.__context__ = None

    def settle() -> None:
        for future, result in zip(futures, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)

    try:
        futures[0].get_loop().call_soon_threadsafe(settle)
    except RuntimeError:  # the loop has ended; nobody waits
        _log.debug("an answer came after the end")
