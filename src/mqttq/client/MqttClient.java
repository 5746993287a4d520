package mqttq.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.X509ExtendedTrustManager;
import mqttq.client.core.ClientCore;
import mqttq.client.core.ClientHandler;
import mqttq.client.core.ClientSettings;
import mqttq.loop.Loop;
import mqttq.loop.Timers;
import mqttq.loop.nio.NioLoop;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Connect;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.Message;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Subscription;
import mqttq.mqtt.SubscriptionOptions;
import mqttq.mqtt.Topics;
import mqttq.mqtt.Will;
import mqttq.tls.Identity;
import mqttq.tls.Trust;
import mqttq.transport.Pipe;
import mqttq.transport.TransportFactory;
import mqttq.wire.BrokerUrl;

/**
 * A client of an MQTT broker, over QUIC, TCP, TLS or WebSocket. When its connection is lost it comes back by itself, resumes its session
 * and delivers what it was given; when the broker has lost the session it subscribes again and sends what was not acknowledged anew.
 * <pre>{@code
 * MqttClient client = MqttClient.builder("quic://broker.example").clientId("porch").trust(Path.of("broker.crt"))
 *     .listener(message -> System.out.println(message.topic() + " " + new String(message.payload(), UTF_8)))
 *     .connect().join();
 * client.subscribe("garden/#", 1).join();
 * client.publish("garden/light", "on".getBytes(UTF_8), 1, false).join();
 * client.close();
 * }</pre>
 * All methods are for any thread and none of them waits, but {@link #close()}. Each client has one daemon thread of its own: on it the
 * listener is called and futures complete, so whoever blocks there holds up this client, its keep-alive included. What fails fails with
 * {@link MqttException}, whose reason code says why: the broker's, {@code PACKET_TOO_LARGE}, {@code QOS_NOT_SUPPORTED} or {@code
 * RETAIN_NOT_SUPPORTED} where the broker would not take it, {@code QUOTA_EXCEEDED} where too much waits, {@code UNSPECIFIED_ERROR} where
 * the client ended before.
 */
public final class MqttClient implements AutoCloseable {
    private static final long GOODBYE = 5_000_000_000L;
    private static final Duration CLOSE = Duration.ofSeconds(10);

    /** What a client tells; on the client's thread. An exception goes to the thread's handler for uncaught ones, and counts as done. */
    public interface Listener {
        /** A message of a subscription. It is acknowledged when this returns; of QoS 2 it comes exactly once while the process lives. */
        void onMessage(Message message);

        /**
         * A connection stands, the first or another.
         * @param sessionPresent whether the broker had the session
         * @param transport "quic", "tcp", "tls", "ws" or "wss"
         */
        default void onConnected(boolean sessionPresent, String transport) { }

        /**
         * A connection that stood is lost, or another try to come back failed.
         * @param reason one line
         * @param again whether the client tries again; if not, it has ended
         */
        default void onDisconnected(String reason, boolean again) { }
    }

    private final Loop loop;
    private final Runnable stop;
    private final Listener listener;
    private final ClientCore core;
    private final int queueLimit;
    private final Timers.Timer deadline;
    private final CompletableFuture<MqttClient> connected = new CompletableFuture<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    /** Those not yet complete: whatever happens to the loop, each is completed. */
    private final Set<CompletableFuture<?>> promises = ConcurrentHashMap.newKeySet();
    private final AtomicInteger given = new AtomicInteger();
    private final AtomicBoolean closing = new AtomicBoolean(), over = new AtomicBoolean();
    private final AtomicReference<String> transport = new AtomicReference<>(), clientId = new AtomicReference<>("");
    private final AtomicReference<Thread> thread = new AtomicReference<>();

    /** @param stop ends the loop, after the last callback */
    MqttClient(Loop loop, Runnable stop, ClientSettings settings, Listener listener) {
        this.loop = loop;
        this.stop = stop;
        this.listener = listener;
        queueLimit = settings.queueLimit();
        core = new ClientCore(loop, settings, new Events());
        deadline = loop.timer(this::leave);
    }

