package mqttq.link;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.function.BiConsumer;
import javax.net.ssl.SSLSession;
import mqttq.loop.Log;
import mqttq.loop.Timers;
import mqttq.mqtt.ApplicationMessage;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.Packet;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.codec.PacketDecoder;
import mqttq.mqtt.codec.PacketEncoder;
import mqttq.mqtt.codec.PacketHandler;
import mqttq.transport.Pipe;

/**
 * MQTT packets over a pipe: a decoder towards the {@link Handler}, encoding straight into the pipe, back-pressure both ways, and closing
 * in order. Loop thread only. Control packets may always be sent; a PUBLISH only while {@link #ready}.
 */
public final class MqttLink implements Pipe.Handler {
    /** Takes packets and events; the link may be used from within all of them. */
    public interface Handler extends PacketHandler {
        /** What waited has gone: {@link #ready} is true again. */
        void onWritable();

        /** The peer broke the protocol, or the handler threw: to be answered with {@link #close}. */
        void onError(MqttException error);

        /** The peer ended its direction; to be answered with {@link #close}. */
        void onEnd();

        /** {@link Pipe.Handler#onStream}. */
        default Pipe.Handler onStream(Pipe stream) { return null; }

        /** {@link Pipe.Handler#onPath}. */
        default void onPath() { }

        /** The pipe is gone; {@code reason} for a log line. The last call, once. */
        void onClosed(String reason);
    }

    /** Answers waiting for a peer that does not read them, in bytes, above which nothing more is read from it. */
    public static final int MAX_WAITING_ANSWERS = 16 * 1024;
    /** How long a closed link may take to deliver what was written, in nanoseconds. */
    public static final long LINGER = 5_000_000_000L;
    /** So many bytes of an unfinished packet count as a sign of life. */
    private static final int PROGRESS = 1000;
    /** An unfinished packet that brings less than {@link #PROGRESS} bytes in this time ends the link, in nanoseconds. */
    public static final long PACKET_TIMEOUT = 60_000_000_000L;
    /** Bytes that a pipe keeps, about, while it is not read. */
    private static final int PAUSED = 64 * 1024;
    private static final int PAUSED_BY_OWNER = 1, PAUSED_BY_OUTPUT = 2;

    private final LinkContext context;
    private final Pipe pipe;
    private final PacketDecoder decoder;
    private final PacketOutput output;
    private final boolean server;
    private final Gate gate = new Gate();
    private Handler handler;
    private long maximumPacketSize = PacketDecoder.LARGEST_PACKET;
    private long lastReceived, lastSent;
    private int progress, paused;
    private boolean closing, closed;
    private long closeCode;
    private String closeReason;
    private Timers.Timer linger, unfinished;
    /** When {@link #unfinished} was set; -1: it is not. */
    private long unfinishedSince = -1;

    private MqttLink(LinkContext context, Pipe pipe, PacketDecoder decoder, boolean server) {
        this.context = context;
        this.pipe = pipe;
        this.decoder = decoder;
        this.server = server;
        output = new PacketOutput(context, pipe);
        lastReceived = lastSent = context.loop.now();
    }

    /**
     * A server's end; the version is CONNECT's. {@code limit}: bytes of the largest packet taken for now. The caller makes it the pipe's
     * handler.
     */
    public static MqttLink server(LinkContext context, Pipe pipe, int limit) {
        return new MqttLink(context, pipe, PacketDecoder.server(context.pool, limit), true);
    }

    /** A client's end. */
    public static MqttLink client(LinkContext context, Pipe pipe, ProtocolVersion version, int limit) {
        return new MqttLink(context, pipe, PacketDecoder.client(version, context.pool, limit), false);
    }

    /** A server's end of a further stream of the same client, which is let in already. The caller makes it the pipe's handler. */
    public MqttLink branch(Pipe stream, int limit) {
        MqttLink link = new MqttLink(context, stream, PacketDecoder.server(version(), context.pool, limit), true);
        link.maximumPacketSize = maximumPacketSize;
        return link;
    }

