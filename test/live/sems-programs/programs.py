"""What the client programs of SEMS say to a server, call for call (list, active, finished and properties of calls,
the exporter, the tools of webconference, the example of click2dial), and what they do with the answers.

usage: programs.py URL SIP_PORT; prints one line for each program."""
import sys
import xmlrpc.client

url, sip_port = sys.argv[1], sys.argv[2]
peer = "127.0.0.1:" + sip_port
server = xmlrpc.client.ServerProxy(url)

room = "4711"
tag = server.di("di_dial", "dial", "echo", "x", "sip:a@example.org", "sip:echo@" + peer)
assert isinstance(tag, list) and len(tag[0]) > 20, tag
tag = tag[0]


def list_calls(which, full=False):
    print("Active calls: %d" % server.calls())
    calls = server.di("monitoring", which)
    for call in calls:
        assert isinstance(call, str)
        if full:
            attributes = server.di("monitoring", "get", call)
            assert isinstance(attributes[0], dict), attributes
    return calls


assert tag in list_calls("list", full=True)
print("sems_list_calls.py")
assert tag in list_calls("listActive", full=True)
print("sems_list_active_calls.py")
assert isinstance(list_calls("listFinished"), list)
print("sems_list_finished_calls.py")

assert server.calls() >= 1
properties = server.di("monitoring", "get", tag)[0]
assert properties["dir"] == "out" and "sip:" in properties["from"], properties
print("sems_get_callproperties.py")

for figure in ["calls", "get_sessioncount", "get_callsavg", "get_callsmax", "get_cpsavg", "get_cpsmax", "get_shutdownmode"]:
    assert isinstance(getattr(server, figure)(), int), figure
assert server.get_cpslimit() == "0 0"
for attribute in ["reg_active", "registrations", "registered_uas"]:
    assert isinstance(server.di("monitoring", "getAttribute", attribute), list)
try:
    server.di("monitoring", "getAllCounts")  # without its argument, as the exporter does
    raise AssertionError("expected a fault")
except xmlrpc.client.Fault as fault:
    assert fault.faultCode == 300, fault
print("sems-prometheus-exporter")

code, text, pin, info = server.di("webconference", "roomCreate", room)
assert (code, text) == (0, "OK"), (code, text)
print("sems-webconference-roomcreate")
code, text, participants, info = server.di("webconference", "roomInfo", room, pin)
assert (code, participants) == (0, []), (code, participants)
print("sems-webconference-roominfo")
assert server.di("webconference", "addParticipant", room, "p1", "100")[0] == 200
print("sems-webconference-addparticipant")

code, text, call, info = server.di("webconference", "dialout", room, pin, "echo", "desk", peer, "", "")
assert code == 0, (code, text)
code, text, participants, info = server.di("webconference", "roomInfo", room, pin)
ours = [each for each in participants if each[0] == call]
assert len(ours) == 1 and len(ours[0]) == 6, participants
assert server.di("webconference", "mute", room, pin, call)[0] == 0
assert server.di("webconference", "unmute", room, pin, call)[0] == 0
assert server.di("webconference", "kickout", room, pin, call)[0] == 0
print("webconference.py")

# A bare name, by direct_export.
answer = server.dial_auth_b2b(
    "announcement", "welcome", "sip:a@" + peer, "sip:b@" + peer, "sip:echo@" + peer, "sip:echo@" + peer, "realm", "user", "pwd"
)
assert isinstance(answer, list) and len(answer[0]) > 20, answer
print("example.py")
