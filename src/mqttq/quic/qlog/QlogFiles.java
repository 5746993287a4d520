package mqttq.quic.qlog;

import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;
import mqttq.loop.Log;
import mqttq.loop.Loop;
import mqttq.loop.Storage;
import mqttq.loop.Timers;
import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.QuicVersion;
import mqttq.wire.BufferPool;
import mqttq.wire.Json;

/**
 * A directory of qlog files, one for each connection, that qvis loads: {@code <original destination connection id>_<client or
 * server>.sqlog}. Written by the storage's helper; where the disk is slower than the network events are dropped, counted, and the count
 * written. The loop thread only; mode 600, since addresses and connection ids are in them.
 */
public final class QlogFiles implements ConnectionTrace.Factory {
    /** Connections traced at a time: later ones are not. Stops handshake floods from filling the memory. */
    public static final int MAX_TRACES = 4096;
    /** Bytes handed to the storage that are not written yet, of all files. */
    public static final int MAX_QUEUED = 8 << 20;
    /** Bytes of one file; a connection that lives long stops being traced. */
    public static final long MAX_FILE = 1L << 30;
    private static final int KNOWN_NAMES = 1 << 12, POOLED_BYTES = 1 << 18;
    private static final long FLUSH_NANOS = 1_000_000_000L;

    final Json json = new Json();
    final FrameText frames = new FrameText(json);
    final HeaderText header = new HeaderText(json);
    private final Loop loop;
    private final String directory;
    private final Storage storage;
    private final BufferPool pool = new BufferPool(POOLED_BYTES);
    private final Timers.Timer timer;
    private final ArrayList<QlogFile> unflushed = new ArrayList<>();
    /** Clients choose the id, and nobody keeps them from choosing it twice. */
    private final Set<String> names = new LinkedHashSet<>();
    private final int mostQueued;
    private long repeated;
    private int open, queued;
    private boolean failed;

    /** @throws UncheckedIOException where the directory cannot be made */
    public QlogFiles(Loop loop, String directory) { this(loop, directory, MAX_QUEUED); }

    QlogFiles(Loop loop, String directory, int mostQueued) {
        this.loop = loop;
        this.mostQueued = mostQueued;
        this.directory = directory;
        storage = loop.storage(directory);
        timer = loop.timer(this::flush);
    }

    @Override public ConnectionTrace open(long now, boolean client, ConnectionId original, QuicVersion version, InetSocketAddress local,
            InetSocketAddress remote) {
        if (open == MAX_TRACES || !hasRoom(QlogFile.CHUNK)) return null;
        open++;
        QlogFile file = new QlogFile(this, name(original + (client ? "_client" : "_server")));
        QlogTrace trace = new QlogTrace(this, file, now, client);
        trace.begin(loop.wallMillis(), original, version, local, remote);
        return trace;
    }

    private String name(String base) {
        if (names.size() == KNOWN_NAMES) names.remove(names.iterator().next());
        String name = names.add(base) ? base : base + "-" + ++repeated;
        return name + ".sqlog";
    }

    /** Hands what is there to the storage: before the process ends. */
    public void flush() {
        for (QlogFile file : unflushed) {
            file.listed = false;
            file.flush();
        }
        unflushed.clear();
    }

    /** Connections traced now. */
    int open() { return open; }
    void onClosed() { open--; }

    // --- for the files

    boolean hasRoom(int bytes) { return !failed && queued + bytes <= mostQueued; }

    byte[] take(int size) {
        byte[] chunk = pool.take(size);
        queued += chunk.length;
        return chunk;
    }

    void flushSoon(QlogFile file) {
        if (file.listed) return;
        file.listed = true;
        if (unflushed.isEmpty()) timer.at(loop.now() + FLUSH_NANOS);
        unflushed.add(file);
    }

    void write(String name, long position, ByteBuffer data, Storage.Done done) { storage.write(name, position, data, done); }

    void written(byte[] chunk, String error) {
        queued -= chunk.length;
        pool.give(chunk);
        if (error == null || failed) return;
        failed = true;
        loop.log(Log.Level.WARNING, "Warning: " + directory + ": " + error + ". No more qlog is written.");
    }
}
