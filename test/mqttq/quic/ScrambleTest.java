package mqttq.quic;

import static mqttq.quic.QuicHost.MS;
import static mqttq.quic.QuicHost.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import mqttq.Seeds;
import mqttq.quic.crypto.AeadProtection;
import mqttq.quic.crypto.PacketProtection;
import mqttq.quic.frame.FrameHandler;
import mqttq.quic.frame.FrameParser;
import mqttq.quic.frame.FrameType;
import mqttq.quic.packet.HeaderWriter;
import mqttq.quic.packet.PacketHeader;
import mqttq.quic.packet.PacketNumber;
import mqttq.quic.packet.PacketType;
import mqttq.quic.packet.QuicException;
import mqttq.quic.packet.QuicVersion;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import mqttq.tls.CipherSuite;
import mqttq.tls.TlsConfig;
import mqttq.wire.Varint;
import org.junit.jupiter.api.Test;

/** RFC 9000 §13.3, §19.6: CRYPTO frames come in any order, within a packet, a datagram and a flight; several stacks shuffle theirs on purpose. */
class ScrambleTest {
    private static final UnaryOperator<TlsConfig.Builder> AS_IS = tls -> tls;
    /** Protocol names that make a ClientHello as long as a post-quantum key share does: two datagrams. */
    private static final UnaryOperator<TlsConfig.Builder> LONG = tls -> tls.applicationProtocols("mqtt", "a".repeat(250), "b".repeat(250),
        "c".repeat(250), "d".repeat(250), "e".repeat(250));
    private static final int PIECES = Seeds.SOAK ? 4 : 3;

    private record Secret(CipherSuite suite, QuicVersion version, byte[] bytes) { }

    /** Rewrites the long-header packets that pass from one host to another, with their CRYPTO data in pieces and these out of order. */
    private static final class Scrambler {
        private final List<Secret> secrets;
        private final UnaryOperator<List<int[]>> order;
        int scrambled;

        Scrambler(List<Secret> secrets, UnaryOperator<List<int[]>> order) {
            this.secrets = secrets;
            this.order = order;
        }

        byte[] rewrite(ByteBuffer datagram) {
            byte[] copy = new byte[datagram.remaining()];
            datagram.get(datagram.position(), copy);
            ByteBuffer out = ByteBuffer.allocate(4096);
            PacketHeader header = new PacketHeader();
            header.datagram(ByteBuffer.wrap(copy), LocalCids.LENGTH);
            while (header.next()) {
                boolean handshakes = header.type() == PacketType.INITIAL || header.type() == PacketType.HANDSHAKE;
                if (!handshakes || !rewrite(header, out)) out.put(copy, header.start(), header.end() - header.start());
            }
            return Arrays.copyOf(out.array(), out.position());
        }

        private boolean rewrite(PacketHeader header, ByteBuffer out) {
            for (Secret secret : List.copyOf(secrets)) {
                byte[] packet = Arrays.copyOfRange(header.array(), header.start(), header.end());
                int pn = header.packetNumberOffset() - header.start();
                PacketProtection keys = AeadProtection.FACTORY.create(secret.suite, secret.version, secret.bytes);
                int pnLength = keys.unmask(packet, 0, pn, packet.length);
                if (pnLength < 0) continue;
                long number = PacketNumber.decode(-1, PacketNumber.read(packet, pn, pnLength), pnLength);
                int end = keys.open(packet, 0, pn + pnLength, packet.length, number);
                if (end < 0) continue;
                byte[] frames = shuffled(header.type(), packet, pn + pnLength, end);
                HeaderWriter writer = new HeaderWriter();
                writer.beginLong(out, header.type(), header.version(), header.destination(), header.source(), header.token(), number, pnLength);
                out.put(frames);
                writer.end(out, PacketProtection.TAG_LENGTH);
                PacketProtection fresh = AeadProtection.FACTORY.create(secret.suite, secret.version, secret.bytes);
                out.position(fresh.protect(out.array(), writer.start(), writer.packetNumberOffset(), writer.payload(), out.position(), number));
                return true;
            }
            return false;
        }

