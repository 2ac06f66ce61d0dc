"""Client of Callbus, a SIP media engine controlled over JSON-RPC and XML-RPC.

>>> import callbus
>>> client = callbus.connect("http://127.0.0.1:8090")
>>> client.monitoring.list()
[]

Only the standard library is used. See README.md.
"""

from .batch import Batch, Pending
from .client import Client, connect
from .errors import (
    CallbusError,
    Forbidden,
    InvalidParams,
    MethodNotFound,
    ProtocolError,
    ServerError,
    TimedOut,
    TooManyRequests,
    Unauthorized,
    Unreachable,
)

__all__ = [
    "Batch",
    "CallbusError",
    "Client",
    "Forbidden",
    "InvalidParams",
    "MethodNotFound",
    "Pending",
    "ProtocolError",
    "ServerError",
    "TimedOut",
    "TooManyRequests",
    "Unauthorized",
    "Unreachable",
    "connect",
]
__version__ = "0.1.0"
