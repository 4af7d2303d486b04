"""An ACME server of the configuration in the place of its name, or of none. Pure; see `recipe.Given`."""

from __future__ import annotations

import difflib
from dataclasses import replace

from opsconsole.data.text import clean_line
from opsconsole.recipes.certificate_renewal.options import ACME, CERTBOT, PRESETS
from opsconsole.recipes.recipe import HIDDEN, Given, ParameterError, Preset

_OF_ALL = ("server", "ca_bundle", "test_server")
"""What counts for a renewal as well; the rest is for a new account."""
_BINDING = ("eab_kid", "eab_hmac")
"""These belong together: a key id of the command line never goes with a key of the configuration."""
_SHOWN_CHARS = 80


def prepare(given: Given) -> Given:
    """Return what was given with a configured ACME server spelt out; what was said of it otherwise wins.

    Raises:
        ParameterError: There is no such server, or the hosts have different ones.
    """
    driver = given.texts.get("driver", CERTBOT)
    said = given.texts.get("server", "").strip()
    if driver not in (CERTBOT, ACME) or "://" in said:
        return given
    name = said or (_default(given) if driver == ACME else "")
    if not name:
        return given
    preset = given.presets.get(name)
    if preset is None:
        raise ParameterError(_unknown(name, given))
    return _filled(given, preset, driver)


def _filled(given: Given, preset: Preset, driver: str) -> Given:
    texts, files = dict(given.texts), dict(given.files)
    texts["server"] = preset.texts["server"]
    bound = any(texts.get(name) for name in _BINDING)
    for name, text in preset.texts.items():
        if name in _BINDING and bound:
            continue
        if not texts.get(name) and (driver == ACME or name in _OF_ALL):
            texts[name] = text
    if driver == ACME and not bound:
        for name, path in preset.files.items():
            texts[name], files[name] = HIDDEN, path
    return replace(given, texts=texts, files=files)


def _default(given: Given) -> str:
    """Return the name of the server that the hosts take when nothing is said; empty: there is none."""
    names = sorted(name for name, preset in given.presets.items() if preset.hosts & set(given.hosts))
    if not names:
        return ""
    if len(names) == 1 and given.presets[names[0]].hosts >= set(given.hosts):
        return names[0]
    of = {
        host: " and ".join(name for name in names if host in given.presets[name].hosts) or "none"
        for host in given.hosts
    }
    some = clean_line(", ".join(f"{host}: {which}" for host, which in list(of.items())[:6]), 300)
    raise ParameterError(
        f"server: found no name, expected one, as the default ([{PRESETS}.NAME] default_for) is not the same"
        f" one for all ({some}); set server, or plan these hosts apart"
    )


def _unknown(name: str, given: Given) -> str:
    known = sorted(given.presets)
    near = difflib.get_close_matches(name[:_SHOWN_CHARS], known, n=2, cutoff=0.6)
    listed = f"one of {', '.join(known)} ([{PRESETS}.NAME] of the configuration)" if known else ""
    expected = f"an https:// address or {listed}" if known else "an https:// address"
    hint = (
        f"did you mean {' or '.join(near)}?"
        if near
        else ("" if known else f"the configuration has no [{PRESETS}.NAME]")
    )
    return f'server: found "{clean_line(name, _SHOWN_CHARS)}", expected {expected}' + (
        f" ({hint})" if hint else ""
    )
