package mqttq.broker;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.BiConsumer;
import mqttq.auth.Access;
import mqttq.auth.Login;
import mqttq.config.BrokerSettings;
import mqttq.link.MqttLink;
import mqttq.loop.Log;
import mqttq.loop.Timers;
import mqttq.mqtt.Auth;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Connect;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.Packet;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Suback;
import mqttq.mqtt.Subscribe;
import mqttq.mqtt.Topics;
import mqttq.mqtt.Unsubscribe;
import mqttq.mqtt.Utf8;
import mqttq.mqtt.Will;
import mqttq.session.Inflight;
import mqttq.session.IncomingAliases;
import mqttq.session.KeepAlive;
import mqttq.session.Received;
import mqttq.transport.Pipe;

/** One network connection, from its first byte to its end: takes the client's packets and sends it what its {@link Session} has. */
final class Connection implements MqttLink.Handler {
    /** Acknowledgements that wait for the journal, above which nothing more is read. */
    static final int MAX_HELD_ACKS = 1000;
    /** From CONNECT until the client is let in or refused, in nanoseconds: many passwords may be waiting to be checked. */
    static final long AUTHENTICATION_TIMEOUT = 60_000_000_000L;

    /** What {@link HeldAcks} notes of a PUBREC for a message that was taken before, and of a retained message deleted. */
    private static final Object AGAIN = new Object(), MAKES_ROOM = new Object();

    private enum State { NEW, AUTHENTICATING, CONNECTED, ENDED }

    private final Broker broker;
    private final MqttLink link;
    final Broker.Listener listener;
    private final ListenerSettings settings;
    /** Neighbours among those that were not let in yet ({@link Broker}). */
    Connection older, newer;
    private State state = State.NEW;
    private Timers.Timer timer;
    /** From CONNECT on; null again once the client is let in, where it may not authenticate anew. */
    private Admission admission;
    private long sessionExpiry;
    private Login login;
    /** For log lines; null before CONNECT. */
    private String name;
    private Session session;
    private Will will;
    private KeepAlive keepAlive;
    private IncomingAliases incoming;
    private PublishSender sender;
    private int receiveMaximum = 0xffff;
    private HeldAcks held;
    private boolean v5;
    /** The session is older than the connection, and no PUBREL has come yet that is part of it. */
    private boolean recovering;
    /** The CONNACK has gone out: it may wait for the journal. */
    private boolean welcomed = true;
    /** A PUBLISH is being routed: its acknowledgement goes out before what the client itself gets of it. */
    private boolean answering;
    private SubscriptionHandler subscriber;

    /** Of a data stream: whose it is; null: this is the control stream, or there is only one. */
    private final Connection control;
    /** Of a control stream: its client's other streams; null: there never was one. */
    private DataStreams streams;
    private int clientReceiveMaximum, aliases;
    /** Heap bytes of what the client may make larger than most: names, password, will, topic aliases. */
    private int weight;
    /** Of a control stream: bytes of topics with an alias, on all the client's streams. */
    private int aliasBytes;

    /**
     * A data stream of a client that is let in: packet identifiers, aliases, acknowledgements and subscriptions of its own, gone when it
     * ends.
     */
    Connection(Connection control, MqttLink link, int number) {
        broker = control.broker;
        this.link = link;
        this.control = control;
        listener = control.listener;
        settings = control.settings;
        login = control.login;
        name = control.name + "#" + number;
        v5 = control.v5;
        receiveMaximum = control.receiveMaximum;
        link.handler(this);
        broker.streamBegan();
        session = new Session(broker, control.session.clientId, control.session);
        begin(control.aliases, false);
        session.attach(this, control.session.permissions(), settings.mountPoint(), 0, control.clientReceiveMaximum);
    }

    /** What a stream needs to take packets. */
    private void begin(int aliases, boolean bridge) {
        String mount = settings.mountPoint();
        sender = new PublishSender(broker, link, name, v5, mount == null ? 0 : Utf8.bytes(mount).length, aliases);
        incoming = v5 ? new IncomingAliases(settings.maxTopicAlias()) : null;
        subscriber = new SubscriptionHandler(broker, this, session, name, settings.maxQos(), bridge);
        state = State.CONNECTED;
    }

