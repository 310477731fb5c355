"""Whose turn it is: counted in turns, never in seconds."""

import asyncio

from unrolled.serve.turns import FairQueue, Turns

LIGHT, HEAVY = ("10.0.0.1", 1), ("10.0.0.2", 1)


def emptied(queue: FairQueue[str]) -> list[str]:
    return [queue.pop() for _ in range(len(queue))]


def test_one_client_is_first_come_first_served() -> None:
    queue: FairQueue[str] = FairQueue()
    for item in "abc":
        queue.push(HEAVY, 1.0, item)
    assert emptied(queue) == ["a", "b", "c"]


def test_another_address_waits_for_one_turn_alone() -> None:
    queue: FairQueue[str] = FairQueue()
    for number in range(50):
        queue.push(("10.0.0.2", number), 1.0, f"heavy {number}")
    assert queue.pop() == "heavy 0"
    queue.push(LIGHT, 1.0, "light")
    assert "light" in (queue.pop(), queue.pop())


def test_of_one_address_the_connection_that_had_least_comes_first() -> None:
    queue: FairQueue[str] = FairQueue()
    for number in range(20):
        queue.push(HEAVY, 1.0, f"heavy {number}")
    for _ in range(5):
        queue.pop()
    queue.push(("10.0.0.2", 2), 1.0, "light")
    assert queue.pop() in ("light", "heavy 5")
    assert "light" not in emptied(queue)[1:]


def test_among_many_that_ask_again_and_again_who_asks_seldom_is_next() -> None:
    queue: FairQueue[str] = FairQueue()
    for number in range(64):
        queue.push(("10.0.0.2", number), 1.0, f"heavy {number}")
    for _ in range(200):
        name = queue.pop()
        queue.push(("10.0.0.2", int(name.split()[1])), 1.0, name)
    for _ in range(3):
        queue.push(("10.0.0.2", 99), 1.0, "light")
        assert "light" in (queue.pop(), queue.pop())
        for _ in range(70):
            name = queue.pop()
            queue.push(("10.0.0.2", int(name.split()[1])), 1.0, name)


def test_turns_are_shared_by_cost() -> None:
    queue: FairQueue[str] = FairQueue()
    for _ in range(40):
        queue.push(LIGHT, 1.0, "light")
        queue.push(HEAVY, 4.0, "heavy")
    first = [queue.pop() for _ in range(40)]
    assert 28 <= first.count("light") <= 35


def test_what_goes_with_a_turn_is_taken_and_the_rest_keeps_its_order() -> None:
    queue: FairQueue[str] = FairQueue()
    for item in ("a1", "b1", "a2", "b2", "a3"):
        queue.push(HEAVY, 1.0, item)
    queue.push(LIGHT, 1.0, "a4")
    assert sorted(queue.take(lambda item: item[0] == "a", 3)) in (["a1", "a2", "a4"], ["a1", "a2", "a3"])
    assert len(queue) == 3
    rest = emptied(queue)
    assert [item for item in rest if item[0] == "b"] == ["b1", "b2"]


def test_many_clients_are_forgotten_once_they_have_gone() -> None:
    queue: FairQueue[int] = FairQueue()
    for number in range(3_000):
        queue.push((f"10.0.{number // 250}.{number % 250}", number), 1.0, number)
        assert queue.pop() == number
    assert len(queue._clocks) <= 1_026
    assert len(queue._clock._ends) <= 1_026


def test_one_thing_begins_at_each_pass_of_the_loop() -> None:
    async def run() -> list[str]:
        turns, begun = Turns(), list[str]()

        async def ask(client: tuple[str, int], name: str) -> None:
            await turns.take(client)
            begun.append(name)

        tasks = [asyncio.create_task(ask(HEAVY, f"heavy {i}")) for i in range(10)]
        gone = asyncio.create_task(ask(HEAVY, "gone"))
        await asyncio.sleep(0)
        gone.cancel()
        tasks.append(asyncio.create_task(ask(LIGHT, "light")))
        await asyncio.gather(*tasks)
        await turns.take(LIGHT)  # nobody waits: at once
        return begun

    begun = asyncio.run(run())
    assert begun.index("light") <= 3
    assert len(begun) == 11
