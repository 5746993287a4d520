package mqttq.broker;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import mqttq.auth.Access;
import mqttq.auth.Authenticator;
import mqttq.auth.Authorizer;
import mqttq.auth.ConnectInfo;
import mqttq.auth.Login;
import mqttq.auth.Permissions;
import mqttq.config.BrokerSettings;
import mqttq.journal.Journal;
import mqttq.journal.JournalException;
import mqttq.link.LinkContext;
import mqttq.link.MqttLink;
import mqttq.loop.Log;
import mqttq.loop.Loop;
import mqttq.loop.Storage;
import mqttq.loop.Timers;
import mqttq.mqtt.ApplicationMessage;
import mqttq.mqtt.Connect;
import mqttq.mqtt.Message;
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Topics;
import mqttq.mqtt.Utf8;
import mqttq.mqtt.Will;
import mqttq.transport.Pipe;
import mqttq.transport.Transport;

/**
 * The MQTT broker: sessions, routing, retained messages. It is given pipes by {@link Listener}s, and may be embedded: {@link LocalClient}s
 * take part without a connection. Loop thread only.
 */
public final class Broker {
    /** Heap bytes that a connection costs, about, with its transport, while it does nothing; and a session. */
    static final int CONNECTION = 2 << 10, SESSION = 1 << 10;
    /** Bytes that a connection must hold to be worth dropping when memory runs out. */
    private static final int BURDEN = 8 << 10;
    /** Sixteenths of the memory limit up to which new things are kept: most things, new clients, and messages of QoS 0, which go first. */
    static final int ANYTHING = 16, NEW_CLIENTS = 15, QOS_0 = 14;
    /** Messages published from within a delivery that wait for it to end. */
    static final int MAX_POSTPONED = 10_000;
    private static final byte[] BRIDGE_STATE = Utf8.bytes("$SYS/broker/connection/"), SYS = Utf8.bytes("$SYS"),
        CONTROL = Utf8.bytes("$CONTROL/"), STATE = Utf8.bytes("/state");

    private final Loop loop;
    private final LinkContext context;
    private BrokerSettings settings;
    private StateListener state = StateListener.NONE;
    private Keeper keeper;
    private final List<Listener> listeners = new ArrayList<>();
    /** Names of those that kept sessions and messages came by, and that are no more. */
    private final Set<String> gone = new LinkedHashSet<>();
    final SubscriptionTree subscriptions;
    final RetainedMessages retained;
    final BrokerStats stats = new BrokerStats();
    final PacketLog packets;
    private final Router router = new Router(this);
    private final Doors doors = new Doors(this);
    private final Map<String, Session> sessions = new LinkedHashMap<>();
    /** With what their address counts by, null where it does not; over QUIC it may be another by now. */
    private final Map<Connection, Object> connections = new LinkedHashMap<>();
    private StoredMessage kept;
    private final Set<Connection> holding = new LinkedHashSet<>();
    private final ArrayDeque<Runnable> postponed = new ArrayDeque<>();
    private final Replaced replaced = new Replaced(this);
    /** Those not let in yet, oldest first. */
    private Connection oldestPending, newestPending;
    private int pending;
    /** Control and data streams. */
    private int streams;
    /** Of names, wills, aliases, and of the sessions themselves. */
    private long clientBytes;
    private LongSupplier transportMemory = () -> 0;
    private boolean refusingRetained, refusing;
    private byte[] mounted = new byte[256];
    private final Timers.Timer sweep;
    private final SysTopics sys;
    private boolean stopped;

    /** @param version for {@code $SYS/broker/version} */
    public Broker(Loop loop, BrokerSettings settings, String version) {
        this.loop = loop;
        this.settings = settings;
        context = new LinkContext(loop);
        subscriptions = new SubscriptionTree(loop.entropy());
        retained = new RetainedMessages(loop.entropy());
        packets = new PacketLog(loop);
        sweep = loop.timer(this::sweep);
        sys = new SysTopics(this, version);
        settings(settings);
    }

    // ---- for the server and whoever embeds it

    /** A listener's door: takes the pipes that it accepts. */
    public final class Listener implements Transport.Acceptor {
        private ListenerSettings settings;
        private int connected;

        private Listener(ListenerSettings settings) { this.settings = settings; }
        public ListenerSettings settings() { return settings; }