    /**
     * Starts to describe a client.
     * @param url {@code quic://} (or {@code mqtt-quic://}), {@code mqtt://}, {@code mqtts://}, {@code ws://} or {@code wss://}, then {@code
     *     [user[:password]@]host[:port]}
     *     and for WebSocket a path (default {@code /mqtt})
     * @throws IllegalArgumentException where it is none of these
     */
    public static Builder builder(String url) { return new Builder(url); }

    CompletableFuture<MqttClient> start() {
        promises.add(connected);
        loop.execute(() -> {
            thread.set(Thread.currentThread());
            core.start();
        });
        return connected;
    }

    /** The client identifier: the one given, or the one that the broker assigned. */
    public String clientId() { return clientId.get(); }

    /** "quic", "tcp", "tls", "ws" or "wss" while connected, else null. */
    public String transport() { return transport.get(); }

    /** Publishes; IllegalArgumentException as {@link Message#of(String, byte[], int, boolean)}. The payload is copied. */
    public CompletableFuture<ReasonCode> publish(String topic, byte[] payload, int qos, boolean retain) {
        return publish(Message.of(topic, payload, qos, retain));
    }

    /**
     * Publishes in the order of the calls, as soon as there is a connection and the broker has room.
     * @return completes when the message has been acknowledged (QoS 0: handed to the transport), with what the broker said of it:
     *     {@code SUCCESS}, or {@code NO_MATCHING_SUBSCRIBERS} from MQTT 5
     */
    public CompletableFuture<ReasonCode> publish(Message message) {
        CompletableFuture<ReasonCode> done = promise();
        if (done.isDone()) return done;
        if (given.incrementAndGet() > queueLimit) {
            given.decrementAndGet();
            return fail(done, ReasonCode.QUOTA_EXCEEDED, "too many messages wait to be sent");
        }
        loop.execute(() -> {
            boolean taken = core.publish(message, (code, properties) -> {
                given.decrementAndGet();
                if (code.isFailure()) fail(done, code, "not published: " + said(code, properties));
                else keep(done, code);
                leaveIfDone();
            });
            if (taken) return;
            given.decrementAndGet();
            fail(done, ReasonCode.UNSPECIFIED_ERROR, "the client is closed");
        });
        return done;
    }

    /** Subscribes to one filter, retained messages included. Completes with the granted QoS. */
    public CompletableFuture<ReasonCode> subscribe(String topicFilter, int qos) {
        return subscribe(List.of(new Subscription(topicFilter, SubscriptionOptions.of(qos))), Properties.EMPTY)
            .thenApply(codes -> codes.get(0));
    }

    /**
     * Subscribes, and again by itself when the broker has lost the session.
     * @param properties subscription identifier and user properties; MQTT 5 only
     * @return a code a subscription: the granted QoS or why not. Where all are refused it fails with the first of them
     */
    public CompletableFuture<List<ReasonCode>> subscribe(List<Subscription> subscriptions, Properties properties) {
        if (subscriptions.isEmpty() || !properties.allowedIn(PacketType.SUBSCRIBE)) {
            throw new IllegalArgumentException("no subscriptions, or not properties of SUBSCRIBE");
        }
        for (Subscription subscription : subscriptions) checkFilter(subscription.topicFilter());
        List<Subscription> copy = List.copyOf(subscriptions);
        CompletableFuture<List<ReasonCode>> done = promise();
        if (!done.isDone()) loop.execute(() -> requested(core.subscribe(copy, properties, granted(done)), done));
        return done;
    }

    /** Unsubscribes; a code a filter. */
    public CompletableFuture<List<ReasonCode>> unsubscribe(String... topicFilters) {
        if (topicFilters.length == 0) throw new IllegalArgumentException("no filters");
        for (String filter : topicFilters) checkFilter(filter);
        List<String> copy = List.of(topicFilters);
        CompletableFuture<List<ReasonCode>> done = promise();
        if (!done.isDone()) loop.execute(() -> requested(core.unsubscribe(copy, Properties.EMPTY, granted(done)), done));
        return done;
    }

    private static void checkFilter(String filter) {
        if (!Topics.isFilter(filter)) throw new IllegalArgumentException("not a topic filter: " + filter);
    }

