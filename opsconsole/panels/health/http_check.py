"""Runs one HTTP check: a request, bounded in time and size, and what its answer is held against.

Imports httpx, so it is imported only when there is an HTTP check to run.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache

import httpx

from opsconsole.data.host import Shell, ShellError
from opsconsole.data.text import clean_line
from opsconsole.panels.health.expect import unmet
from opsconsole.panels.health.reach import ERRORS, Failure, failure_of
from opsconsole.panels.health.reading import CheckResult
from opsconsole.panels.health.settings import HttpCheck
from opsconsole.panels.health.tunnel import TunnelTransport

BODY_LIMIT_BYTES = 1024 * 1024
REDIRECTS_AT_MOST = 10
_DIAGNOSIS_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    whole: bool


async def run(check: HttpCheck, shell: Shell) -> CheckResult:
    """Try the check once. Every failure is a result; nothing is raised but cancellation."""
    began = time.monotonic()
    status = latency = None
    try:
        async with asyncio.timeout(check.timeout_seconds):
            answer = await _ask(check, shell)
            status, latency = answer.status, time.monotonic() - began
            failure = await _judged(check, answer)
    except Exception as error:  # noqa: BLE001  # whatever a server does to httpx is the result of the check
        failure = _told_apart(error, check)
    if failure.kind == "closed" and check.via == "host":
        failure = await _through_tunnel(check, shell, failure)
    return CheckResult(
        name=check.name,
        target=clean_line(check.target),
        via=check.via,
        ok=not failure.kind,
        error=failure.kind,
        detail=_redacted(failure.words, check.secrets),
        status=status,
        latency_seconds=latency,
    )


async def _ask(check: HttpCheck, shell: Shell) -> _Answer:
    """Send the request and those it is redirected to; return the last answer."""
    async with _client(check, shell) as client:
        headers = {
            "User-Agent": "opsconsole",
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            **check.headers,
        }
        request = client.build_request(check.method, check.url, headers=headers)
        for _ in range(REDIRECTS_AT_MOST + 1):
            response = await client.send(request, stream=True, follow_redirects=False)
            try:
                following = response.next_request if check.follow_redirects else None
                if following is None:
                    return await _answer(response)
            finally:
                await response.aclose()
            if _origin(following.url) != _origin(request.url):
                for name in check.headers:  # they were meant for the first server only
                    following.headers.pop(name, None)
            request = following
    raise httpx.TooManyRedirects(f"more than {REDIRECTS_AT_MOST} redirects")


@asynccontextmanager
async def _client(check: HttpCheck, shell: Shell) -> AsyncIterator[httpx.AsyncClient]:
    context = _tls(verify=check.verify_tls)
    transport: httpx.AsyncBaseTransport
    if check.via == "host":
        transport = TunnelTransport(shell, context)
    else:
        transport = httpx.AsyncHTTPTransport(verify=context, trust_env=False)
    # The deadline of the whole check is the only one: httpx's are per operation.
    async with httpx.AsyncClient(transport=transport, timeout=None, trust_env=False) as client:  # noqa: S113  # see above
        yield client


@cache
def _tls(*, verify: bool) -> ssl.SSLContext:
    """Return the one context of all checks: loading authorities costs some 20 ms of CPU."""
    context = httpx.create_ssl_context(verify=verify, trust_env=False)
    if verify:
        context.load_default_certs()  # a company's own authority is installed in the system
    return context


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


async def _answer(response: httpx.Response) -> _Answer:
    """Read the body up to the limit, as it came: what is compressed could grow a thousand times."""
    body = bytearray()
    async for chunk in response.aiter_raw(65536):
        body += chunk
        if len(body) > BODY_LIMIT_BYTES:
            break
    encoding = response.headers.get("content-encoding", "identity")
    if encoding != "identity":
        raise httpx.DecodingError(f"the body is compressed ({clean_line(encoding, 32)}), unasked")
    return _Answer(response.status_code, bytes(body[:BODY_LIMIT_BYTES]), len(body) <= BODY_LIMIT_BYTES)


async def _judged(check: HttpCheck, answer: _Answer) -> Failure:
    if not check.status_expected(answer.status):
        return Failure("status", f"status {answer.status}, expected {check.expect_status}")
    if not (check.expect_body or check.expect_body_regex or check.expect_json):
        return Failure()
    # In a thread: a hostile body takes a parser some time.
    kind, words = await asyncio.to_thread(unmet, check, answer.body, whole=answer.whole)
    return Failure(kind, words)


def _told_apart(error: Exception, check: HttpCheck) -> Failure:
    """Say what went wrong. httpx wraps the cause: it is looked for along the chain."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain and len(chain) < 16:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    for one in chain:
        if isinstance(one, ssl.SSLCertVerificationError):
            return Failure("tls", f"certificate not trusted: {clean_line(one.verify_message, 160)}")
        if isinstance(one, ssl.SSLError):
            return Failure("tls", f"TLS: {clean_line(one.reason or 'handshake failed', 80)}")
        if isinstance(one, ShellError):
            return Failure("console", clean_line(str(one), 200))
        if isinstance(one, (ConnectionRefusedError, socket.gaierror)):
            return failure_of(one)
    for kinds, failure in (
        (TimeoutError, Failure("timeout", f"no whole answer within {check.timeout_seconds:g} s")),
        (httpx.TooManyRedirects, Failure("redirect", str(error))),
        (httpx.DecodingError, Failure("body", str(error))),
        (
            (httpx.UnsupportedProtocol, httpx.InvalidURL),
            Failure("redirect", "redirected to a URL that is no http"),
        ),
        (httpx.RemoteProtocolError, _protocol(error)),
        ((httpx.ReadError, httpx.WriteError, httpx.CloseError), Failure("closed", ERRORS["closed"])),
        (
            httpx.ConnectError,
            next(
                (failure_of(one) for one in chain if isinstance(one, OSError)),
                Failure("connection", ERRORS["connection"]),
            ),
        ),
    ):
        if isinstance(error, kinds):
            return failure
    return Failure("connection", f"{ERRORS['connection']} ({type(error).__name__})")


def _protocol(error: Exception) -> Failure:
    if "disconnected" in str(error) or "closed connection" in str(error):
        return Failure("closed", ERRORS["closed"])
    return Failure("protocol", "the answer is not HTTP")


async def _through_tunnel(check: HttpCheck, shell: Shell, closed: Failure) -> Failure:
    """A tunnel that closes at once may hide a refused connection: ask the host, which can tell."""
    url = httpx.URL(check.url)
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        async with asyncio.timeout(_DIAGNOSIS_SECONDS):
            await shell.reach(url.host, port)
    except (ShellError, OSError) as error:
        return failure_of(error)
    return closed


def _redacted(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        text = text.replace(secret, "***")
    return clean_line(text, 300)
