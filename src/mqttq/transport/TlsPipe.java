package mqttq.transport;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import mqttq.loop.Loop;
import mqttq.wire.BufferPool;

/** TLS by an {@link SSLEngine} over another pipe. What is slow about a handshake is done by the loop's helper. */
final class TlsPipe extends LayeredPipe {
    /** RFC 8446 §5.2: a protected record's header, content, and what AEAD and padding may add; TLS 1.2 adds up to 2048. */
    private static final int HEADER = 5, RECORD = HEADER + 16384 + 2048;

    /** Shared by all pipes of a loop: empty between any two calls. */
    static final class Scratch {
        private ByteBuffer plain = ByteBuffer.allocate(RECORD), sealed = ByteBuffer.allocate(RECORD);
        private final ByteBuffer nothing = ByteBuffer.allocate(0);
    }

    private final Scratch scratch;
    private final SSLEngine engine;
    private boolean working, farewell;

    TlsPipe(Loop loop, Pipe inner, TransportLimits limits, BufferPool pool, Scratch scratch, SSLEngine engine, Opening opening) {
        super(loop, inner, limits, pool, RECORD, opening);
        this.scratch = scratch;
        this.engine = engine;
        // A client speaks first.
        if (engine.getUseClientMode()) later();
    }

    @Override boolean stalled() { return working || super.stalled(); }

    @Override void decode(ByteBuffer data) {
        try {
            // A record that came in pieces is put together; all others are opened where they lie.
            while (!stalled() && (data.hasRemaining() || !raw.isEmpty())) {
                if (raw.isEmpty()) {
                    if (!unwrap(data)) {
                        if (!stalled() && data.hasRemaining()) raw.put(data);
                        return;
                    }
                } else {
                    if (!fill(data)) return;
                    ByteBuffer record = raw.view();
                    boolean opened = unwrap(record);
                    if (!raw.isEmpty()) raw.taken();
                    if (!opened) return;
                }
            }
        } catch (SSLException | RuntimeException e) {
            refuse(e);
        }
    }

    /** Adds to {@link #raw} what its first record lacks; says whether it is whole now. */
    private boolean fill(ByteBuffer data) throws SSLException {
        while (true) {
            ByteBuffer have = raw.view();
            int length = have.remaining(), whole = length < HEADER ? HEADER : HEADER + (have.getShort(have.position() + 3) & 0xffff);
            if (whole > RECORD) throw new SSLException("record too long");
            if (length >= whole) return true;
            int more = Math.min(whole - length, data.remaining());
            if (more == 0) return false;
            raw.put(data.slice(data.position(), more));
            data.position(data.position() + more);
        }
    }

    /** Opens one record; false: it is not all there, or nothing may be decoded now. */
    private boolean unwrap(ByteBuffer records) throws SSLException {
        SSLEngineResult result = engine.unwrap(records, scratch.plain.clear());
        while (result.getStatus() == Status.BUFFER_OVERFLOW) {
            scratch.plain = ByteBuffer.allocate(Math.max(scratch.plain.capacity() * 2, engine.getSession().getApplicationBufferSize()));
            result = engine.unwrap(records, scratch.plain);
        }
        // The JDK says FINISHED when its tickets have been wrapped; what the client sent right behind its Finished may be here before.
        if (result.bytesProduced() > 0 && !isOpen()) open();
        deliver(scratch.plain.flip());
        HandshakeStatus next = result.getHandshakeStatus();
        boolean progress = result.bytesConsumed() > 0 || result.bytesProduced() > 0 || next == HandshakeStatus.NEED_TASK;
        advance(next);
        if (engine.isInboundDone() && !gone) {
            records.position(records.limit());
            later();
            tellEnd();
            return false;
        }
        return progress && result.getStatus() != Status.BUFFER_UNDERFLOW;
    }

    @Override void encode() {
        try {
            boolean wrapped = false;
            while (!working && !gone && !blocked()) {
                HandshakeStatus status = engine.getHandshakeStatus();
                boolean data = isOpen() && !out.isEmpty();
                if (status == HandshakeStatus.NEED_TASK) {
                    work();
                    return;
                }
                if (finishing && !data && (isOpen() || closing) && !farewell) {
                    farewell = true;
                    engine.closeOutbound();
                    continue;
                }
                boolean must = status == HandshakeStatus.NEED_WRAP || status == HandshakeStatus.NOT_HANDSHAKING && !isOpen() && !farewell;
                if (!must && !data || engine.isOutboundDone()) break;
                if (!wrap(data)) break;
                wrapped |= must;
            }
            // What was decoded may have had to wait for what was to be said first.
            if (wrapped && !working) resumeLater();
            if (!farewell || working || gone || blocked()) return;
            if (engine.isOutboundDone() || engine.getHandshakeStatus() != HandshakeStatus.NEED_WRAP) endInner();
        } catch (SSLException | RuntimeException e) {
            refuse(e);
        }
    }

    /** Seals one record; false: nothing came of it. */
    private boolean wrap(boolean data) throws SSLException {
        ByteBuffer source = data ? out.view() : scratch.nothing;
        SSLEngineResult result = engine.wrap(source, scratch.sealed.clear());
        while (result.getStatus() == Status.BUFFER_OVERFLOW) {
            scratch.sealed = ByteBuffer.allocate(Math.max(scratch.sealed.capacity() * 2, engine.getSession().getPacketBufferSize()));
            result = engine.wrap(source, scratch.sealed);
        }
        if (data) out.taken();
        if (data && result.getStatus() == Status.CLOSED) out.clear();
        send(scratch.sealed.flip());
        advance(result.getHandshakeStatus());
        return result.bytesProduced() > 0 || result.bytesConsumed() > 0;
    }

    private void advance(HandshakeStatus status) throws SSLException {
        switch (status) {
            case FINISHED -> {
                if (!isOpen()) open();
                later();
            }
            case NEED_TASK -> work();
            case NEED_WRAP -> later();
            default -> { }
        }
    }

    private void work() throws SSLException {
        if (working) return;
        // RFC 8446 §4.1.2 has no renegotiation; in TLS 1.2 it would let a client make us sign for ever.
        if (isOpen() && !engine.getUseClientMode()) throw new SSLException("renegotiation refused");
        working = true;
        inner.read(false);
        loop.offload(new Runnable() {
            @Override public void run() { for (Runnable task; (task = engine.getDelegatedTask()) != null; ) task.run(); }
        }, new Runnable() {
            @Override public void run() {
                working = false;
                if (!gone) resumeLater();
            }
        });
    }

    /** The engine has the alert ready that says what was wrong. */
    private void refuse(Exception cause) {
        String text = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        for (Throwable deeper = cause.getCause(); deeper != null; deeper = deeper.getCause())
            if (deeper.getMessage() != null && !text.contains(deeper.getMessage())) text += ": " + deeper.getMessage();
        try {
            engine.closeOutbound();
            for (int i = 0; i < 4 && !engine.isOutboundDone() && !blocked(); i++) {
                engine.wrap(scratch.nothing, scratch.sealed.clear());
                send(scratch.sealed.flip());
            }
        } catch (SSLException | RuntimeException e) {
            // There was no more to say.
        }
        fail("TLS: " + (text.length() > TransportLimits.REASON ? text.substring(0, TransportLimits.REASON) : text));
    }

    @Override public String transport() { return "tls"; }
    @Override public SSLSession session() { return engine.getSession(); }
}
