from __future__ import annotations

import base64
import copy
import json
import socket
import threading
import unittest
import xmlrpc.client

import callbus
from callbus.__main__ import main
from tests.fake_server import FakeServer, json_server, xml_server


def echo(method, params):
    return [method, params]


class Json(unittest.TestCase):
    def test_call_and_attribute_style_are_the_same(self):
        with json_server(echo) as server, callbus.connect(server.url) as client:
            self.assertEqual(client.call("monitoring.get", "a", 1), ["monitoring.get", ["a", 1]])
            self.assertEqual(client.monitoring.get("a", 1), ["monitoring.get", ["a", 1]])
            self.assertEqual(client.webconference._list(), ["webconference._list", []])
            self.assertEqual(client.calls(), ["calls", []])
            self.assertEqual(server.seen[0][0], "/jsonrpc")

    def test_arguments_by_name(self):
        with json_server(echo) as server, callbus.connect(server.url) as client:
            self.assertEqual(client.rooms.mute(room="5", pin="1"), ["rooms.mute", {"room": "5", "pin": "1"}])
            with self.assertRaises(TypeError):
                client.rooms.mute("5", pin="1")

    def test_integers_keep_every_digit(self):
        with json_server(echo) as server, callbus.connect(server.url) as client:
            values = [2**63 - 1, -(2**63), 9007199254740993, 0.1, None, True]
            self.assertEqual(client.echo(*values)[1], values)

    def test_a_value_without_a_form_is_refused_before_sending(self):
        with json_server(echo) as server, callbus.connect(server.url) as client:
            for value in (b"x", float("nan"), {1, 2}):
                with self.assertRaises((TypeError, ValueError)):
                    client.echo(value)
            self.assertEqual(server.seen, [])

    def test_errors_are_exceptions_with_code_message_and_data(self):
        cases = [
            ({"code": -32601, "message": "Method not found"}, callbus.MethodNotFound),
            ({"code": -32602, "message": "Invalid params"}, callbus.InvalidParams),
            ({"code": -32003, "message": "Not allowed"}, callbus.Forbidden),
            ({"code": -32004, "message": "Credentials are needed"}, callbus.Unauthorized),
            ({"code": -32006, "message": "Too many"}, callbus.TooManyRequests),
            ({"code": -32018, "message": "The room is full"}, callbus.ServerError),
            ({"code": -1, "message": "x", "data": {"code": "rpc.wrongType", "detail": "argument 1"}}, callbus.InvalidParams),
        ]
        for error, kind in cases:
            def fail(_method, _params, error=error):
                raise LookupError(error)

            with json_server(fail) as server, callbus.connect(server.url) as client:
                with self.assertRaises(kind) as caught:
                    client.f()
                self.assertEqual(caught.exception.code, error["code"])
                self.assertEqual(caught.exception.message, error["message"])
                self.assertEqual(caught.exception.data, error.get("data"))
                self.assertIsInstance(caught.exception, callbus.CallbusError)
        self.assertEqual(caught.exception.name, "rpc.wrongType")
        self.assertIn("argument 1", str(caught.exception))

    def test_a_batch_gives_each_call_its_result_or_error(self):
        def function(method, params):
            if method == "bad":
                raise LookupError({"code": -32601, "message": "Method not found"})
            return params

        with json_server(function) as server, callbus.connect(server.url) as client:
            with client.batch() as batch:
                first = batch.call("a", 1)
                bad = batch.bad()
                last = batch.b.c(x=3)
                with self.assertRaises(RuntimeError):
                    first.result()
            self.assertEqual((first.result(), last.result()), ([1], {"x": 3}))
            with self.assertRaises(callbus.MethodNotFound):
                bad.result()
            self.assertEqual(len(server.seen), 1)

    def test_an_empty_batch_sends_nothing(self):
        with json_server(echo) as server, callbus.connect(server.url) as client:
            self.assertEqual(client.batch().send(), [])
            self.assertEqual(server.seen, [])

    def test_what_is_no_answer_is_a_protocol_error(self):
        for content_type, body in [
            ("text/html", b"<html>"),
            ("application/json", b"{"),
            ("application/json", b"5"),
            ("application/json", b'{"id": 77, "result": 1}'),
            ("application/json", b"[" * 100000),
        ]:
            with FakeServer(lambda *_: (200, content_type, body)) as server, callbus.connect(server.url) as client:
                with self.assertRaises(callbus.ProtocolError):
                    client.f()

    def test_a_plain_http_refusal_is_told_by_its_status(self):
        for status, kind in [(401, callbus.Unauthorized), (403, callbus.Forbidden), (500, callbus.ProtocolError)]:
            with FakeServer(lambda *_: (status, "text/plain", b"no\n")) as server:
                with self.assertRaises(kind) as caught, callbus.connect(server.url) as client:
                    client.f()
                self.assertEqual(caught.exception.code, status)

    def test_an_error_object_wins_over_the_http_status(self):
        body = b'{"jsonrpc":"2.0","id":null,"error":{"code":-32004,"message":"Credentials are needed"}}'
        with FakeServer(lambda *_: (401, "application/json", body)) as server, callbus.connect(server.url) as client:
            with self.assertRaises(callbus.Unauthorized) as caught:
                client.f()
            self.assertEqual(caught.exception.code, -32004)