        /** For connections from now on. */
        public void settings(ListenerSettings changed) { settings = changed; }
        @Override public Pipe.Handler onPipe(Pipe pipe) { return accept(pipe, this); }

        /** TLS and WebSocket: the limits hold before a handshake costs anything, and who is in one has a place of its address. */
        @Override public Transport.Acceptor onComing(InetSocketAddress remote) {
            Limit passed = passes(this, remote);
            if (passed != null) denied(remote, passed);
            return passed != null ? null : new Coming(this, doors.opened(remote));
        }

        @Override public void onCrowded() { stats.hit(Limit.MAX_HANDSHAKES); }
        @Override public void onUnfinished() { stats.hit(Limit.UNFINISHED_STREAMS); }

        @Override public void onRefused(InetSocketAddress remote, String reason) {
            if (Broker.this.settings.connectionMessages && logs(Log.Level.NOTICE)) {
                log(Log.Level.NOTICE, "Client connection from " + address(remote) + " failed: " + PacketLog.clean(reason) + ".");
            }
        }
    }

    /** A peer whose handshake goes on, and what its address counts by. */
    private final class Coming implements Transport.Acceptor {
        private final Listener listener;
        private final Object key;

        Coming(Listener listener, Object key) {
            this.listener = listener;
            this.key = key;
        }

        @Override public Pipe.Handler onPipe(Pipe pipe) {
            Limit passed = full(listener);
            if (passed != null) denied(pipe.remote(), passed);
            else if (!stopped) return enter(pipe, listener, key);
            doors.closed(key);
            return null;
        }

        @Override public void onRefused(InetSocketAddress remote, String reason) {
            doors.closed(key);
            listener.onRefused(remote, reason);
        }
    }

    /** Makes a listener's door; hand it to a {@link Transport}. */
    public Listener listener(ListenerSettings listener) {
        Listener made = new Listener(listener);
        listeners.add(made);
        return made;
    }

    /**
     * Keeps sessions and retained messages in a journal from now on, and puts back what it has: after all listeners were made, before any
     * takes a pipe.
     * @param directory for messages; {@code storage} is its
     * @throws JournalException where it is not to be used, in one line; nothing is changed then
     */
    public void keep(String directory, Storage storage, Journal.Sync sync) throws JournalException {
        Keeper opening = new Keeper(this, directory, storage, sync);
        opening.open();
        state = keeper = opening;
        sys.journal(null);
    }

    /** Makes the journal as small as it can be. False where there is none. */
    public boolean compact() {
        if (keeper != null) keeper.journal.compact();
        return keeper != null;
    }

    /** {@link Transport.Bound#reset} of whichever listener can. */
    public interface Resetter {
        boolean reset(byte[] id, InetSocketAddress local, InetSocketAddress remote);
    }

    /** Tells clients of the process before, which died, that their connections are gone; when all listeners accept. */
    public void tellLost(Resetter by) { if (keeper != null) keeper.whereabouts.begin(by); }

    /** Makes safe what is kept, and then runs {@code done}. After {@link #shutdown}, when all clients are gone. */
    public void flush(Runnable done) {
        if (keeper == null) {
            done.run();
            return;
        }
        keeper.whereabouts.write();
        keeper.journal.close(done);
    }

    /** Heap bytes, about, that transports hold for clients, to be counted for the memory limit. */
    public void transportMemory(LongSupplier bytes) { transportMemory = bytes; }

    /** Makes a client of this process. */
    public LocalClient localClient(LocalClient.Listener listener) { return new LocalClient(this, listener); }

    /** Publishes a message of nobody's; where it is retained, it is kept. */
    public void publish(Message message) { publish(message, null, null); }
    public BrokerSettings settings() { return settings; }

    /** Other settings from now on; what is connected keeps what it was told in CONNACK. */
    public void settings(BrokerSettings changed) {
        settings = changed;
        context.maxUnfinished = changed.maxUnfinishedBytes;
        schedule();
    }

    /** What tells {@code $SYS} the transports' own figures by their names, numbers as Long. */
    public void figures(Consumer<BiConsumer<String, Object>> source) { sys.figures(source); }

