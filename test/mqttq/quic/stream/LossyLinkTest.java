package mqttq.quic.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import mqttq.Seeds;
import mqttq.quic.frame.FrameParser;
import mqttq.quic.frame.FrameWriter;
import mqttq.quic.packet.PacketType;
import mqttq.quic.packet.QuicException;
import mqttq.quic.recovery.CongestionController;
import mqttq.quic.recovery.Cubic;
import mqttq.quic.recovery.LossDetector;
import mqttq.quic.recovery.NewReno;
import mqttq.quic.recovery.PacketNumberSpace;
import mqttq.quic.recovery.ReceivedPackets;
import mqttq.quic.recovery.SentPacket;
import mqttq.wire.BufferPool;
import org.junit.jupiter.api.Test;

/** Streams and recovery together, without crypto, over a simulated link that delays, loses, repeats and reorders; time is virtual. */
class LossyLinkTest {
    private static final long MS = 1_000_000;
    private static final int SPACE = PacketNumberSpace.APPLICATION;

    private record Flight(long at, long order, Node to, long number, byte[] payload, int length) implements Comparable<Flight> {
        @Override public int compareTo(Flight other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(order, other.order);
        }
    }

    /** A bottleneck of a rate with a drop-tail queue, then a delay with jitter, and random loss. */
    private final class Link {
        Random random = new Random(1);
        double loss, repeat;
        long delay = 20 * MS, jitter, bytesPerSecond = 1_250_000, queue = 50 * MS, freeAt;

        void send(Node to, long number, byte[] payload, int length) {
            if (random.nextDouble() < loss) return;
            freeAt = Math.max(freeAt, now) + length * 1_000_000_000L / bytesPerSecond;
            if (freeAt - now > queue) {
                freeAt -= length * 1_000_000_000L / bytesPerSecond;
                return;
            }
            do {
                long at = freeAt + delay + (jitter == 0 ? 0 : (long) (random.nextDouble() * jitter));
                air.add(new Flight(at, order++, to, number, payload, length));
            } while (random.nextDouble() < repeat);
        }
    }

    private final PriorityQueue<Flight> air = new PriorityQueue<>();
    private final ArrayDeque<byte[]> spare = new ArrayDeque<>();
    private final BufferPool pool = new BufferPool(1 << 20);
    private final Budget budget = new Budget(64 << 20);
    private final SentPacket.Pool records = new SentPacket.Pool(10_000);
    private long now, order;

    /** One end. */
    private final class Node extends StreamPair.Forward implements LossDetector.Handler {
        final Streams streams;
        final LossDetector detector;
        final ReceivedPackets received = new ReceivedPackets(SPACE, 25 * MS);
        final CongestionController congestion;
        final ByteBuffer out = ByteBuffer.allocate(1200);
        Node peer;
        Link link;
        long sentBytes, wait;

        Node(Streams streams, CongestionController congestion, long seed) {
            super(streams);
            this.streams = streams;
            this.congestion = congestion;
            detector = new LossDetector(false, congestion, records, new Random(seed), this);
            detector.handshakeConfirmed(0);
        }

        @Override public void onAcked(int space, SentPacket packet) {
            streams.onAcked(packet);
            if (packet.ackedLargest() >= 0) received.onAckAcked(packet.ackedLargest());
        }

        @Override public void onLost(int space, SentPacket packet) {
            streams.onLost(packet);
        }

        @Override public void onProbe(int space, SentPacket packet) {
            streams.onLost(packet);
        }

        @Override public void onAck(long largest, long rawDelay) {
            try {
                detector.onAck(SPACE, largest, rawDelay << 3 << 10);
            } catch (QuicException e) {
                throw new AssertionError(e);
            }
        }

        @Override public void onAckRange(long low, long high) {
            try {
                detector.onAckRange(low, high);
            } catch (QuicException e) {
                throw new AssertionError(e);
            }
        }

        @Override public void onAckEnd(long ect0, long ect1, long ce) {
            detector.onAckEnd(now, ect0, ect1, ce);
        }

        void receive(Flight flight) throws QuicException {
            if (received.isDuplicate(flight.number)) return;
            int flags = FrameParser.parse(ByteBuffer.wrap(flight.payload, 0, flight.length), PacketType.ONE_RTT, true, 0, this);
            received.onReceived(now, flight.number, (flags & FrameParser.ACK_ELICITING) != 0, false);
        }

