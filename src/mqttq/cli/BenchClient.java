package mqttq.cli;

import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import mqttq.client.core.ClientSettings;
import mqttq.link.MqttLink;
import mqttq.loop.Timers;
import mqttq.mqtt.Auth;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Connect;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.Message;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Suback;
import mqttq.mqtt.Subscribe;
import mqttq.mqtt.Subscription;
import mqttq.mqtt.SubscriptionOptions;
import mqttq.mqtt.codec.PacketDecoder;
import mqttq.transport.Pipe;
import mqttq.transport.Transport;

/**
 * One of the clients of {@code bench}: sends at its times or as fast as acknowledgements come, and measures. Allocates nothing a message.
 * What is in flight has slots; a slot's number is the packet identifier less one, and in {@code rtt} part of the payload.
 */
final class BenchClient implements Transport.Connected, MqttLink.Handler, Runnable {
    /**
     * Bytes at the beginning of a payload. Of {@code rtt}, to know its own: a number of this run, the slot, and how often the slot has been
     * given up. Of {@code pub}, for who runs {@code sub}: a fixed number, and when the message was due, in µs since 1970.
     */
    static final int MARK = 16;
    private static final long STAMP = 0x6d7174_74712062_65L;

    /** Then the other clients have their turn. */
    private static final int MESSAGES_A_TURN = 100;
    /** What has become of a slot's message; {@code LOST}: never acknowledged, its packet identifier must not be used again. */
    private static final byte FREE = 0, SENT = 1, ACKNOWLEDGED = 2, RECEIVED = 4, LOST = 8;

    private final BenchCommand bench;
    private final BenchOptions options;
    private final int number, qos;
    private final boolean rtt;
    private final Timers.Timer timer;
    private Transport.Attempt attempt;
    /** The control stream; the stream of the messages: the same, or one beside it. */
    private MqttLink link, data;
    private Pipe pipe;
    private boolean connected;
    private long asked;
    /** How often to connect after this time. */
    int again;
    private Message message;
    /** Its bytes, to be stamped; null where they are too few. */
    private ByteBuffer stamped;
    private Message[] slotMessages;

    // One round: warm-up, or what is measured
    private int count, begun, done;
    private long base;
    private double interval;
    private long[] due;
    private byte[] states;
    private int[] generations, freeSlots;
    private int free;
    BenchClient(BenchCommand bench, int number) {
        this.bench = bench;
        this.number = number;
        options = bench.options;
        qos = options.connection.qos;
        rtt = options.mode == BenchOptions.Mode.RTT;
        timer = bench.loop.timer(this);
    }

    // ---- connecting

    /** @param scheduled when this was to happen, ns */
    void connect(long scheduled) {
        asked = scheduled;
        try {
            attempt = bench.transport.connect(bench.loop, bench.address(), this);
        } catch (UncheckedIOException e) { // no more sockets
            bench.loop.execute(() -> onFailed(e.getCause().getMessage()));
        }
    }

    @Override public Pipe.Handler onConnected(Pipe pipe) {
        attempt = null;
        this.pipe = pipe;
        link = data = link(pipe);
        ClientOptions with = options.connection;
        String prefix = with.clientIdPrefix != null ? with.clientIdPrefix : with.clientId != null ? with.clientId : bench.prefix;
        link.send(new Connect(with.version, false, prefix + number, true, with.keepAlive, null, with.userName, with.password,
            Properties.EMPTY));
        return link;
    }

    private MqttLink link(Pipe of) {
        MqttLink made = MqttLink.client(bench.context, of, options.connection.version, PacketDecoder.LARGEST_PACKET);
        made.handler(this);
        return made;
    }

    @Override public void onFailed(String reason) {
        attempt = null;
        bench.failed(this, reason);
    }

