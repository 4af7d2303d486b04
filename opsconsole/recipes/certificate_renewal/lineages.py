"""certbot's certificates as they are on the host: what each holds, which are due, how many were issued."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from opsconsole.data import certbot, crontab
from opsconsole.data.certbot import Lineage
from opsconsole.data.host import Shell
from opsconsole.data.renewing import renewing
from opsconsole.data.text import clean_line
from opsconsole.data.tls.certificate import Certificate
from opsconsole.recipes.certificate_renewal import host_files, keeping
from opsconsole.recipes.certificate_renewal.host_files import CertificateAt
from opsconsole.recipes.certificate_renewal.names import escaped, spelt
from opsconsole.recipes.certificate_renewal.records import ask, records
from opsconsole.recipes.certificate_renewal.scripts import command
from opsconsole.recipes.recipe import PlanError

WEEK_SECONDS = 7 * 86400
DAY_SECONDS = 86400
SHARE_RULE_SINCE = 4
"""certbot's first major version that renews by share of the lifetime: 1/3 left, 1/2 of one under 10 days."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,200}")
_NUMBER = re.compile(r"[0-9]{1,12}")
_VERSION = re.compile(r"cert([0-9]{1,6})\.pem")


@dataclass(frozen=True, slots=True)
class Timer:
    """certbot's own timer.

    Attributes:
        unit: The systemd timer.
        masked: It cannot be enabled.
        enabled: It starts after a boot.
        active: It runs.
        next_run: As systemd says it, or empty.
    """

    unit: str
    masked: bool
    enabled: bool
    active: bool
    next_run: str = ""

    @property
    def works(self) -> bool:
        """Whether it will run by itself."""
        return self.enabled and self.active


@dataclass(frozen=True, slots=True)
class Certbot:
    """certbot on the host.

    Attributes:
        version: As it says; empty: it is not there.
        timer: Its timer, or None.
        crons: Files of cron that have it renew.
        crons_unsure: Files of cron whose jobs name it; whether that renews is not known.
        issued: (seconds since 1970, hash of the names) of certificates that this recipe took back.
        now: The host's clock, seconds since 1970.
        over: Folders with copies of runs that are longer ago than copies are kept.
    """

    version: str
    timer: Timer | None
    crons: tuple[str, ...]
    issued: tuple[tuple[int, str], ...]
    now: int
    over: tuple[str, ...] = ()
    crons_unsure: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """One certificate that certbot keeps.

    Attributes:
        lineage: What its renewal file says.
        current: What servers should show.
        versions: Fingerprint -> number of every version that is kept.
        version: The number that is live.
        issued_at: (notBefore in seconds since 1970, hash of the names) of every version.
        key_public: SHA-256 of the live key's public part; empty: it could not be read.
        conf_sha256: Of the renewal file.
    """

    lineage: Lineage
    current: Certificate
    versions: Mapping[str, int]
    version: int
    issued_at: tuple[tuple[int, str], ...]
    key_public: str
    conf_sha256: str

    @property
    def name(self) -> str:
        """What certbot calls it."""
        return self.lineage.name

    @property
    def seconds_of_life(self) -> float:
        """Its whole lifetime."""
        return (self.current.not_after - self.current.not_before).total_seconds()

    def left_seconds(self, now: int) -> float:
        """How long it is good, at the host's clock."""
        return self.current.not_after.timestamp() - now

    def renewed_before_seconds(self, version: str) -> float:
        """Return with how much time left certbot takes it for due."""
        if self.lineage.renew_before_days is not None:
            return self.lineage.renew_before_days * DAY_SECONDS
        major = version.partition(".")[0]
        if _NUMBER.fullmatch(major) and int(major) >= SHARE_RULE_SINCE:
            return self.seconds_of_life / (2 if self.seconds_of_life < 10 * DAY_SECONDS else 3)
        return certbot.DAYS_BEFORE_EXPIRY * DAY_SECONDS

    def due(self, host: Certbot) -> bool:
        """Whether certbot would renew it now."""
        return self.left_seconds(host.now) < self.renewed_before_seconds(host.version)


@dataclass(frozen=True, slots=True)
class Found:
    """All of certbot's certificates.

    Attributes:
        certbot: certbot itself.
        kept: By name.
        broken: Name -> why it cannot be used.
    """

    certbot: Certbot
    kept: tuple[Kept, ...]
    broken: Mapping[str, str] = field(default_factory=dict)

    def identical_this_week(self, names: Iterable[str]) -> int:
        """Return how many certificates of just these names were issued in the last 7 days."""
        wanted, since = names_hash(names), self.certbot.now - WEEK_SECONDS
        seen = [one for each in self.kept for one in each.issued_at] + list(self.certbot.issued)
        return sum(1 for when, hash_ in seen if hash_ == wanted and when > since)


def names_hash(names: Iterable[str]) -> str:
    """Return what stands for a set of names; `restore.sh` makes the same of a certificate."""
    return hashlib.sha256("".join(f"{name}\n" for name in spelt(names)).encode()).hexdigest()


