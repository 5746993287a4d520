package mqttq.loop.nio;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import mqttq.loop.Loop;

/**
 * Lines of a blocking stream, such as standard input, read on a thread of its own and taken by the loop at its pace: the thread reads
 * one chunk ahead and no further.
 */
public final class LineReader {
    /** Called on the loop thread. */
    public interface Handler {
        /** {@link LineReader#next} has more, after it had none. */
        void onReadable();

        /** The stream has ended and all of it has been taken; or it cannot be read: {@code error}, else null. The last call. */
        void onEnd(String error);
    }

    private static final int CHUNK = 64 * 1024;

    private final Loop loop;
    private final InputStream in;
    private final Handler handler;
    private final int largest;
    private final Semaphore wanted = new Semaphore(1);
    private final ByteArrayOutputStream begun = new ByteArrayOutputStream();
    private byte[] chunk = new byte[0];
    private int at;
    /** {@code starved}: the thread has been asked for a chunk that has not come. */
    private boolean starved = true, ended, over;
    private String error;

    /** @param largest bytes of the longest line taken; a longer one ends the reading */
    public LineReader(Loop loop, InputStream in, int largest, Handler handler) {
        this.loop = loop;
        this.in = in;
        this.handler = handler;
        this.largest = largest;
        Thread thread = new Thread(null, this::read, "mqttq-input");
        thread.setDaemon(true);
        thread.start();
    }

    /** The next line without its LF; null where there is none now, and a call of the handler will follow. Loop thread. */
    public byte[] next() {
        if (over) return null;
        int end = at;
        while (end < chunk.length && chunk[end] != '\n') end++;
        boolean whole = end < chunk.length;
        begun.write(chunk, at, end - at);
        if (begun.size() > largest) {
            error = "a line is longer than " + largest + " bytes";
            end();
            return null;
        }
        at = Math.min(chunk.length, end + 1);
        if (whole || ended && begun.size() > 0 && error == null) {
            byte[] line = begun.toByteArray();
            begun.reset();
            return line;
        }
        if (ended) end();
        else if (!starved) wanted.release();
        starved = true;
        return null;
    }

    private void end() {
        over = true;
        loop.defer(() -> handler.onEnd(error));
    }

    private void arrived(byte[] bytes, String failure) {
        if (over) return;
        if (bytes == null) {
            ended = true;
            error = failure;
        } else {
            chunk = bytes;
            at = 0;
        }
        starved = false;
        handler.onReadable();
    }

    private void read() {
        byte[] buffer = new byte[CHUNK];
        String failure = null;
        try {
            for (;;) {
                wanted.acquire();
                int count = in.read(buffer);
                if (count < 0) break;
                hand(Arrays.copyOf(buffer, count), null);
            }
        } catch (IOException | InterruptedException e) {
            failure = String.valueOf(e.getMessage());
        }
        hand(null, failure);
    }

    private void hand(byte[] bytes, String failure) {
        loop.execute(() -> arrived(bytes, failure));
    }
}