    /** Brought up to date. */
    public BrokerStats stats() {
        stats.packetsReceived = context.packetsReceived;
        stats.packetsSent = context.packetsSent;
        stats.bytesReceived = context.bytesReceived;
        stats.bytesSent = context.bytesSent;
        stats.subscriptions = subscriptions.size();
        stats.sharedSubscriptions = subscriptions.sharedSize();
        stats.retained = retained.size();
        stats.keptBytes = keptBytes();
        stats.disconnected = sessions.size() - stats.connected;
        return stats;
    }

    /** Asks the authenticators again about each client, after a reload, and drops those that would no longer be let in: 0x87. */
    public void recheck() {
        for (Connection connection : new ArrayList<>(connections.keySet())) {
            if (connection.session() == null || connection.login() == null) continue;
            connection.listener.settings().authenticator().recheck(connection.login(), new Authenticator.Result() {
                @Override public void accepted(Login login) { }

                @Override public void refused(Authenticator.Refusal why) {
                    String name = PacketLog.clean(connection.session().clientId);
                    connection.disconnect(ReasonCode.NOT_AUTHORIZED, "Client " + name + " disconnected, not authorised.");
                }
            });
        }
    }

    /** Disconnects a client: {@code reason} such as 0x98. False where it is not connected. */
    public boolean disconnect(String clientId, ReasonCode reason) {
        Session session = sessions.get(clientId);
        if (session == null || session.connection() == null) return false;
        session.connection().disconnect(reason, "Client " + PacketLog.clean(clientId) + " been disconnected by administrative action.");
        return true;
    }

    /**
     * The process is running out of memory, which the memory limit should have prevented, had it been set lower: who waits to be let in
     * goes, and of the others those who make us hold most for them, until an eighth of the limit is free.
     */
    public void shed() {
        int dropped = pending;
        while (oldestPending != null) oldestPending.dropped();
        List<Connection> heaviest = new ArrayList<>(connections.keySet());
        heaviest.removeIf(connection -> connection.burden() < BURDEN);
        heaviest.sort(Comparator.comparingLong(Connection::burden).reversed());
        long enough = settings.memoryLimit / 8;
        for (int i = 0; i < heaviest.size() && (settings.memoryLimit == 0 || enough > 0); i++, dropped++) {
            enough -= heaviest.get(i).burden();
            heaviest.get(i).dropped();
        }
        stats.hit(Limit.MEMORY_LIMIT);
        log(Log.Level.WARNING, "Warning: memory is running out: " + dropped + " connections dropped, those that held most. "
            + "A lower memory_limit or a larger heap (java -Xmx) keeps it from happening.");
    }

    /** Says 0x8B to all, closes them and takes no more. Wills go out first. Pipes take up to {@link MqttLink#LINGER} to deliver. */
    public void shutdown() {
        stopped = true;
        sweep.cancel();
        sys.stop();
        for (Connection connection : new ArrayList<>(connections.keySet())) connection.disconnect(ReasonCode.SERVER_SHUTTING_DOWN, null);
    }

    /** Network connections that are not yet gone. */
    public int openConnections() { return connections.size(); }

    /** Writes the subscriptions into the log, a line each. */
    public void logSubscriptions() {
        for (Session session : sessions.values()) {
            for (Subscription each : session.allSubscriptions()) {
                loop.log(Log.Level.NOTICE, PacketLog.clean(each.filter()) + " " + PacketLog.clean(session.clientId) + " (QoS " + each.qos()
                    + ")");
            }
        }
    }

    // ---- connections

    private Limit full(Listener listener) {
        int most = listener.settings.maxConnections(), mostOfAll = settings.maxConnections;
        return most >= 0 && listener.connected >= most ? Limit.MAX_CONNECTIONS
            : mostOfAll >= 0 && connections.size() >= mostOfAll ? Limit.GLOBAL_MAX_CONNECTIONS : null;
    }

    private Limit passes(Listener listener, InetSocketAddress remote) {
        Limit passed = full(listener);
        return passed == null ? doors.passes(remote) : passed;
    }

    private void denied(InetSocketAddress remote, Limit passed) {
        stats.hit(passed);
        if (settings.connectionMessages && logs(Log.Level.NOTICE)) {
            log(Log.Level.NOTICE, "Client connection from " + address(remote) + " denied: " + passed + " exceeded.");
        }
    }