    private ClientCore.Granted granted(CompletableFuture<List<ReasonCode>> done) {
        return (packetId, codes, properties) -> {
            boolean any = false;
            for (ReasonCode code : codes) any |= !code.isFailure();
            if (any) keep(done, codes);
            else fail(done, codes.get(0), "refused: " + said(codes.get(0), properties));
            leaveIfDone();
        };
    }

    private void requested(boolean taken, CompletableFuture<?> done) {
        if (!taken) {
            fail(done, closing.get() ? ReasonCode.UNSPECIFIED_ERROR : ReasonCode.QUOTA_EXCEEDED, closing.get() ? "the client is closed"
                : "too many requests wait");
        }
    }

    /**
     * Authenticates again while connected, as some brokers want from time to time; with {@link Builder#scram} alone. Where the broker does
     * not agree it ends the connection.
     * @param secret the password from now on; null: the one it has
     */
    public CompletableFuture<Void> reauthenticate(byte[] secret) {
        CompletableFuture<Void> done = promise();
        byte[] copy = secret == null ? null : secret.clone();
        if (done.isDone()) return done;
        loop.execute(() -> {
            boolean begun = core.reauthenticate(copy, (code, properties) -> {
                if (code.isFailure()) fail(done, code, "the connection ended before");
                else keep(done, null);
                leaveIfDone();
            });
            if (!begun) fail(done, ReasonCode.UNSPECIFIED_ERROR, "not connected with SCRAM-SHA-256, or authenticating already");
        });
        return done;
    }

    /**
     * Ends the client: nothing is taken any more; what was taken is delivered, then DISCONNECT sent and the connection closed in order.
     * @param within after that long it ends all the same, and what was not delivered fails
     * @return completes when all is over, never exceptionally
     */
    public CompletableFuture<Void> close(Duration within) {
        if (closing.compareAndSet(false, true)) {
            loop.execute(() -> {
                deadline.at(loop.now() + within.toNanos());
                leaveIfDone();
            });
        }
        return closed;
    }

    /** {@link #close(Duration)} within 10 s, and waits for it, unless called on the client's own thread. */
    @Override public void close() {
        CompletableFuture<Void> done = close(CLOSE);
        if (Thread.currentThread() != thread.get()) done.join();
    }

    private void leaveIfDone() { if (closing.get() && promises.isEmpty()) leave(); }

    private void leave() {
        deadline.cancel();
        core.disconnect(Disconnect.NORMAL, GOODBYE);
    }

    private void ended(String reason) {
        over.set(true);
        transport.set(null);
        deadline.cancel();
        for (CompletableFuture<?> promise : promises) fail(promise, ReasonCode.UNSPECIFIED_ERROR, reason);
        closed.complete(null);
        stop.run();
    }

    private <T> CompletableFuture<T> promise() {
        CompletableFuture<T> promise = new CompletableFuture<>();
        promises.add(promise);
        if (over.get() || closing.get()) fail(promise, ReasonCode.UNSPECIFIED_ERROR, "the client is closed");
        return promise;
    }

    private <T> void keep(CompletableFuture<T> promise, T value) {
        promises.remove(promise);
        promise.complete(value);
    }

    private <T> CompletableFuture<T> fail(CompletableFuture<T> promise, ReasonCode code, String reason) {
        promises.remove(promise);
        promise.completeExceptionally(new MqttException(code, reason));
        return promise;
    }

    private static String said(ReasonCode code, Properties properties) {
        String reason = properties.string(Property.REASON_STRING);
        return reason == null ? code.toString() : code + ", " + reason;
    }

    private final class Events implements ClientHandler {
        @Override public void onConnected(Connack connack, Pipe pipe) {
            clientId.set(core.clientId());
            transport.set(pipe.transport());
            tell(() -> listener.onConnected(connack.sessionPresent(), pipe.transport()));
            keep(connected, MqttClient.this);
        }

        @Override public void onMessage(Publish publish) {
            Message message = publish.message(loop.now());
            tell(() -> listener.onMessage(message));
        }

