"""An httpx transport whose connections start at a host, through its SSH connection.

Imports httpx, so it is imported only when there is an HTTP check to run.
"""

from __future__ import annotations

import ssl
from contextlib import AsyncExitStack
from typing import Self

import httpx

from opsconsole.data.host import Shell

_PORTS = {"http": 80, "https": 443}


class TunnelTransport(httpx.AsyncBaseTransport):
    """Sends each request to a local port that leads to the URL's host and port as the SSH host sees them.

    The request keeps the URL's own name in its Host header, in SNI and in the certificate check.
    """

    def __init__(self, shell: Shell, verify: ssl.SSLContext) -> None:
        self._shell = shell
        self._inner = httpx.AsyncHTTPTransport(verify=verify, trust_env=False)
        self._tunnels = AsyncExitStack()
        self._open: dict[tuple[str, int], tuple[str, int]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request through the tunnel to its host."""
        host = request.url.host
        port = request.url.port or _PORTS.get(request.url.scheme, 80)
        if (host, port) not in self._open:
            forwarded = self._shell.forward(host, port)
            self._open[host, port] = await self._tunnels.enter_async_context(forwarded)
        address, local_port = self._open[host, port]
        return await self._inner.handle_async_request(
            httpx.Request(
                request.method,
                request.url.copy_with(host=address, port=local_port),
                headers=request.headers,  # with the Host that the URL gave
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},
            )
        )

    async def aclose(self) -> None:
        """Close the connections, then the tunnels."""
        try:
            await self._inner.aclose()
        finally:
            await self._tunnels.aclose()