    private Pipe.Handler accept(Pipe pipe, Listener listener) {
        if (stopped) return null;
        Limit passed = passes(listener, pipe.remote());
        if (passed == null) return enter(pipe, listener, doors.opened(pipe.remote()));
        denied(pipe.remote(), passed);
        // as Mosquitto: those that it has are not explained
        return passed == Limit.MAX_CONNECTIONS || passed == Limit.GLOBAL_MAX_CONNECTIONS ? null : doors.turnAway(context, pipe, passed);
    }

    /** {@code key}: what its address counts by. */
    private Pipe.Handler enter(Pipe pipe, Listener listener, Object key) {
        if (settings.connectionMessages && logs(Log.Level.NOTICE)) {
            int port = pipe.local() == null ? 0 : pipe.local().getPort();
            log(Log.Level.NOTICE, "New connection from " + address(pipe.remote()) + " on port " + port + ".");
        }
        MqttLink link = MqttLink.server(context, pipe, settings.maxConnectPacketSize);
        Connection connection = new Connection(this, link, listener);
        link.handler(connection);
        listener.connected++;
        connections.put(connection, key);
        stats.socketConnections++;
        if (++pending > settings.maxHandshakes) {
            stats.hit(Limit.MAX_HANDSHAKES);
            oldestPending.disconnect(ReasonCode.SERVER_BUSY, null);
        }
        connection.older = newestPending;
        if (newestPending == null) oldestPending = connection;
        else newestPending.newer = connection;
        newestPending = connection;
        return link;
    }

    /** The client of this connection was let in. */
    void letIn(Connection connection) {
        removePending(connection);
        stats.clientsLetIn++;
        stats.maximumConnected = Math.max(stats.maximumConnected, ++stats.connected);
    }

    /** This connection takes part no more. */
    void left(Connection connection) {
        if (connection.session() != null) stats.connected--;
        else removePending(connection);
    }

    /** The pipe of this connection is gone. */
    void closed(Connection connection) {
        streams--;
        holding.remove(connection);
        if (!connections.containsKey(connection)) return; // a data stream
        doors.closed(connections.remove(connection));
        connection.listener.connected--;
    }

    private void removePending(Connection connection) {
        pending--;
        if (connection.older == null) oldestPending = connection.newer;
        else connection.older.newer = connection.newer;
        if (connection.newer == null) newestPending = connection.older;
        else connection.newer.older = connection.older;
        connection.older = connection.newer = null;
    }

    /** {@code connect}: null after it. */
    ConnectInfo connectInfo(MqttLink link, String clientId, Connect connect) {
        InetSocketAddress remote = link.remote();
        return new ConnectInfo(clientId, connect == null ? null : connect.userName(), connect == null ? null
            : connect.password(), remote == null ? null : remote.getAddress(),
            certificate(link.session()));
    }

    private static X509Certificate certificate(SSLSession session) {
        if (session == null) return null;
        try {
            Certificate[] chain = session.getPeerCertificates();
            return chain.length > 0 && chain[0] instanceof X509Certificate own ? own : null;
        } catch (SSLPeerUnverifiedException e) {
            return null;
        }
    }

    /** Shows {@code to} each client that is connected. */
    void clients(Consumer<Connection> to) {
        for (Connection connection : new ArrayList<>(connections.keySet())) if (connection.isConnected()) to.accept(connection);
    }

    // ---- sessions

    Session session(String clientId) { return sessions.get(clientId); }

    /** Whether no further client can be taken. */
    boolean full() {
        if (settings.maxClients >= 0 && sessions.size() >= settings.maxClients) stats.hit(Limit.GLOBAL_MAX_CLIENTS);
        else return !memoryFor(0, NEW_CLIENTS);
        return true;
    }

    Session newSession(String clientId) {
        Session session = new Session(this, clientId, null);
        sessions.put(clientId, session);
        holds(cost(clientId));
        return session;
    }

    /** Ends a session that is not connected: its subscriptions and messages go, its will goes out. */
    void end(Session session, boolean expired) {
        session.publishWill();
        forget(session);
        if (session.kept()) state.sessionEnded(session);
        if (!expired) return;
        stats.expired++;
        if (logs(Log.Level.NOTICE)) log(Log.Level.NOTICE, "Expiring client " + PacketLog.clean(session.clientId) + " due to timeout.");
    }

