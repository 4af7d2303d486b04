"""Which hosts changed, for whoever is looking: many changes become one repaint."""

from __future__ import annotations

import asyncio


class Changes:
    """One listener's set of changed host names; taking it empties it."""

    def __init__(self, board: ChangeBoard) -> None:
        self._board = board
        self._names: set[str] = set()
        self._some = asyncio.Event()

    def take(self) -> set[str]:
        """Return the names changed since the last take."""
        names, self._names = self._names, set()
        self._some.clear()
        return names

    async def wait(self) -> None:
        """Wait until there is something to take."""
        await self._some.wait()

    def close(self) -> None:
        """Listen no more."""
        self._board.remove(self)

    def add(self, name: str) -> None:
        """Note a change."""
        self._names.add(name)
        self._some.set()


class ChangeBoard:
    """Passes each change on to every listener."""

    def __init__(self) -> None:
        self._listeners: list[Changes] = []

    def subscribe(self) -> Changes:
        """Return a new listener."""
        listener = Changes(self)
        self._listeners.append(listener)
        return listener

    def remove(self, listener: Changes) -> None:
        """Forget a listener; harmless when it is already gone."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def changed(self, name: str) -> None:
        """Tell every listener that this host changed."""
        for listener in self._listeners:
            listener.add(name)
