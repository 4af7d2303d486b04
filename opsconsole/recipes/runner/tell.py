"""Tells a listener how a run goes on."""

from __future__ import annotations

import logging
import time

from opsconsole.recipes.runner.state import Listener, Phase, Progress, StepResult

log = logging.getLogger(__name__)


class Teller:
    """Keeps where a run stands, and tells it at every change.

    Attributes:
        results: Where every step stands, and what its check said.
        step: Index of the step that is worked at; None: none.
        phase: What is done.
    """

    def __init__(self, run_id: str, host: str, listener: Listener | None) -> None:
        self.results: tuple[StepResult, ...] = ()
        self.step: int | None = None
        self.phase = Phase.READING
        self._run_id = run_id
        self._host = host
        self._listener = listener
        self._run_began = self._step_began = time.monotonic()

    def begin(self, phase: Phase, step: int | None = None, message: str = "") -> None:
        """Say that something else is done from now on."""
        if step != self.step:
            self.step = step
            self._step_began = time.monotonic()
        self.phase = phase
        self.say(message)

    def say(self, message: str = "", *, phase: Phase | None = None, tail: str = "", size: int = 0) -> None:
        """Tell the listener; what is wrong with it must not harm the run."""
        if self._listener is None:
            return
        since = self._run_began if self.step is None else self._step_began
        progress = Progress(
            run_id=self._run_id,
            host=self._host,
            step=self.step,
            phase=phase or self.phase,
            elapsed_seconds=time.monotonic() - since,
            output_tail=tail,
            output_bytes=size,
            message=message,
            steps=tuple(result.state for result in self.results),
            results=self.results,
        )
        try:
            self._listener(progress)
        except Exception:
            log.exception("a listener of run %s failed", self._run_id)
