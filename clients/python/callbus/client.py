"""The client."""

from __future__ import annotations

import ssl
from typing import Any, List, Optional, Sequence

from .batch import Batch
from .protocols import Call, Outcome, protocol_named
from .proxy import MethodProxy, proxy_for
from .transport import HttpTransport


def connect(
    url: str = "http://127.0.0.1:8090",
    token: Optional[str] = None,
    protocol: str = "json",
    timeout: Optional[float] = 30.0,
    ssl_context: Optional[ssl.SSLContext] = None,
) -> "Client":
    """A client of the server at ``url``. Nothing is sent before the first call.

    :param url: ``http://127.0.0.1:8090``; ``http://user:token@host:8090`` sends HTTP Basic.
    :param token: sent as a Bearer token.
    :param protocol: ``json`` (JSON-RPC 2.0) or ``xml`` (XML-RPC).
    :param timeout: seconds to wait for the connection and for each part of an answer; None: for ever.
    :param ssl_context: for ``https://``; default: the system's certificates.
    :raises ValueError: for a URL, token or protocol that cannot be used.
    """
    return Client(url, token, protocol, timeout, ssl_context)


class Client:
    """Calls functions of a server, over one connection that is kept open.

    ``client.call("monitoring.list")`` and ``client.monitoring.list()`` are the same. Threads may
    share a client; their calls go one after the other.
    """

    def __init__(
        self,
        url: str,
        token: Optional[str] = None,
        protocol: str = "json",
        timeout: Optional[float] = 30.0,
        ssl_context: Optional[ssl.SSLContext] = None,
    ) -> None:
        self._protocol = protocol_named(protocol)
        self._transport = HttpTransport(url, self._protocol.default_path, token, timeout, ssl_context)

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Calls ``method`` with arguments by position, or by name (JSON-RPC only).

        :raises CallbusError: the server's error, or a failure on the way (see ``errors``).
        :raises TypeError, ValueError, OverflowError: an argument has no form in the protocol.
        """
        if args and kwargs:
            raise TypeError("arguments are given by position or by name, not both")
        body, request_id = self._protocol.encode(Call(method, args, kwargs))
        answer = self._transport.post(body, self._protocol.content_type)
        return self._protocol.decode(answer, request_id)

    def batch(self) -> Batch:
        """Several calls in one request (a JSON-RPC batch or ``system.multicall``)."""
        return Batch(self)

    def close(self) -> None:
        """Closes the connection. A later call opens a new one."""
        self._transport.close()

    def _send_batch(self, calls: Sequence[Call]) -> List[Outcome]:
        body, ids = self._protocol.encode_batch(calls)
        return self._protocol.decode_batch(self._transport.post(body, self._protocol.content_type), ids)

    def __getattr__(self, name: str) -> MethodProxy:
        return proxy_for(self.call, name)

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_rest: Any) -> None:
        self.close()

    def __repr__(self) -> str:
        return "<callbus.Client %s>" % self._transport.place
