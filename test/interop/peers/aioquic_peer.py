"""aioquic as a peer for raw streams.

client HOST PORT --script HEX/COUNT,...   on stream 0: send HEX, wait for COUNT more bytes, go on; prints "RECEIVED hex"
server HOST PORT --cert F --key F         echoes every bidirectional stream, or joins each to a TCP port with --tcp PORT
Both print HANDSHAKE, CLOSED and what the options ask for, a line each.
"""
import argparse
import asyncio
import ssl

from aioquic.asyncio import serve
from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.quic import events
from aioquic.quic.configuration import QuicConfiguration
from aioquic import tls

options = argparse.ArgumentParser()
options.add_argument("role", choices=["client", "server"])
options.add_argument("host")
options.add_argument("port", type=int)
options.add_argument("--alpn", default="mqtt")
options.add_argument("--script", default="")
options.add_argument("--cipher", choices=[c.name for c in tls.CipherSuite])
options.add_argument("--group", choices=[g.name for g in tls.Group])
options.add_argument("--ca")
options.add_argument("--cert")
options.add_argument("--key")
options.add_argument("--tcp", type=int)
options.add_argument("--timeout", type=float, default=10)
o = options.parse_args()


def say(*words):
    print(*words, flush=True)


class Peer(QuicConnectionProtocol):
    """Reads the QUIC events itself: the library's own stream objects would end streams behind our back."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.received, self.news, self.closed, self.joined = bytearray(), asyncio.Event(), False, {}

    def quic_event_received(self, event):
        if isinstance(event, events.HandshakeCompleted):
            say("HANDSHAKE alpn=%s cipher=%s version=%x" % (event.alpn_protocol, self._quic.tls.key_schedule.cipher_suite.name, self._quic._version))
        elif isinstance(event, events.StreamDataReceived):
            self.data(event.stream_id, event.data, event.end_stream)
        elif isinstance(event, events.ConnectionTerminated):
            say("CLOSED code=%x frame=%s reason=%s" % (event.error_code, event.frame_type, event.reason_phrase))
            self.closed = True
            for queue in self.joined.values():
                queue.put_nowait((None, True))
        self.news.set()

    def data(self, stream, data, end):
        if o.role == "client":
            self.received += data
            if end:
                say("END stream=%d" % stream)
        elif stream % 4 == 0 and o.tcp:
            if stream not in self.joined:
                self.joined[stream] = asyncio.Queue()
                asyncio.ensure_future(self.join(stream, self.joined[stream]))
            self.joined[stream].put_nowait((data, end))
        elif stream % 4 == 0:
            self._quic.send_stream_data(stream, data, end)

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
                raise SystemExit("FAILED: closed early, received %s" % self.received.hex())
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), o.timeout)


def only_group(group):
    first = tls.Context.__init__

    def init(self, *args, **kwargs):
        first(self, *args, **kwargs)
        self._supported_groups = [group]

    tls.Context.__init__ = init


async def client(configuration):
    configuration.verify_mode = ssl.CERT_REQUIRED if o.ca else ssl.CERT_NONE
    if o.ca:
        configuration.load_verify_locations(cafile=o.ca)
        configuration.server_name = "localhost"
    async with connect(o.host, o.port, configuration=configuration, create_protocol=Peer) as peer:
        expected = 0
        for step in filter(None, o.script.split(",")):
            data, count = step.split("/")
            peer._quic.send_stream_data(0, bytes.fromhex(data))
            peer.transmit()
            expected += int(count)
            await peer.until(lambda: len(peer.received) >= expected)
        say("RECEIVED", peer.received.hex())


async def server(configuration):
    await serve(o.host, o.port, configuration=configuration, create_protocol=Peer)
    say("LISTENING")
    await asyncio.Event().wait()


configuration = QuicConfiguration(is_client=o.role == "client", alpn_protocols=[o.alpn], idle_timeout=30)
if o.cert:
    configuration.load_cert_chain(o.cert, o.key)
if o.cipher:
    configuration.cipher_suites = [tls.CipherSuite[o.cipher]]
if o.group:
    only_group(tls.Group[o.group])
asyncio.run(client(configuration) if o.role == "client" else server(configuration))
