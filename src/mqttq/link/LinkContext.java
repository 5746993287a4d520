package mqttq.link;

import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.Set;
import mqttq.loop.Loop;
import mqttq.wire.BufferPool;

/** What all links of one loop share: buffers, and counters over all of them. Loop thread only. */
public final class LinkContext {
    /** Packets up to this many bytes are put together in one piece before the pipe takes them. */
    static final int SCRATCH = 16 * 1024;

    final Loop loop;
    final BufferPool pool = new BufferPool(256 * 1024);
    final ByteBuffer scratch = ByteBuffer.allocate(SCRATCH);
    /** Whole packets, and bytes. */
    public long packetsReceived, packetsSent, bytesReceived, bytesSent;
    /** Bytes that packets which have begun and not ended may take; beyond, the link that has had one for longest is ended with 0x97. */
    public long maxUnfinished = Long.MAX_VALUE;
    private long unfinished;
    /** Those with such a packet, in the order in which they began. */
    private final Set<MqttLink> unfinishedLinks = new LinkedHashSet<>();

    public LinkContext(Loop loop) { this.loop = loop; }

    /** Bytes of packets that have begun and not ended. */
    public long unfinished() { return unfinished; }

    /** A link's unfinished packet, if it has {@code one}, takes {@code change} bytes more. */
    void unfinished(MqttLink link, int change, boolean one) {
        if (change == 0) return;
        unfinished += change;
        if (one) unfinishedLinks.add(link);
        else unfinishedLinks.remove(link);
        while (change > 0 && unfinished > maxUnfinished) unfinishedLinks.iterator().next().crowdedOut();
    }
}
