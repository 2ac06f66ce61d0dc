"""JSON-RPC 2.0 and XML-RPC: calls as request bodies, answers as results or exceptions."""

from __future__ import annotations

import json
import xmlrpc.client
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union
from xml.parsers.expat import ExpatError

from .errors import CallbusError, ProtocolError, ServerError, fault_error, http_error, json_error
from .transport import Answer

#: A result, or the exception that stands for it.
Outcome = Union[Any, CallbusError]


class Call(NamedTuple):
    """One call: arguments by position, or by name (JSON-RPC only)."""

    method: str
    args: Sequence[Any]
    kwargs: Dict[str, Any]


class JsonProtocol:
    """JSON-RPC 2.0. Integers keep every digit; bytes have no form."""

    content_type = "application/json"
    default_path = "/jsonrpc"

    def __init__(self) -> None:
        self._last_id = 0

    def encode(self, call: Call) -> Tuple[bytes, int]:
        request = self._request(call)
        return _json_bytes(request), request["id"]

    def decode(self, answer: Answer, request_id: int) -> Any:
        message = _json_message(answer)
        outcome = _json_outcome(message)
        if isinstance(outcome, CallbusError):
            raise outcome
        if message.get("id") != request_id:
            raise ProtocolError(0, "the answer belongs to another request")
        return outcome

    def encode_batch(self, calls: Sequence[Call]) -> Tuple[bytes, List[int]]:
        requests = [self._request(call) for call in calls]
        return _json_bytes(requests), [request["id"] for request in requests]

    def decode_batch(self, answer: Answer, ids: Sequence[int]) -> List[Outcome]:
        messages = _json_message(answer)
        if isinstance(messages, dict):  # the batch as a whole was refused
            outcome = _json_outcome(messages)
            raise outcome if isinstance(outcome, CallbusError) else ProtocolError(0, "expected a list of answers")
        by_id = {message.get("id"): message for message in messages if isinstance(message, dict)}
        missing = ProtocolError(0, "the server gave no answer to this call")
        return [_json_outcome(by_id[each]) if each in by_id else missing for each in ids]

    def _request(self, call: Call) -> Dict[str, Any]:
        self._last_id += 1
        params: Any = call.kwargs if call.kwargs else list(call.args)
        return {"jsonrpc": "2.0", "id": self._last_id, "method": call.method, "params": params}


def _json_bytes(value: Any) -> bytes:
    return json.dumps(value, allow_nan=False, separators=(",", ":")).encode("utf-8")


def _json_message(answer: Answer) -> Any:
    try:
        message = json.loads(answer.body.decode("utf-8"))
    except (ValueError, RecursionError):
        message = None
    if answer.content_type == "application/json" and isinstance(message, (dict, list)):
        if isinstance(message, list) or "result" in message or isinstance(message.get("error"), dict):
            return message
    raise _no_message(answer)


def _json_outcome(message: Dict[str, Any]) -> Outcome:
    error = message.get("error")
    if not isinstance(error, dict):
        return message["result"] if "result" in message else ProtocolError(0, "an answer without result")
    code, text = error.get("code"), error.get("message")
    return json_error(code if isinstance(code, int) else 0, str(text), error.get("data"))


class XmlProtocol:
    """XML-RPC with ``nil`` for None, ``i8`` for integers past 32 bits and ``base64`` for bytes."""

    content_type = "text/xml"
    default_path = "/RPC2"

    def encode(self, call: Call) -> Tuple[bytes, int]:
        if call.kwargs:
            raise TypeError("XML-RPC has arguments by position only")
        return _xml_bytes(call.method, tuple(call.args)), 0

    def decode(self, answer: Answer, _request_id: int) -> Any:
        if answer.content_type not in ("text/xml", "application/xml"):
            raise _no_message(answer)
        parser, unmarshaller = xmlrpc.client.getparser(use_builtin_types=True)
        try:
            parser.feed(answer.body)
            parser.close()
            values = unmarshaller.close()
        except xmlrpc.client.Fault as fault:
            raise fault_error(fault.faultCode, fault.faultString) from None
        except (ExpatError, xmlrpc.client.ResponseError, ValueError, LookupError, TypeError) as fault:
            raise ProtocolError(0, "the answer is no XML-RPC: %s" % fault) from fault
        if len(values) != 1:
            raise ProtocolError(0, "the answer holds %d values" % len(values))
        return values[0]

    def encode_batch(self, calls: Sequence[Call]) -> Tuple[bytes, List[int]]:
        if any(call.kwargs for call in calls):
            raise TypeError("XML-RPC has arguments by position only")
        requests = [{"methodName": call.method, "params": list(call.args)} for call in calls]
        return _xml_bytes("system.multicall", (requests,)), list(range(len(calls)))

    def decode_batch(self, answer: Answer, ids: Sequence[int]) -> List[Outcome]:
        values = self.decode(answer, 0)
        if not isinstance(values, list) or len(values) != len(ids):
            raise ProtocolError(0, "expected %d answers" % len(ids))
        return [_multicall_outcome(value) for value in values]


def _multicall_outcome(value: Any) -> Outcome:
    if isinstance(value, list) and len(value) == 1:
        return value[0]
    if isinstance(value, dict) and isinstance(value.get("faultCode"), int):
        return fault_error(value["faultCode"], str(value.get("faultString")))
    return ServerError(0, "an answer that is neither a value nor a fault")


class _Marshaller(xmlrpc.client.Marshaller):
    """The standard one knows no integers past 32 bits."""

    dispatch: Dict[Any, Any] = dict(xmlrpc.client.Marshaller.dispatch)

    def dump_integer(self, value: int, write: Callable[[str], object]) -> None:
        if not -(2**63) <= value < 2**63:
            raise OverflowError("%d does not fit into 64 bits" % value)
        tag = "i4" if -(2**31) <= value < 2**31 else "i8"
        write("<value><%s>%d</%s></value>\n" % (tag, value, tag))

    def dump_float(self, value: float, write: Callable[[str], object]) -> None:
        if value != value or value in (float("inf"), float("-inf")):
            raise ValueError("%r has no form in XML-RPC" % value)
        write("<value><double>%r</double></value>\n" % value)

    dispatch[int] = dump_integer
    dispatch[float] = dump_float


def _xml_bytes(method: str, params: Tuple[Any, ...]) -> bytes:
    name = method.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    body = _Marshaller("utf-8", True).dumps(params)
    text = "<?xml version='1.0' encoding='utf-8'?>\n<methodCall>\n<methodName>%s</methodName>\n%s</methodCall>\n"
    return (text % (name, body)).encode("utf-8")


def _no_message(answer: Answer) -> CallbusError:
    if answer.status != 200:
        return http_error(answer.status, answer.reason, answer.body[:1000].decode("utf-8", "replace"))
    return ProtocolError(0, "the answer is no RPC message but %s" % (answer.content_type or "nothing"))


def protocol_named(name: Optional[str]) -> Union[JsonProtocol, XmlProtocol]:
    """``json`` or ``xml``."""
    if name == "json":
        return JsonProtocol()
    if name == "xml":
        return XmlProtocol()
    raise ValueError("protocol: expected 'json' or 'xml', got %r" % (name,))