    void forget(Session session) {
        session.cancelWill();
        if (sessions.remove(session.clientId, session)) holds(-cost(session.clientId)); // a stream's is not there
        subscriptions.unsubscribeAll(session);
        session.clear();
    }

    /** All there are now. */
    List<Session> sessions() { return new ArrayList<>(sessions.values()); }

    int weight(Will will) { return will == null ? 0 : will.message(now()).footprint(); }
    private static int cost(String clientId) { return SESSION + 2 * clientId.length(); }

    /** A client identifier that nobody has. */
    String newClientId(String prefix) {
        while (true) {
            UUID random = new UUID(loop.entropy().nextLong() & 0xffffffff_ffff0fffL | 0x4000, loop.entropy().nextLong() >>> 2 | 1L << 63);
            String id = prefix + random;
            if (!sessions.containsKey(id)) return id;
        }
    }

    // ---- messages

    /**
     * Takes a message: retains it where it says so, and brings it to all that subscribed. {@code source}: the publisher's rights, or null.
     */
    ReasonCode publish(ApplicationMessage message, Subscriber origin, Permissions source) {
        if (router.busy()) {
            postpone(message instanceof Message kept ? kept : ((Publish) message).message(now()), origin, source);
            return ReasonCode.SUCCESS;
        }
        int matched = take(message, origin, source);
        StoredMessage taken = router.taken();
        kept = matched < 0 ? null : taken;
        while (!postponed.isEmpty()) postponed.remove().run();
        return matched < 0 ? ReasonCode.QUOTA_EXCEEDED : matched == 0 ? ReasonCode.NO_MATCHING_SUBSCRIBERS : ReasonCode.SUCCESS;
    }

    /** Returns how many were to get it; -1: nobody does, there is no room. */
    private int take(ApplicationMessage message, Subscriber origin, Permissions source) {
        try {
            router.match(message, origin);
            if (!router.fits()) {
                stats.hit(Limit.MEMORY_LIMIT);
                stats.publishDropped++;
                if (!refusing) log(Log.Level.WARNING, "Messages of QoS 1 and 2 are being refused: memory_limit reached.");
                refusing = true;
                return -1;
            }
            if (refusing) refusing = memoryLeft() < settings.memoryLimit / 16;
            return !message.retain() || !settings.retainAvailable || retain(message, source) ? router.deliver() : -1;
        } finally {
            router.end();
        }
    }

    /** What somebody keeps of the message just published, once, or null. */
    StoredMessage kept() {
        StoredMessage was = kept;
        kept = null;
        return was;
    }

    private void postpone(Message message, Subscriber origin, Permissions source) {
        if (postponed.size() >= MAX_POSTPONED) {
            stats.publishDropped++;
            return;
        }
        postponed.add(() -> take(message, origin, source));
    }

    /** [MQTT-3.3.1-5] to [MQTT-3.3.1-7]. False where no more can be kept. */
    private boolean retain(ApplicationMessage message, Permissions source) {
        byte[] topic = message.topicArray();
        int offset = message.topicOffset(), length = message.topicLength();
        if (message.payloadLength() == 0) {
            StoredMessage old = retained.remove(topic, offset, length);
            if (old != null) unretained(old);
            return true;
        }
        StoredMessage kept = router.kept();
        Limit passed = reserved(topic, offset, length) ? null : passedByRetaining(kept, retained.get(topic, offset, length));
        if (passed != null) {
            stats.publishDropped++;
            if (!refusingRetained && logs(Log.Level.WARNING)) {
                log(Log.Level.WARNING, "Retained messages are being refused: " + passed + " reached.");
            }
            refusingRetained = true;
            return false;
        }
        refusingRetained = false;
        if (message instanceof Publish && message.qos() > 0) replaced.remember(kept);
        putRetained(kept, topic, offset, length, source);
        state.retained(kept, source);
        return true;
    }

    void putRetained(StoredMessage kept, byte[] topic, int offset, int length, Permissions source) {
        StoredMessage old = retained.put(topic, offset, length, kept, source);
        if (old != null) {
            stats.retainedBytes -= old.message.footprint();
            stats.unstored(old);
        }
        stats.retainedBytes += kept.message.footprint();
        stats.stored(kept);
    }

