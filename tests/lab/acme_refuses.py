"""Runs on tls1, between certbot and pebble: hands all on, but one path gets a problem document.

    python3 acme_refuses.py PORT UPSTREAM-PORT PATH-PREFIX STATUS TYPE DETAIL

pebble knows no rate limits and no CAA records; the document is as Let's Encrypt sends it.
"""

import http.client
import http.server
import json
import ssl
import sys

PORT, UPSTREAM, PREFIX, STATUS, KIND, DETAIL = sys.argv[1:7]
CERTIFICATE = "/etc/lab-ca/issued/pebble"


class Between(http.server.BaseHTTPRequestHandler):
    """One request of certbot."""

    def do_POST(self) -> None:
        """Hand on, or refuse."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith(PREFIX):
            problem = {"type": f"urn:ietf:params:acme:error:{KIND}", "detail": DETAIL, "status": int(STATUS)}
            self.answer(
                int(STATUS), {"Content-Type": "application/problem+json"}, json.dumps(problem).encode()
            )
            return
        trusted = ssl.create_default_context(cafile="/etc/pebble/ca.pem")
        upstream = http.client.HTTPSConnection("localhost", int(UPSTREAM), context=trusted, timeout=20)
        upstream.request(self.command, self.path, body or None, dict(self.headers))
        said = upstream.getresponse()
        self.answer(said.status, dict(said.getheaders()), said.read())

    do_GET = do_HEAD = do_POST

    def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Send an answer; its length is told anew."""
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in {"content-length", "transfer-encoding", "connection", "date", "server"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(PORT)), Between)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{CERTIFICATE}.pem", f"{CERTIFICATE}.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
print("ready", flush=True)  # noqa: T201
server.serve_forever()