class Xml(unittest.TestCase):
    def connect(self, server):
        return callbus.connect(server.url, protocol="xml")

    def test_values_travel_exactly(self):
        values = [1, -5, True, "ä<&>'\"\n", "", 0.1, 1e300, b"\x00\xff", [], {}, {"a": [1, {"b": "c"}]}, None]
        with xml_server(lambda _method, params: list(params)) as server, self.connect(server) as client:
            result = client.echo(*values)
            self.assertEqual(result, values)
            self.assertEqual([type(each) for each in result], [type(each) for each in values])
            self.assertEqual(server.seen[0][0], "/RPC2")

    def test_integers_past_32_bits_are_i8(self):
        with xml_server(lambda _method, params: str(params[0])) as server, self.connect(server) as client:
            for value in (2**31, -(2**63), 2**63 - 1):
                self.assertEqual(client.echo(value), str(value))
            self.assertIn(b"<i8>2147483648</i8>", server.seen[0][2])
            with self.assertRaises(OverflowError):
                client.echo(2**63)
            with self.assertRaises(ValueError):
                client.echo(float("inf"))

    def test_nil_and_i8_in_answers(self):
        body = b"<methodResponse><params><param><value><array><data><value><nil/></value><value><i8>9007199254740993</i8></value></data></array></value></param></params></methodResponse>"
        with FakeServer(lambda *_: (200, "text/xml", body)) as server, self.connect(server) as client:
            self.assertEqual(client.f(), [None, 9007199254740993])

    def test_faults_are_exceptions(self):
        cases = [
            (-1, "f: unknown method name", callbus.MethodNotFound),
            (504, "Exception: AmDynInvoke::NotImplemented: f", callbus.MethodNotFound),
            (500, "could not get factory", callbus.MethodNotFound),
            (300, "Exception: Type mismatch in arguments.", callbus.InvalidParams),
            (-1, "type error", callbus.InvalidParams),
            (403, "Not allowed", callbus.Forbidden),
            (401, "Credentials are needed", callbus.Unauthorized),
            (486, "The room is full", callbus.ServerError),
        ]
        for code, text, kind in cases:
            def fail(_method, _params, code=code, text=text):
                raise xmlrpc.client.Fault(code, text)

            with xml_server(fail) as server, self.connect(server) as client:
                with self.assertRaises(kind) as caught:
                    client.f()
                self.assertEqual((caught.exception.code, caught.exception.message), (code, text))

    def test_arguments_by_name_do_not_exist(self):
        with xml_server(echo) as server, self.connect(server) as client:
            with self.assertRaises(TypeError):
                client.f(room="5")

    def test_a_batch_is_a_multicall(self):
        def function(method, params):
            self.assertEqual(method, "system.multicall")
            return [[call["params"]] if call["methodName"] == "a" else {"faultCode": -1, "faultString": "b: unknown method name"} for call in params[0]]

        with xml_server(function) as server, self.connect(server) as client:
            with client.batch() as batch:
                first, second = batch.a(1), batch.b()
            self.assertEqual(first.result(), [1])
            with self.assertRaises(callbus.MethodNotFound):
                second.result()

    def test_what_is_no_xml_is_a_protocol_error(self):
        for content_type, body in [("text/xml", b"<a"), ("text/xml", b""), ("text/xml", b"<methodResponse/>"), ("text/html", b"x")]:
            with FakeServer(lambda *_: (200, content_type, body)) as server, self.connect(server) as client:
                with self.assertRaises(callbus.ProtocolError):
                    client.f()


