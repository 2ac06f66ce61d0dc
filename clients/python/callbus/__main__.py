"""``python -m callbus call monitoring.list``: calls one function from the command line."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any, List, Optional

from . import CallbusError, Unreachable, connect

EXIT_OK, EXIT_ERROR, EXIT_USAGE, EXIT_UNREACHABLE = 0, 1, 2, 3


def main(argv: Optional[List[str]] = None) -> int:
    options = _options(argv)
    try:
        client = connect(options.url, options.token, "xml" if options.xml else "json", options.timeout)
    except ValueError as fault:
        print("callbus: %s" % fault, file=sys.stderr)
        return EXIT_USAGE
    try:
        with client:
            if options.command == "methods":
                for name in _methods(client.call("rpc.discover")):
                    print(name)
            else:
                args = [each if options.strings else _argument(each) for each in options.arguments]
                _show(client.call(options.method, *args), options.json)
    except Unreachable as fault:
        print("callbus: %s" % fault, file=sys.stderr)
        return EXIT_UNREACHABLE
    except (CallbusError, ValueError, OverflowError) as fault:
        print("callbus: %s" % fault, file=sys.stderr)
        return EXIT_ERROR
    return EXIT_OK


def _options(argv: Optional[List[str]]) -> argparse.Namespace:
    """argparse ends a list of arguments at an option; what follows the option belongs to it all the same."""
    parser = _parser()
    options, rest = parser.parse_known_args(argv)
    if rest and (options.command != "call" or any(each.startswith("--") for each in rest)):
        parser.error("unrecognized arguments: %s" % " ".join(rest))
    if rest:
        options.arguments.extend(rest)
    return options


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    environment = os.environ.get
    common.add_argument("--url", default=environment("CALLBUS_URL", "http://127.0.0.1:8090"))
    common.add_argument("--token", default=environment("CALLBUS_TOKEN"), help="default: $CALLBUS_TOKEN")
    common.add_argument("--timeout", type=float, default=30.0, metavar="SECONDS")
    common.add_argument("--xml", action="store_true", help="XML-RPC instead of JSON-RPC")
    common.add_argument("--json", action="store_true", help="print the result as one line of JSON")
    parser = argparse.ArgumentParser(prog="python -m callbus", description="Controls a Callbus server.")
    commands = parser.add_subparsers(dest="command", required=True)
    call = commands.add_parser("call", parents=[common], help="calls a function")
    call.add_argument("method", help="for example webconference.roomInfo")
    call.add_argument("arguments", nargs="*", help='JSON values; what is no JSON is a string ("4711" with quotes too)')
    call.add_argument("--strings", action="store_true", help="take every argument as a string")
    commands.add_parser("methods", parents=[common], help="lists all functions (JSON-RPC)")
    return parser


def _argument(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _methods(document: Any) -> List[str]:
    methods = document.get("methods", []) if isinstance(document, dict) else []
    return sorted(each["name"] for each in methods)


def _show(result: Any, as_json: bool) -> None:
    if isinstance(result, str) and not as_json:
        print(result)
    else:
        print(json.dumps(result, indent=None if as_json else 2, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> Any:
    """Forms for what XML-RPC knows and JSON does not."""
    return value.hex() if isinstance(value, (bytes, bytearray)) else str(value)


if __name__ == "__main__":
    sys.exit(main())