    @Override public void onConnack(Connack connack) throws MqttException {
        if (connected) throw MqttException.protocolError("a second CONNACK");
        if (connack.reasonCode() != ReasonCode.SUCCESS) {
            bench.error("CONNECT was refused: " + connack.reasonCode());
            link.abort(0, "refused");
            return;
        }
        connected = true;
        Pipe own = options.connection.streams == ClientSettings.Streams.SINGLE ? null : pipe.openStream();
        if (own != null) own.handler(data = link(own));
        data.maximumPacketSize(connack.maximumPacketSize());
        int window = Math.min(options.inflight, connack.receiveMaximum());
        if (rtt && options.rate == 0) window = 1;
        due = new long[window];
        states = new byte[window];
        generations = new int[window];
        freeSlots = new int[window];
        switch (options.mode) {
            case SUB, RTT -> data.send(new Subscribe(1, Properties.EMPTY,
                List.of(new Subscription(options.topic(number), SubscriptionOptions.of(qos)))));
            default -> bench.ready(this, asked);
        }
    }

    @Override public void onSuback(Suback suback) {
        ReasonCode code = suback.reasonCodes().get(0);
        if (!code.isFailure()) {
            bench.ready(this, asked);
            return;
        }
        bench.error("SUBSCRIBE was refused: " + code);
        link.close(Disconnect.NORMAL, 0, "refused");
    }

    // ---- sending

    /** Sends {@code count} messages from {@code start} (ns) on; {@code suffix} is added to the topic. */
    void round(int count, long start, String suffix) {
        this.count = count;
        begun = done = free = 0;
        for (int slot = due.length; slot-- > 0; ) {
            states[slot] = FREE;
            freeSlots[free++] = slot;
        }
        if (rtt) slotMessages = slotMessages == null ? new Message[due.length] : slotMessages;
        else message = Message.of(options.topic(number) + suffix, bench.payload, qos, false);
        if (!rtt && options.size >= MARK) stamped = ByteBuffer.wrap(message.array()).putLong(message.payloadOffset(), STAMP);
        interval = options.rate > 0 ? 1e9 / options.rate : 0;
        base = start + (long) (interval * (number - 1) / options.clients); // evenly, not all at once
        pump();
    }

    @Override public void run() { pump(); }

    private void pump() {
        long now = bench.loop.now();
        for (int turn = 0; begun < count && connected && data.ready(); turn++) {
            if (turn == MESSAGES_A_TURN) {
                timer.at(now);
                return;
            }
            long at = interval > 0 ? base + (long) (begun * interval) : now;
            if (at > now) {
                timer.at(at);
                return;
            }
            if (qos == 0 && !rtt) {
                begun++;
                send(message, 0, at);
                bench.latency(now - at);
                done++;
                continue;
            }
            if (free == 0) return;
            int slot = freeSlots[--free];
            begun++;
            due[slot] = at;
            states[slot] = SENT;
            send(rtt ? slotMessage(slot) : message, qos == 0 ? 0 : slot + 1, at);
        }
        if (qos == 0 && !rtt && begun == count && connected) bench.watch(this);
    }

    private void send(Message one, int packetId, long at) {
        if (stamped != null) stamped.putLong(one.payloadOffset() + 8, bench.wallMicros(at));
        int size = data.sizePublish(one, qos, 0, true, -1, null, 0);
        if (size < 0) bench.error("messages are larger than the broker takes");
        else data.publish(one, qos, false, false, packetId, 0, true, -1, null, 0, size);
    }

    private Message slotMessage(int slot) {
        if (slotMessages[slot] != null) return slotMessages[slot];
        byte[] payload = bench.payload.clone();
        ByteBuffer.wrap(payload).putLong(bench.run).putInt(slot).putInt(generations[slot]);
        return slotMessages[slot] = Message.of(options.topic(number), payload, qos, false);
    }

    /** QoS 0: whether the transport has delivered everything (QUIC: had it acknowledged). */
    boolean delivered() { return !connected || data.unsent() == 0; }
    int missing() { return count - done; }

    /** Goes on after messages that did not come for {@code nanos}: they are lost, and known no more should they come. */
    void giveUp(long nanos) {
        if (due == null || !connected) return;
        for (int slot = 0; slot < due.length; slot++) {
            if ((states[slot] & SENT) == 0 || bench.loop.now() - due[slot] < nanos) continue;
            bench.lost(1);
            done++;
            generations[slot]++;
            if (slotMessages != null) slotMessages[slot] = null;
            if (qos == 0 || (states[slot] & ACKNOWLEDGED) != 0) release(slot);
            else states[slot] = LOST;
        }
        advance();
    }

