"""Passwords of PKCS#12 files, as a person gave them: in this process's memory, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable

from opsconsole.panels.certificates.files_command import Wanted


class Passwords:
    """Keeps them by host and path; one that turns out wrong is given anew, or forgotten."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}

    def __repr__(self) -> str:
        return f"<Passwords of {len(self._known)} files>"

    def give(self, host: str, path: str, password: str) -> None:
        """Keep the password of a file."""
        self._known[host, path] = password

    def forget(self, host: str, path: str) -> None:
        """Keep it no longer."""
        self._known.pop((host, path), None)

    def knows(self, host: str, path: str) -> bool:
        """Whether one was given: what still needs a password then was given a wrong one."""
        return (host, path) in self._known

    def put_in(self, host: str, wanted: Iterable[Wanted]) -> tuple[Wanted, ...]:
        """Return the files to read, with the passwords that are known.

        One that a pattern found is wanted by itself too. It stands last: what the host says last of a path
        counts (see `parse_files`), and without a password it says that it needs one.
        """
        mine = {path: password for (of, path), password in self._known.items() if of == host}
        plain = [one for one in wanted if not (one.kind == "certificate" and one.path in mine)]
        return (*plain, *(Wanted(path, "certificate", password) for path, password in mine.items()))


PASSWORDS = Passwords()
"""Those of this process."""
