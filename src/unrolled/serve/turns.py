"""Who is next: clients take turns, and whoever has had least comes first.

Start-time fair queueing (Goyal, Vin & Cheng 1996), between addresses and within each between its connections: what a
client asks for is tagged with the time at which its turn begins, and each turn moves its later ones back by their cost.
A client that asks for little never waits behind all that another one has asked for.
"""

import asyncio
from collections.abc import Callable, Hashable, Mapping
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Any, Generic, TypeVar

__all__ = ["NOBODY", "Client", "FairQueue", "Turns", "client_of"]

Client = tuple[str, int]
"""A connection: the address and the port that it comes from."""
NOBODY: Client = ("", 0)
Item = TypeVar("Item")
_REMEMBERED = 1_024


def client_of(scope: Mapping[str, Any]) -> Client:
    """The client of an ASGI connection."""
    client = scope.get("client")
    return NOBODY if client is None else (client[0], client[1])


class _Clock:
    """When turns begin: now, or where the one before it ended."""

    def __init__(self) -> None:
        self._now, self._ends = 0.0, dict[Hashable, float]()

    def start(self, whose: Hashable, cost: float) -> float:
        """When a turn of this cost begins: one turn early for whoever has had less than those that wait."""
        start = max(self._now - cost, self._ends.get(whose, -cost))
        self._ends[whose] = start + cost
        return start

    def serve(self, start: float) -> None:
        """Let it be the time at which a turn begins."""
        self._now = max(self._now, start)
        if len(self._ends) > _REMEMBERED:
            late = [(whose, end) for whose, end in self._ends.items() if end > self._now]
            self._ends = dict(late[-_REMEMBERED // 2 :])


class FairQueue(Generic[Item]):
    """What clients wait for, in the order in which it is their turn."""

    def __init__(self) -> None:
        self._number, self._clock = count(), _Clock()
        self._clocks: dict[str, _Clock] = {}  # of addresses, each for its connections
        self._waiting: dict[str, list[tuple[float, int, float, Item]]] = {}  # heaps of start, number, cost, item
        self._starts: dict[str, float] = {}  # of the next turn of each address that waits
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def push(self, client: Client, cost: float, item: Item) -> None:
        """Let a client wait for an item of this cost."""
        address, connection = client
        if address not in self._waiting:
            if len(self._clocks) > _REMEMBERED:
                self._clocks = {known: self._clocks[known] for known in self._waiting}
            self._waiting[address] = []
            self._starts[address] = self._clock.start(address, 0.0)
        clock = self._clocks.setdefault(address, _Clock())
        heappush(self._waiting[address], (clock.start(connection, cost), next(self._number), cost, item))
        self._size += 1

    def pop(self) -> Item:
        """The item whose turn it is."""
        address = min(self._starts, key=self._starts.__getitem__)
        start, _, cost, item = heappop(self._waiting[address])
        self._clocks[address].serve(start)
        self._charge(address, cost)
        self._size -= 1
        self._drop(address)
        return item

    def take(self, wanted: Callable[[Item], bool], most: int) -> list[Item]:
        """Up to ``most`` further items that are wanted, out of turn: they go with one whose turn it is."""
        taken: list[Item] = []
        for address in sorted(self._waiting, key=self._starts.__getitem__):
            left = []
            for entry in sorted(self._waiting[address], key=lambda entry: entry[:2]):
                if len(taken) < most and wanted(entry[3]):
                    taken.append(entry[3])
                    self._charge(address, entry[2])
                else:
                    left.append(entry)
            heapify(left)
            self._waiting[address] = left
            self._drop(address)
        self._size -= len(taken)
        return taken

    def _charge(self, address: str, cost: float) -> None:
        self._clock.serve(self._starts[address])
        self._clock.start(address, cost)
        self._starts[address] = self._clock.start(address, 0.0)

    def _drop(self, address: str) -> None:
        if not self._waiting[address]:
            del self._waiting[address], self._starts[address]


class Turns:
    """Begins one thing at each pass of the event loop, so that what many have sent at once does not keep one waiting.

    Who finds nobody waiting begins at once.
    """

    def __init__(self) -> None:
        self._waiting: FairQueue[asyncio.Future[None]] = FairQueue()
        self._taken = False

    async def take(self, client: Client) -> None:
        """Wait until it is a client's turn."""
        loop = asyncio.get_running_loop()
        if not self._taken:
            self._taken = True
            loop.call_soon(self._next)
            return
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting.push(client, 1.0, turn)
        await turn

    def _next(self) -> None:
        while len(self._waiting):
            turn = self._waiting.pop()
            if not turn.done():  # who waited may have gone
                turn.set_result(None)
                asyncio.get_running_loop().call_soon(self._next)
                return
        self._taken = False