    @Override public Pipe.Handler onStream(Pipe pipe) {
        if (control != null || state == State.ENDED || !broker.memoryFor(0, Broker.NEW_CLIENTS)) return null;
        if (streams == null) streams = new DataStreams(this, link, broker.settings().maxPacketSize);
        return streams.onStream(pipe, state == State.CONNECTED);
    }

    /** The connection that stands for the client. */
    Connection control() { return control == null ? this : control; }

    Connection(Broker broker, MqttLink link, Broker.Listener listener) {
        control = null;
        this.broker = broker;
        this.link = link;
        this.listener = listener;
        settings = listener.settings();
        broker.streamBegan();
        timer = broker.loop().timer(this::onTimer);
        timer.at(broker.now() + broker.settings().connectTimeout * 1_000_000_000L);
    }

    /** When something last came from the client on this stream (loop time, ns). */
    long lastReceived() { return link.lastReceived(); }

    /** What is known of the way to the client (QUIC); {@link MqttLink#figures}. */
    void figures(BiConsumer<String, Object> to) { link.figures(to); }

    @Override public void onPath() { if (state == State.CONNECTED) broker.state().moved(session.clientId); }

    // Where the client is, and what it is told by when this process has died ({@link MqttLink#sentTo})

    byte[] sentTo() { return link.sentTo(); }
    InetSocketAddress local() { return link.local(); }
    InetSocketAddress remote() { return link.remote(); }

    // What the session asks

    /** How many PUBLISHes of QoS 1 and 2 the client may have unacknowledged. */
    int receiveMaximum() { return receiveMaximum; }
    boolean writable() { return !answering && welcomed && link.ready(); }
    PublishSender sender() { return sender; }
    Session session() { return session; }

    /** What is published unless the client says DISCONNECT, or null. */
    Will will() { return will; }
    Login login() { return login; }
    void login(Login again) { login = again; }
    void sendAck(PacketType type, int packetId) { sendAck(type, packetId, ReasonCode.SUCCESS); }

    private void sendAck(PacketType type, int packetId, ReasonCode reason) {
        if (broker.packets.on()) broker.packets.sendingAck(name, type, packetId, reason);
        link.ack(type, packetId, reason, Properties.EMPTY);
    }

    // CONNECT

    @Override public void onConnect(Connect packet) throws MqttException {
        if (state != State.NEW) throw MqttException.protocolError("second CONNECT"); // [MQTT-3.1.0-2]
        admission = new Admission(broker, this, link, settings, packet);
        admission.begin();
    }

    /** CONNECT may be taken: who it says it is has to be proved in time. */
    void authenticating() {
        state = State.AUTHENTICATING;
        timer.at(broker.now() + AUTHENTICATION_TIMEOUT);
    }

    boolean isAuthenticating() { return state == State.AUTHENTICATING; }
    boolean isConnected() { return state == State.CONNECTED; }
    void name(String value) { name = value; }

    /** The client is who it says, and the session is its own. */
    void letIn(Admission by, Session of, Connack connack, long before) {
        session = of;
        login = by.login;
        will = by.will;
        sessionExpiry = by.sessionExpiry;
        broker.letIn(this);
        link.admit();
        BrokerSettings limits = broker.settings();
        link.limit(limits.maxPacketSize == 0 ? Integer.MAX_VALUE : limits.maxPacketSize);
        Connect connect = by.connect;
        v5 = connect.version() == ProtocolVersion.MQTT_5;
        if (v5) receiveMaximum = limits.maxInflightMessages;
        aliases = v5 ? Math.min(connect.topicAliasMaximum(), settings.maxTopicAliasBroker()) : 0;
        clientReceiveMaximum = connect.receiveMaximum();
        begin(aliases, connect.bridge());
        keepAlive = KeepAlive.server(by.keepAlive, broker.now());
        weigh(connect.weight() + broker.weight(will));
        timer.at(keepAlive.deadline());
        link.allowSilence(keepAlive.deadline() - broker.now());
        recovering = connack.sessionPresent();
        if (!by.enhanced()) admission = null;
        welcomed = false;
        session.attach(this, by.permissions, settings.mountPoint(), sessionExpiry, clientReceiveMaximum);
        answer(connack, Math.min(before, anyBefore()));
    }

