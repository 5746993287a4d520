package mqttq.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import mqttq.Unlimited;
import mqttq.auth.Authenticator;
import mqttq.auth.Authorizer;
import mqttq.auth.ConnectInfo;
import mqttq.auth.Login;
import mqttq.broker.Broker;
import mqttq.config.BrokerSettings;
import mqttq.broker.ListenerSettings;
import mqttq.journal.Journal;
import mqttq.journal.JournalException;
import mqttq.mqtt.Connect;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Property;
import mqttq.mqtt.ProtocolVersion;
import mqttq.mqtt.Will;
import mqttq.quic.ConnectionOptions;
import mqttq.quic.EndpointConfig;
import mqttq.quic.crypto.AeadProtection;
import mqttq.quic.crypto.ProtectionFactory;
import mqttq.server.ListenerTransports;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import mqttq.tls.Identity;
import mqttq.tls.TicketKeys;
import mqttq.tls.TlsConfig;
import mqttq.tls.Trust;
import mqttq.transport.QuicTransport;
import mqttq.transport.Transport;

/** The whole product in the simulator: the real broker and clients, over real QUIC with real TLS, on simulated hosts. */
final class MqttWorld {
    static final long MS = 1_000_000L, SECOND = 1000 * MS;
    static final int PORT = 14567;
    static final Path PEMS = Path.of("test/mqttq/tls/pem");

    final SimWorld world;
    final SimLoop host;
    Broker broker;
    Transport.Bound bound;
    QuicTransport transport;
    Broker.Listener door;
    final List<MqttPeer> peers = new ArrayList<>();
    /** To whom resets went that answered nothing. */
    final List<InetSocketAddress> told = new ArrayList<>();
    /** Of clients to come; and their keep-alive of MQTT, s. */
    ConnectionOptions clientOptions = ConnectionOptions.CLIENT;
    int keepAlive = 60;
    /** Where the broker keeps its journal; null: nowhere. */
    private String journal;
    /** Of the broker, and of clients to come. */
    ProtectionFactory protection;
    private final long heap;
    private final BrokerSettings settings;

    MqttWorld(long seed) {
        this(seed, AeadProtection.FACTORY, Unlimited.settings());
    }

    MqttWorld(long seed, ProtectionFactory protection, BrokerSettings settings) {
        this(seed, protection, settings, 512 << 20);
    }

    /** A broker with so many bytes of heap, as its transports see it. */
    MqttWorld(long seed, ProtectionFactory protection, BrokerSettings settings, long heap) {
        this.protection = protection;
        this.settings = settings;
        this.heap = heap;
        world = new SimWorld(seed);
        host = world.host("10.0.0.1", "fd00::1");
        world.name("localhost", "10.0.0.1");
        settings.sysInterval = 0;
        settings.maxQueuedMessages = 0; // nothing is dropped but by the network
        start();
    }

    /** From the next start on the broker has a journal there. */
    MqttWorld journal(String directory) {
        journal = directory;
        return this;
    }

    /** The broker's process is killed and started again, on the same host with the same secret; nothing else is kept. */
    void crash() {
        host.crash();
        start();
    }

    private void start() {
        broker = new Broker(host, settings, "test");
        EndpointConfig endpoint = EndpointConfig.of(host.entropy(), host).withSecret(new byte[32]).withProtection(protection);
        ConnectionOptions options = ConnectionOptions.SERVER.withStreams(ListenerTransports.streams(16));
        transport = QuicTransport.server(ListenerTransports.counted(endpoint, broker, heap), tls(), options);
        listen();
    }

    /** Accepts QUIC connections, or no more. */
    void quic(boolean on) {
        if (on) listen();
        else bound.close();
    }

    private void listen() {
        door = broker.listener(new ListenerSettings("test", new Anyone(), Authorizer.ALL));
        try {
            if (journal != null) broker.keep(journal, host.storage(journal), Journal.Sync.ALWAYS);
        } catch (JournalException e) {
            throw new AssertionError(e);
        }
        bound = transport.listen(host, new InetSocketAddress(host.address(), PORT), door);
        broker.tellLost((id, local, remote) -> {
            told.add(remote);
            return bound.reset(id, local, remote);
        });
    }

    private TlsConfig tls() {
        return TlsConfig.builder(host.entropy(), host::wallMillis).applicationProtocols("mqtt").keyManager(identity())
            .ticketKeys(new TicketKeys(host.entropy(), 86_400_000)).build();
    }

    /** As after a reload of the certificate: tickets from before are worth nothing. */
    void forgetTickets() {
        transport.reload(tls());
    }

    /** A host for clients. */
    SimLoop clientHost(int number) {
        return world.host("10.0.1." + number);
    }

    /** A client's transport on its host; it trusts the test's CA. */
    Transport transport(SimLoop on) {
        try {
            TlsConfig tls = TlsConfig.builder(on.entropy(), on::wallMillis).applicationProtocols("mqtt").trustManager(Trust.ofPem(PEMS.resolve("ca.pem"))).build();
            return QuicTransport.client(EndpointConfig.of(on.entropy(), on).withProtection(protection), tls, clientOptions, "localhost");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A client with a session that outlives its connections, not yet started. */
    MqttPeer peer(SimLoop on, String id) { return peer(on, id, true, null); }

    /** The same, perhaps with a session that is there already, or with a will. */
    MqttPeer peer(SimLoop on, String id, boolean cleanStart, Will will) {
        Properties properties = Properties.builder().put(Property.SESSION_EXPIRY_INTERVAL, 1_000_000).build();
        MqttPeer peer = new MqttPeer(this, on, new Connect(ProtocolVersion.MQTT_5, false, id, cleanStart, keepAlive, will, null, null, properties));
        peers.add(peer);
        return peer;
    }

    /** Ends all in order and says what is left over: nothing, if all is well. */
    String close() {
        for (MqttPeer peer : peers) peer.close();
        world.runUntil(() -> peers.stream().allMatch(MqttPeer::closed), world.now() + 60 * SECOND);
        broker.shutdown();
        world.runFor(10 * SECOND);
        bound.close();
        world.runFor(60 * SECOND);
        return world.leaks();
    }

    static Identity identity() {
        try {
            return Identity.ofPem(PEMS.resolve("ec256.pem"), PEMS.resolve("ec256.key"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static final class Anyone implements Authenticator {
        @Override public void authenticate(ConnectInfo info, Result result) {
            result.accepted(Login.of(info, info.userName()));
        }

        @Override public void recheck(Login login, Result result) {
            result.accepted(login);
        }
    }
}
