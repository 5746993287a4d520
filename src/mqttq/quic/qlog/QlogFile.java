package mqttq.quic.qlog;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import mqttq.loop.Storage;
import mqttq.wire.Json;

/** One file on its way to the disk: records gather in a chunk, full chunks are handed to the storage in their order. */
final class QlogFile implements Storage.Done {
    static final int CHUNK = 1 << 14;
    private final QlogFiles files;
    private final String name;
    private byte[] chunk;
    private int filled;
    private long position;
    /** Events that were lost because the disk was slower than the network, and not told of yet. */
    private long dropped;
    /** In the list of those to be flushed. */
    boolean listed;
    /** Chunks handed over and not written, the oldest first: the storage keeps the order. */
    private final ArrayDeque<byte[]> handed = new ArrayDeque<>(2);

    QlogFile(QlogFiles files, String name) {
        this.files = files;
        this.name = name;
    }

    /** Adds a record or, where too much waits for the disk, counts it; false where it was not added. */
    boolean add(Json record) {
        if (!files.hasRoom(record.length()) || position > QlogFiles.MAX_FILE) {
            dropped++;
            return false;
        }
        int length = record.length();
        if (chunk != null && filled + length > chunk.length) flush();
        if (chunk == null) chunk = files.take(Math.max(CHUNK, length));
        System.arraycopy(record.array(), 0, chunk, filled, length);
        filled += length;
        files.flushSoon(this);
        return true;
    }

    /** Events dropped since this was last asked, where there is room to say so; otherwise 0. */
    long dropped() {
        if (dropped == 0 || !files.hasRoom(CHUNK) || position > QlogFiles.MAX_FILE) return 0;
        long count = dropped;
        dropped = 0;
        return count;
    }

    void flush() {
        if (filled == 0) return;
        handed.add(chunk);
        ByteBuffer data = ByteBuffer.wrap(chunk, 0, filled);
        long at = position;
        position += filled;
        chunk = null;
        filled = 0;
        files.write(name, at, data, this);
    }

    /** The oldest chunk was written or could not be. */
    @Override public void done(String error) { files.written(handed.poll(), error); }
}