    private void welcome(Connack connack) {
        boolean told = link.send(connack);
        welcomed = true;
        link.read(true);
        if (streams != null) streams.letIn();
        if (told) session.pump();
        else tooLarge();
    }

    /** Answers CONNECT with a failure and ends; {@code line} for the log, or null. */
    void refuse(ReasonCode reason, String line) {
        if (line != null && broker.settings().connectionMessages) broker.log(Log.Level.NOTICE, line);
        if (link.version() != null && reason.allowedIn(PacketType.CONNACK)) {
            if (broker.packets.on()) {
                broker.packets.debug("Sending CONNACK to " + (name == null ? address() : name) + " (0, " + reason.value + ")");
            }
            link.send(new Connack(false, reason, Properties.EMPTY));
        }
        end(null, closeCode(reason), "CONNECT refused", null, false);
    }

    // PUBLISH and what follows

    @Override public void onPublish(Publish publish) throws MqttException {
        broker.stats.publishReceived++;
        broker.stats.publishBytesReceived += publish.payloadLength();
        if (publish.topicAlias() != 0) alias(publish);
        if (broker.packets.on()) broker.packets.received(name, publish);
        BrokerSettings limits = broker.settings();
        int qos = publish.qos();
        if (qos > settings.maxQos()) throw new MqttException(ReasonCode.QOS_NOT_SUPPORTED, "QoS higher than allowed");
        if (publish.retain() && !limits.retainAvailable && v5) {
            throw new MqttException(ReasonCode.RETAIN_NOT_SUPPORTED, "retained messages are off");
        }
        if (!broker.levelsFit(Topics.levels(publish.topicArray(), publish.topicOffset(), publish.topicLength()))) {
            throw MqttException.malformed("topic with too many levels"); // as Mosquitto
        }
        byte[] mount = session.mountPoint();
        if (mount != null && !broker.mount(publish, mount)) throw new MqttException(ReasonCode.TOPIC_NAME_INVALID, "topic too long");
        answering = qos > 0;
        try {
            take(publish, qos);
        } finally {
            answering = false;
        }
        if (session.waiting()) session.pump();
    }

    private void take(Publish publish, int qos) throws MqttException {
        StateListener state = broker.state();
        int id = publish.packetId();
        long before = state.position();
        boolean makesRoom = publish.retain() && publish.payloadLength() == 0;
        if (qos > 0 && state.error() != null && !makesRoom && broker.keeps(publish, session)
            && !(qos == 2 && session.received.contains(id))) {
            broker.stats.publishDropped++;
            if (!v5) throw new MqttException(ReasonCode.QUOTA_EXCEEDED, "the journal cannot write");
            answer(qos == 1 ? PacketType.PUBACK : PacketType.PUBREC, id, ReasonCode.QUOTA_EXCEEDED, before, null);
        } else if (qos == 0) {
            accept(publish);
        } else if (qos == 1) {
            ReasonCode reason = accept(publish);
            told(reason);
            if (mustHold(PacketType.PUBACK, before) && !session.received.hold()) throw tooMany();
            StoredMessage kept = broker.kept();
            answer(PacketType.PUBACK, id, reason, before, makesRoom ? MAKES_ROOM : kept);
        } else {
            int outcome = session.received.publish(id);
            if (outcome == Received.TOO_MANY) throw tooMany();
            ReasonCode reason = ReasonCode.SUCCESS;
            if (outcome == Received.NEW) {
                if (session.kept()) state.received(session, id); // before anything goes out: that waits for it
                reason = accept(publish);
                if (reason == ReasonCode.NO_MATCHING_SUBSCRIBERS) reason = ReasonCode.SUCCESS; // as Mosquitto, which does not know yet
                if (reason.isFailure()) release(id); // [MQTT-4.3.3-9]
                told(reason);
            } else {
                if (session.unsure > state.durable()) before = anyBefore();
            }
            answer(PacketType.PUBREC, id, reason, before, outcome != Received.NEW ? AGAIN : makesRoom ? MAKES_ROOM : broker.kept());
        }
    }

