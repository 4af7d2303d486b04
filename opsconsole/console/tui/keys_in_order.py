"""Each key has its effect before the next is looked at, however fast they come.

Over a bad link keys arrive in bursts. Textual gives every key at once to the widget that has the focus then,
and a key that moves the focus, opens a screen or closes one takes several messages to do so: of `y` and
`enter`, typed into one packet, `enter` would go to the button that had the focus before `y`. Here a key waits
until the one before it has gone its way: from the widget up to the app, twice, for what it does is often a
message of its own (a button that was pressed), then through the screen that is on top by now, so that this
one has its focus, and once more through the app, where the focus is moved. What is pasted waits likewise.

What was typed before a question was there is no answer to it, and what was typed behind the key that opens a
session is no key of the console: both are dropped.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

LONGEST_SECONDS = 1.0
"""What takes longer to handle a key holds up the next no more: whoever types must not be locked out."""

Typed = events.Key | events.Paste


class KeysInOrder:
    """Keeps the keys of an app in order. Ask `holds` of each key, and call `follow` for one that went on."""

    def __init__(self, app: App[int]) -> None:
        self._app = app
        self._waiting: deque[Typed] = deque()
        self._under_way: Typed | None = None
        self._limit: asyncio.TimerHandle | None = None
        self._deaf = False

    def holds(self, key: Typed) -> bool:
        """Whether the key goes no further now: it comes again when it is its turn, or is dropped."""
        if self._under_way is not None and self._under_way is not key:
            self._waiting.append(key)
            return True
        self._under_way = key
        if self._deaf or key.time < getattr(self._app.screen, "deaf_before", 0.0):
            self._done(key)
            return True
        return False

    @contextmanager
    def dropped(self) -> Iterator[None]:
        """Drop every key within: the terminal is somebody else's."""
        self._deaf = True
        try:
            yield
        finally:
            self._deaf = False

    def way(self) -> list[MessagePump]:
        """Return the way of a key handed on now: the widget with the focus, what holds it, the app."""
        return list((self._app.focused or self._app.screen).ancestors_with_self)

    def follow(self, key: Typed, way: Sequence[MessagePump]) -> None:
        """Have the next key wait until this one has gone its way."""
        self._limit = asyncio.get_running_loop().call_later(LONGEST_SECONDS, self._done, key)
        self._pass(key, [*way, *way, None, self._app])

    def _pass(self, key: Typed, rest: list[MessagePump | None]) -> None:
        """Go behind the key through the queues of all these; a closed one is passed over.

        None is the screen that is on top by then.
        """
        while rest:
            pump = rest.pop(0) or next(reversed(self._app.screen_stack), self._app)
            if pump.call_later(self._pass, key, rest):
                return
        self._done(key)

    def _done(self, key: Typed) -> None:
        if self._under_way is not key:
            return  # the limit was reached before
        if self._limit is not None:
            self._limit.cancel()
        self._under_way = self._waiting.popleft() if self._waiting else None
        if self._under_way is not None:
            self._app.post_message(self._under_way)
