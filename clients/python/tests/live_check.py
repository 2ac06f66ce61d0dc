"""Checks the client against a running server: ``python3 -m tests.live_check URL PROTOCOL [TOKEN]``.

Without a token the server is expected to be open; with one, to refuse callers who have none, and to
give this one all of ``monitoring`` and nothing else. Prints ``client works`` at the end.
"""

from __future__ import annotations

import sys
from typing import Callable, Optional, Type

import callbus


def check(url: str, protocol: str, token: Optional[str]) -> None:
    client = callbus.connect(url, token=token, protocol=protocol, timeout=10)
    with client:
        check_values(client)
        check_errors(client)
        check_batch(client)
        if token is not None:
            check_access(url, protocol, token, client)
    if protocol == "json":
        check_json_only(url, token)


def check_values(client: callbus.Client) -> None:
    values = {"text": "ä<&\"'\n\u20ac", "negative": -5, "list": [1, ["two"]], "struct": {"a": {"b": 1}}, "half": 0.5}
    client.monitoring.clear()
    for name, value in values.items():
        expect(client.call("monitoring.log", "python", name, value), [0, "OK"])
    expect(client.monitoring.get("python"), [values])
    expect(client.monitoring.getSingle("python", "negative"), [-5])
    expect(client.monitoring.list(), ["python"])
    client.monitoring.addSample("python", "hits", 3)
    expect(client.monitoring.getCount("python", "hits"), [3])
    expect(client.monitoring.listByFilter(["negative", -5]), ["python"])
    expect(client.monitoring.erase("python"), [0, "OK"])
    expect(client.monitoring.list(), [])


def check_errors(client: callbus.Client) -> None:
    expect_error(callbus.MethodNotFound, lambda: client.monitoring.nothing())
    expect_error(callbus.MethodNotFound, lambda: client.nothing.at_all())
    wrong = expect_error(callbus.InvalidParams, lambda: client.monitoring.get(5))
    assert "argument 1" in str(wrong), wrong
    expect_error(callbus.InvalidParams, lambda: client.monitoring.get())


def check_batch(client: callbus.Client) -> None:
    with client.batch() as batch:
        first, bad = batch.monitoring.list(), batch.monitoring.nothing()
    expect(first.result(), [])
    expect_error(callbus.MethodNotFound, bad.result)


def check_access(url: str, protocol: str, token: str, client: callbus.Client) -> None:
    expect_error(callbus.Forbidden, lambda: client.webconference.roomCreate("4711"))
    with callbus.connect(url, protocol=protocol) as nobody:
        expect_error(callbus.Unauthorized, lambda: nobody.monitoring.list())
    with callbus.connect(url, token="wrong-token", protocol=protocol) as stranger:
        expect_error(callbus.Unauthorized, lambda: stranger.monitoring.list())
    with callbus.connect(url.replace("://", "://python:%s@" % token), protocol=protocol) as basic:
        expect(basic.monitoring.list(), [])


def check_json_only(url: str, token: Optional[str]) -> None:
    with callbus.connect(url, token=token) as client:
        big = 2**63 - 1
        client.monitoring.log("python", "big", big)
        expect(client.monitoring.getSingle("python", "big"), [big])
        client.monitoring.clear()
        expect_error(callbus.InvalidParams, lambda: client.monitoring.get(identity="x"))
        names = [method["name"] for method in client.call("rpc.discover")["methods"]]
        assert "monitoring.list" in names, names


def expect(given: object, expected: object) -> None:
    assert given == expected, "expected %r, got %r" % (expected, given)


def expect_error(kind: Type[callbus.CallbusError], call: Callable[[], object]) -> callbus.CallbusError:
    try:
        result = call()
    except kind as fault:
        return fault
    raise AssertionError("expected %s, got %r" % (kind.__name__, result))


if __name__ == "__main__":
    check(sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None)
    print("client works")