    /** The identifier of a PUBLISH of QoS 2 is free. False: it was. */
    private boolean release(int packetId) {
        boolean known = session.received.release(packetId);
        if (known && session.kept()) broker.state().receivedReleased(session, packetId);
        return known;
    }

    /** MQTT 3 cannot say that there is no room: without the connection the message is not acknowledged. */
    private void told(ReasonCode reason) throws MqttException {
        if (reason == ReasonCode.QUOTA_EXCEEDED && !v5) throw new MqttException(reason, "no room for its messages");
    }

    private static MqttException tooMany() {
        return new MqttException(ReasonCode.RECEIVE_MAXIMUM_EXCEEDED, "more than Receive Maximum in flight"); // [MQTT-3.3.4-8]
    }

    private void alias(Publish publish) throws MqttException {
        int alias = publish.topicAlias();
        if (!incoming.allowed(alias)) throw new MqttException(ReasonCode.TOPIC_ALIAS_INVALID, "topic alias " + alias); // [MQTT-3.3.2-9]
        if (publish.topicLength() > 0) {
            int before = incoming.bytes();
            if (!broker.memoryFor(publish.topicLength(), Broker.ANYTHING)
                || !incoming.put(alias, publish.topicArray(), publish.topicOffset(), publish.topicLength())) {
                throw new MqttException(ReasonCode.QUOTA_EXCEEDED, "topic aliases take too much room");
            }
            weigh(incoming.bytes() - before);
            control().aliasBytes += incoming.bytes() - before;
            if (control().aliasBytes > IncomingAliases.MAX_BYTES) {
                throw new MqttException(ReasonCode.QUOTA_EXCEEDED, "topic aliases take too much room");
            }
            return;
        }
        byte[] topic = incoming.get(alias);
        if (topic == null) throw MqttException.protocolError("unknown topic alias " + alias);
        publish.topic(topic, 0, topic.length);
    }

    /** Publishes what the client may publish. */
    private ReasonCode accept(Publish publish) {
        int limit = broker.settings().messageSizeLimit;
        if (limit > 0 && publish.payloadLength() > limit) {
            broker.stats.publishDropped++;
            broker.stats.hit(Limit.MESSAGE_SIZE_LIMIT);
            if (broker.logs(Log.Level.NOTICE)) {
                broker.log(Log.Level.NOTICE, "Dropped too large PUBLISH from " + name + " ('" + PacketLog.clean(publish.topic())
                    + "', ... ("
                    + publish.payloadLength() + " bytes))");
            }
            return ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR; // as Mosquitto 2.1
        }
        byte[] topic = publish.topicArray();
        if (broker.reserved(topic, publish.topicOffset(), publish.topicLength())
                || !session.permissions().allowed(Access.WRITE, topic, publish.topicOffset(), publish.topicLength())) {
            if (broker.packets.on()) broker.packets.denied(name, publish);
            return ReasonCode.NOT_AUTHORIZED;
        }
        return broker.publish(publish, session, session.permissions());
    }

