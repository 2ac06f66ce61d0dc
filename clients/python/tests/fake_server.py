"""An HTTP server that answers as it is told and keeps what it was asked."""

from __future__ import annotations

import json
import threading
import xmlrpc.client
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Dict, List, Tuple

#: (status, content type, body)
Reply = Tuple[int, str, bytes]


class FakeServer:
    """``reply`` gets (path, headers, body) of each request; the requests are in ``seen``."""

    def __init__(self, reply: Callable[[str, Dict[str, str], bytes], Reply]) -> None:
        self.seen: List[Tuple[str, Dict[str, str], bytes]] = []
        self.connections = 0
        #: Close the connection after each answer without saying so.
        self.hang_up = False
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                fake.connections += 1
                super().setup()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = dict(self.headers.items())
                fake.seen.append((self.path, headers, body))
                status, content_type, answer = reply(self.path, headers, body)
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
                self.close_connection = fake.hang_up

            def log_message(self, *_args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.address = "127.0.0.1:%d" % self._server.server_address[1]
        self.url = "http://" + self.address

    def __enter__(self) -> "FakeServer":
        return self

    def __exit__(self, *_rest: Any) -> None:
        self._server.shutdown()
        self._server.server_close()


def json_server(function: Callable[[str, Any], Any]) -> FakeServer:
    """Answers JSON-RPC with ``function(method, params)``; an exception's first argument is the error object."""

    def one(request: Any) -> Any:
        message = {"jsonrpc": "2.0", "id": request["id"]}
        try:
            message["result"] = function(request["method"], request["params"])
        except LookupError as fault:
            message["error"] = fault.args[0]
        return message

    def reply(_path: str, _headers: Dict[str, str], body: bytes) -> Reply:
        request = json.loads(body)
        answer = [one(each) for each in reversed(request)] if isinstance(request, list) else one(request)
        return 200, "application/json", json.dumps(answer).encode()

    return FakeServer(reply)


def xml_server(function: Callable[[str, Any], Any]) -> FakeServer:
    """Answers XML-RPC with ``function(method, params)``; an ``xmlrpc.client.Fault`` is a fault."""

    def reply(_path: str, _headers: Dict[str, str], body: bytes) -> Reply:
        params, method = xmlrpc.client.loads(body, use_builtin_types=True)
        try:
            result = (function(str(method), params),)
            text = xmlrpc.client.dumps(result, methodresponse=True, allow_none=True)
        except xmlrpc.client.Fault as fault:
            text = xmlrpc.client.dumps(fault)
        return 200, "text/xml", text.encode()

    return FakeServer(reply)
