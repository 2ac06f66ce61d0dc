"""Runs the Python of DSM scripts (mod_py): one JSON object a line, from standard input to standard output.

In:  {"run": "exec" | "eval", "session": n, "code": "...", "type": n, "params": {...}}
     {"end": n}                              the session is over: its names are forgotten
     {"result": value} | {"error": "text"}   answers a call
Out: {"call": name, "args": [...]}           of the session; an answer follows
     {"log": [level, text]}
     {"done": true | false} | {"failed": "text"}
"""

import json
import os
import sys
import traceback
import types

inwards = os.fdopen(os.dup(0), "r", encoding="utf-8", newline="\n")
outwards = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
# What scripts print is no line of ours, and there is nothing for them to read.
os.dup2(2, 1)
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

EVENT_TYPES = json.loads(sys.argv[1])
SESSION_FUNCTIONS = json.loads(sys.argv[2])
LEVELS = {"ERROR": 0, "WARN": 1, "INFO": 2, "DBG": 3}


def send(message):
    outwards.write(json.dumps(message) + "\n")
    outwards.flush()


def call(name, *args):
    send({"call": name, "args": args})
    line = inwards.readline()
    if not line:
        os._exit(0)
    answer = json.loads(line)
    if "error" in answer:
        error = RuntimeError(answer["error"])
        error.message = answer["error"]
        raise error
    return answer.get("result")


def session_function(name):
    def function(*args):
        return call(name, *args)

    function.__name__ = name
    return function


def log(level, text):
    send({"log": [int(level), str(text)[:2000]]})


def log_function(level):
    return lambda text: log(level, text)


session = types.ModuleType("session")
for function_name in SESSION_FUNCTIONS:
    setattr(session, function_name, session_function(function_name))

dsm = types.ModuleType("dsm")
dsm.log = log
for level_name, level_number in LEVELS.items():
    setattr(dsm, level_name, log_function(level_number))
for type_name, type_number in EVENT_TYPES.items():
    setattr(dsm, type_name, type_number)
sys.modules["session"] = session
sys.modules["dsm"] = dsm

names_of = {}


def run(order):
    names = names_of.setdefault(order["session"], {"__name__": "__dsm__"})
    names.update(dsm=dsm, session=session, type=order["type"], params=order["params"])
    if order["run"] == "eval":
        return eval(compile(order["code"].strip(), "<py>", "eval"), names) is True
    exec(compile(order["code"], "<py>", "exec"), names)
    return True


for line in iter(inwards.readline, ""):
    order = json.loads(line)
    if "end" in order:
        names_of.pop(order["end"], None)
        continue
    try:
        send({"done": run(order)})
    except BaseException as fault:
        send({"failed": "".join(traceback.format_exception_only(fault.__class__, fault)).strip()[:2000]})
