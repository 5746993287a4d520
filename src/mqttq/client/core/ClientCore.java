package mqttq.client.core;

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
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Subscription;
import mqttq.mqtt.SubscriptionOptions;
import mqttq.mqtt.codec.PacketDecoder;
import mqttq.session.KeepAlive;
import mqttq.transport.Pipe;
import mqttq.transport.Transport;
import mqttq.wire.Scram;

/**
 * One MQTT client: connects, keeps its session over lost connections, comes back by itself, and delivers what it took at its QoS.
 * A state machine on the loop thread; all methods are for that thread.
 */
public final class ClientCore {
    /** SUBSCRIBE and UNSUBSCRIBE packets that may wait for their answers. */
    public static final int MAX_REQUESTS = 1000;

    /**
     * What became of a message: the reason code that acknowledged it (QoS 0: SUCCESS when it was handed to the transport), or why it was
     * not sent.
     */
    public interface Completion {
        void completed(ReasonCode reasonCode, Properties properties);
    }

    /** What became of SUBSCRIBE or UNSUBSCRIBE: a code a filter, and the properties of the answer. */
    public interface Granted {
        void granted(int packetId, List<ReasonCode> codes, Properties properties);
    }

    private enum State { IDLE, CONNECTING, AWAITING_CONNACK, CONNECTED, ENDING, PAUSING, CLOSING, CLOSED }

    private final Loop loop;
    private final LinkContext context;
    private final ClientSettings settings;
    private final ClientHandler handler;
    private final ProtocolVersion version;
    private final boolean traces;
    private final Timers.Timer keepAliveTimer, connectTimer, pauseTimer, closeTimer;
    private State state = State.IDLE;

    // The connection, while there is one, and why it ends
    private FallbackDialer dialer;
    private MqttLink link;
    private Pipe pipe;
    private Connect sent;
    /** The CONNACK before, of this broker. */
    private Connack last;
    private KeepAlive keepAlive;
    private long heard, unsent, dialled;
    private Connack refusal;
    private Disconnect told;
    private String why;

    // The session
    private final Flows flows;
    private String clientId;
    private boolean everConnected;
    private int failures;

    // A goodbye asked for while a message is being delivered waits until that is acknowledged
    private boolean delivering;
    private Disconnect farewell;

    // Enhanced authentication: whether the settings ask for it, with what, what is under way, and whom to tell of one asked for later
    private final boolean scram;
    private byte[] secret;
    private Scram exchange;
    private Completion reauthentication;

    public ClientCore(Loop loop, ClientSettings settings, ClientHandler handler) { this(loop, new LinkContext(loop), settings, handler); }

    /** @param context shared by clients of one loop */
    public ClientCore(Loop loop, LinkContext context, ClientSettings settings, ClientHandler handler) {
        this.loop = loop;
        this.context = context;
        this.settings = settings;
        this.handler = handler;
        version = settings.connect().version();
        clientId = settings.connect().clientId();
        scram = Scram.SHA_256.equals(settings.connect().authenticationMethod()) && settings.connect().authenticationData() == null;
        secret = settings.connect().password();
        traces = handler.traces();
        flows = new Flows(this, settings);
        keepAliveTimer = loop.timer(new Task(Task.KEEP_ALIVE));
        connectTimer = loop.timer(new Task(Task.CONNACK));
        pauseTimer = loop.timer(new Task(Task.DIAL));
        closeTimer = loop.timer(new Task(Task.CLOSE));
    }

    /** What timers do; a class, because the first lambda of a process costs what a command line does not have. */
    private final class Task implements Runnable {
        static final int KEEP_ALIVE = 0, CONNACK = 1, DIAL = 2, CLOSE = 3, CLOSED = 4;
        private final int what;

        Task(int what) { this.what = what; }

        @Override public void run() {
            switch (what) {
                case KEEP_ALIVE -> keepAliveDue();
                case CONNACK -> end(null, "no CONNACK in time");
                case DIAL -> dial();
                case CLOSE -> closeOverdue();
                default -> closed();
            }
        }
    }

