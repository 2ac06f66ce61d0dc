"""One HTTP connection that is kept open between calls."""

from __future__ import annotations

import base64
import http.client
import select
import socket
import ssl
import threading
from typing import Dict, NamedTuple, Optional
from urllib.parse import unquote, urlsplit

from .errors import ProtocolError, TimedOut, Unreachable

#: Longer answers are refused.
MAX_ANSWER_BYTES = 64 * 1024 * 1024


class Answer(NamedTuple):
    status: int
    reason: str
    content_type: str
    body: bytes


class HttpTransport:
    """Posts request bodies to one URL. Safe to share among threads: one request at a time.

    A request that was sent is never sent again: a call that dials must not dial twice. Whether the
    kept connection still stands is looked at before it is used.
    """

    def __init__(
        self,
        url: str,
        default_path: str,
        token: Optional[str] = None,
        timeout: Optional[float] = 30.0,
        ssl_context: Optional[ssl.SSLContext] = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("expected a URL such as http://127.0.0.1:8090")
        self._is_tls = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port or (443 if self._is_tls else 80)
        path = parts.path if parts.path not in ("", "/") else default_path
        self._target = path + ("?" + parts.query if parts.query else "")
        self._timeout = timeout
        self._ssl_context = ssl_context
        self._authorization = _authorization(token, parts.username, parts.password)
        self._lock = threading.Lock()
        self._connection: Optional[http.client.HTTPConnection] = None

    @property
    def place(self) -> str:
        """Scheme, host and port, without credentials: for messages."""
        host = "[%s]" % self._host if ":" in self._host else self._host
        return "%s://%s:%d" % ("https" if self._is_tls else "http", host, self._port)

    def post(self, body: bytes, content_type: str) -> Answer:
        """Sends ``body`` and returns the whole answer.

        Raises :class:`Unreachable`, :class:`TimedOut`, :class:`ProtocolError`.
        """
        headers = {"Content-Type": content_type, "Accept": content_type, "User-Agent": "callbus-python/0.1.0"}
        if self._authorization is not None:
            headers["Authorization"] = self._authorization
        with self._lock:
            try:
                return self._exchange(body, headers)
            except socket.timeout as fault:
                self._drop()
                raise TimedOut("%s: no answer within %s s" % (self.place, self._timeout)) from fault
            except OSError as fault:
                self._drop()
                raise Unreachable("%s: %s" % (self.place, fault)) from fault
            except http.client.HTTPException as fault:
                self._drop()
                raise ProtocolError(0, "%s: %s" % (self.place, fault or type(fault).__name__)) from fault
            except BaseException:
                self._drop()
                raise

    def close(self) -> None:
        """Closes the kept connection; a later call opens a new one."""
        with self._lock:
            self._drop()

    def _exchange(self, body: bytes, headers: Dict[str, str]) -> Answer:
        connection = self._ready()
        connection.request("POST", self._target, body, headers)
        response = connection.getresponse()
        content = response.read(MAX_ANSWER_BYTES + 1)
        if len(content) > MAX_ANSWER_BYTES:
            raise ProtocolError(0, "%s: the answer is longer than %d bytes" % (self.place, MAX_ANSWER_BYTES))
        if response.will_close:
            self._drop()
        kind = response.headers.get_content_type()
        return Answer(response.status, response.reason, kind, content)

    def _ready(self) -> http.client.HTTPConnection:
        kept = self._connection
        if kept is not None and kept.sock is not None and not _is_readable(kept.sock):
            return kept
        self._drop()
        if self._is_tls:
            context = self._ssl_context or ssl.create_default_context()
            fresh: http.client.HTTPConnection = http.client.HTTPSConnection(
                self._host, self._port, timeout=self._timeout, context=context
            )
        else:
            fresh = http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
        fresh.connect()
        fresh.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = fresh
        return fresh

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _is_readable(sock: socket.socket) -> bool:
    """Between two requests nothing is due: what can be read is the server's close."""
    try:
        return bool(select.select([sock], [], [], 0)[0])
    except (OSError, ValueError):
        return True


def _authorization(token: Optional[str], user: Optional[str], password: Optional[str]) -> Optional[str]:
    if token is not None:
        if not token or any(not 32 < ord(char) < 127 for char in token):
            raise ValueError("the token holds characters that no token has")
        return "Bearer " + token
    if user is None and password is None:
        return None
    pair = "%s:%s" % (unquote(user or ""), unquote(password or ""))
    return "Basic " + base64.b64encode(pair.encode("utf-8")).decode("ascii")