        @Override public void onDisconnected(Loss loss, boolean again) {
            boolean stood = connected.isDone();
            transport.set(null);
            if (stood) tell(() -> listener.onDisconnected(loss.reason(), again));
            if (again) return;
            if (!stood) {
                fail(connected, loss.refusal() == null ? ReasonCode.SERVER_UNAVAILABLE : loss.refusal().reasonCode(), loss.reason());
            }
            ended(loss.reason());
        }

        @Override public void onClosed() { ended("the client is closed"); }

        private void tell(Runnable call) {
            try {
                call.run();
            } catch (RuntimeException | Error e) {
                Thread current = Thread.currentThread();
                current.getUncaughtExceptionHandler().uncaughtException(current, e);
            }
        }
    }

    /** Describes a client: the defaults are MQTT 5, a session that is kept for a day once connected, and coming back after 1 s to 30 s. */
    public static final class Builder {
        private final BrokerUrl url;
        private final TransportFactory transports;
        private String id = "", userName;
        private byte[] password;
        private ProtocolVersion version = ProtocolVersion.MQTT_5;
        private boolean cleanStart = true, reconnect = true, scram;
        private Duration sessionExpiry = Duration.ofDays(1), reconnectMin = Duration.ofSeconds(1), reconnectMax = Duration.ofSeconds(30),
            timeout = Duration.ofSeconds(30);
        private int keepAlive = 60, inflight = 20, queue = 10_000, fallbackPort;
        private Will will;
        private Properties properties = Properties.EMPTY;
        private Listener listener = message -> { };
        private ClientSettings.Streams streams = ClientSettings.Streams.SINGLE;

        private Builder(String url) {
            this.url = BrokerUrl.parse(url);
            if (this.url.port() == 0) throw new IllegalArgumentException("port 0");
            transports = new TransportFactory(this.url.host());
            if (this.url.topic() != null && !this.url.topic().isEmpty()) transports.path = "/" + this.url.topic();
            userName = this.url.userName();
            if (this.url.password() != null) password = this.url.password().getBytes(StandardCharsets.UTF_8);
        }

        /**
         * Default: the broker assigns one. A session of an earlier process is resumed under the same one, with {@link #cleanStart} false.
         */
        public Builder clientId(String value) { id = value; return this; }

        /** In place of those in the URL. @param secret null: none */
        public Builder credentials(String user, byte[] secret) {
            userName = user;
            password = secret == null ? null : secret.clone();
            return this;
        }

        public Builder version(ProtocolVersion value) { version = value; return this; }

        /** Whether the first connection starts without what the broker has of this client identifier; the default is true. */
        public Builder cleanStart(boolean value) { cleanStart = value; return this; }

        /**
         * How long the broker keeps the session without a connection, 0 to 2^32-2 s; MQTT 5 only: before, it is kept with {@code
         * cleanStart(false)} alone.
         */
        public Builder sessionExpiry(Duration value) { sessionExpiry = value; return this; }

        /** Seconds, 0 to 65535; 0: none. */
        public Builder keepAlive(int seconds) { keepAlive = seconds; return this; }

        public Builder will(Will value) { will = value; return this; }

        /** Further properties of CONNECT (MQTT 5). */
        public Builder properties(Properties value) { properties = value; return this; }

        /**
         * MQTT 5: proves the password by SCRAM-SHA-256 instead of sending it, and ends where the broker does not prove that it knows it,
         * too.
         */
        public Builder scram() { scram = true; return this; }

        /** Trusts the certificates of a PEM file, or of the files of a directory, instead of Java's own. */
        public Builder trust(Path pem) throws IOException {
            transports.trust = Trust.ofPem(pem);
            return this;
        }

        public Builder trust(X509ExtendedTrustManager value) { transports.trust = value; return this; }

        /** Checks nothing: anybody may be at the other end. For tests. */
        public Builder trustAnybody() { transports.trustAnybody(); return this; }

        /** The client's own certificate, PEM files. */
        public Builder identity(Path chain, Path key) throws IOException {
            transports.identity = Identity.ofPem(chain, key);
            return this;
        }

        /**
         * With {@code quic://}: TLS on this port (8883 as a rule) where QUIC cannot be had; QUIC is tried first whenever it connects. Never
         * plain TCP.
         */
        public Builder fallback(int tlsPort) {
            if (!url.transport().equals("quic")) throw new IllegalArgumentException("a fallback is for quic://");
            fallbackPort = tlsPort;
            return this;
        }