    /** Sets who takes the packets; before the first byte comes. */
    public void handler(Handler handler) { this.handler = handler; }

    // Who the peer is

    public InetSocketAddress remote() { return pipe.remote(); }
    public InetSocketAddress local() { return pipe.local(); }

    /** "quic", "tcp", "tls", "ws" or "wss". */
    public String transport() { return pipe.transport(); }

    /** {@link Pipe#sentTo}. */
    public byte[] sentTo() { return pipe.sentTo(); }

    /** {@link Pipe#figures}. */
    public void figures(BiConsumer<String, Object> to) { pipe.figures(to); }

    /** {@link Pipe#allowSilence}. */
    public void allowSilence(long nanos) { pipe.allowSilence(nanos); }

    /** {@link Pipe#admit}. */
    public void admit() { pipe.admit(); }

    /** {@link Pipe#early}. */
    public boolean early() { return pipe.early(); }

    /** {@link Pipe#proven}. */
    public boolean proven() { return pipe.proven(); }

    /** {@link Pipe#whenConfirmed}. */
    public void whenConfirmed(Runnable then) { pipe.whenConfirmed(then); }

    /** The TLS session with the peer's certificates, or null without TLS. */
    public SSLSession session() { return pipe.session(); }

    /** The version in use; null at a server before CONNECT named one. */
    public ProtocolVersion version() { return decoder.version(); }

    /** While {@code true}, a packet other than AUTH and DISCONNECT is a protocol error. */
    public void onlyAuth(boolean on) { decoder.onlyAuth(on); }

    // Limits and flow

    /** The largest packet that is taken from the peer, in bytes. */
    public void limit(int bytes) { decoder.limit(bytes); }

    /** The largest packet that the peer takes, in bytes. */
    public void maximumPacketSize(long bytes) { maximumPacketSize = Math.min(bytes, PacketDecoder.LARGEST_PACKET); }

    /** When the last whole packet came (or a good part of a large one): loop time, ns. */
    public long lastReceived() { return lastReceived; }

    /** When the last packet went out: loop time, ns. */
    public long lastSent() { return lastSent; }

    /** Bytes taken for sending and not yet delivered (QUIC: acknowledged). */
    public long unsent() { return output.waiting() + pipe.unsent(); }

    /** {@link #unsent}, and what came and is not read: heap bytes, about. */
    public long burden() { return unsent() + decoder.heldBytes() + (paused == 0 ? 0 : PAUSED); }

    /** Whether to go on reading; {@code false} is back-pressure on the peer and takes effect before the next packet. */
    public void read(boolean on) { pause(PAUSED_BY_OWNER, !on); }

    /** Whether a PUBLISH may be sent: nothing waits. After a false, {@link Handler#onWritable} comes. */
    public boolean ready() { return !closing && output.empty(); }
    public boolean closed() { return closing; }

    /** Whether a packet has come in part. */
    public boolean midPacket() { return decoder.midPacket(); }

    // Sending

    /**
     * The bytes of a PUBLISH, the parameters as in {@link PacketEncoder#sizePublish}; -1 where it is larger than the peer takes: then it is
     * not sent, and counts as if it had been [MQTT-3.1.2-25].
     */
    public int sizePublish(ApplicationMessage message, int qos, int alias, boolean withTopic, long expiry, int[] identifiers,
        int identifierCount) {
        int size = PacketEncoder.sizePublish(version(), message, qos, alias, withTopic, expiry, identifiers, identifierCount);
        return size > maximumPacketSize || size < 0 ? -1 : size;
    }

    /** Whether a PUBLISH of this size goes into the pipe whole, so that a {@link Publish} may be sent on without a copy. */
    public boolean fits(int size) { return !closing && output.empty() && pipe.writable() >= size; }