    private Limit passedByRetaining(StoredMessage kept, StoredMessage old) {
        int most = settings.maxRetainedMessages;
        long mostBytes = settings.maxRetainedBytes;
        Limit passed = most > 0 && retained.size() >= most && old == null ? Limit.MAX_RETAINED_MESSAGES
            : mostBytes > 0 && stats.retainedBytes + retained.bytes() + kept.message.footprint()
                - (old == null ? 0 : old.message.footprint()) > mostBytes ? Limit.MAX_RETAINED_BYTES : null;
        if (passed != null) stats.hit(passed);
        else if (!memoryFor(kept, ANYTHING)) passed = Limit.MEMORY_LIMIT;
        return passed;
    }

    void unretained(StoredMessage old) {
        stats.retainedBytes -= old.message.footprint();
        stats.unstored(old);
        state.retainedRemoved(old);
    }

    void publishWill(Will will, Session session) {
        Message message = will.message(now());
        if (session.permissions().allowed(Access.WRITE, message.topicArray(), message.topicOffset(), message.topicLength())) {
            publish(message, session, session.permissions());
        }
    }

    /** Whether {@code message} may be kept in one more place under the memory limit. */
    boolean memoryFor(StoredMessage message, int share) {
        return memoryFor(StoredMessage.PLACE + (message.places > 0 ? 0 : message.message.footprint()), share);
    }

    /** {@code share}: {@link #ANYTHING}, {@link #NEW_CLIENTS}, {@link #QOS_0}. */
    boolean memoryFor(int bytes, int share) {
        long limit = settings.memoryLimit;
        if (limit == 0 || memoryUsed() + bytes <= limit - limit / 16 * (16 - share)) return true;
        stats.hit(Limit.MEMORY_LIMIT);
        return false;
    }

    /** Whether there is memory for a message on its way for all who are to keep it. */
    boolean decided() { return router.decided(); }

    /** Bytes up to the memory limit. */
    long memoryLeft() { return settings.memoryLimit == 0 ? Long.MAX_VALUE : settings.memoryLimit - memoryUsed(); }

    /** Heap bytes, about, of all that clients make the broker hold. */
    public long memoryUsed() {
        return keptBytes() + context.unfinished() + clientBytes + (long) streams * CONNECTION + transportMemory.getAsLong();
    }

    private long keptBytes() { return stats.messageBytes + subscriptions.bytes() + retained.bytes(); }

    /** Something of a client's takes so much more (or less) of the heap, about. */
    void holds(long bytes) { clientBytes += bytes; }

    /** A stream of a client has begun; {@link #closed} is its end. */
    void streamBegan() { streams++; }

    /** Puts a client's mount point before the topic; false where that makes it too long. */
    boolean mount(Publish publish, byte[] mount) {
        int length = mount.length + publish.topicLength();
        if (length > Utf8.MAX_LENGTH) return false;
        if (length > mounted.length) mounted = new byte[Integer.highestOneBit(length) * 2];
        System.arraycopy(mount, 0, mounted, 0, mount.length);
        System.arraycopy(publish.topicArray(), publish.topicOffset(), mounted, mount.length, publish.topicLength());
        publish.topic(mounted, 0, length);
        return true;
    }

    /** Whether only the broker itself may publish here: {@code $SYS}, and {@code $CONTROL/}, which Mosquitto keeps for itself (§4.7.2). */
    boolean reserved(byte[] topic, int offset, int length) {
        if (topic[offset] != '$') return false;
        int end = offset + length;
        return isSys(topic, offset, length) && !isBridgeState(topic, offset, end) || isControl(topic, offset, length)
            || SubscriptionTree.isShared(topic, offset, end);
    }

    static boolean isSys(byte[] topic, int offset, int length) {
        return starts(topic, offset, offset + length, SYS) && (length == SYS.length || topic[offset + SYS.length] == '/');
    }

    static boolean isControl(byte[] topic, int offset, int length) { return starts(topic, offset, offset + length, CONTROL); }

    static boolean starts(byte[] topic, int from, int end, byte[] prefix) {
        return end - from >= prefix.length && Arrays.equals(topic, from, from + prefix.length, prefix, 0, prefix.length);
    }