        void transmit() {
            streams.settle();
            wait = Long.MAX_VALUE;
            for (;;) {
                out.clear();
                SentPacket record = detector.packet();
                boolean probe = detector.probes(SPACE) > 0, data = false, blocked = detector.room() < 1200;
                if (probe && !streams.pending()) detector.probe(SPACE, 1);
                if (probe || !blocked && streams.pending()) {
                    wait = probe ? now : detector.paced(now, 1200);
                    data = wait <= now;
                }
                if (received.deadline() <= now || data && received.pending()) record.addAck(received.writeAck(now, out, 200, 3));
                if (data) {
                    data = streams.write(now, detector.rtt().smoothed(), out, record);
                    if (!data && probe) data = FrameWriter.ping(out);
                }
                if (out.position() == 0) {
                    detector.drop(record);
                    return;
                }
                if (!data && detector.ackOnly(SPACE) > 20) data = FrameWriter.ping(out);
                if (data) record.flag(SentPacket.ACK_ELICITING);
                byte[] payload = spare.isEmpty() ? new byte[1200] : spare.poll();
                System.arraycopy(out.array(), 0, payload, 0, out.position());
                sentBytes += out.position();
                link.send(peer, detector.nextNumber(SPACE), payload, out.position());
                detector.onSent(now, SPACE, record, out.position());
            }
        }

        long deadline() {
            return Math.min(Math.min(detector.deadline(), received.deadline()), wait);
        }
    }

    private Node[] nodes(StreamPair.End a, StreamPair.End b, CongestionController first, CongestionController second) {
        Node[] nodes = {new Node(a.streams, first, 1), new Node(b.streams, second, 2)};
        nodes[0].peer = nodes[1];
        nodes[1].peer = nodes[0];
        nodes[0].link = new Link();
        nodes[1].link = new Link();
        return nodes;
    }

    /** Runs until nothing happens any more or time is up. */
    private void run(Node[] nodes, long until) throws QuicException {
        nodes[0].transmit();
        nodes[1].transmit();
        int idle = 0;
        while (now < until) {
            long next = Math.min(nodes[0].deadline(), nodes[1].deadline());
            if (!air.isEmpty()) next = Math.min(next, air.peek().at);
            if (next == Long.MAX_VALUE) return;
            idle = next <= now ? idle + 1 : 0;
            assertTrue(idle < 100_000, "time stands still");
            now = Math.max(now, next);
            while (!air.isEmpty() && air.peek().at <= now) {
                Flight flight = air.poll();
                flight.to.receive(flight);
            }
            for (Node node : nodes) {
                if (node.detector.deadline() <= now) node.detector.onTimeout(now);
                node.transmit();
            }
        }
    }

    /** Echoes what comes, and ends when the peer did. */
    private static final class Echo implements StreamHandler {
        private final ByteBuffer kept = ByteBuffer.allocate(1 << 17);
        private boolean ending;

        @Override public void onData(QuicStream stream, ByteBuffer data) {
            kept.put(data);
            if (kept.position() > 1 << 15) stream.read(false);
            onWritable(stream);
        }

        @Override public void onEnd(QuicStream stream) {
            ending = true;
            onWritable(stream);
        }

        @Override public void onWritable(QuicStream stream) {
            kept.flip();
            stream.write(kept);
            kept.compact();
            if (kept.position() == 0) {
                stream.read(true);
                if (ending) stream.finish();
            }
        }

        @Override public void onClosed(QuicStream stream, String reason) { }
    }

    private static final class Sender implements StreamHandler {
        final byte[] content;
        final ByteBuffer left;
        int checked;
        boolean ended, closed;

        Sender(int size, long seed) {
            content = new byte[size];
            new Random(seed).nextBytes(content);
            left = ByteBuffer.wrap(content);
        }

        void more(QuicStream stream) {
            stream.write(left);
            if (!left.hasRemaining()) stream.finish();
        }

        @Override public void onData(QuicStream stream, ByteBuffer data) {
            while (data.hasRemaining()) if (data.get() != content[checked++]) throw new AssertionError("byte " + (checked - 1) + " changed");
        }

        @Override public void onEnd(QuicStream stream) {
            ended = true;
        }

        @Override public void onWritable(QuicStream stream) {
            more(stream);
        }

        @Override public void onClosed(QuicStream stream, String reason) {
            closed = true;
        }
    }