    @Override public void onAck(PacketType type, int packetId, ReasonCode reason, Properties properties) throws MqttException {
        if (broker.packets.on()) broker.packets.receivedAck(name, type, packetId, reason);
        if (type == PacketType.PUBREL) {
            long before = broker.state().position();
            boolean known = release(packetId);
            recovering &= !known; // §3.7.2.1: an identifier that is not known is no error during recovery
            answer(PacketType.PUBCOMP, packetId, known || recovering || !v5 ? ReasonCode.SUCCESS
                : ReasonCode.PACKET_IDENTIFIER_NOT_FOUND, known ? before : anyBefore(), null);
            return;
        }
        Inflight<StoredMessage> inflight = session.inflight;
        int entry = inflight.find(packetId), flow = entry == Inflight.NONE ? 0 : inflight.state(entry);
        switch (type) {
            case PUBACK -> {
                if (flow == Inflight.AWAIT_PUBACK) session.complete(entry);
                else if (flow != 0) throw MqttException.protocolError("PUBACK for a message of QoS 2");
                else unknown(type);
            }
            case PUBREC -> {
                if (flow == Inflight.AWAIT_PUBACK) throw MqttException.protocolError("PUBREC for a message of QoS 1");
                if (reason.isFailure()) { // [MQTT-4.4.0-2]
                    if (flow != 0) session.complete(entry);
                } else {
                    if (flow == Inflight.AWAIT_PUBREC) session.release(entry);
                    if (flow == 0) unknown(type);
                    // the client forgets the identifier with PUBREL: after a restart the message must not go out again
                    answer(PacketType.PUBREL, packetId, flow == 0 ? ReasonCode.PACKET_IDENTIFIER_NOT_FOUND
                        : ReasonCode.SUCCESS, anyBefore(), null);
                }
            }
            default -> {
                if (flow == Inflight.AWAIT_PUBCOMP) session.complete(entry);
                else if (flow != 0) throw MqttException.protocolError("PUBCOMP without PUBREL");
                else unknown(type);
            }
        }
        session.pump();
    }

    private void unknown(PacketType type) {
        if (!broker.logs(Log.Level.WARNING)) return;
        broker.log(Log.Level.WARNING, "Warning: Received " + type + " from " + name + " for an unknown packet identifier.");
    }

    /** Acknowledges now, or when the journal has what the acknowledgement promises: what was told to it since {@code before}. */
    private void answer(PacketType type, int packetId, ReasonCode reason, long before, Object note) {
        if (reason.isFailure() && !v5) reason = ReasonCode.SUCCESS; // MQTT 3 can only say that it has it
        if (mustHold(type, before)) hold(broker.state().position(), type.id << 24 | reason.value << 16 | packetId, note);
        else sendAck(type, packetId, reason);
    }

    /** For {@link #answer}: what is acknowledged may have been told to the journal at any time before. */
    private long anyBefore() { return session.kept() ? -1 : broker.state().position(); }

    /** Where the journal is stuck no PUBLISH waits: it is refused, or needs no journal, or makes room in it; nor what only ends one. */
    private boolean mustHold(PacketType type, long before) {
        return mustHold(before) && !(broker.state().stuck() && before >= 0 && (type == PacketType.PUBACK || type == PacketType.PUBREC
            || type == PacketType.PUBCOMP && !session.kept()));
    }

    private boolean mustHold(long before) {
        if (held != null) return true;
        long position = broker.state().position();
        return position > before && position > broker.state().durable();
    }

    private void hold(long position, int ack, Object note) {
        if (held == null) held = new HeldAcks();
        broker.state().awaited();
        held.add(position, ack, note);
        broker.holds(this);
        if (held.size() >= MAX_HELD_ACKS) link.read(false);
    }

    /** Whether a PUBLISH of QoS 2 must wait until the journal has {@code position}; {@link Session#sendHeld} is called then. */
    boolean holds(int packetId, long position) {
        if (position <= broker.state().durable()) return false;
        hold(position, PacketType.PUBLISH.id << 24 | packetId, null);
        return true;
    }

    /** The journal has gone on. False: some still wait. */
    boolean sendHeld(long durable) {
        if (held == null) return true;
        while (held.size() > 0 && held.position() <= durable) {
            int ack = held.ack();
            if (ack >>> 24 == PacketType.PUBLISH.id && state == State.CONNECTED && !link.ready()) return false;
            Object note = held.note();
            held.remove();
            if (state != State.CONNECTED) continue;
            if (note instanceof Packet packet) {
                sendAnswer(packet);
            } else {
                PacketType type = PacketType.of(ack >>> 24);
                if (type == PacketType.PUBACK) session.received.unhold();
                if (type == PacketType.PUBLISH) session.sendHeld(ack & 0xffff);
                else sendAck(type, ack & 0xffff, ReasonCode.of(ack >> 16 & 0xff));
            }
        }
        if (held.size() > 0) return false;
        held = null;
        if (state == State.CONNECTED) link.read(true);
        return true;
    }