    /** Starts to connect. */
    public void start() {
        if (state != State.IDLE) throw new IllegalStateException("started before");
        dial();
    }

    /** The client identifier: the one given, or the one that the broker assigned; empty where neither is. */
    public String clientId() { return clientId; }

    /** Messages taken and not yet completed, those of QoS 0 not yet sent included. */
    public int pending() { return flows.pending(); }

    /** Messages taken that were not yet sent for the first time. */
    public int waiting() { return flows.waiting(); }

    /** SUBSCRIBEs and UNSUBSCRIBEs not yet answered. */
    public int requests() { return flows.requests(); }

    /** Bytes taken by the transport and not yet delivered. */
    public long unsent() { return flows.unsent(); }

    /** Whether {@link #publish} takes another message. */
    public boolean takes() { return flows.waiting() < settings.queueLimit() && isOpen(); }
    private boolean isOpen() { return state != State.CLOSING && state != State.CLOSED; }

    /**
     * Publishes a message when the connection and the broker's Receive Maximum allow it, in order.
     * @param completion told once; null for none
     * @return false where the queue is full or the client closes: the message was not taken
     */
    public boolean publish(Message message, Completion completion) {
        if (!takes()) return false;
        flows.of(message.topic(), message.qos()).outbox.add(message, completion);
        return true;
    }

    /**
     * Subscribes now, and again whenever the broker has lost the session.
     * @param granted told once; null for none
     * @return false where {@link #MAX_REQUESTS} wait or the client closes
     */
    public boolean subscribe(List<Subscription> wanted, Properties properties, Granted granted) {
        return request(true, wanted, properties, granted);
    }

    /** The same for UNSUBSCRIBE. */
    public boolean unsubscribe(List<String> filters, Properties properties, Granted granted) {
        List<Subscription> each = new ArrayList<>(filters.size());
        for (String filter : filters) each.add(new Subscription(filter, SubscriptionOptions.of(0)));
        return request(false, each, properties, granted);
    }

    private boolean request(boolean subscribe, List<Subscription> each, Properties properties, Granted granted) {
        if (!isOpen() || flows.requests() >= MAX_REQUESTS) return false;
        flows.request(new Subscriptions.Request(0, subscribe, each, properties, granted));
        return true;
    }

    /** Whether to go on reading; {@code false} is back-pressure on the broker. Holds for this connection. */
    public void read(boolean on) { flows.read(on); }

    /**
     * Sends DISCONNECT after what was written, and waits for the end of the stream (MQTT over QUIC §6.3.1); {@link ClientHandler#onClosed}
     * ends it in a later turn. What was not delivered by then fails.
     * @param within ns after which the connection is cut off
     */
    public void disconnect(Disconnect disconnect, long within) {
        if (state == State.CLOSING || state == State.CLOSED) return;
        boolean connected = state == State.CONNECTED, fresh = state == State.IDLE || state == State.PAUSING || state == State.CONNECTING;
        state = State.CLOSING;
        stop();
        if (dialer != null) dialer.cancel();
        dialer = null;
        if (fresh) {
            loop.defer(new Task(Task.CLOSED));
            return;
        }
        closeTimer.at(loop.now() + within);
        if (!connected) link.abort(0, "closed");
        else farewell = disconnect;
        sayGoodbye();
    }

    /** Once it was asked for, no message is being delivered, and the data streams have delivered theirs. */
    void sayGoodbye() {
        if (farewell == null || delivering || !flows.finish()) return;
        trace("sending DISCONNECT");
        link.close(farewell, 0, "closed");
        farewell = null;
    }

    private void closeOverdue() { if (link != null) link.abort(0, "the broker did not end the stream in time"); }

    // ---- connecting

