"""The engine: what waits for what, with answers that wait for each other, never for a time."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Iterator

import pytest

from unrolled.errors import InputError
from unrolled.serve.costs import Costs
from unrolled.serve.engine import Busy, Engine
from unrolled.serve.metrics import Metrics

LIGHT, HEAVY = ("10.0.0.1", 1), ("10.0.0.2", 1)


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = Engine(8, 4, Metrics())
    engine.start()
    yield engine
    engine.stop()


def test_costs_are_known_by_kind_and_size() -> None:
    costs = Costs()
    assert costs.expected(["a"], 100) == 0
    costs.learn(["one", "all"], 100, 0.5)
    assert costs.expected(["one"], 100) == 0.5
    assert costs.expected(["another", "all"], 127) == 0.5
    assert costs.expected(["all"], 400) == 2.0  # in proportion
    assert costs.expected(["all"], 25) == 0.125
    costs.learn(["two", "all"], 100, 1.5)
    assert costs.expected(["all"], 100) == 1.0
    assert costs.expected(["one", "all"], 100) == 0.5


def test_costs_do_not_grow_without_end() -> None:
    costs = Costs()
    for number in range(9_000):
        costs.learn([number], 1, 1.0)
    assert len(costs._seconds) <= 8_192
    assert costs.expected([8_999], 1) == 1.0


def test_a_short_question_is_answered_while_a_long_one_is(engine) -> None:
    asked, released = threading.Event(), threading.Event()

    def hold(items):
        asked.set()
        assert released.wait(60)
        return items

    async def run() -> list[str]:
        done: list[str] = []
        long = asyncio.create_task(engine.ask(["long"], hold, "long", client=HEAVY))
        await asyncio.to_thread(asked.wait, 60)
        for number in range(3):  # in the lane of the long one, which nobody knew to be long: it is overtaken
            done.append(await engine.ask(["short"], lambda items: items, f"short {number}", client=LIGHT))
        released.set()
        return [*done, await long]

    assert asyncio.run(run()) == ["short 0", "short 1", "short 2", "long"]


def test_questions_of_a_kind_that_wait_are_answered_together_unless_alone(engine) -> None:
    asked, released, sizes = threading.Event(), threading.Event(), []

    def answer(items):
        sizes.append(len(items))
        if items[0] == "first":
            asked.set()
            assert released.wait(60)
        return [InputError("odd") if item == "odd" else item for item in items]

    async def run() -> list:
        engine._lanes[0].overtake = lambda: None  # nobody overtakes here
        tasks = [asyncio.create_task(engine.ask(["k"], answer, "first"))]
        await asyncio.to_thread(asked.wait, 60)
        tasks += [asyncio.create_task(engine.ask(["k"], answer, item)) for item in ("a", "odd", "b")]
        tasks += [asyncio.create_task(engine.ask(["k"], answer, "c", alone=True))]
        await asyncio.sleep(0)
        released.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    found = asyncio.run(run())
    assert [str(item) for item in found] == ["first", "a", "odd", "b", "c"]
    assert isinstance(found[2], InputError)
    assert sorted(sizes) == [1, 1, 3]


def test_who_waits_for_most_is_refused_first(engine) -> None:
    asked, released = threading.Event(), threading.Event()

    def hold(items):
        asked.set()
        assert released.wait(60)
        return items

    async def run() -> list:
        many = [asyncio.create_task(engine.ask([i], hold, i, client=("10.0.0.2", i % 2))) for i in range(8)]
        await asyncio.to_thread(asked.wait, 60)
        with pytest.raises(Busy):
            await engine.ask(["x"], hold, "x", client=HEAVY)
        light = asyncio.create_task(engine.ask(["y"], hold, "y", client=LIGHT))
        await asyncio.sleep(0)
        released.set()
        assert await light == "y"
        return await asyncio.gather(*many, return_exceptions=True)

    found = asyncio.run(run())
    assert sum(isinstance(item, Busy) for item in found) == 1
    assert engine._unanswered == 0
    assert not engine._asked


def test_what_lives_long_is_rarely_looked_through_while_it_runs() -> None:
    before, engine = gc.get_threshold(), Engine(8, 4, Metrics())
    engine.start()
    during = gc.get_threshold()
    engine.stop()
    assert during[2] == 10 * before[2]
    assert gc.get_threshold() == before


def test_an_error_does_not_keep_what_was_asked(engine) -> None:
    kept: list[weakref.ref] = []

    class Body(list):
        pass

    def answer(items):
        body = Body(items)
        kept.append(weakref.ref(body))
        raise InputError("wrong")

    async def run() -> None:
        for _ in range(2):  # the thread holds the last question until it takes another
            with pytest.raises(InputError, match="wrong"):
                await engine.ask(["k"], answer, "item")
        await engine.ask(["k"], lambda items: items, "item")

    gc.disable()
    try:
        asyncio.run(run())
        assert [body() for body in kept] == [None, None]
    finally:
        gc.enable()
