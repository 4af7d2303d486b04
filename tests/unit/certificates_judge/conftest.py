"""Certificates made up, and chains that are all well unless a test says otherwise."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

# Test modules are imported by path (importlib mode): what they share is found here.
sys.path.insert(0, str(Path(__file__).parent))

from made_certificates import good_chain

from opsconsole.data.tls.chain import Chain
from opsconsole.panels.certificates import judge_chain


@pytest.fixture
def chain(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what is to be found of every chain, for the test to fill in."""
    found: dict[str, Any] = {}

    def inspect(certificates: Any, roots: Any, **_: Any) -> Chain:
        return good_chain(tuple(certificates), **found)

    judge_chain.Chains._seen.clear()
    monkeypatch.setattr(judge_chain, "inspect", inspect)
    return found
