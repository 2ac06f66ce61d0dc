"""What can go wrong, as exceptions. All of them are a :class:`CallbusError`."""

from __future__ import annotations

from typing import Any, Dict, Optional, Type


class CallbusError(Exception):
    """An error that the server answered, or a failure on the way to it.

    ``code`` is the number on the wire (JSON-RPC error code or XML-RPC fault code; an HTTP status
    where the answer was no RPC message; 0 where there was no answer). ``data`` is the ``data``
    member of a JSON-RPC error, else None. ``name`` is the server's own name of the error, such as
    ``room.full``, where it is known.
    """

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    @property
    def name(self) -> Optional[str]:
        """The server's name of the error (``rpc.forbidden``, ``call.unknown``), or None."""
        name = self.data.get("code") if isinstance(self.data, dict) else None
        return name if isinstance(name, str) else None

    @property
    def detail(self) -> Optional[str]:
        """What was wrong and where, as the server tells it in ``data``, or None."""
        detail = self.data.get("detail") if isinstance(self.data, dict) else None
        return detail if isinstance(detail, str) else None

    def __str__(self) -> str:
        text = self.message if self.code == 0 else "%s (%d)" % (self.message, self.code)
        return "%s: %s" % (text, self.detail) if self.detail and self.detail not in text else text


class Unreachable(CallbusError, ConnectionError):
    """No answer came: refused, closed, unknown host. Whether the call was carried out is unknown
    when the connection broke after the request was sent."""

    def __init__(self, message: str) -> None:
        super().__init__(0, message)


class TimedOut(Unreachable, TimeoutError):
    """The answer did not come in time."""


class ProtocolError(CallbusError):
    """The answer is no valid message of the protocol: probably not a Callbus server."""


class Unauthorized(CallbusError):
    """Credentials are missing or wrong."""


class Forbidden(CallbusError):
    """The token has no scope, or a limit, for this function; or the server refuses this client."""


class MethodNotFound(CallbusError):
    """No function of that name, or its module is not loaded."""


class InvalidParams(CallbusError):
    """Too few arguments, or one of the wrong type or value. The message names it."""


class TooManyRequests(CallbusError):
    """A rate or concurrency limit is reached."""


class ServerError(CallbusError):
    """Any other error of the server or of the function."""


_BY_NAME: Dict[str, Type[CallbusError]] = {
    "rpc.unauthorized": Unauthorized,
    "rpc.forbidden": Forbidden,
    "rpc.unknownMethod": MethodNotFound,
    "rpc.unknownFunction": MethodNotFound,
    "rpc.unknownModule": MethodNotFound,
    "rpc.tooFewArguments": InvalidParams,
    "rpc.tooManyArguments": InvalidParams,
    "rpc.wrongType": InvalidParams,
    "rpc.tooManyRequests": TooManyRequests,
}

_BY_JSON_CODE: Dict[int, Type[CallbusError]] = {
    -32601: MethodNotFound,
    -32602: InvalidParams,
    -32003: Forbidden,
    -32004: Unauthorized,
    -32006: TooManyRequests,
}

_BY_FAULT_CODE: Dict[int, Type[CallbusError]] = {
    300: InvalidParams,
    401: Unauthorized,
    403: Forbidden,
    429: TooManyRequests,
    504: MethodNotFound,
}

_BY_HTTP_STATUS: Dict[int, Type[CallbusError]] = {
    401: Unauthorized,
    403: Forbidden,
    429: TooManyRequests,
}


def json_error(code: int, message: str, data: Any) -> CallbusError:
    """The exception of a JSON-RPC error object."""
    name = data.get("code") if isinstance(data, dict) else None
    kind = _BY_NAME.get(name) if isinstance(name, str) else None
    return (kind or _BY_JSON_CODE.get(code, ServerError))(code, message, data)


def fault_error(code: int, message: str) -> CallbusError:
    """The exception of an XML-RPC fault."""
    kind = _BY_FAULT_CODE.get(code, ServerError)
    if code == -1 and "unknown method" in message:
        kind = MethodNotFound
    elif code == -1 and message.startswith("type error"):
        kind = InvalidParams
    elif code == 500 and message.startswith("could not get factory"):
        kind = MethodNotFound
    return kind(code, message)


def http_error(status: int, reason: str, text: str) -> CallbusError:
    """The exception of an HTTP answer that is no RPC message."""
    kind = _BY_HTTP_STATUS.get(status, ProtocolError)
    first_line = text.strip().split("\n", 1)[0][:200]
    return kind(status, "HTTP %d %s%s" % (status, reason, ": " + first_line if first_line else ""))