        /** The frames of a packet; where there is CRYPTO data, it comes first, reordered, then the ACK. */
        private byte[] shuffled(PacketType type, byte[] packet, int from, int to) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            List<int[]> pieces = new ArrayList<>();
            long[] offset = new long[1];
            byte[][] data = {{}};
            try {
                FrameParser.parse(ByteBuffer.wrap(packet, from, to - from), type, true, 0, new FrameHandler() {
                    @Override
                    public void onCrypto(long at, ByteBuffer bytes) {
                        if (data[0].length == 0) offset[0] = at;
                        byte[] more = new byte[bytes.remaining()];
                        bytes.get(more);
                        data[0] = Raw.join(data[0], more);
                    }
                });
            } catch (QuicException e) {
                throw new AssertionError(e);
            }
            int length = data[0].length;
            if (length < PIECES) return Arrays.copyOfRange(packet, from, to);
            for (int i = 0; i < PIECES; i++) pieces.add(new int[] {length * i / PIECES, length * (i + 1) / PIECES});
            for (int[] piece : order.apply(pieces)) {
                out.writeBytes(Raw.varints(FrameType.CRYPTO, offset[0] + piece[0], piece[1] - piece[0]));
                out.write(data[0], piece[0], piece[1] - piece[0]);
            }
            scrambled++;
            // what is no CRYPTO frame goes behind: an ACK is the first frame where there is one, the rest is padding
            if (packet[from] == FrameType.ACK) {
                ByteBuffer ack = ByteBuffer.wrap(packet, from, to - from);
                for (int i = 0; i < 5; i++) Varint.get(ack);
                out.write(packet, from, ack.position() - from);
            }
            while (out.size() < to - from) out.write(0);
            return out.toByteArray();
        }
    }

    /** A client and a server, and what lies between. */
    private static final class Net {
        private final SimWorld world;
        private final SimLoop a, b;
        private final QuicHost client, server;
        private final List<Secret> secrets = new ArrayList<>();

        Net(long seed) {
            world = new SimWorld(seed);
            a = world.host("10.0.0.1");
            b = world.host("10.0.0.2");
            world.link(a, b).delayMillis(10);
            client = host(a, 0);
            server = host(b, QuicHost.PORT).serve();
        }

        private QuicHost host(SimLoop loop, int port) {
            return new QuicHost(loop, port, EndpointConfig.of(loop.entropy(), loop).withProtection((suite, version, secret) -> {
                secrets.add(new Secret(suite, version, secret.clone()));
                return AeadProtection.FACTORY.create(suite, version, secret);
            }));
        }

        /** What {@code from} sends reaches {@code to} rewritten; of the first {@code swapped} datagrams the first comes last. */
        private Scrambler between(QuicHost from, QuicHost to, UnaryOperator<List<int[]>> order, int swapped) {
            Scrambler scrambler = new Scrambler(secrets, order);
            byte[][] late = new byte[1][];
            world.link(a, b).from(from.loop).filter((number, datagram) -> {
                if ((datagram.get(datagram.position()) & 0x80) == 0) return true;
                byte[] rewritten = scrambler.rewrite(datagram);
                if (number == 0 && swapped > 1) {
                    late[0] = rewritten;
                    return false;
                }
                arrive(from, to, rewritten);
                if (number == swapped - 1 && late[0] != null) arrive(from, to, late[0]);
                return false;
            });
            return scrambler;
        }

        private void arrive(QuicHost from, QuicHost to, byte[] datagram) {
            to.loop.timer(() -> Raw.deliver(to, datagram, from.port.local())).at(world.now() + 10 * MS);
        }

        private void talks(UnaryOperator<TlsConfig.Builder> tls, String what) {
            talks(tls, what, 150 * MS);
        }

        private void talks(UnaryOperator<TlsConfig.Builder> tls, String what, long late) {
            App app = client.connect(server, ConnectionOptions.CLIENT, tls);
            world.runFor(late);
            assertNull(app.closed, () -> what + ": " + app.closed);
            assertTrue(app.connection.confirmed, what);
            app.say("hello");
            world.runFor(SECOND);
            assertEquals("[hello]", server.apps.get(0).text.toString(), what);
        }
    }

    private static List<List<Integer>> orders(int n) {
        if (n == 0) return List.of(List.of());
        List<List<Integer>> all = new ArrayList<>();
        for (List<Integer> shorter : orders(n - 1))
            for (int i = 0; i < n; i++) {
                List<Integer> one = new ArrayList<>(shorter);
                one.add(i, n - 1);
                all.add(one);
            }
        return all;
    }

    private static UnaryOperator<List<int[]>> by(List<Integer> order) {
        return pieces -> order.stream().map(pieces::get).toList();
    }

    @Test
    void framesOfAClientHelloComeInAnyOrder() {
        for (List<Integer> order : orders(PIECES)) {
            Net one = new Net(1);
            Scrambler scrambler = one.between(one.client, one.server, by(order), 1);
            one.talks(AS_IS, "" + order);
            assertTrue(scrambler.scrambled >= 2, "ClientHello and Finished");
        }
    }

    @Test
    void framesOfAServersFlightComeInAnyOrder() {
        for (List<Integer> order : orders(PIECES)) {
            Net one = new Net(1);
            Scrambler scrambler = one.between(one.server, one.client, by(order), 1);
            one.talks(AS_IS, "" + order);
            assertTrue(scrambler.scrambled >= 2, "ServerHello and what follows it");
        }
    }

    @Test
    void aLongClientHelloMayComeLastDatagramFirst() {
        for (List<Integer> order : orders(PIECES)) {
            Net one = new Net(1);
            Scrambler scrambler = one.between(one.client, one.server, by(order), 2);
            one.talks(LONG, "" + order);
            assertTrue(scrambler.scrambled >= 3, "two datagrams and Finished");
        }
        Net plain = new Net(1);
        plain.between(plain.client, plain.server, pieces -> pieces, 2);
        plain.talks(LONG, "in order within each datagram");
    }

    @Test
    void aServersFlightOfTwoDatagramsMayComeLastFirst() {
        for (List<Integer> order : orders(PIECES)) {
            Net one = new Net(1);
            one.server.serve(ConnectionOptions.SERVER, tls -> tls.keyManager(QuicHost.longChain(2)));
            one.between(one.server, one.client, by(order), 2);
            one.talks(AS_IS, "" + order);
        }
    }

    /** Both at once, with pieces that come twice. */
    @Test
    void anyMixtureGetsThrough() {
        Seeds.of(10, 1000).forEach(seed -> {
            Net one = new Net(seed);
            Random random = new Random(seed);
            UnaryOperator<List<int[]>> mix = pieces -> {
                List<int[]> mixed = new ArrayList<>(pieces);
                Collections.shuffle(mixed, random);
                mixed.add(random.nextInt(mixed.size()), pieces.get(random.nextInt(PIECES)));
                return mixed;
            };
            one.between(one.client, one.server, mix, 1 + random.nextInt(2));
            one.between(one.server, one.client, mix, 1 + random.nextInt(2));
            one.talks(random.nextBoolean() ? AS_IS : LONG, "seed " + seed, 3 * SECOND);
        });
    }
}