    private void dial() {
        state = State.CONNECTING;
        dialled = loop.now();
        dialer = new FallbackDialer(loop, settings, new Transport.Connected() {
            @Override public Pipe.Handler onConnected(Pipe pipe) { return transportStands(pipe); }
            @Override public void onFailed(String reason) { lost(reason); }
        });
    }

    private Pipe.Handler transportStands(Pipe pipe) {
        dialer = null;
        state = State.AWAITING_CONNACK;
        this.pipe = pipe;
        sent = connectPacket();
        link = attach(flows.control, pipe);
        link.send(sent);
        trace("sending CONNECT");
        // MQTT 5 §3.1.4: a client need not wait for CONNACK; that it is back is worth a round trip
        if (pipe.early() && last != null && !scram) {
            link.maximumPacketSize(last.maximumPacketSize());
            flows.control.outbox.connected(link, last, true);
            flows.control.outbox.pump();
        }
        connectTimer.at(Math.max(dialled, loop.now() - settings.connectTimeout() / 2) + settings.connectTimeout());
        return link;
    }

    private MqttLink attach(Flow flow, Pipe to) {
        MqttLink made = MqttLink.client(context, to, version, (int) Math.min(sent.maximumPacketSize(), PacketDecoder.LARGEST_PACKET));
        flow.attach(made);
        return made;
    }

    /** Opens a data stream; false where there is none to be had. */
    boolean open(Flow flow) {
        Pipe stream = pipe.openStream();
        if (stream == null) return false;
        stream.handler(attach(flow, stream));
        flow.connected(sent, last, false);
        return true;
    }

    /** Sends what waited. {@code lost}: the broker has not the subscriptions. */
    void begin(Flow flow, boolean lost) {
        if (state == State.CONNECTED && !flow.subscriptions.begun()) flow.subscriptions.connected(flow.link(), last, lost);
        if (state == State.CONNECTED) flow.outbox.pump();
    }

    void onConnack(Connack connack) throws MqttException {
        if (state == State.CLOSING) return;
        if (state != State.AWAITING_CONNACK) throw MqttException.protocolError("a second CONNACK");
        accepted(connack);
    }

    /**
     * As the settings have it; once connected, Clean Start is over: what the session has gathered since is to go on, under the identifier
     * it has.
     */
    private Connect connectPacket() {
        Connect first = settings.connect();
        if (!everConnected && !scram) return first;
        boolean resume = everConnected && version == ProtocolVersion.MQTT_5 && first.sessionExpiryInterval() > 0;
        return new Connect(version, first.bridge(), clientId, first.cleanStart() && !resume, first.keepAlive(), first.will(), scram ? null
            : first.userName(),
            scram ? null : first.password(), scram ? first.properties().toBuilder().put(Property.AUTHENTICATION_DATA, begin().first())
                .build() : first.properties());
    }

    private Scram begin() {
        byte[] nonce = new byte[18];
        loop.entropy().nextBytes(nonce);
        return exchange = new Scram(Scram.SHA_256, settings.connect().userName(), secret, nonce);
    }

    /**
     * Authenticates again (MQTT 5 §4.12.1), where the settings have SCRAM-SHA-256; the connection ends where the broker does not agree.
     * @param password from now on; null: the one it has
     * @param then told once: SUCCESS, or that the connection ended before
     * @return false where there is no connection, or one authentication is under way
     */
    public boolean reauthenticate(byte[] password, Completion then) {
        if (!scram || state != State.CONNECTED || exchange != null) return false;
        if (password != null) secret = password;
        reauthentication = then;
        auth(ReasonCode.REAUTHENTICATE, begin().first());
        return true;
    }

    private void auth(ReasonCode reason, byte[] data) {
        trace("sending AUTH (" + reason.value + ")");
        link.send(new Auth(reason, Properties.builder().put(Property.AUTHENTICATION_METHOD, Scram.SHA_256)
            .put(Property.AUTHENTICATION_DATA, data).build()));
    }

