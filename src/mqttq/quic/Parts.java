package mqttq.quic;

import java.nio.ByteBuffer;
import mqttq.quic.crypto.PacketProtection;
import mqttq.quic.frame.FrameWriter;
import mqttq.quic.packet.HeaderWriter;
import mqttq.quic.packet.PacketType;
import mqttq.quic.qlog.ConnectionTrace;
import mqttq.quic.recovery.PacketNumberSpace;
import mqttq.quic.recovery.SentPacket;

/**
 * The packets of one datagram while it is written (RFC 9000 §12.2). They are protected last, since the padding of the datagram goes into
 * the last of them, whichever that turns out to be. One for all connections of an endpoint.
 */
final class Parts {
    private static final int TAG = PacketProtection.TAG_LENGTH;
    /** Least bytes of frames for which a packet is begun. */
    private static final int LEAST_FRAMES = 20;
    private final HeaderWriter[] writers = {new HeaderWriter(), new HeaderWriter(), new HeaderWriter()};
    final Space[] space = new Space[PacketNumberSpace.COUNT];
    final SentPacket[] records = new SentPacket[PacketNumberSpace.COUNT];
    final long[] number = new long[PacketNumberSpace.COUNT];
    private final PacketType[] type = new PacketType[PacketNumberSpace.COUNT];
    private final PacketProtection[] keys = new PacketProtection[PacketNumberSpace.COUNT];
    private final int[] framesEnd = new int[PacketNumberSpace.COUNT];
    ByteBuffer out;
    int count, limit;
    /** Of the packet being written. */
    SentPacket record;
    /** The datagram has to be expanded because of a path frame; an Initial in it elicits an acknowledgment. */
    boolean expand, initialEliciting;
    private int trial, trialStart;

    Parts begin(ByteBuffer out, int limit) {
        this.out = out.clear();
        this.limit = Math.min(limit, out.capacity());
        count = 0;
        expand = initialEliciting = false;
        return this;
    }

    /** Begins a packet with a header of {@code header} bytes; null where there is no room for it. */
    HeaderWriter packet(Space s, PacketType packetType, PacketProtection protection, long packetNumber, int header) {
        trialStart = out.position();
        if (limit - trialStart < header + LEAST_FRAMES + TAG) return null;
        trial = count;
        space[trial] = s;
        type[trial] = packetType;
        keys[trial] = protection;
        number[trial] = packetNumber;
        out.limit(limit - TAG);
        return writers[trial];
    }

    /** Ends the packet; false where it has no frames and was none. */
    boolean end(boolean eliciting) {
        out.limit(limit);
        if (writers[trial].isEmpty(out)) {
            out.position(trialStart);
            return false;
        }
        writers[trial].end(out, TAG);
        framesEnd[trial] = out.position();
        out.position(out.position() + TAG);
        records[trial] = record;
        if (type[trial] == PacketType.INITIAL) initialEliciting |= eliciting;
        count++;
        return true;
    }

    boolean has(PacketType wanted) {
        for (int i = 0; i < count; i++) if (type[i] == wanted) return true;
        return false;
    }

    /** Pads the last packet so that the datagram has {@code datagram} bytes and the packet {@code packet}. */
    void pad(int datagram, int packet) {
        int last = count - 1, end = Math.max(datagram, writers[last].start() + packet) - TAG;
        if (end <= framesEnd[last]) return;
        out.position(framesEnd[last]);
        FrameWriter.padding(out, end);
        writers[last].end(out, TAG);
        framesEnd[last] = end;
        // RFC 9002 §2: with PADDING in it a packet is in flight.
        records[last].flag(SentPacket.IN_FLIGHT);
    }

    /** Protects a packet and returns its length. */
    int protect(int i, long now, ConnectionTrace trace) {
        HeaderWriter w = writers[i];
        int length = framesEnd[i] + TAG - w.start();
        if (trace != null) trace.onPacketSent(now, type[i], number[i], length, out.array(), w.start(), w.payload(), framesEnd[i]);
        keys[i].protect(out.array(), w.start(), w.packetNumberOffset(), w.payload(), framesEnd[i], number[i]);
        return length;
    }

    /** Bytes of the datagram. */
    int length() { return framesEnd[count - 1] + TAG; }
}
