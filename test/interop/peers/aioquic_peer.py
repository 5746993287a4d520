"""aioquic as a peer for raw streams and datagrams.

client HOST PORT ...   one of
    --script HEX/COUNT,...        on stream 0: send HEX, wait for COUNT more bytes, go on; prints "RECEIVED hex"
    --steps STEP,...               each STREAM:HEX:COUNT (wait for so many bytes on it in all), STREAM:HEX:fin, STREAM::reset, or ?TEXT (wait for a line
                                   with it); tells of RESET, STOP and END, and prints "RECEIVED stream=N hex" for each stream
    --streams N --size BYTES      send BYTES on each of N streams, end them, compare the echo; prints "ECHO OK streams=N bytes=N"
    --rounds N [--act WHAT]       so many times: send some bytes on stream 0, wait for their echo; after a third of them do WHAT; prints "ROUNDS OK N"
    with --early those bytes go out before the handshake, if the --ticket allows it
server HOST PORT --cert F --key F   echoes every bidirectional stream and every datagram, or joins streams to a TCP port with --tcp PORT
Both print HANDSHAKE, DATAGRAM, CLOSED and what the options ask for, a line each.
"""
import argparse
import asyncio
import os
import pickle
import ssl

from aioquic.asyncio import serve
from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.quic import events
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic import tls

VERSIONS = {"v1": 0x00000001, "v2": 0x6B3343CF, "unknown": 0x1A2A3A4A}
WORDS = b"there and back"

options = argparse.ArgumentParser()
options.add_argument("role", choices=["client", "server"])
options.add_argument("host")
options.add_argument("port", type=int)
options.add_argument("--alpn", default="mqtt")
options.add_argument("--script", default="")
options.add_argument("--steps", default="")
options.add_argument("--streams", type=int, default=0)
options.add_argument("--size", type=int, default=0)
options.add_argument("--rounds", type=int, default=0)
options.add_argument("--act", choices=["update-keys", "migrate"], help="the server only knows update-keys")
options.add_argument("--versions", default="v1", help="best first; a client starts with the first")
options.add_argument("--start", help="client: the version to start with, if another")
options.add_argument("--ticket", help="client: file with a session ticket to resume with, where it exists, and for a new one")
options.add_argument("--early", action="store_true")
options.add_argument("--datagram", help="client: text to send in a datagram")
options.add_argument("--retry", action="store_true")
options.add_argument("--cipher", choices=[c.name for c in tls.CipherSuite])
options.add_argument("--group", choices=[g.name for g in tls.Group])
options.add_argument("--ca", help="whose certificates to believe; a server then demands one")
options.add_argument("--cert")
options.add_argument("--key")
options.add_argument("--tcp", type=int)
options.add_argument("--timeout", type=float, default=10)
o = options.parse_args()


said = []


def say(*words):
    said.append(" ".join(map(str, words)))
    print(*words, flush=True)