class Connection(unittest.TestCase):
    def test_the_connection_is_kept(self):
        with json_server(echo) as server, callbus.connect(server.url) as client:
            for _ in range(3):
                client.f()
            self.assertEqual(server.connections, 1)

    def test_a_connection_that_the_server_closed_is_opened_again(self):
        with json_server(echo) as server, callbus.connect(server.url) as client:
            server.hang_up = True
            for _ in range(3):
                client.f()
                # The close is seen once it has arrived.
                client._transport._connection.sock.settimeout(5)
                client._transport._connection.sock.recv(1, socket.MSG_PEEK)
            self.assertEqual((server.connections, len(server.seen)), (3, 3))

    def test_threads_may_share_a_client(self):
        with json_server(lambda _method, params: params[0]) as server, callbus.connect(server.url) as client:
            results = []
            threads = [threading.Thread(target=lambda i=i: results.append((i, client.f(i)))) for i in range(20)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertTrue(all(given == got for given, got in results))
            self.assertEqual((len(results), server.connections), (20, 1))

    def test_credentials_as_bearer_or_basic(self):
        with json_server(echo) as server:
            for client in (
                callbus.connect(server.url, token="abc"),
                callbus.connect("http://us%20er:p%40ss@" + server.address),
                callbus.connect(server.url),
            ):
                with client:
                    client.f()
            headers = [seen[1].get("Authorization") for seen in server.seen]
            self.assertEqual(headers, ["Bearer abc", "Basic " + base64.b64encode(b"us er:p@ss").decode(), None])

    def test_credentials_are_never_shown(self):
        client = callbus.connect("http://user:geheim@127.0.0.1:1", timeout=1)
        with self.assertRaises(callbus.Unreachable) as caught:
            client.f()
        self.assertNotIn("geheim", repr(client) + str(caught.exception) + repr(caught.exception))

    def test_nobody_listens(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            client = callbus.connect("http://127.0.0.1:%d" % unused.getsockname()[1])
            with self.assertRaises(callbus.Unreachable) as caught:
                client.f()
            self.assertIsInstance(caught.exception, ConnectionError)

    def test_a_server_that_says_nothing_times_out(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            client = callbus.connect("http://127.0.0.1:%d" % silent.getsockname()[1], timeout=0.05)
            with self.assertRaises(callbus.TimedOut) as caught:
                client.f()
            self.assertIsInstance(caught.exception, TimeoutError)

    def test_a_request_is_never_sent_twice(self):
        requests = []
        listener = socket.create_server(("127.0.0.1", 0))

        def drop_every_request():
            while True:
                try:
                    connection, _address = listener.accept()
                except OSError:
                    return
                requests.append(connection.recv(65536))
                connection.close()

        thread = threading.Thread(target=drop_every_request, daemon=True)
        thread.start()
        with self.assertRaises((callbus.Unreachable, callbus.ProtocolError)):
            callbus.connect("http://127.0.0.1:%d" % listener.getsockname()[1]).di_dial.dial("echo")
        listener.close()
        self.assertEqual(len(requests), 1)

    def test_bad_settings_are_refused(self):
        for kwargs in ({"url": "ftp://x"}, {"url": "127.0.0.1:8090"}, {"protocol": "soap"}, {"token": "a\r\nb"}):
            with self.assertRaises(ValueError):
                callbus.connect(**kwargs)

    def test_a_client_is_no_method_of_pythons_own_protocols(self):
        client = callbus.connect()
        self.assertIsInstance(copy.copy(client), callbus.Client)
        with self.assertRaises(AttributeError):
            client.__iter__


class CommandLine(unittest.TestCase):
    def run_main(self, *argv):
        import contextlib
        import io

        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(list(argv))
        return status, out.getvalue(), err.getvalue()

    def test_call_prints_the_result(self):
        with json_server(echo) as server:
            status, out, _ = self.run_main("call", "rooms.mute", "room", "5", '"4711"', "--json", "--url", server.url)
            self.assertEqual((status, json.loads(out)), (0, ["rooms.mute", ["room", 5, "4711"]]))
            status, out, _ = self.run_main("call", "f", "5", "--strings", "--json", "--url", server.url)
            self.assertEqual(json.loads(out), ["f", ["5"]])
            status, out, _ = self.run_main("call", "f", "a", "--url", server.url, "--json", "5", "-6")
            self.assertEqual((status, json.loads(out)), (0, ["f", ["a", 5, -6]]))
            with self.assertRaises(SystemExit):
                self.run_main("call", "f", "--nonsense", "--url", server.url)

    def test_methods_lists_names(self):
        with json_server(lambda *_: {"methods": [{"name": "b.x"}, {"name": "a.y"}]}) as server:
            self.assertEqual(self.run_main("methods", "--url", server.url)[:2], (0, "a.y\nb.x\n"))

    def test_exit_codes_tell_errors_from_no_answer(self):
        def fail(_method, _params):
            raise LookupError({"code": -32601, "message": "Method not found"})

        with json_server(fail) as server:
            status, _, err = self.run_main("call", "f", "--url", server.url)
        self.assertEqual((status, "Method not found" in err), (1, True))
        self.assertEqual(self.run_main("call", "f", "--url", "http://127.0.0.1:1")[0], 3)
        self.assertEqual(self.run_main("call", "f", "--url", "nonsense")[0], 2)


if __name__ == "__main__":
    unittest.main()
