package mqttq.link;

import java.nio.ByteBuffer;
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

    public LinkContext(Loop loop) { this.loop = loop; }
}
