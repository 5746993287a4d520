package mqttq.client.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import mqttq.link.LinkContext;
import mqttq.link.MqttLink;
import mqttq.loop.Loop;
import mqttq.loop.Timers;
import mqttq.mqtt.Auth;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Connect;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.Message;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Suback;
import mqttq.mqtt.Subscribe;
import mqttq.mqtt.Subscription;
import mqttq.mqtt.Unsuback;
import mqttq.mqtt.Unsubscribe;
import mqttq.session.IncomingAliases;
import mqttq.session.Inflight;
import mqttq.session.KeepAlive;
import mqttq.session.PacketIds;
import mqttq.session.Received;
import mqttq.transport.Pipe;
import mqttq.transport.Transport;

/**
 * One MQTT client: connects, keeps its session over lost connections, comes back by itself, and delivers what it took at its QoS.
 * A state machine on the loop thread; all methods are for that thread.
 */
public final class ClientCore {
    private enum State { IDLE, CONNECTING, AWAITING_CONNACK, CONNECTED, PAUSING, CLOSING, CLOSED }

    /** What became of a packet: the reason code that acknowledged it (QoS 0: SUCCESS when it was handed to the transport). */
    public interface Completion {
        void completed(ReasonCode reasonCode, Properties properties);
    }

    /** What became of SUBSCRIBE or UNSUBSCRIBE: a code a filter. */
    public interface Granted {
        void granted(List<ReasonCode> codes);
    }

    private record Outgoing(Message message, Completion completion) { }

    /** A SUBSCRIBE or UNSUBSCRIBE not yet acknowledged; sent anew on a new connection. */
    private record Request(Subscribe subscribe, Unsubscribe unsubscribe, Granted granted) {
        int packetId() {
            return subscribe != null ? subscribe.packetId() : unsubscribe.packetId();
        }
    }

    /** A packet this large from the broker is more than a client of a Pi has room for. */
    private static final int LARGEST_PACKET = 268_435_460;

    private final Loop loop;
    private final LinkContext context;
    private final ClientSettings settings;
    private final ClientHandler handler;
    private final ProtocolVersion version;
    private final Timers.Timer keepAliveTimer, connectTimer, pauseTimer;
    private State state = State.IDLE;
    private Dialer dialer;
    private MqttLink link;
    private Pipe pipe;
    private long heard;
    private KeepAlive keepAlive;
    private boolean everConnected;
    private int failures;

    private final PacketIds packetIds = new PacketIds();
    private final Inflight<Outgoing> inflight;
    private final Received received = new Received();
    private IncomingAliases aliases = new IncomingAliases(0);
    private final ArrayDeque<Outgoing> queue = new ArrayDeque<>();
    private final List<Request> requests = new ArrayList<>();
    private final List<Subscription> subscriptions = new ArrayList<>();

    public ClientCore(Loop loop, ClientSettings settings, ClientHandler handler) {
        this.loop = loop;
        context = new LinkContext(loop);
        this.settings = settings;
        this.handler = handler;
        version = settings.connect().version();
        inflight = new Inflight<>(packetIds, settings.receiveMaximum());
        keepAliveTimer = loop.timer(this::keepAliveDue);
        connectTimer = loop.timer(this::connackOverdue);
        pauseTimer = loop.timer(this::dial);
    }

    /** Starts to connect. */
    public void start() {
        if (state != State.IDLE) throw new IllegalStateException("started before");
        dial();
    }

    /** Messages taken and not yet completed, those of QoS 0 not yet sent included. */
    public int pending() {
        return queue.size() + inflight.size();
    }

    /** Whether {@link #publish} takes another message. */
    public boolean takes() {
        return queue.size() < settings.queueLimit() && state != State.CLOSING && state != State.CLOSED;
    }

    /**
     * Publishes a message when the connection and the broker's Receive Maximum allow it, in order.
     * @param completion told once; null for none
     * @return false where the queue is full or the client closes: the message was not taken
     */
    public boolean publish(Message message, Completion completion) {
        if (!takes()) return false;
        queue.add(new Outgoing(message, completion));
        if (state == State.CONNECTED) pump();
        return true;
    }

    /** Subscribes now, and again whenever the broker has lost the session. */
    public void subscribe(List<Subscription> wanted, Properties properties, Granted granted) {
        for (Subscription subscription : wanted) {
            subscriptions.removeIf(old -> old.topicFilter().equals(subscription.topicFilter()));
            subscriptions.add(subscription);
        }
        request(new Request(new Subscribe(packetIds.allocate(), properties, wanted), null, granted));
    }

    public void unsubscribe(List<String> filters, Properties properties, Granted granted) {
        subscriptions.removeIf(old -> filters.contains(old.topicFilter()));
        request(new Request(null, new Unsubscribe(packetIds.allocate(), properties, filters), granted));
    }