        /**
         * Over QUIC each topic, and each topic filter, has a stream of its own (the first nine; others share them), so that a large message
         * holds up none of another topic. The broker keeps nothing of these streams: after a reconnect what was not acknowledged is sent
         * anew, and QoS 2 may come twice; overlapping subscriptions each bring their copy. Other transports have one stream.
         */
        public Builder streamPerTopic() { return streams(ClientSettings.Streams.TOPIC); }

        /** As {@link #streamPerTopic}, with a stream for each QoS. */
        public Builder streamPerQoS() { return streams(ClientSettings.Streams.QOS); }

        private Builder streams(ClientSettings.Streams value) { streams = value; return this; }

        /** For transport and CONNACK together. */
        public Builder connectTimeout(Duration value) { timeout = value; return this; }

        /** The pause before coming back doubles from {@code min} to {@code max}, with up to a fifth of random spread. */
        public Builder reconnect(Duration min, Duration max) {
            reconnectMin = min;
            reconnectMax = max;
            return this;
        }

        /** Ends when the connection is lost. */
        public Builder noReconnect() { reconnect = false; return this; }

        /** The most messages of QoS 1 and 2 on their way, 1 to 64535 (default 20), and the most given and not complete (default 10,000). */
        public Builder limits(int inFlight, int given) {
            inflight = inFlight;
            queue = given;
            return this;
        }

        public Builder listener(Listener value) { listener = value; return this; }

        ClientSettings.Endpoint endpoint(Loop loop, String transport, int port) {
            return new ClientSettings.Endpoint(transports.make(loop, transport, port), url.host(), port);
        }

        /**
         * Connects.
         * @return completes with the client when the broker has let it in; fails, and the client has ended, where the first connection
         *     does not come about: with the broker's code, or {@code SERVER_UNAVAILABLE}
         * @throws IllegalArgumentException where what was described does not fit together
         */
        public CompletableFuture<MqttClient> connect() {
            Connect connect = packet();
            NioLoop loop = NioLoop.open();
            try {
                MqttClient client = new MqttClient(loop, loop::stop,
                    settings(endpoint(loop, url.transport(), url.port()), fallbackPort == 0 ? null : endpoint(loop, "tls", fallbackPort),
                        connect), listener);
                loop.startOnce("mqttq-client");
                return client.start();
            } catch (RuntimeException e) {
                loop.close();
                throw e;
            }
        }

        ClientSettings settings(ClientSettings.Endpoint endpoint, ClientSettings.Endpoint fallback, Connect connect) {
            return new ClientSettings(endpoint, fallback, connect, inflight, 10, timeout.toNanos(), reconnect, reconnectMin.toNanos(),
                reconnectMax.toNanos(), queue, streams);
        }

        Listener listener() { return listener; }

        Connect packet() {
            Properties.Builder all = properties.toBuilder();
            if (version == ProtocolVersion.MQTT_5 && !properties.has(Property.SESSION_EXPIRY_INTERVAL)) {
                all.put(Property.SESSION_EXPIRY_INTERVAL, sessionExpiry.toSeconds());
            }
            if (scram && version != ProtocolVersion.MQTT_5) throw new IllegalArgumentException("SCRAM-SHA-256 is for MQTT 5");
            if (scram) all.put(Property.AUTHENTICATION_METHOD, "SCRAM-SHA-256");
            Properties sent = version == ProtocolVersion.MQTT_5 ? all.build() : Properties.EMPTY;
            if (!sent.allowedIn(PacketType.CONNECT)) throw new IllegalArgumentException("not properties of CONNECT: " + sent);
            if (version != ProtocolVersion.MQTT_5 && password != null && userName == null) {
                throw new IllegalArgumentException("a password without a user name");
            }
            if (keepAlive < 0 || keepAlive > 65_535) throw new IllegalArgumentException("keep-alive " + keepAlive);
            return new Connect(version, false, id, cleanStart, keepAlive, will, userName, password, sent);
        }
    }
}
