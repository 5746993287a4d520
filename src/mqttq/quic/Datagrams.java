package mqttq.quic;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import mqttq.quic.frame.FrameType;
import mqttq.quic.frame.FrameWriter;
import mqttq.quic.recovery.SentPacket;

/** Unreliable datagrams that wait to be sent (RFC 9221): under congestion control, never sent again, told about when lost. */
final class Datagrams {
    /** Datagrams that wait at most: what is sent faster than the network goes is refused. */
    static final int MOST = 32;
    /** Short header with a packet number of four bytes, tag; frame type and length. */
    private static final int OVERHEAD = 1 + 4 + 16, FRAME = 1 + 2;

    private final Connection c;
    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
    /** The number of the next; those that wait have the numbers below. */
    private long next;

    Datagrams(Connection c) { this.c = c; }

    /** Bytes of the largest that can be sent now; 0: the peer takes none. */
    static int largest(Connection c) {
        Path path = c.paths.active();
        long room = Math.min(c.peerDatagramFrame, Math.min(path.mtu, c.maxDatagram) - OVERHEAD - c.paths.destinationLength(path));
        return (int) Math.max(0, room - FRAME);
    }

    long send(ByteBuffer data) {
        // RFC 9221 §3: nothing larger than the peer said it takes.
        if (waiting.size() == MOST || data.remaining() > largest(c)) return -1;
        byte[] copy = new byte[data.remaining()];
        data.get(copy);
        waiting.add(copy);
        return next++;
    }

    boolean pending() { return !waiting.isEmpty(); }

    boolean write(ByteBuffer out, SentPacket record) {
        boolean wrote = false;
        for (byte[] data; (data = waiting.peek()) != null; ) {
            long id = next - waiting.size();
            boolean fits = FrameWriter.datagram(out, data.length);
            if (!fits && data.length <= largest(c)) break;
            waiting.poll();
            if (fits) {
                out.put(data);
                record.add(FrameType.DATAGRAM, id, 0);
                wrote = true;
            } else {
                // The path carries less than it did.
                c.listener.onDatagramLost(c, id);
            }
        }
        return wrote;
    }

    /** RFC 9221 §5.2: the application hears what became of each. */
    void onOutcome(SentPacket packet, boolean arrived) {
        for (int i = 0; i < packet.size(); i++) {
            if (packet.type(i) != FrameType.DATAGRAM) continue;
            if (arrived) c.listener.onDatagramAcked(c, packet.id(i));
            else c.listener.onDatagramLost(c, packet.id(i));
        }
    }
}
