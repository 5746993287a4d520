package mqttq.loop.nio;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.Semaphore;
import mqttq.loop.Loop;

/** Reads lines of a blocking stream, such as standard input, on a thread of its own and hands them to the loop one by one. */
public final class LineReader {
    /** Called on the loop thread. */
    public interface Handler {
        /** A line without its end (LF or CRLF). The next one comes after {@link LineReader#more}. */
        void onLine(byte[] line);

        /** The stream has ended, or cannot be read: {@code error}, else null. The last call. */
        void onEnd(String error);
    }

    private final Loop loop;
    private final InputStream in;
    private final Handler handler;
    private final Semaphore wanted = new Semaphore(0);

    /** @param largest bytes of the longest line taken; a longer one ends the reading */
    public LineReader(Loop loop, InputStream in, int largest, Handler handler) {
        this.loop = loop;
        this.in = in;
        this.handler = handler;
        Thread thread = new Thread(null, () -> read(largest), "mqttq-input");
        thread.setDaemon(true);
        thread.start();
    }

    /** Asks for one more line; loop thread. */
    public void more() {
        wanted.release();
    }

    private void read(int largest) {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        String error = null;
        try {
            wanted.acquire();
            for (int b = in.read(); b >= 0; b = in.read()) {
                if (b != '\n') {
                    line.write(b);
                    if (line.size() > largest) throw new IOException("a line is longer than " + largest + " bytes");
                    continue;
                }
                hand(line);
                wanted.acquire();
            }
            if (line.size() > 0) hand(line);
        } catch (IOException | InterruptedException e) {
            error = e.getMessage();
        }
        String said = error;
        loop.execute(() -> handler.onEnd(said));
    }

    private void hand(ByteArrayOutputStream line) {
        byte[] bytes = line.toByteArray();
        int length = bytes.length > 0 && bytes[bytes.length - 1] == '\r' ? bytes.length - 1 : bytes.length;
        byte[] content = length == bytes.length ? bytes : java.util.Arrays.copyOf(bytes, length);
        line.reset();
        loop.execute(() -> handler.onLine(content));
    }
}