    private boolean answersPublish(int i) {
        int type = held.ack(i) >>> 24;
        return !(held.note(i) instanceof Packet) && (type == PacketType.PUBACK.id || type == PacketType.PUBREC.id);
    }

    /** The messages whose acknowledgements wait. */
    void heldMessages(List<StoredMessage> to) {
        for (int i = 0; held != null && i < held.size(); i++) {
            if (answersPublish(i) && held.note(i) instanceof StoredMessage message) to.add(message);
        }
    }

    /** Takes back those of them that wait to go out to this client. */
    void withdrawHeld() {
        for (int i = 0; held != null && i < held.size(); i++) {
            if (held.ack(i) >>> 24 == PacketType.PUBLISH.id) session.withdraw(held.ack(i) & 0xffff);
        }
    }

    /** {@link Session#withdraw} on the client's other streams. */
    void withdrawStreams() { if (streams != null) streams.withdraw(); }

    /** The journal is stuck: publishers are told so, others go on with what is in memory; what must happen once waits. */
    void refuseHeld() {
        boolean refused = false;
        for (int n = held == null ? 0 : held.size(); n > 0 && state == State.CONNECTED; n--) {
            long position = held.position();
            int ack = held.ack(), id = ack & 0xffff;
            Object note = held.note();
            boolean publish = answersPublish(0), taken = note == MAKES_ROOM || ack >>> 24 == PacketType.PUBCOMP.id && !session.kept()
                || note == AGAIN && session.unsure <= broker.state().durable();
            held.remove();
            if (note instanceof Connack connack && !connack.sessionPresent()) {
                session.expiry(0);
                refuse(ReasonCode.QUOTA_EXCEEDED, null);
            } else if (note instanceof Packet packet) {
                if (packet instanceof Connack || !session.kept()) sendAnswer(packet);
                else refused = true; // it says neither yes nor no: what was asked for may become safe later on
            } else if (taken) {
                if (ack >>> 24 == PacketType.PUBACK.id) session.received.unhold();
                sendAck(PacketType.of(ack >>> 24), id, ReasonCode.of(ack >> 16 & 0xff));
            } else if (!publish || note == AGAIN) {
                held.add(position, ack, note);
            } else {
                PacketType type = PacketType.of(ack >>> 24);
                ReasonCode reason = ReasonCode.of(ack >> 16 & 0xff);
                if (type == PacketType.PUBACK) session.received.unhold();
                else release(id); // [MQTT-4.3.3-9]
                broker.stats.publishDropped++;
                if (v5) sendAck(type, id, reason.isFailure() ? reason : ReasonCode.QUOTA_EXCEEDED);
                else refused = true;
            }
        }
        if (refused) disconnect(ReasonCode.QUOTA_EXCEEDED, "Client " + name + " disconnected, the journal cannot write.");
        else if (held != null && held.size() < MAX_HELD_ACKS && welcomed && state == State.CONNECTED) link.read(true);
    }

    // Subscriptions

    @Override public void onSubscribe(Subscribe subscribe) throws MqttException {
        if (broker.packets.on()) broker.packets.received("SUBSCRIBE", name);
        subscriber.onSubscribe(subscribe);
    }

    @Override public void onUnsubscribe(Unsubscribe unsubscribe) throws MqttException {
        if (broker.packets.on()) broker.packets.received("UNSUBSCRIBE", name);
        subscriber.onUnsubscribe(unsubscribe, v5);
    }

    /** Sends a CONNACK, SUBACK or UNSUBACK, now or when the journal has what was told to it since {@code before}. */
    void answer(Packet packet, long before) {
        if (mustHold(before) && !broker.state().stuck()) hold(broker.state().position(), 0, packet);
        else sendAnswer(packet);
    }