    /** Sends DISCONNECT after what was written, and closes in order; {@link ClientHandler#onClosed} ends it. */
    public void disconnect(Disconnect disconnect) {
        if (state == State.CLOSING || state == State.CLOSED) return;
        boolean connected = state == State.CONNECTED;
        state = State.CLOSING;
        stopTimers();
        if (dialer != null) dialer.cancel();
        if (connected) {
            trace("sending DISCONNECT");
            link.close(disconnect, 0, "closed");
        } else if (link != null) {
            link.abort(0, "closed");
        } else {
            closed();
        }
    }

    // ---- connecting

    private void dial() {
        state = State.CONNECTING;
        dialer = new Dialer(loop, settings.transport(), settings.host(), settings.port(), settings.connectTimeout(), new Transport.Connected() {
            @Override public Pipe.Handler onConnected(Pipe pipe) {
                return transportStands(pipe);
            }

            @Override public void onFailed(String reason) {
                dialer = null;
                lost(null, reason);
            }
        });
    }

    private Pipe.Handler transportStands(Pipe pipe) {
        dialer = null;
        state = State.AWAITING_CONNACK;
        Connect connect = settings.connect();
        if (everConnected && connect.cleanStart() && version == ProtocolVersion.MQTT_5 && connect.sessionExpiryInterval() > 0) {
            // Clean Start was for the first connection of this client; what it has gathered since is to go on
            connect = new Connect(version, false, connect.clientId(), false, connect.keepAlive(), connect.will(), connect.userName(), connect.password(), connect.properties());
        }
        this.pipe = pipe;
        link = MqttLink.client(context, pipe, version, LARGEST_PACKET);
        link.handler(new Incoming());
        link.connect(connect);
        trace("sending CONNECT");
        connectTimer.at(loop.now() + settings.connectTimeout());
        return link;
    }

    private void connackOverdue() {
        link.abort(0, "no CONNACK in time");
    }

    private void accepted(Connack connack) throws MqttException {
        connectTimer.cancel();
        if (connack.reasonCode() != ReasonCode.SUCCESS) {
            MqttLink refusing = link;
            link = null;
            refusing.close(null, 0, "refused");
            lost(connack, "Connection Refused: " + connack.reasonCode());
            return;
        }
        int seconds = version == ProtocolVersion.MQTT_5 && connack.serverKeepAlive() >= 0 ? connack.serverKeepAlive() : settings.connect().keepAlive();
        keepAlive = KeepAlive.client(seconds, loop.now());
        keepAliveTimer.at(keepAlive.deadline());
        link.maximumPacketSize(connack.maximumPacketSize());
        aliases = new IncomingAliases(settings.connect().topicAliasMaximum());
        failures = 0;
        state = State.CONNECTED;
        if (!connack.sessionPresent()) sessionLost();
        inflight.connected(connack.receiveMaximum());
        received.connected(settings.connect().receiveMaximum());
        everConnected = true;
        handler.onConnected(connack, pipe);
        if (state != State.CONNECTED) return;
        for (Request request : requests) send(request);
        pump();
    }

    /** The broker knows nothing of us: what was in flight starts anew and stays in order, subscriptions are made again. */
    private void sessionLost() {
        ArrayDeque<Outgoing> again = new ArrayDeque<>();
        for (int entry = inflight.first(); entry != Inflight.NONE; entry = inflight.next(entry)) {
            Outgoing outgoing = inflight.message(entry);
            if (outgoing != null) again.add(outgoing);
            else if (inflight.note(entry) instanceof Completion completion) completion.completed(ReasonCode.SUCCESS, Properties.EMPTY); // the broker had it before PUBREC
        }
        inflight.clear();
        received.clear();
        while (!again.isEmpty()) queue.addFirst(again.removeLast());
        List<Subscription> missing = new ArrayList<>(subscriptions);
        for (Request request : requests) {
            if (request.subscribe != null) missing.removeAll(request.subscribe.subscriptions());
        }
        if (everConnected && !missing.isEmpty()) requests.add(0, new Request(new Subscribe(packetIds.allocate(), Properties.EMPTY, missing), null, null));
    }

    private void lost(Connack connack, String reason) {
        stopTimers();
        link = null;
        if (state == State.CLOSING) {
            closed();
            return;
        }
        boolean again = settings.reconnect() && everConnected;
        if (again) {
            state = State.PAUSING;
            long pause = Math.min(settings.reconnectMax(), settings.reconnectMin() << Math.min(failures++, 20));
            pauseTimer.at(loop.now() + pause + (long) (loop.entropy().nextDouble() * pause / 5));
        } else {
            state = State.CLOSED;
        }
        handler.onDisconnected(connack, reason, again);
    }

