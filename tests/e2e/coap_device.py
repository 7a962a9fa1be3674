# SPDX-License-Identifier: Apache-2.0
"""A device of a few lines for tests that must know exactly what was acknowledged to it and what reached it.

It speaks plain CoAP (RFC 7252) over one UDP socket, remembers what it did for which message id, as a device has to,
and never retransmits by itself: whoever drives it decides what it does next.
"""
import collections
import json
import os
import select
import socket
import threading
import time

GET, POST, PUT, DELETE = 1, 2, 3, 4
CREATED, DELETED, CHANGED, CONTENT = 0x41, 0x42, 0x44, 0x45
NOT_FOUND = 0x84
SENML_JSON, TEXT, LINK_FORMAT = 110, 0, 40
OBSERVE, PATH, FORMAT, QUERY, LOCATION = 6, 11, 12, 15, 8
CON, NON, ACK, RST = 0, 1, 2, 3


def encode(kind, code, message_id, token=b"", options=(), payload=b""):
    out = bytearray([0x40 | kind << 4 | len(token), code]) + message_id.to_bytes(2, "big") + token
    last = 0
    for number, value in sorted(options, key=lambda o: o[0]):
        delta, size = number - last, len(value)
        last = number
        head, more = 0, b""
        for shift, part in ((4, delta), (0, size)):
            if part < 13:
                head |= part << shift
            else:
                head |= 13 << shift
                more += bytes([part - 13])
        out += bytes([head]) + more + value
    return bytes(out) + (b"\xff" + payload if payload else b"")


Message = collections.namedtuple("Message", "kind code id token options payload")


def decode(data):
    length = data[0] & 15
    token, at, number, options = data[4:4 + length], 4 + length, 0, []
    while at < len(data) and data[at] != 0xFF:
        delta, size = data[at] >> 4, data[at] & 15
        at += 1
        if delta == 13:
            delta, at = data[at] + 13, at + 1
        if size == 13:
            size, at = data[at] + 13, at + 1
        number += delta
        options.append((number, data[at:at + size]))
        at += size
    return Message(data[0] >> 4 & 3, data[1], int.from_bytes(data[2:4], "big"), token, options, data[at + 1:])


def number(value):
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


class Device:
    """`done` has what was asked of it, each request once: (method, path, payload)."""

    def __init__(self, endpoint, port, objects="</1/0>,</3/0>,</3303/0>"):
        self.endpoint, self.objects = endpoint, objects
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.server = ("127.0.0.1", port)
        self.next_id = int.from_bytes(os.urandom(2), "big")
        self.location = None
        self.done = []
        self.answers = collections.OrderedDict()  # what was answered to which message id
        self.observers = {}  # path -> token
        self.value = 0
        self.inbox = {}
        self.changed = threading.Condition()
        self.closed = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def close(self):
        self.closed = True
        self.thread.join()
        self.socket.close()

    def _run(self):
        while not self.closed:
            if not select.select([self.socket], [], [], 0.05)[0]:
                continue
            try:
                message = decode(self.socket.recv(65536))
            except (ConnectionError, IndexError):
                continue  # the server is away, or was killed while it sent
            if message.code == 0 or message.code >= 0x40:
                with self.changed:
                    self.inbox[message.id] = message
                    self.changed.notify_all()
            else:
                self._serve(message)

    def _serve(self, request):
        if request.id not in self.answers:
            self.answers[request.id] = self._answer(request)
            while len(self.answers) > 1000:
                self.answers.popitem(last=False)
        self.socket.sendto(self.answers[request.id], self.server)

    def _answer(self, request):
        path = "/" + "/".join(v.decode() for n, v in request.options if n == PATH)
        observe = [v for n, v in request.options if n == OBSERVE]
        self.done.append((request.code, path, request.payload))
        if request.code != GET:
            return encode(ACK, CHANGED, request.id, request.token)
        options = [(FORMAT, number(SENML_JSON))]
        if observe and int.from_bytes(observe[0], "big") == 0:
            self.observers[path] = request.token
            options.append((OBSERVE, number(1)))
        return encode(ACK, CONTENT, request.id, request.token, options, self.senml())

    def senml(self):
        return json.dumps([{"n": "/3303/0/5700", "v": self.value}]).encode()

    def ask(self, code, path, options=(), payload=b"", token=None, kind=CON, patience=5.0, interval=0.3):
        """The answer of the server, or None: the same message is sent again and again meanwhile."""
        self.next_id = (self.next_id + 1) & 0xFFFF
        message_id = self.next_id
        token = os.urandom(4) if token is None else token
        options = [(PATH, p.encode()) for p in path.split("/") if p] + list(options)
        data = encode(kind, code, message_id, token, options, payload)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            self.socket.sendto(data, self.server)
            with self.changed:
                if self.changed.wait_for(lambda: message_id in self.inbox, interval):
                    return self.inbox.pop(message_id)
        return None

    def register(self, lifetime=3600, binding="U", **more):
        query = [f"ep={self.endpoint}", f"lt={lifetime}", f"b={binding}", "lwm2m=1.1"]
        answer = self.ask(POST, "/rd", [(QUERY, q.encode()) for q in query] + [(FORMAT, number(LINK_FORMAT))],
                          self.objects.encode(), **more)
        if answer is not None and answer.code == CREATED:
            self.location = "/".join(v.decode() for n, v in answer.options if n == LOCATION)
        return answer

    def update(self, **more):
        return self.ask(POST, self.location, **more)

    def deregister(self, **more):
        return self.ask(DELETE, self.location, **more)

    def send(self, **more):
        """Send, with a value of its own."""
        self.value += 1
        return self.ask(POST, "/dp", [(FORMAT, number(SENML_JSON))], self.senml(), **more)

    def notify(self, path, sequence, **more):
        """A Confirmable notification of what is observed there."""
        self.value += 1
        return self.ask(CONTENT, "", [(FORMAT, number(SENML_JSON)), (OBSERVE, number(sequence))], self.senml(),
                        token=self.observers[path], **more)
