"""Each key has its effect before the next is looked at, however fast they come.

Over a bad link keys arrive in bursts. Textual gives every key at once to the widget that has the focus then,
and a key that moves the focus, opens a screen or closes one takes several messages to do so: of `y` and
`enter`, typed into one packet, `enter` would go to the button that had the focus before `y`. Here a key waits
until the one before it has gone its way: from the widget up to the app, twice, for what it does is often a
message of its own (a button that was pressed), then through the screen that is on top by now, so that this
one has its focus, and once more through the app, where the focus is moved.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from textual import events
from textual.app import App
from textual.message_pump import MessagePump

LONGEST_SECONDS = 1.0
"""What takes longer to handle a key holds up the next no more: whoever types must not be locked out."""


class KeysInOrder:
    """Keeps the keys of an app in order. Ask `holds` of each key, and call `follow` for one that went on."""

    def __init__(self, app: App[int]) -> None:
        self._app = app
        self._waiting: deque[events.Key] = deque()
        self._under_way: events.Key | None = None
        self._limit: asyncio.TimerHandle | None = None

    def holds(self, key: events.Key) -> bool:
        """Whether the key must wait; if so, it comes again when it is its turn."""
        if self._under_way is None or self._under_way is key:
            self._under_way = key
            return False
        self._waiting.append(key)
        return True

    def way(self) -> list[MessagePump]:
        """Return the way of a key handed on now: the widget with the focus, what holds it, the app."""
        return list((self._app.focused or self._app.screen).ancestors_with_self)

    def follow(self, key: events.Key, way: Sequence[MessagePump]) -> None:
        """Have the next key wait until this one has gone its way."""
        self._limit = asyncio.get_running_loop().call_later(LONGEST_SECONDS, self._done, key)
        self._pass(key, [*way, *way, None, self._app])

    def _pass(self, key: events.Key, rest: list[MessagePump | None]) -> None:
        """Go behind the key through the queues of all these; a closed one is passed over.

        None is the screen that is on top by then.
        """
        while rest:
            pump = rest.pop(0) or next(reversed(self._app.screen_stack), self._app)
            if pump.call_later(self._pass, key, rest):
                return
        self._done(key)

    def _done(self, key: events.Key) -> None:
        if self._under_way is not key:
            return  # the limit was reached before
        if self._limit is not None:
            self._limit.cancel()
        self._under_way = self._waiting.popleft() if self._waiting else None
        if self._under_way is not None:
            self._app.post_message(self._under_way)