    void onAuth(Auth auth) throws MqttException {
        trace("received AUTH (" + auth.reasonCode().value + ")");
        if (state == State.CLOSING) return;
        boolean over = auth.reasonCode() == ReasonCode.SUCCESS;
        if (exchange == null || over != (state == State.CONNECTED && exchange.answered())
            || !Scram.SHA_256.equals(auth.authenticationMethod())) {
            throw MqttException.protocolError("AUTH out of turn");
        }
        if (over) {
            authenticated(auth.authenticationData());
            return;
        }
        try {
            exchange.challenge(auth.authenticationData());
        } catch (IllegalArgumentException e) {
            throw MqttException.protocolError(e.getMessage());
        }
        Scram mine = exchange;
        loop.offload(mine::compute, () -> {
            if (exchange == mine && (state == State.AWAITING_CONNACK || state == State.CONNECTED)) {
                auth(ReasonCode.CONTINUE_AUTHENTICATION, mine.proof());
            }
        });
    }

    private void authenticated(byte[] proof) throws MqttException {
        if (!exchange.isProvedBy(proof)) throw new MqttException(ReasonCode.NOT_AUTHORIZED, "it does not prove that it knows the password");
        exchange = null;
        toldOfReauthentication(ReasonCode.SUCCESS);
    }

    private void toldOfReauthentication(ReasonCode code) {
        Completion then = reauthentication;
        reauthentication = null;
        if (then != null) loop.defer(() -> then.completed(code, Properties.EMPTY));
    }

    private void accepted(Connack connack) throws MqttException {
        connectTimer.cancel();
        if (connack.reasonCode() != ReasonCode.SUCCESS) {
            refusal = connack;
            end(null, "Connection Refused: " + connack.reasonCode());
            return;
        }
        if (scram) authenticated(connack.authenticationData());
        // [MQTT-3.2.2-4]
        if (connack.sessionPresent() && sent.cleanStart()) throw MqttException.protocolError("a session where a clean one was asked for");
        if (connack.assignedClientIdentifier() != null) clientId = connack.assignedClientIdentifier();
        // MQTT 5 §3.2.2.3.14
        int seconds = version == ProtocolVersion.MQTT_5 && connack.serverKeepAlive() >= 0 ? connack.serverKeepAlive() : sent.keepAlive();
        keepAlive = KeepAlive.client(seconds, loop.now());
        keepAliveTimer.at(keepAlive.deadline());
        failures = 0;
        heard = unsent = 0;
        state = State.CONNECTED;
        // MQTT 3.1 has no Session Present: where no clean one was asked for, the session is taken to be there
        boolean unknown = version == ProtocolVersion.MQTT_3_1 && !sent.cleanStart(), kept = connack.sessionPresent() || unknown;
        last = connack;
        flows.control.connected(sent, connack, kept);
        flows.connected();
        boolean resubscribe = everConnected && (!kept || unknown);
        everConnected = true;
        handler.onConnected(connack, pipe);
        flows.begin(resubscribe);
    }

    // ---- the end of a connection

    /** Ends the connection from here; {@link #lost} follows when it is gone. */
    void end(Disconnect disconnect, String reason) {
        if (state != State.CLOSING) {
            stop();
            state = State.ENDING;
        }
        if (why == null) why = reason;
        // MQTT 3 has no DISCONNECT with an error: it would keep the broker from publishing the will
        if (disconnect != null && version.hasProperties()) link.close(disconnect, disconnect.reasonCode().value, reason);
        else link.abort(0, reason);
    }

