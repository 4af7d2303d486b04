from __future__ import annotations

import asyncio

from opsconsole.console.changes import ChangeBoard


async def test_many_changes_are_one_set_and_taking_empties_it() -> None:
    board = ChangeBoard()
    changes = board.subscribe()
    for name in ("a", "b", "a"):
        board.changed(name)
    await asyncio.wait_for(changes.wait(), 30)
    assert changes.take() == {"a", "b"}
    assert changes.take() == set()


async def test_every_listener_hears_and_a_closed_one_no_more() -> None:
    board = ChangeBoard()
    first, second = board.subscribe(), board.subscribe()
    first.close()
    first.close()
    board.changed("a")
    assert first.take() == set()
    assert second.take() == {"a"}