    /** {@code $SYS/broker/connection/NAME/state}, where bridges of Mosquitto say whether they are there. */
    private static boolean isBridgeState(byte[] topic, int from, int to) {
        int start = from + BRIDGE_STATE.length, end = to - STATE.length;
        return start < end && starts(topic, from, to, BRIDGE_STATE)
            && Arrays.equals(topic, end, to, STATE, 0, STATE.length);
    }

    boolean levelsFit(int levels) {
        if (levels <= settings.maxTopicLevels) return true;
        stats.hit(Limit.MAX_TOPIC_LEVELS);
        return false;
    }

    private void sweep() {
        retained.sweep(message -> {
            if (message.message.remainingExpiry(now()) != 0) return false;
            unretained(message);
            return true;
        });
        schedule();
    }

    private void schedule() {
        if (settings.retainExpiryInterval > 0) sweep.at(now() + settings.retainExpiryInterval * 60_000_000_000L);
        else sweep.cancel();
        sys.schedule();
    }

    // ---- journal

    StateListener state() { return state; }
    void state(StateListener listener) { state = listener; }

    /** The journal cannot write, or (null) can again. */
    void journalSays(String why) {
        sys.journal(why);
        if (why == null || !state.stuck()) return;
        List<StoredMessage> refused = new ArrayList<>();
        for (Connection each : holding) each.heldMessages(refused);
        for (StoredMessage each : refused) each.refused = true;
        if (!refused.isEmpty()) {
            for (Connection each : holding) each.withdrawHeld();
            for (Session each : sessions.values()) each.withdraw();
            state.withdrawn(refused);
            replaced.putBack();
        }
        for (Connection each : new ArrayList<>(holding)) each.refuseHeld();
    }

    /** Whether {@code message} of this client must be kept, for it or for others. */
    boolean keeps(ApplicationMessage message, Session origin) {
        if (message.retain() || message.qos() == 2 && origin.kept()) return true;
        boolean[] found = new boolean[1];
        subscriptions.match(message.topicArray(), message.topicOffset(), message.topicLength(), new SubscriptionTree.Visitor() {
            @Override public void subscription(Subscription each) {
                found[0] |= each.qos() > 0 && each.subscriber instanceof Session session && session.kept();
            }
            @Override public void shared(ShareGroup group) { found[0] = true; }
        });
        return found[0];
    }

    /** The rights of a client of an earlier process: of the listener it came by; where that is gone, of any if all have the same ACL. */
    Rights rights(String clientId, String userName, String listener) {
        Authorizer by = listener == null || listeners.isEmpty() ? Authorizer.ALL : settings.ownAccess ? Authorizer.NONE
            : listeners.get(0).settings.authorizer();
        for (Listener each : listeners) if (each.settings.name().equals(listener)) by = each.settings.authorizer();
        if (by == Authorizer.NONE && gone.add(listener)) {
            log(Log.Level.WARNING, "Warning: there is no listener " + listener + " any more: its clients get and publish nothing until "
                + "they come back by another one, and what they left retained is shown to nobody.");
        }
        return new Rights(clientId, userName, listener, by.permissions(clientId, userName));
    }

    /** This connection has acknowledgements that wait for the journal. */
    void holds(Connection connection) { holding.add(connection); }

    /** {@link StateListener#durable} has grown: sends the acknowledgements that waited for it. */
    void durable() {
        long durable = state.durable();
        replaced.forget(durable);
        holding.removeIf(connection -> sendHeld(connection, durable));
    }

    private boolean sendHeld(Connection to, long durable) {
        try {
            return to.sendHeld(durable);
        } catch (RuntimeException e) { // the others' acknowledgements do not wait for it
            log(Log.Level.ERROR, MqttLink.trace(e));
            loop.execute(to::broken);
            return true;
        }
    }

    // ---- the world

    Loop loop() { return loop; }
    long now() { return loop.now(); }
    boolean logs(Log.Level level) { return loop.logs(level); }
    void log(Log.Level level, String line) { loop.log(level, line); }
    static String address(MqttLink link) { return address(link.remote()); }

    /** {@code 127.0.0.1:1883}, and as Mosquitto {@code ::1:1883}. */
    private static String address(InetSocketAddress address) {
        if (address == null) return "local";
        return (address.getAddress() == null ? address.getHostString() : address.getAddress().getHostAddress()) + ":" + address.getPort();
    }
}
