package mqttq.link;

import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import javax.net.ssl.SSLSession;
import mqttq.sim.SimWorld;
import mqttq.transport.Pipe;

/** The product's end of a byte pipe in memory; the test holds the other end. */
public final class TestPipe implements Pipe {
    public InetSocketAddress remote;
    /** As of QUIC, where there is one; {@link Handler#onPath} is to follow a change. */
    public byte[] sentTo;
    private Handler handler;
    private byte[] unread = {};
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private boolean short_;
    private int room = 1 << 30;
    private int taken;
    public boolean reading = true, finished, closing, closed;
    public long code = -1;
    public String reason;
    /** Over QUIC's 0-RTT from an address that was not validated. */
    public boolean unproven;
    private Runnable confirmed;
    /** Counts only, keeps nothing of what is written. */
    public boolean discard;
    /** Writing throws, as code with a mistake in it does. */
    public boolean fault;
    public long discarded;

    public TestPipe(int port) {
        remote = SimWorld.address("127.0.0.1", port);
    }

    public Handler handler() { return handler; }

    /** How many more bytes may be written before the pipe is full. */
    public TestPipe room(int bytes) {
        room = taken + bytes;
        return this;
    }

    /** Lets {@code bytes} more through. */
    public void more(int bytes) {
        room += bytes;
        if (!short_ || closed) return;
        short_ = false;
        handler.onWritable();
    }

    /** Bytes from the peer. */
    public void in(byte[] bytes) {
        if (closed) return;
        byte[] all = Arrays.copyOf(unread, unread.length + bytes.length);
        System.arraycopy(bytes, 0, all, unread.length, bytes.length);
        unread = all;
        deliver();
    }

    /** Bytes from the peer in {@code buffer}, which must all be taken. */
    public void in(ByteBuffer buffer) {
        handler.onData(buffer);
        if (buffer.hasRemaining()) throw new AssertionError("left unread");
    }

    private void deliver() {
        while (reading && unread.length > 0 && !closed) {
            ByteBuffer data = ByteBuffer.wrap(unread);
            handler.onData(data);
            if (data.hasRemaining() && reading && !closing) throw new AssertionError("left unread while reading");
            if (data.position() == 0 && reading) throw new AssertionError("no progress");
            unread = Arrays.copyOfRange(unread, data.position(), unread.length);
        }
    }

    /** What the test does next after {@link #read}: hands over what was left unread, as the loop would. */
    public void turn() {
        deliver();
        if (closing && !closed) gone(reason);
    }

    /** The peer ends its direction. */
    public void end() {
        handler.onEnd();
    }

    /** The pipe breaks. */
    public void gone(String why) {
        if (closed) return;
        closed = true;
        handler.onClosed(why);
    }

    /** What was written since the last call. */
    public byte[] out() {
        byte[] bytes = written.toByteArray();
        written.reset();
        return bytes;
    }

    @Override
    public void handler(Handler handler) {
        this.handler = handler;
    }

    @Override
    public int writable() {
        return room - taken;
    }

    @Override
    public int write(ByteBuffer data) {
        if (finished || closing) throw new AssertionError("write after the end");
        if (fault) throw new IllegalStateException("fault");
        int n = Math.min(data.remaining(), room - taken);
        if (n < data.remaining()) short_ = true;
        if (discard) {
            discarded += n;
            data.position(data.position() + n);
            return n;
        }
        taken += n;
        byte[] copy = new byte[n];
        data.get(copy);
        written.writeBytes(copy);
        return n;
    }

    @Override
    public long unsent() {
        return 0;
    }

    @Override
    public void read(boolean on) {
        reading = on;
    }

    @Override
    public void finish() {
        finished = true;
    }

    @Override
    public void close(long code, String reason, long lingerNanos) {
        if (closing) throw new AssertionError("closed twice");
        closing = true;
        this.code = code;
        this.reason = reason;
    }

    @Override
    public void abort(long code, String reason) {
        closing = true;
        this.code = code;
        this.reason = reason;
    }

    @Override
    public String transport() {
        return "tcp";
    }

    @Override
    public InetSocketAddress local() {
        return SimWorld.address("127.0.0.1", 1883);
    }

    @Override
    public InetSocketAddress remote() {
        return remote;
    }

    @Override
    public byte[] sentTo() {
        return sentTo;
    }

    @Override
    public boolean proven() {
        return !unproven;
    }

    @Override
    public boolean early() {
        return unproven;
    }

    @Override
    public void whenConfirmed(Runnable then) {
        if (unproven) confirmed = then;
        else then.run();
    }

    /** The handshake is complete. */
    public void confirm() {
        unproven = false;
        if (confirmed != null) confirmed.run();
    }

    @Override
    public SSLSession session() {
        return null;
    }
}
