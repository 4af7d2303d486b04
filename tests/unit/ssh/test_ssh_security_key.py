"""A security key waits for a touch: the attempt's clock stops, as for every question to a person."""

from __future__ import annotations

from typing import Any, cast

import asyncssh

from opsconsole.console.ssh.attempt import Attempt
from opsconsole.console.ssh.keyfile import KeyFile, KeyFiles, KeyPair
from opsconsole.console.ssh.prompts import NoPrompter
from opsconsole.data.host import Host


async def test_the_clock_stops_until_it_is_touched() -> None:
    asked: list[str] = []
    attempt = Attempt(Host("web1", "192.0.2.7"), lambda: asked.append("while asking"))
    public = asyncssh.generate_private_key("ssh-ed25519").convert_to_public()

    class Touched:
        """Signs like a security key of asyncssh, which is asked in a thread."""

        use_executor = True

        def sign(self, data: bytes, algorithm: bytes) -> bytes:
            asked.append(f"touch, with {attempt.asking} asked")
            return data

    file = KeyFile("key", public=public, is_private=True, opened=cast(Any, Touched()))
    pair = KeyPair(file, public, None, KeyFiles(NoPrompter()), attempt)
    assert await pair.sign_async(b"data") == b"data"
    assert asked == ["touch, with 1 asked"]
    assert attempt.asking == 0