    private void release(int slot) {
        states[slot] = FREE;
        freeSlots[free++] = slot;
    }

    private void finished(int slot) {
        done++;
        release(slot);
        advance();
    }

    private void advance() {
        if (done == count) bench.roundDone();
        else pump();
    }

    // ---- receiving

    @Override public void onPublish(Publish publish) {
        if (publish.qos() > 0) data.ack(publish.qos() == 1 ? PacketType.PUBACK : PacketType.PUBREC, publish.packetId());
        if (publish.dup()) return;
        byte[] array = publish.array();
        boolean mark = publish.payloadLength() >= MARK;
        if (!rtt) {
            boolean stamp = mark && number(array, publish.payloadOffset()) == STAMP;
            bench.received(publish.payloadLength(), stamp ? number(array, publish.payloadOffset() + 8) : -1);
            return;
        }
        if (!mark || due == null) return;
        int at = publish.payloadOffset(), slot = integer(array, at + 8);
        if (integer(array, at) != (int) (bench.run >> 32) || integer(array, at + 4) != (int) bench.run) return;
        if (slot < 0 || slot >= due.length || integer(array, at + 12) != generations[slot] || (states[slot] & (SENT | RECEIVED)) != SENT) {
            return;
        }
        bench.latency(bench.loop.now() - due[slot]);
        states[slot] |= RECEIVED;
        if (qos == 0 || (states[slot] & ACKNOWLEDGED) != 0) finished(slot);
    }

    private static long number(byte[] a, int at) { return (long) integer(a, at) << 32 | integer(a, at + 4) & 0xffff_ffffL; }
    private static int integer(byte[] a, int at) {
        return a[at] << 24 | (a[at + 1] & 0xff) << 16 | (a[at + 2] & 0xff) << 8 | a[at + 3] & 0xff;
    }

    @Override public void onAck(PacketType type, int packetId, ReasonCode reasonCode, Properties properties) {
        if (type == PacketType.PUBREL) {
            data.ack(PacketType.PUBCOMP, packetId);
            return;
        }
        int slot = packetId - 1;
        if (due == null || slot >= due.length || (states[slot] & SENT) == 0) return;
        if (type == PacketType.PUBREC && !reasonCode.isFailure()) {
            data.ack(PacketType.PUBREL, packetId);
            return;
        }
        states[slot] |= ACKNOWLEDGED;
        if (reasonCode.isFailure()) {
            bench.error("PUBLISH was refused: " + reasonCode);
            finished(slot);
        } else if (!rtt) {
            bench.latency(bench.loop.now() - due[slot]);
            finished(slot);
        } else if ((states[slot] & RECEIVED) != 0) {
            finished(slot);
        }
    }

    // ---- staying and leaving

    /** Sends PINGREQ if nothing was sent since {@code since} (ns). */
    void ping(long since) { if (connected && link.lastSent() < since) link.pingreq(); }
    boolean connected() { return connected; }

    void disconnect() {
        timer.cancel();
        if (attempt != null) attempt.cancel();
        if (connected) link.close(Disconnect.NORMAL, 0, "closed");
        else if (link != null) link.abort(0, "closed");
    }

    @Override public void onWritable() { if (begun < count) pump(); }

    @Override public void onDisconnect(Disconnect disconnect) {
        bench.error("the broker disconnected: " + disconnect.reasonCode());
        link.close(null, 0, "the broker disconnected");
    }

    @Override public void onAuth(Auth auth) throws MqttException { throw MqttException.protocolError("AUTH"); }

    @Override public void onError(MqttException error) {
        bench.error(error.getMessage());
        link.abort(error.reasonCode().value, error.getMessage());
    }

    @Override public void onEnd() { link.abort(0, "the broker ended the connection"); }

    @Override public void onClosed(String reason) {
        if (link == null) return;
        boolean was = connected;
        connected = false;
        timer.cancel();
        MqttLink control = link;
        link = data = null;
        if (!control.closed()) control.abort(0, reason);
        bench.closed(this, was, reason);
    }
}
