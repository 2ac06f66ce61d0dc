"""Several calls in one request."""

from __future__ import annotations

from typing import Any, List, Optional, Type

from .errors import CallbusError
from .protocols import Call, Outcome
from .proxy import MethodProxy, proxy_for


class Pending:
    """The result of one call of a batch, there once the batch was sent."""

    def __init__(self) -> None:
        self._outcome: Outcome = None
        self._is_done = False

    def result(self) -> Any:
        """The result. Raises the call's own error; RuntimeError before the batch was sent."""
        if not self._is_done:
            raise RuntimeError("the batch was not sent yet")
        if isinstance(self._outcome, CallbusError):
            raise self._outcome
        return self._outcome

    def settle(self, outcome: Outcome) -> None:
        self._outcome = outcome
        self._is_done = True


class Batch:
    """Collects calls and sends them together, when the ``with`` block ends or by :meth:`send`.

    >>> with client.batch() as batch:
    ...     active = batch.monitoring.listActive()
    ...     calls = batch.call("calls")
    >>> active.result(), calls.result()
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._calls: List[Call] = []
        self._pending: List[Pending] = []

    def call(self, method: str, *args: Any, **kwargs: Any) -> Pending:
        """Adds a call; its result comes with the others."""
        if args and kwargs:
            raise TypeError("arguments are given by position or by name, not both")
        pending = Pending()
        self._calls.append(Call(method, args, kwargs))
        self._pending.append(pending)
        return pending

    def send(self) -> List[Pending]:
        """Sends what was collected. An error of one call stays with its result."""
        calls, self._calls = self._calls, []
        pending, self._pending = self._pending, []
        if calls:
            for each, outcome in zip(pending, self._client._send_batch(calls)):
                each.settle(outcome)
        return pending

    def __getattr__(self, name: str) -> MethodProxy:
        return proxy_for(self.call, name)

    def __enter__(self) -> "Batch":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], *_rest: Any) -> None:
        if kind is None:
            self.send()