    void lost(String reason) {
        dialer = null;
        ClientHandler.Loss loss = new ClientHandler.Loss(refusal, told, why == null ? reason : why);
        boolean closing = state == State.CLOSING, restarted = failures == 0 && pipe != null && pipe.peerRestarted();
        stop();
        link = null;
        exchange = null;
        flows.detached();
        toldOfReauthentication(ReasonCode.UNSPECIFIED_ERROR);
        refusal = null;
        told = null;
        why = null;
        if (closing) {
            closed();
        } else if (settings.reconnect() && everConnected && worthwhile(loss)) {
            state = State.PAUSING;
            // A broker that answers is there: no reason to wait.
            long pause = restarted ? 0 : Math.min(settings.reconnectMax(), settings.reconnectMin() << Math.min(failures, 20));
            failures++;
            pauseTimer.at(loop.now() + pause + (long) (loop.entropy().nextDouble() * pause / 5));
            handler.onDisconnected(loss, true);
        } else {
            state = State.CLOSED;
            flows.abandon();
            handler.onDisconnected(loss, false);
        }
    }

    /** Whether coming back may help. It does not against a client that took over, or a broker that does not want this one. */
    private static boolean worthwhile(ClientHandler.Loss loss) {
        ReasonCode code = loss.refusal() != null ? loss.refusal().reasonCode() : loss.disconnect() != null ? loss.disconnect().reasonCode()
            : ReasonCode.SUCCESS;
        return switch (code) {
            case SESSION_TAKEN_OVER, UNSUPPORTED_PROTOCOL_VERSION, CLIENT_IDENTIFIER_NOT_VALID, BAD_USER_NAME_OR_PASSWORD, BANNED,
                BAD_AUTHENTICATION_METHOD,
                 SERVER_MOVED, USE_ANOTHER_SERVER -> false;
            case NOT_AUTHORIZED -> loss.refusal() == null;
            default -> true;
        };
    }

    private void closed() {
        if (state == State.CLOSED) return;
        state = State.CLOSED;
        stop();
        flows.abandon();
        handler.onClosed();
    }

    /** Nothing is sent any more but the goodbye. */
    private void stop() {
        keepAliveTimer.cancel();
        connectTimer.cancel();
        pauseTimer.cancel();
        closeTimer.cancel();
        flows.disconnected();
    }

    /**
     * A data stream ended alone: opened anew where it was of use, else the connection comes to its end, and is tried again with a pause.
     */
    void streamLost(Flow flow, boolean served, String reason) {
        flow.detached();
        sayGoodbye();
        if (state != State.CONNECTED) return;
        if (served && open(flow)) begin(flow, true);
        else end(new Disconnect(ReasonCode.UNSPECIFIED_ERROR, Properties.EMPTY), "a data stream was lost: " + reason);
    }

    void onDisconnect(Disconnect disconnect) {
        if (state == State.CLOSING) return;
        told = disconnect;
        String said = disconnect.reasonString();
        why = "the broker disconnected: " + disconnect.reasonCode() + (said == null ? "" : ", " + said);
        // in order, for the broker's goodbye (MQTT over QUIC §6.3.1) is to arrive in order too
        stop();
        state = State.ENDING;
        link.close(null, 0, why);
    }

    // ---- while connected

    boolean isConnected() { return state == State.CONNECTED; }
    boolean isClosing() { return state == State.CLOSING; }

    void deliver(Publish publish) throws MqttException {
        delivering = true;
        try {
            handler.onMessage(publish);
        } finally {
            delivering = false;
        }
    }

    private void keepAliveDue() {
        if (state != State.CONNECTED) return;
        long now = loop.now(), left = link.unsent();
        if (link.lastReceived() > heard || left < unsent) { // what goes out is a sign of life too: a PINGREQ may have to wait behind it
            heard = link.lastReceived();
            keepAlive.received(left < unsent ? now : heard);
        }
        unsent = left;
        keepAlive.sent(link.lastSent());
        if (keepAlive.expired(now)) {
            end(null, "no answer to PINGREQ");
            return;
        }
        if (keepAlive.pingDue(now)) {
            trace("sending PINGREQ");
            link.pingreq();
            keepAlive.pinged(now);
        }
        keepAliveTimer.at(keepAlive.deadline());
    }

    boolean traces() { return traces; }
    void trace(String line) { if (traces) handler.trace("Client " + (clientId.isEmpty() ? "(null)" : clientId) + " " + line); }
}