    private void closed() {
        state = State.CLOSED;
        stopTimers();
        handler.onClosed();
    }

    private void stopTimers() {
        keepAliveTimer.cancel();
        connectTimer.cancel();
        pauseTimer.cancel();
    }

    // ---- sending

    private void request(Request request) {
        requests.add(request);
        if (state == State.CONNECTED) send(request);
    }

    private void send(Request request) {
        if (request.subscribe != null) {
            trace("sending SUBSCRIBE (Mid: " + request.packetId() + ")");
            link.subscribe(request.subscribe);
        } else {
            trace("sending UNSUBSCRIBE (Mid: " + request.packetId() + ")");
            link.unsubscribe(request.unsubscribe);
        }
    }

    /** Sends what may be sent: first again what a former connection left, then what waits, as long as the link has room. */
    private void pump() {
        while (state == State.CONNECTED && link.ready()) {
            int entry = inflight.nextResend();
            if (entry == Inflight.NONE) break;
            if (inflight.state(entry) == Inflight.AWAIT_PUBCOMP) acknowledge(PacketType.PUBREL, inflight.id(entry));
            else publish(inflight.message(entry).message, inflight.id(entry), true);
        }
        while (state == State.CONNECTED && link.ready() && !queue.isEmpty()) {
            Outgoing next = queue.peek();
            int qos = next.message.qos();
            if (qos > 0 && !inflight.room()) return;
            queue.poll();
            if (size(next.message) < 0) { // [MQTT-3.2.2-15]
                complete(next.completion, ReasonCode.PACKET_TOO_LARGE, Properties.EMPTY);
            } else if (qos == 0) {
                publish(next.message, 0, false);
                complete(next.completion, ReasonCode.SUCCESS, Properties.EMPTY);
            } else {
                publish(next.message, inflight.begin(next, qos, 0, next.completion), false);
            }
        }
    }

    private void publish(Message message, int packetId, boolean dup) {
        if (handler.traces()) {
            trace("sending PUBLISH (d" + (dup ? 1 : 0) + ", q" + message.qos() + ", r" + (message.retain() ? 1 : 0) + ", m" + packetId + ", '" + message.topic() + "', ... ("
                + message.payloadLength() + " bytes))");
        }
        link.publish(message, message.qos(), dup, message.retain(), packetId, 0, true, message.messageExpiryInterval(), null, 0, size(message));
    }

    private int size(Message message) {
        return link.sizePublish(message, message.qos(), 0, true, message.messageExpiryInterval(), null, 0);
    }

    private void acknowledge(PacketType type, int packetId) {
        if (handler.traces()) trace("sending " + type + " (m" + packetId + ")");
        link.ack(type, packetId);
    }

    private static void complete(Completion completion, ReasonCode code, Properties properties) {
        if (completion != null) completion.completed(code, properties);
    }

    private void keepAliveDue() {
        if (state != State.CONNECTED) return;
        long now = loop.now();
        if (link.lastReceived() > heard) keepAlive.received(heard = link.lastReceived());
        keepAlive.sent(link.lastSent());
        if (keepAlive.expired(now)) {
            link.abort(0, "no answer to PINGREQ");
            return;
        }
        if (keepAlive.pingDue(now)) {
            trace("sending PINGREQ");
            link.pingreq();
            keepAlive.pinged(now);
        }
        keepAliveTimer.at(keepAlive.deadline());
    }

    private void trace(String line) {
        if (handler.traces()) handler.trace("Client " + settings.connect().clientId() + " " + line);
    }

    // ---- receiving

    private final class Incoming implements MqttLink.Handler {
        @Override public void onConnack(Connack connack) throws MqttException {
            trace("received CONNACK (" + connack.reasonCode().value + ")");
            if (state == State.CLOSING) return;
            if (state != State.AWAITING_CONNACK) throw MqttException.protocolError("a second CONNACK");
            accepted(connack);
        }

        @Override public void onPublish(Publish publish) throws MqttException {
            if (state == State.CLOSING) return; // the note on MQTT over QUIC, §6.3.1: discarded after DISCONNECT
            connected();
            resolveAlias(publish);
            int qos = publish.qos(), id = publish.packetId();
            if (handler.traces()) {
                trace("received PUBLISH (d" + (publish.dup() ? 1 : 0) + ", q" + qos + ", r" + (publish.retain() ? 1 : 0) + ", m" + id + ", '" + publish.topic() + "', ... ("
                    + publish.payloadLength() + " bytes))");
            }
            if (qos == 2) {
                int verdict = received.publish(id);
                if (verdict == Received.TOO_MANY) throw new MqttException(ReasonCode.RECEIVE_MAXIMUM_EXCEEDED, "more than Receive Maximum");
                if (verdict == Received.NEW) handler.onMessage(publish);
                if (state == State.CONNECTED) acknowledge(PacketType.PUBREC, id);
            } else {
                handler.onMessage(publish);
                if (qos == 1 && state == State.CONNECTED) acknowledge(PacketType.PUBACK, id);
            }
        }