def pattern(stream, size):
    period = bytes((stream + i * 31 + (i >> 8) * 7) & 255 for i in range(65536))
    return (period * (size // 65536 + 1))[:size]


class Peer(QuicConnectionProtocol):
    """Reads the QUIC events itself: the library's own stream objects would end streams behind our back."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.received, self.ended, self.news, self.closed, self.joined = {}, 0, asyncio.Event(), False, {}
        self.done, self.ready, self.openable, self.address, self.acted = False, False, 0, None, False

    def datagram_received(self, data, address):
        if o.role == "server" and self.address not in (None, address):
            say("MOVED")
        self.address = address
        super().datagram_received(data, address)

    def quic_event_received(self, event):
        quic = self._quic
        if isinstance(event, events.HandshakeCompleted):
            self.ready = True
            say("HANDSHAKE alpn=%s cipher=%s version=%x resumed=%s early=%s certificate=%s" % (
                event.alpn_protocol, quic.tls.key_schedule.cipher_suite.name, quic._version, event.session_resumed, event.early_data_accepted,
                quic.tls._peer_certificate is not None))
        elif isinstance(event, events.StreamDataReceived):
            self.data(event.stream_id, event.data, event.end_stream)
        elif isinstance(event, (events.StreamReset, events.StopSendingReceived)):
            say("%s stream=%d code=%x" % ("RESET" if isinstance(event, events.StreamReset) else "STOP", event.stream_id, event.error_code))
        elif isinstance(event, events.DatagramFrameReceived):
            say("DATAGRAM", event.data.decode())
            if o.role == "server":
                quic.send_datagram_frame(event.data)
        elif isinstance(event, events.ConnectionTerminated):
            say("CLOSED code=%x frame=%s reason=%s" % (event.error_code, event.frame_type, event.reason_phrase))
            self.closed = True
            for queue in self.joined.values():
                queue.put_nowait((None, True))
        self.news.set()

    def data(self, stream, data, end):
        if o.role == "client":
            self.received.setdefault(stream, bytearray()).extend(data)
            self.ended += end
            if end and not o.streams:
                say("END stream=%d" % stream)
        elif stream % 4 == 0 and o.tcp:
            if stream not in self.joined:
                self.joined[stream] = asyncio.Queue()
                asyncio.ensure_future(self.join(stream, self.joined[stream]))
            self.joined[stream].put_nowait((data, end))
        elif stream % 4 == 0:
            self._quic.send_stream_data(stream, data, end)
            if o.act == "update-keys" and not self.acted and self._quic._handshake_confirmed:
                self.acted = True
                self._quic.request_key_update()
                say("KEYS UPDATED")

    async def join(self, stream, queue):
        reader, writer = await asyncio.open_connection("127.0.0.1", o.tcp)

        async def back():
            while True:
                data = await reader.read(65536)
                if self.closed:
                    return
                self._quic.send_stream_data(stream, data, not data)
                self.transmit()
                if not data:
                    return

        asyncio.ensure_future(back())
        while True:
            data, end = await queue.get()
            if data is None:
                writer.transport.abort()
                return
            writer.write(data)
            if end:
                writer.write_eof()
                return

    async def until(self, condition):
        while not condition():
            if self.closed:
                raise SystemExit("FAILED: closed early, received %s" % self.received)
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), o.timeout)

    def send(self, stream, data, end=False):
        self._quic.send_stream_data(stream, data, end)
        self.transmit()

    async def act(self):
        if o.act == "update-keys":
            self._quic.request_key_update()
            say("KEYS UPDATED")
        elif o.act == "migrate":
            old = self._transport
            # the new transport makes itself known to this protocol
            await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, local_addr=("::ffff:127.0.0.1", 0))
            self._quic.change_connection_id()
            old.abort()
            say("MIGRATED")


def only_group(group):
    first = tls.Context.__init__

    def init(self, *args, **kwargs):
        first(self, *args, **kwargs)
        self._supported_groups = [group]

    tls.Context.__init__ = init


def demand_certificates():
    first = tls.Context.__init__

    def init(self, *args, **kwargs):
        first(self, *args, **kwargs)
        self._request_client_certificate = True

    tls.Context.__init__ = init


def start_with_unknown_version():
    """The library knows how to go on from Version Negotiation, but not how to begin what needs it."""
    first = QuicConnection._initialize

    def initialize(self, *args):
        known = self._configuration.supported_versions
        if self._version == VERSIONS["unknown"]:
            self._configuration.supported_versions = [self._version] + known
        first(self, *args)
        self._configuration.supported_versions = known

    QuicConnection._initialize = initialize


async def script(peer):
    received, expected = peer.received.setdefault(0, bytearray()), 0
    for step in filter(None, o.script.split(",")):
        data, count = step.split("/")
        peer.send(0, bytes.fromhex(data))
        expected += int(count)
        await peer.until(lambda: len(received) >= expected)
    say("RECEIVED", received.hex())


async def steps(peer):
    for step in o.steps.split(","):
        if step[0] == "?":
            await peer.until(lambda: any(step[1:] in line for line in said))
            continue
        stream, data, then = step.split(":")
        stream = int(stream)
        if then == "reset":
            peer._quic.reset_stream(stream, 5)
        peer.send(stream, bytes.fromhex(data), then == "fin") if data or then == "fin" else peer.transmit()
        if then.isdigit():
            await peer.until(lambda: len(peer.received.get(stream, b"")) >= int(then))
    for stream in sorted(peer.received):
        say("RECEIVED stream=%d %s" % (stream, peer.received[stream].hex()))


async def echo(peer):
    patterns = {}
    for stream in range(0, 4 * o.streams, 4):
        patterns[stream] = pattern(stream, o.size)
        peer._quic.send_stream_data(stream, patterns[stream], True)
    peer.transmit()
    await peer.until(lambda: peer.ended == o.streams)
    good = all(peer.received[s] == p for s, p in patterns.items())
    say("ECHO", "OK" if good else "WRONG", "streams=%d bytes=%d" % (o.streams, sum(map(len, peer.received.values()))))


async def rounds(peer):
    received, expected = peer.received.setdefault(0, bytearray()), 0
    for n in range(o.rounds):
        if n == 1 and o.datagram:
            peer._quic.send_datagram_frame(o.datagram.encode())
        if n == o.rounds // 3:
            await peer.act()
        peer.send(0, WORDS)
        expected += len(WORDS)
        await peer.until(lambda: len(received) >= expected)
    say("ROUNDS OK", o.rounds) if received == WORDS * o.rounds else say("ROUNDS WRONG")


def keep(ticket):
    with open(o.ticket, "wb") as file:
        pickle.dump(ticket, file)
    say("TICKET early=%s" % ticket.max_early_data_size)


async def client(configuration):
    configuration.verify_mode = ssl.CERT_REQUIRED if o.ca else ssl.CERT_NONE
    if o.ca:
        configuration.load_verify_locations(cafile=o.ca)
        configuration.server_name = "localhost"
    if o.ticket and os.path.exists(o.ticket):
        with open(o.ticket, "rb") as file:
            configuration.session_ticket = pickle.load(file)
    async with connect(o.host, o.port, configuration=configuration, create_protocol=Peer, wait_connected=False,
                       session_ticket_handler=keep if o.ticket else None) as peer:
        if not o.early:
            peer.transmit()
            await peer.until(lambda: peer.ready)
        await (steps if o.steps else echo if o.streams else rounds if o.rounds else script)(peer)
        if o.ticket:
            await asyncio.sleep(0.2)


async def server(configuration):
    tickets = {}
    if o.ca:
        configuration.verify_mode = ssl.CERT_REQUIRED
        configuration.load_verify_locations(cafile=o.ca)
        demand_certificates()
    await serve(o.host, o.port, configuration=configuration, create_protocol=Peer, retry=o.retry,
                session_ticket_fetcher=lambda label: tickets.pop(label, None), session_ticket_handler=lambda t: tickets.__setitem__(t.ticket, t))
    say("LISTENING")
    await asyncio.Event().wait()


configuration = QuicConfiguration(is_client=o.role == "client", alpn_protocols=[o.alpn], idle_timeout=30, max_datagram_frame_size=1200,
                                  supported_versions=[VERSIONS[v] for v in o.versions.split(",")])
if o.start:
    configuration.original_version = VERSIONS[o.start]
if o.start == "unknown":
    start_with_unknown_version()
if o.cert:
    configuration.load_cert_chain(o.cert, o.key)
if o.cipher:
    configuration.cipher_suites = [tls.CipherSuite[o.cipher]]
if o.group:
    only_group(tls.Group[o.group])
asyncio.run(client(configuration) if o.role == "client" else server(configuration))