    private void sendAnswer(Packet packet) {
        if (packet instanceof Connack connack) {
            welcome(connack);
            return;
        }
        if (broker.packets.on()) broker.packets.sending(packet instanceof Suback ? "SUBACK" : "UNSUBACK", name);
        if (!link.send(packet)) tooLarge();
    }

    /** What must be answered is larger than the client takes ([MQTT-3.1.2-24]): it cannot go on. */
    private void tooLarge() {
        onError(new MqttException(ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR, "answer larger than Maximum Packet Size"));
    }

    // The rest

    @Override public void onPingreq() {
        if (broker.packets.on()) {
            broker.packets.received("PINGREQ", name);
            broker.packets.sending("PINGRESP", name);
        }
        link.pingresp();
    }

    @Override public void onAuth(Auth auth) throws MqttException {
        if (admission == null) throw MqttException.protocolError("AUTH without Authentication Method in CONNECT"); // [MQTT-4.12.0-7]
        admission.onAuth(auth);
    }

    @Override public void onDisconnect(Disconnect disconnect) throws MqttException {
        if (broker.packets.on()) broker.packets.received("DISCONNECT", name);
        if (control != null) throw MqttException.protocolError("DISCONNECT on a data stream");
        long expiry = disconnect.sessionExpiryInterval();
        Disconnect refusal = null;
        if (expiry >= 0 && session != null) {
            // §3.14.2.2.2: a session that was to end with the connection cannot be made to stay
            if (sessionExpiry == 0 && expiry > 0) {
                throw MqttException.protocolError("session expiry in DISCONNECT but not in CONNECT");
            }
            // what the journal cannot end now would be there again after a power cut
            boolean stays = expiry == 0 && session.kept() && broker.state().stuck();
            if (stays) refusal = new Disconnect(ReasonCode.QUOTA_EXCEEDED, Properties.EMPTY);
            else session.expiry(broker.settings().capExpiry(expiry));
        }
        boolean orderly = disconnect.reasonCode() == ReasonCode.NORMAL_DISCONNECTION; // [MQTT-3.14.4-3]
        end(refusal, 0, "disconnected by client", "Client " + name + " disconnected.", !orderly);
    }

    @Override public void onWritable() {
        if (session == null) return;
        sendHeld(broker.state().durable());
        session.pump();
    }

    private void onTimer() {
        if (state == State.CONNECTED) {
            long last = streams == null ? lastReceived() : Math.max(lastReceived(), streams.lastReceived());
            keepAlive.received(held != null ? broker.now() : last); // while the journal holds us up, so do we the client
            if (keepAlive.expired(broker.now())) {
                disconnect(ReasonCode.KEEP_ALIVE_TIMEOUT, "Client " + name + " has exceeded timeout, disconnecting.");
            } else {
                timer.at(keepAlive.deadline());
            }
        } else if (state != State.ENDED) {
            String line = "Client " + address() + " disconnected: no CONNECT in time.";
            end(null, ReasonCode.KEEP_ALIVE_TIMEOUT.value, "no CONNECT in time", line, false);
        }
    }

    // The end

    @Override public void onError(MqttException error) {
        ReasonCode reason = error.reasonCode();
        if (reason == ReasonCode.PACKET_TOO_LARGE) {
            broker.stats.hit(state == State.CONNECTED ? Limit.MAX_PACKET_SIZE : Limit.MAX_CONNECT_PACKET_SIZE);
        }
        if (reason == ReasonCode.QUOTA_EXCEEDED) broker.stats.hit(Limit.MEMORY_LIMIT);
        if (state != State.CONNECTED) {
            String kind = reason == ReasonCode.MALFORMED_PACKET ? "malformed packet." : "protocol error.";
            String line = "Client " + address() + " disconnected due to " + kind;
            if (state == State.NEW) refuse(reason, line);
            else if (state != State.ENDED) end(null, closeCode(reason), error.getMessage(), line, false);
            return;
        }
        String because = switch (reason) {
            case MALFORMED_PACKET -> " disconnected due to malformed packet.";
            case PACKET_TOO_LARGE -> " disconnected due to oversize packet.";
            case PROTOCOL_ERROR -> " disconnected due to protocol error.";
            default -> " disconnected, " + error.getMessage() + ".";
        };
        disconnect(reason, "Client " + name + because);
    }