        @Override public void onAck(PacketType type, int packetId, ReasonCode reasonCode, Properties properties) throws MqttException {
            if (state == State.CLOSING) return;
            connected();
            if (handler.traces()) trace("received " + type + " (Mid: " + packetId + ", RC:" + reasonCode.value + ")");
            if (type == PacketType.PUBREL) {
                received.release(packetId);
                acknowledge(PacketType.PUBCOMP, packetId);
                return;
            }
            int entry = inflight.find(packetId);
            int state = entry == Inflight.NONE ? 0 : inflight.state(entry);
            if (type == PacketType.PUBREC && (state == Inflight.AWAIT_PUBREC || state == Inflight.AWAIT_PUBCOMP) && !reasonCode.isFailure()) {
                if (state == Inflight.AWAIT_PUBREC) inflight.released(entry);
                acknowledge(PacketType.PUBREL, packetId);
            } else if (type == PacketType.PUBREC && state == 0) {
                if (!reasonCode.isFailure()) acknowledge(PacketType.PUBREL, packetId); // it may be of a session that we forgot: let the broker finish
            } else if (state == (type == PacketType.PUBACK ? Inflight.AWAIT_PUBACK : type == PacketType.PUBREC ? Inflight.AWAIT_PUBREC : Inflight.AWAIT_PUBCOMP)) {
                Completion completion = (Completion) inflight.note(entry);
                inflight.done(entry);
                complete(completion, reasonCode, properties);
                if (ClientCore.this.state == State.CONNECTED) pump();
            }
        }

        @Override public void onSuback(Suback suback) throws MqttException {
            trace("received SUBACK");
            answered(suback.packetId(), true, suback.reasonCodes());
        }

        @Override public void onUnsuback(Unsuback unsuback) throws MqttException {
            trace("received UNSUBACK");
            answered(unsuback.packetId(), false, unsuback.reasonCodes());
        }

        private void answered(int packetId, boolean subscribe, List<ReasonCode> codes) throws MqttException {
            if (state == State.CLOSING) return;
            connected();
            for (int i = 0; i < requests.size(); i++) {
                Request request = requests.get(i);
                if (request.packetId() != packetId || (request.subscribe != null) != subscribe) continue;
                if (subscribe && codes.size() != request.subscribe.subscriptions().size()) { // [MQTT-3.8.4-6]
                    throw MqttException.protocolError("SUBACK with " + codes.size() + " codes");
                }
                requests.remove(i);
                packetIds.release(packetId);
                if (request.granted != null) request.granted.granted(codes);
                return;
            }
        }

        @Override public void onPingresp() {
            trace("received PINGRESP");
        }

        @Override public void onError(MqttException error) {
            link.close(new Disconnect(error.reasonCode(), Properties.EMPTY), error.reasonCode().value, error.getMessage());
        }

        @Override public void onEnd() {
            link.close(null, 0, "the broker ended the connection");
        }

        @Override public void onDisconnect(Disconnect disconnect) {
            trace("received DISCONNECT (" + disconnect.reasonCode().value + ")");
            String said = disconnect.reasonString();
            link.close(null, 0, "the broker disconnected: " + disconnect.reasonCode() + (said == null ? "" : ", " + said));
        }

        @Override public void onAuth(Auth auth) throws MqttException {
            throw MqttException.protocolError("AUTH without an authentication method");
        }

        @Override public void onWritable() {
            if (state == State.CONNECTED) pump();
        }

        @Override public void onClosed(String reason) {
            if (link != null) lost(null, reason);
        }

        private void connected() throws MqttException {
            if (state != State.CONNECTED) throw MqttException.protocolError("a packet before CONNACK");
        }

        private void resolveAlias(Publish publish) throws MqttException {
            int alias = publish.topicAlias();
            if (alias == 0) return;
            if (!aliases.allowed(alias)) throw new MqttException(ReasonCode.TOPIC_ALIAS_INVALID, "topic alias " + alias);
            if (publish.topicLength() > 0) {
                if (!aliases.put(alias, publish.topicArray(), publish.topicOffset(), publish.topicLength())) {
                    throw new MqttException(ReasonCode.QUOTA_EXCEEDED, "too many topic aliases");
                }
                return;
            }
            byte[] topic = aliases.get(alias);
            if (topic == null) throw MqttException.protocolError("unknown topic alias " + alias);
            publish.topic(topic, 0, topic.length);
        }
    }
}
