"""A person who answers questions for secrets with what a test has ready."""

from __future__ import annotations

import asyncio


class Person:
    """Answers in order; `asked` has the host of each question."""

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def secret(self, host: str, question: str, *, echo: bool = False) -> str | None:
        self.asked.append(host)
        await asyncio.sleep(0)
        return self.answers.pop(0)

    async def accept_host_key(self, offer: object) -> bool:
        return False
