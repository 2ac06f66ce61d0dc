"""Attribute style: ``client.monitoring.list()``."""

from __future__ import annotations

from typing import Any, Callable


class MethodProxy:
    """A method's dotted name, that can be extended and called."""

    __slots__ = ("_call", "_name")

    def __init__(self, call: Callable[..., Any], name: str) -> None:
        self._call = call
        self._name = name

    def __getattr__(self, name: str) -> "MethodProxy":
        return proxy_for(self._call, name, self._name + ".")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call(self._name, *args, **kwargs)

    def __repr__(self) -> str:
        return "<method %s>" % self._name


def proxy_for(call: Callable[..., Any], name: str, prefix: str = "") -> MethodProxy:
    # Python asks objects for its own protocols by such names (copy, pickle, iteration).
    if name.startswith("__") and name.endswith("__"):
        raise AttributeError(name)
    return MethodProxy(call, prefix + name)
