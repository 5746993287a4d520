package mqttq.loop.nio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.function.Consumer;
import mqttq.loop.Log;

/**
 * TLS secrets in NSS key log format (SSLKEYLOGFILE), appended by the storage helper, each line by one write: several processes may share
 * the file. Loop thread.
 */
final class KeyLogFile implements Consumer<String> {
    /** Lines that wait for the disk; more are dropped. Stops handshake floods from filling the memory. */
    private static final int QUEUED_LINES = 4096;
    private static final Set<StandardOpenOption> APPEND =
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);

    private final NioLoop loop;
    private final Helper helper;
    private final Path path;
    private final FileChannel file;
    private int queued;
    private boolean failed;

    /** Opens the file, made with mode 600 where there is none. */
    KeyLogFile(NioLoop loop, Helper helper, Path path) throws IOException {
        this.loop = loop;
        this.helper = helper;
        this.path = path;
        file = FileChannel.open(path, APPEND, FileStorage.privateFile(path));
    }

    @Override public void accept(String line) {
        if (failed || queued == QUEUED_LINES) return;
        queued++;
        ByteBuffer bytes = ByteBuffer.wrap((line + '\n').getBytes(StandardCharsets.US_ASCII));
        helper.give(new Runnable() {
            @Override public void run() {
                String error = null;
                try {
                    while (bytes.hasRemaining()) file.write(bytes);
                } catch (IOException e) {
                    error = FileStorage.text(e);
                }
                String outcome = error;
                loop.execute(() -> written(outcome));
            }
        });
    }

    private void written(String error) {
        queued--;
        if (error == null || failed) return;
        failed = true;
        loop.log(Log.Level.WARNING, "Warning: " + path + ": " + error + ". No more TLS secrets are written.");
    }
}