async def read(shell: Shell) -> Found:
    """Return certbot's certificates.

    Raises:
        ShellError: The host could not be asked.
        PlanError: It has no certbot, or its answer cannot be read.
    """
    host = await certbot_of(shell)
    texts = await host_files.read_files(shell, [f"{certbot.HOME}/renewal/*.conf"])
    kept: list[Kept] = []
    broken = {_name_of(path): f"{path}: {why}" for path, why in texts.left_out.items()}
    good: list[Lineage] = []
    for one in certbot.lineages(texts.files):
        if one.problems or not _NAME.fullmatch(one.name):
            broken[clean_line(one.name, 100)] = "; ".join(one.problems) or "its name cannot be used"
        else:
            good.append(one)
    if not good:
        return Found(host, (), broken)
    paths = [path for one in good for path in (one.fullchain, f"{one.archive}/cert*.pem")]
    at = await host_files.certificates(shell, paths)
    keys = await _keys(shell, good)
    for one in good:
        made = _kept(one, at, keys.get(one.name, ("", "", "")))
        if isinstance(made, str):
            broken[one.name] = made
        else:
            kept.append(made)
    return Found(host, tuple(kept), broken)


async def certbot_of(shell: Shell) -> Certbot:
    """Return certbot itself.

    Raises:
        ShellError: The host could not be asked.
        PlanError: It has no certbot.
    """
    version, now = "", 0
    timers: list[Timer] = []
    crons: dict[str, bool] = {}
    issued: list[tuple[int, str]] = []
    over: list[str] = []
    for word, rest in records(await ask(shell, command("certbot_host", keeping.DAYS, deadline_seconds=60))):
        words = rest.split(" ")
        if word == "version":
            version = clean_line(rest, 40)
        elif word == "timer" and len(words) >= 4:
            timers.append(_timer(*words))
        elif word == "cron":
            path, line = (clean_line(text, 1024) for text in rest.partition("\n")[::2])
            if (job := crontab.job(path, line)) is not None:
                renews = renewing(job.command) == "certbot" and not job.at_boot
                crons[path] = renews or crons.get(path, False)
        elif word == "issued" and len(words) == 2 and _NUMBER.fullmatch(words[0]):
            issued.append((int(words[0]), words[1]))
        elif word == "over":
            over.append(clean_line(rest, 200))
        elif word == "now" and _NUMBER.fullmatch(rest):
            now = int(rest)
    if not version:
        raise PlanError("the host has no certbot")
    if not now:
        raise PlanError("the host does not say what time it is")
    return Certbot(
        version,
        _renewing(timers),
        tuple(path for path, renews in crons.items() if renews),
        tuple(issued),
        now,
        tuple(sorted(over)),
        tuple(path for path, renews in crons.items() if not renews),
    )


def _timer(unit: str, load: str, enabled: str, active: str, *next_run: str) -> Timer:
    return Timer(
        clean_line(unit, 100),
        load == "masked",
        enabled in ("enabled", "enabled-runtime", "static", "generated"),
        active == "active",
        clean_line(" ".join(next_run), 60),
    )


def _renewing(timers: Sequence[Timer]) -> Timer | None:
    """Return the timer that renews: the first that works, else the first that can be enabled.

    A host that changed from one package of certbot to another has the units of both.
    """
    return min(timers, key=lambda one: (not one.works, one.masked), default=None)


def _name_of(path: str) -> str:
    return clean_line(posixpath.basename(path).removesuffix(".conf"), 100)


async def _keys(shell: Shell, lineages: Iterable[Lineage]) -> dict[str, tuple[str, str, str]]:
    lines = [
        f"{one.name} {escaped(one.key)} {escaped(one.fullchain)} {escaped(one.file)}" for one in lineages
    ]
    found = {}
    for word, rest in records(await ask(shell, command("keys", lines=lines, deadline_seconds=60))):
        words = rest.split(" ")
        if word == "key" and len(words) == 4:
            found[words[0]] = ("" if words[1] == "-" else words[1], words[2], words[3])
    return found


def _kept(one: Lineage, at: Mapping[str, CertificateAt], key: tuple[str, str, str]) -> Kept | str:
    """Return a lineage with its certificates, or what is wrong with it."""
    live = at.get(one.fullchain)
    if live is None or not live.certificates:
        return f"{one.fullchain} is not there, or holds no certificate"
    versions: dict[str, int] = {}
    issued = []
    for path, file in at.items():
        number = _VERSION.fullmatch(path.rpartition("/")[2])
        if path.rpartition("/")[0] == one.archive and number and file.certificates:
            versions[file.print] = int(number[1])
            leaf = file.certificates[0]
            issued.append((int(leaf.not_before.timestamp()), names_hash(leaf.names)))
    current = live.certificates[0]
    if current.fingerprint_sha256 not in versions:
        return f"{one.fullchain} is none of the versions in {one.archive}"
    return Kept(one, current, versions, versions[current.fingerprint_sha256], tuple(issued), key[0], key[2])