    /**
     * Sends a PUBLISH; the parameters as in {@link PacketEncoder#writePublish}. Only while {@link #ready}, and what is no
     * {@link mqttq.mqtt.Message} only where it {@link #fits}. Allocates nothing up to 16 KiB that fit.
     */
    public void publish(ApplicationMessage message, int qos, boolean dup, boolean retain, int packetId, int alias, boolean withTopic,
        long expiry,
                        int[] identifiers, int identifierCount, int size) {
        if (closing) return;
        sent();
        int head = size - message.payloadLength();
        boolean whole = size <= LinkContext.SCRATCH;
        ByteBuffer out = room(whole ? size : head);
        PacketEncoder.writePublishHead(out, version(), message, qos, dup, retain, packetId, alias, withTopic, expiry, identifiers,
            identifierCount);
        if (whole && (output.empty() && pipe.writable() >= size || message.payloadLength() < 1024)) {
            out.put(message.array(), message.payloadOffset(), message.payloadLength());
            output.write(out.flip());
        } else {
            output.write(out.flip());
            output.writePayload(message.array(), message.payloadOffset(), message.payloadLength());
        }
    }

    /** Sends a packet; what may be left out of its properties is where the peer takes no more. False: even then it is too large for it. */
    public boolean send(Packet packet) {
        int size = PacketEncoder.size(version(), packet);
        Properties fit = PacketEncoder.fit(packet.properties(), size, maximumPacketSize);
        if (fit != packet.properties()) size = PacketEncoder.size(version(), packet = packet.with(fit));
        if (size > maximumPacketSize) return false;
        ByteBuffer out = size == 0 ? null : begin(size);
        if (out == null) return true;
        PacketEncoder.write(out, version(), packet);
        end(out);
        return true;
    }

    /** PUBACK, PUBREC, PUBREL or PUBCOMP. */
    public void ack(PacketType type, int packetId, ReasonCode reason, Properties properties) {
        Properties fit = properties.isEmpty() ? properties
            : PacketEncoder.fit(properties, PacketEncoder.sizeAck(version(), reason, properties), maximumPacketSize);
        ByteBuffer out = begin(PacketEncoder.sizeAck(version(), reason, fit));
        if (out == null) return;
        PacketEncoder.writeAck(out, version(), type, packetId, reason, fit);
        end(out);
    }

    public void ack(PacketType type, int packetId) { ack(type, packetId, ReasonCode.SUCCESS, Properties.EMPTY); }

    public void pingreq() {
        ByteBuffer out = begin(2);
        if (out == null) return;
        PacketEncoder.writePingreq(out);
        end(out);
    }

    public void pingresp() {
        ByteBuffer out = begin(2);
        if (out == null) return;
        PacketEncoder.writePingresp(out);
        end(out);
    }

    // The end

    /**
     * Ends in order (MQTT over QUIC §6.3.1): what waits, then DISCONNECT where {@code disconnect} is given and the version has one, then
     * the pipe when all is delivered or after {@link #LINGER}. Nothing is read or sent any more ([MQTT-3.14.4-1]).
     * @param code QUIC's application error code; 0: no error
     */
    public void close(Disconnect disconnect, long code, String reason) {
        if (closing) return;
        if (disconnect != null && version() != null && (!server || version().hasProperties())) send(disconnect);
        closing = true;
        decoder.close();
        countHeld();
        if (unfinished != null) unfinished.cancel();
        closeCode = code;
        closeReason = reason;
        pipe.read(true); // what still comes is discarded
        if (output.empty()) {
            pipe.close(code, reason, LINGER);
        } else {
            linger = context.loop.timer(this::lingered);
            linger.at(context.loop.now() + LINGER);
        }
    }

    /** Ends at once. */
    public void abort(long code, String reason) {
        closing = true;
        output.release();
        pipe.abort(code, reason);
    }

    private void lingered() { if (!closed) abort(closeCode, closeReason); }

    // The pipe's events