    @Override public void onEnd() {
        // without DISCONNECT the control stream must not end; of a data stream it is the orderly end, unless a packet is cut off
        long code = control == null ? Pipe.CONTROL_STREAM_DOWN : link.midPacket() ? Pipe.INCOMPLETE_PACKET : Pipe.NO_ERROR;
        end(null, code, "closed by client", left(), true);
    }

    @Override public void onClosed(String reason) {
        end(null, 0, reason, left(), true);
        broker.closed(this);
    }

    /** Another connection takes the session: 0x8E ([MQTT-3.1.4-3]); the will goes out unless the new connection cancels it (§3.1.3.2.2). */
    void takenOver(boolean cleanStart) {
        if (will != null && !cleanStart && will.delayInterval() > 0 && session.kept()) will = null;
        disconnect(ReasonCode.SESSION_TAKEN_OVER, "Client " + name + " already connected, closing old connection.");
    }

    /** Ends a connection from this side; the will is published. */
    void disconnect(ReasonCode reason, String line) {
        if (state != State.CONNECTED) {
            end(null, closeCode(reason), reason.name(), null, false);
            return;
        }
        if (v5 && control == null && broker.packets.on()) {
            broker.packets.debug("Sending DISCONNECT to " + name + " (rc" + reason.value + ")");
        }
        Disconnect packet = control == null && welcomed && // [MQTT-3.14.0-1]
            reason.allowedIn(PacketType.DISCONNECT) ? new Disconnect(reason, Properties.EMPTY) : null;
        end(packet, closeCode(reason), reason.name(), line, true);
    }

    private static long closeCode(ReasonCode reason) {
        if (reason == ReasonCode.SERVER_BUSY || reason == ReasonCode.QUOTA_EXCEEDED) return Pipe.OVERLOADED;
        return reason.isFailure() ? reason.value : Pipe.NO_ERROR;
    }

    void end(Disconnect packet, long code, String why, String line, boolean withWill) {
        if (state == State.ENDED) return;
        state = State.ENDED;
        if (control == null) {
            timer.cancel();
            broker.left(this);
            if (streams != null) streams.end(code, why);
        } else {
            control.streams.ended(this);
            if (incoming != null) control.aliasBytes -= incoming.bytes();
        }
        weigh(-weight);
        if (held != null && held.size() > 0) session.unsure = broker.state().position();
        if (line != null && broker.settings().connectionMessages && broker.logs(Log.Level.NOTICE)) broker.log(Log.Level.NOTICE, line);
        // what went wrong on a data stream ends that alone, at once: RESET_STREAM and STOP_SENDING say why
        if (control != null && control.state != State.ENDED && code != Pipe.NO_ERROR) link.abort(code, why);
        else link.close(packet, code, why);
        if (session != null && session.connection() == this) session.detach(withWill ? will : null);
    }

    private String left() {
        return "Client " + (name == null ? address() : name) + (control == null ? " closed its connection." : " closed its stream.");
    }
    /** Bytes, about, that are held for this client because it does not read or does not finish what it sends, and what it is itself. */
    long burden() { return weight + link.burden() + (streams == null ? 0 : streams.burden()); }

    /** Ends now, without waiting for anything to be delivered. */
    void dropped() {
        disconnect(ReasonCode.SERVER_BUSY, null);
        link.abort(ReasonCode.SERVER_BUSY.value, "memory is running out");
    }

    /** A fault of ours in what it was to be sent: it may begin anew, with what its session has. */
    void broken() {
        link.abort(ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR.value, "internal error");
        disconnect(ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR, "Client " + name + " disconnected, internal error.");
    }

    private void weigh(int more) {
        weight += more;
        broker.holds(more);
    }

    private String address() { return Broker.address(link); }
}