    @Test void everythingArrivesOnceAndInOrderWhateverTheLinkDoes() throws QuicException {
        for (long seed : Seeds.each(40, 4000)) {
            now = 1;
            air.clear();
            Random random = new Random(seed);
            StreamPair pair = new StreamPair();
            Node[] nodes = nodes(pair.client, pair.server, new NewReno(1200), new Cubic(1200));
            for (Node node : nodes) {
                node.link.random = new Random(seed + 100);
                node.link.loss = random.nextInt(3) * 0.08;
                node.link.repeat = random.nextInt(2) * 0.1;
                node.link.jitter = random.nextInt(3) * 15 * MS;
                node.link.bytesPerSecond = 100_000 + random.nextInt(2_000_000);
            }
            pair.server.accept = Echo::new;
            List<Sender> senders = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Sender sender = new Sender(1 + random.nextInt(100_000), i);
                senders.add(sender);
                sender.more(pair.client.streams.open(true, sender));
            }
            long guard = 0;
            while (senders.stream().anyMatch(s -> !s.closed) && guard++ < 10_000) {
                long until = now + 100 * MS;
                run(nodes, until);
                now = Math.max(now, until);
            }
            for (Sender s : senders) {
                assertTrue(s.ended && s.closed, "seed " + seed + " stands still");
                assertEquals(s.content.length, s.checked);
            }
            run(nodes, now + 100_000 * MS);
            for (Node node : nodes) {
                assertEquals(0, node.detector.bytesInFlight());
                assertEquals(0, node.streams.size());
                assertEquals(Long.MAX_VALUE, node.deadline());
                assertTrue(!node.detector.outstanding());
            }
        }
    }

    /** One bulk transfer; returns bytes delivered a second. */
    private double goodput(CongestionController congestion, double loss, long seconds) throws QuicException {
        now = 1;
        air.clear();
        Limits wide = new Limits(1 << 20, 1 << 22, 3 << 19, 16, 3, 64, 1 << 18, 1 << 20);
        StreamPair pair = new StreamPair(wide, wide);
        Node[] nodes = nodes(pair.client, pair.server, congestion, new NewReno(1200));
        nodes[0].link.loss = loss;
        pair.server.quiet = true;
        QuicStream stream = pair.client.open(true);
        ByteBuffer zeros = ByteBuffer.allocate(1 << 20);
        long until = seconds * 1000 * MS;
        while (now < until) {
            stream.write(zeros.clear());
            long step = now + 5 * MS;
            run(nodes, step);
            now = Math.max(now, step);
        }
        return (double) pair.server.bytes / seconds;
    }

    @Test void bulkTransferFillsTheLink() throws QuicException {
        assertTrue(goodput(new NewReno(1200), 0, 10) > 0.85 * 1_250_000);
        assertTrue(goodput(new Cubic(1200), 0, 10) > 0.85 * 1_250_000);
    }

    @Test void someLossLeavesSomeGoodput() throws QuicException {
        assertTrue(goodput(new NewReno(1200), 0.01, 10) > 0.1 * 1_250_000);
        assertTrue(goodput(new Cubic(1200), 0.01, 10) > 0.1 * 1_250_000);
    }

    @Test void steadyStateAllocatesNothing() throws QuicException {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        // arrays above 64 KiB are not pooled
        Limits limits = new Limits(1 << 16, 1 << 16, 1 << 16, 16, 3, 64, 1 << 16, 1 << 16);
        StreamPair pair = new StreamPair(limits, limits);
        Node[] nodes = nodes(pair.client, pair.server, new Cubic(1200), new NewReno(1200));
        pair.server.quiet = true;
        QuicStream stream = pair.client.open(true);
        ByteBuffer chunk = ByteBuffer.allocate(3000);
        ByteBuffer[] views = new ByteBuffer[2];
        long before = 0, packets = 0;
        for (int i = 0; i < 30_000; i++) {
            if (i == 15_000) {
                before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
                packets = nodes[0].detector.nextNumber(SPACE);
            }
            stream.write(chunk.clear());
            // both ends by hand: the link's own objects do not count
            for (int n = 0; n < 2; n++) exchange(nodes[n], nodes[1 - n], views, n);
            now += MS;
        }
        long bytes = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
        packets = nodes[0].detector.nextNumber(SPACE) - packets;
        assertTrue(packets > 10_000, "packets " + packets);
        assertTrue(bytes / packets < 8, bytes + " bytes for " + packets + " packets");
    }

    /** Hands packets over at once, every 50th lost. */
    private void exchange(Node from, Node to, ByteBuffer[] views, int n) throws QuicException {
        if (from.detector.deadline() <= now) from.detector.onTimeout(now);
        from.streams.settle();
        for (;;) {
            ByteBuffer out = from.out.clear();
            SentPacket record = from.detector.packet();
            if (from.received.pending()) record.addAck(from.received.writeAck(now, out, 200, 3));
            boolean probe = from.detector.probes(SPACE) > 0;
            if (probe && !from.streams.pending()) from.detector.probe(SPACE, 1);
            if ((probe || from.detector.room() >= 1200) && from.streams.pending() && from.streams.write(now, MS, out, record))
                record.flag(SentPacket.ACK_ELICITING);
            if (out.position() == 0) {
                from.detector.drop(record);
                return;
            }
            long number = from.detector.nextNumber(SPACE);
            from.detector.onSent(now, SPACE, record, out.position());
            if (number % 50 == 7 || to.received.isDuplicate(number)) continue;
            int flags = FrameParser.parse(out.flip(), PacketType.ONE_RTT, n == 1, 0, to);
            to.received.onReceived(now, number, (flags & FrameParser.ACK_ELICITING) != 0, false);
        }
    }
}