    @Override public void onData(ByteBuffer data) {
        int length = data.remaining();
        context.bytesReceived += length;
        if (closing) {
            data.position(data.limit());
            return;
        }
        int before = data.position();
        long packets = decoder.packets();
        try {
            decoder.decode(data, handler, gate);
        } catch (MqttException e) {
            data.position(data.limit());
            if (!closing) handler.onError(e);
        } catch (RuntimeException e) { // a fault of ours: it ends this connection and no other
            data.position(data.limit());
            context.loop.log(Log.Level.ERROR, trace(e));
            if (!closing) handler.onError(new MqttException(ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR, "internal error"));
        }
        packets = decoder.packets() - packets;
        context.packetsReceived += packets;
        if (closing) {
            data.position(data.limit());
            return;
        }
        countHeld();
        context.bytesReceived -= data.remaining(); // offered again later
        progress = packets > 0 ? PROGRESS : progress + data.position() - before;
        if (progress >= PROGRESS) {
            progress = 0;
            lastReceived = context.loop.now();
        }
        if (unfinishedSince < 0 && decoder.midPacket()) awaitRest();
    }

    private void countHeld() {
        int change = decoder.heldChange();
        if (change != 0) context.unfinished(this, change, decoder.heldBytes() > 0);
    }

    /** Others need the room. */
    void crowdedOut() {
        decoder.close();
        countHeld();
        handler.onError(new MqttException(ReasonCode.QUOTA_EXCEEDED, "unfinished packets take too much memory"));
    }

    /** One look a minute, not one a packet. */
    private void awaitRest() {
        if (unfinished == null) unfinished = context.loop.timer(this::onUnfinished);
        unfinishedSince = context.loop.now();
        unfinished.at(unfinishedSince + PACKET_TIMEOUT);
    }

    private void onUnfinished() {
        long since = unfinishedSince;
        unfinishedSince = -1;
        if (closing || !decoder.midPacket()) return;
        if (paused != 0 || lastReceived > since) awaitRest();
        else handler.onError(MqttException.protocolError("packet not finished in time"));
    }

    @Override public void onWritable() {
        if (closed || !output.flush()) return;
        if (closing) {
            if (linger != null) {
                linger.cancel();
                linger = null;
                pipe.close(closeCode, closeReason, LINGER);
            }
            return;
        }
        pause(PAUSED_BY_OUTPUT, false);
        handler.onWritable();
    }

    @Override public void onEnd() { if (!closing) handler.onEnd(); }
    @Override public Pipe.Handler onStream(Pipe stream) { return closing ? null : handler.onStream(stream); }

    @Override public void onPath() { if (!closing) handler.onPath(); }

    @Override public void onClosed(String reason) {
        if (closed) return;
        closed = closing = true;
        if (linger != null) linger.cancel();
        if (unfinished != null) unfinished.cancel();
        output.release();
        decoder.close();
        countHeld();
        handler.onClosed(reason);
    }

    /** A fault of ours, for the log. */
    public static String trace(RuntimeException e) {
        StringWriter text = new StringWriter();
        e.printStackTrace(new PrintWriter(text));
        return text.toString().strip();
    }

    private void pause(int bit, boolean on) {
        int before = paused;
        paused = on ? before | bit : before & ~bit;
        if (!closing && (before == 0) != (paused == 0)) pipe.read(paused == 0);
    }

    /** A buffer for a packet of this size, or null where nothing may be sent any more. */
    private ByteBuffer begin(int size) {
        if (closing) return null;
        sent();
        return room(size);
    }

    private ByteBuffer room(int size) { return size <= LinkContext.SCRATCH ? context.scratch.clear() : ByteBuffer.allocate(size); }

    private void end(ByteBuffer packet) {
        output.write(packet.flip());
        if (output.waiting() > MAX_WAITING_ANSWERS) pause(PAUSED_BY_OUTPUT, true);
    }

    private void sent() {
        context.packetsSent++;
        lastSent = context.loop.now();
    }

    /** Stops the decoder where nothing more is to be read. */
    private final class Gate implements PacketDecoder.Gate {
        @Override public boolean open() { return paused == 0 && !closing; }
    }
}
