package mqttq.loop.nio;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.ArrayDeque;
import mqttq.loop.Log;
import mqttq.wire.Strftime;

/**
 * The log: lines as Mosquitto writes them ({@code 1700000000: text}) to stderr, stdout and a file, by a thread of its own, so that nobody
 * who does not read them stalls the loop. Lines that find the queue full are dropped, counted, and the count told later. Any thread.
 */
public final class LogWriter implements Log, Runnable {
    private static final int QUEUED_LINES = 4096;

    private OutputStream stderr, stdout, file;
    private String filePath;
    private volatile int types =
        1 << Level.ERROR.ordinal() | 1 << Level.WARNING.ordinal() | 1 << Level.NOTICE.ordinal() | 1 << Level.INFO.ordinal();
    private volatile Log also;
    private boolean stamped = true, reopen, busy;
    private String format;
    private Thread thread;
    private record Line(long millis, String text) { }

    private final ArrayDeque<Line> lines = new ArrayDeque<>();
    private long dropped;

    public LogWriter() { this(new FileOutputStream(FileDescriptor.err)); }

    /** With something else in the place of stderr. */
    public LogWriter(OutputStream stderr) { this.stderr = stderr; }

    /** Which levels go out: bits by {@link mqttq.loop.Log.Level}'s ordinals. */
    public void types(int bits) { types = bits; }

    /** Where lines go. An unset file is closed; @throws IOException where the file cannot be opened, and everything stays as it was */
    public void destinations(boolean toStderr, boolean toStdout, String toFile) throws IOException {
        OutputStream opened = toFile == null ? null : new FileOutputStream(toFile, true);
        synchronized (this) {
            OutputStream old = file;
            file = opened;
            filePath = toFile;
            if (old != null) old.close();
            if (!toStderr) stderr = null;
            else if (stderr == null) stderr = new FileOutputStream(FileDescriptor.err);
            stdout = toStdout ? new FileOutputStream(FileDescriptor.out) : null;
        }
    }

    /** Whether lines begin with their time, and how: strftime's format, or null for seconds since 1970. */
    public synchronized void timestamps(boolean on, String strftime) {
        stamped = on;
        format = strftime;
    }

    /** Gives each line that goes out to {@code sink} too, on the thread that logs it; null for none. */
    public void also(Log sink) { also = sink; }

    /** Opens the file anew before the next line, for those who rotate it. */
    public synchronized void reopen() { reopen = filePath != null; }
    @Override public boolean logs(Level level) { return (types >> level.ordinal() & 1) != 0; }

    @Override public void log(Level level, String line) {
        if (!logs(level)) return;
        Log sink = also;
        if (sink != null) sink.log(level, line);
        long now = System.currentTimeMillis();
        synchronized (this) {
            if (lines.size() == QUEUED_LINES) {
                dropped++;
                return;
            }
            lines.add(new Line(now, line));
            if (thread == null) {
                Thread made = new Thread(null, this, "mqttq-log", 256 << 10);
                made.setDaemon(true);
                made.start(); // may throw, and the next line tries again
                thread = made;
            }
            notifyAll();
        }
    }

    /** Waits until everything is written, at most {@code millis}. */
    public synchronized void flush(long millis) {
        long end = System.nanoTime() + millis * 1_000_000;
        try {
            for (long left; (!lines.isEmpty() || busy) && (left = (end - System.nanoTime()) / 1_000_000) > 0; ) wait(left);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The writer thread. */
    @Override public void run() {
        StringBuilder text = new StringBuilder();
        try {
            while (true) {
                OutputStream[] to = collect(text);
                byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
                text.setLength(0);
                for (OutputStream one : to) write(one, bytes);
            }
        } catch (InterruptedException e) {
            // Nobody interrupts it; the next line starts another.
            synchronized (this) {
                thread = null;
            }
        }
    }

    private synchronized OutputStream[] collect(StringBuilder text) throws InterruptedException {
        busy = false;
        notifyAll();
        while (lines.isEmpty()) wait();
        busy = true;
        for (Line line; (line = lines.poll()) != null; ) line(text, line.millis, line.text);
        if (dropped > 0) line(text, System.currentTimeMillis(), "Warning: " + dropped + " log lines dropped, nobody took them");
        dropped = 0;
        if (reopen) {
            reopen = false;
            try {
                file.close();
                file = new FileOutputStream(filePath, true);
            } catch (IOException e) {
                file = null;
                line(text, System.currentTimeMillis(), "Error: " + filePath + ": " + e.getMessage());
                if (stderr == null) stderr = new FileOutputStream(FileDescriptor.err);
            }
        }
        return new OutputStream[] {stderr, stdout, file};
    }

    private void line(StringBuilder text, long time, String line) {
        if (stamped && format == null) text.append(time / 1000).append(": ");
        else if (stamped) new Strftime(time * 1000, ZoneId.systemDefault(), text).format(format).append(": ");
        // A line is a line, whatever a peer put into it.
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\n' && line.startsWith("Error: internal:")) text.append('\n');
            else text.append(c < ' ' && c != '\t' || c == 127 ? '?' : c);
        }
        text.append('\n');
    }

    private static void write(OutputStream to, byte[] bytes) {
        if (to == null) return;
        try {
            to.write(bytes);
            to.flush();
        } catch (IOException e) {
            // Nobody reads it any more, or the disk is full: there is no place left to say so.
        }
    }
}
