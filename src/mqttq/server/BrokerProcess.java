package mqttq.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import mqttq.auth.AccessControl;
import mqttq.auth.AccessFileException;
import mqttq.auth.ListenerAccess;
import mqttq.auth.LoginGuard;
import mqttq.auth.Offload;
import mqttq.broker.Broker;
import mqttq.config.ConfigException;
import mqttq.config.ListenerSettings;
import mqttq.config.PersistenceSettings;
import mqttq.config.SecuritySettings;
import mqttq.config.ServerSettings;
import mqttq.config.StartOptions;
import mqttq.journal.Journal;
import mqttq.journal.JournalException;
import mqttq.loop.Log;
import mqttq.loop.Storage;
import mqttq.loop.Timers;
import mqttq.loop.nio.NioLoop;
import mqttq.tls.CryptoWarmup;
import mqttq.tls.Identity;
import mqttq.transport.Pipe;
import mqttq.transport.Transport;

/**
 * The life of the broker process: everything is read, then everything bound, then it runs; reloads and signals; the end. Loop thread, or
 * before it runs.
 */
final class BrokerProcess {
    private static final long SECOND = 1_000_000_000L;
    /** From the signal until clients that have not closed are left alone: what they were told is in the kernel or acknowledged by then. */
    private static final long SHUTDOWN_NANOS = SECOND, SHUTDOWN_POLL = SECOND / 100;
    private static final long CERTIFICATE_CHECK = 600 * SECOND;
    static final long HEAP = Runtime.getRuntime().maxMemory();
    private static final String SECRET = "quic.secret";

    private final NioLoop loop;
    private final StartOptions options;
    private final Ready ready;
    private ServerSettings settings;
    private final LoginGuard guard;
    private final CryptoWarmup warmup = new CryptoWarmup();
    private final BrokerCertificate certificate;
    /** The certificate that the broker made for itself; null where no listener shows it. */
    private Identity own;
    private final Set<InetAddress> warnedAbout = new LinkedHashSet<>();
    private Broker broker;
    private final List<BoundListener> listeners = new ArrayList<>();
    private Timers.Timer certificateTimer, shutdownTimer;
    private final FileWatch files;
    private final ReloadWatch reloads;
    private long shutdownDeadline;
    private boolean ending;
    private Path pidFile;
    /** Why it could not start, or null. */
    StartException failure;

    /** Told once, on the loop, when every listener accepts. */
    interface Ready {
        void ready(String line);
    }

    BrokerProcess(NioLoop loop, StartOptions options, ServerSettings settings, Ready ready) {
        this.loop = loop;
        this.ready = ready;
        this.options = options;
        this.settings = settings;
        guard = new LoginGuard(new Offload() {
            @Override public void offload(Runnable work, Runnable done) { loop.hash(work, done); }
        }, loop::now, loop.entropy());
        certificate = new BrokerCertificate(settings.dataDirectory(), loop.entropy());
        reloads = new ReloadWatch(loop);
        files = new FileWatch(loop, this::filesChanged);
    }

    // ---- start

    /** What a reading of all files gave, for the listeners in their order. */
    private static final class Prepared {
        final List<AccessControl> access = new ArrayList<>();
        final List<ListenerTls.Content> tls = new ArrayList<>();
    }

    private Prepared prepared;

    /** Reads all files, while a helper loads the ciphers; the loop then binds. Nothing is bound where anything is wrong. */
    void prepare() throws StartException {
        boolean secure = false;
        for (ListenerSettings listener : settings.listeners()) secure |= listener.tls() != null;
        Runnable bind = this::start;
        if (secure) loop.offload(warmup, bind);
        else loop.execute(bind);
        files.use(settings);
        reloads.reading(options.configFile(), settings);
        try {
            prepared = read(settings, true);
        } catch (AccessFileException e) {
            throw new StartException(StartException.UNREADABLE, e.getMessage());
        } catch (IOException e) {
            throw new StartException(StartException.UNUSABLE, e.getMessage());
        }
    }

    /** All files that the settings name, or none. */
    private Prepared read(ServerSettings from, boolean mayMake) throws AccessFileException, IOException {
        Prepared all = new Prepared();
        Map<SecuritySettings, AccessControl> shared = new IdentityHashMap<>();
        for (ListenerSettings listener : from.listeners()) {
            AccessControl access = shared.get(listener.security());
            if (access == null) {
                shared.put(listener.security(), access = new AccessControl(listener.security(), guard));
                for (String warning : access.warnings()) log(Log.Level.WARNING, warning);
            }
            all.access.add(access);
            if (listener.tls() != null && listener.tls().certFile() == null) readOwn(mayMake);
            try {
                all.tls.add(listener.tls() == null ? null : ListenerTls.read(listener.tls(), own, loop::wallMillis));
            } catch (IOException e) {
                throw new IOException(listener.where() + ": " + e.getMessage());
            }
        }
        return all;
    }

    private void readOwn(boolean mayMake) throws IOException {
        if (own != null) return;
        if (!certificate.exists()) {
            if (!mayMake) throw new IOException(certificate.file() + ": no such file; restart to have it made");
            certificate.make(loop.wallMillis());
            log(Log.Level.NOTICE, "Made a certificate for this broker: copy " + certificate.file()
                + " to clients and name it with --cafile.");
        } else if (BrokerCertificate.isDue(certificate.load().chain().get(0), loop.wallMillis())) {
            certificate.renew(loop.wallMillis());
            log(Log.Level.NOTICE, "Renewed " + certificate.file() + " with the same key.");
        }
        own = certificate.load();
    }

    private void start() {
        if (ending) return;
        try {
            bind();
        } catch (StartException e) {
            failure = e;
        } catch (Throwable e) { // out of memory and out of threads too: a process that listens on nothing helps nobody
            broker = null;
            failure = StartException.of(e);
        }
        prepared = null;
        if (failure == null) {
            ready();
            return;
        }
        for (BoundListener listener : listeners) for (Transport.Bound bound : listener.bound) bound.close();
        loop.stop();
    }

    private void bind() throws StartException {
        if (warmup.failure() != null) {
            throw new StartException(StartException.UNUSABLE, "this Java lacks what TLS needs: " + warmup.failure() + ".");
        }
        broker = new Broker(loop, settings.broker().fit(HEAP), Server.VERSION);
        logToTopics();
        boolean quic = false;
        for (ListenerSettings each : settings.listeners()) quic |= each.transport().equals("quic");
        List<List<InetAddress>> addresses = new ArrayList<>();
        ListenerTransports transports = new ListenerTransports(loop, broker, settings, quic ? secret() : null,
            warmup.chachaFirst(), keyLog());
        for (int i = 0; i < settings.listeners().size(); i++) {
            ListenerSettings each = settings.listeners().get(i);
            ListenerTls tls = each.tls() == null ? null : new ListenerTls(prepared.tls.get(i));
            ListenerAccess access = new ListenerAccess(each, prepared.access.get(i), tls == null ? null : tls::admits);
            addresses.add(Addresses.of(each));
            Broker.Listener door = broker.listener(BrokerMapping.listener(each, reloads.before(access), access,
                BrokerMapping.name(each, addresses.get(i))));
            listeners.add(new BoundListener(each, access, tls, door, transports.of(each, prepared.tls.get(i))));
        }
        if (settings.persistence().enabled()) keep(settings.persistence());
        // one right after the other, so that who finds one open finds all open
        for (int i = 0; i < listeners.size(); i++) {
            BoundListener listener = listeners.get(i);
            Addresses.bind(loop, listener, addresses.get(i), listener.settings.family() == ListenerSettings.Family.IPV6
                ? new OnlyIpv6(listener.door) : listener.door);
        }
        broker.figures(this::figures);
        if (settings.pidFile() != null) writePid(Path.of(settings.pidFile()));
    }

    private void keep(PersistenceSettings to) throws StartException {
        Path directory = Path.of(to.directory()), mosquittos = directory.resolveSibling("mosquitto.db");
        if (Files.exists(mosquittos)) {
            log(Log.Level.NOTICE, mosquittos + " is Mosquitto's and is left alone: what it has is not taken over into " + directory + ".");
        }
        Storage storage = loop.storage(to.directory());
        storage.lock();
        try {
            broker.keep(to.directory(), storage, Journal.Sync.valueOf(to.sync().name()));
        } catch (JournalException e) {
            throw new StartException(StartException.UNUSABLE, e.getMessage());
        }
    }

    /** Of all listeners together. */
    private void figures(BiConsumer<String, Object> to) {
        Map<String, Long> sums = new LinkedHashMap<>();
        for (BoundListener listener : listeners) {
            for (Transport.Bound bound : listener.bound) bound.figures((name, value) -> sums.merge(name, (Long) value, Long::sum));
        }
        sums.forEach(to);
    }

    private void logToTopics() { loop.logWriter().also(settings.log().topic() ? new LogTopics(loop, broker) : null); }

    /** A socket of IPv6 takes IPv4 too, which {@code socket_domain ipv6} does not want. */
    private record OnlyIpv6(Transport.Acceptor door) implements Transport.Acceptor {
        @Override public Pipe.Handler onPipe(Pipe pipe) {
            return pipe.remote() != null && pipe.remote().getAddress() instanceof Inet4Address ? null : door.onPipe(pipe);
        }
        @Override public void onRefused(InetSocketAddress remote, String reason) { door.onRefused(remote, reason); }
        @Override public void onCrowded() { door.onCrowded(); }
        @Override public void onUnfinished() { door.onUnfinished(); }
    }

    /** The key of stateless resets, which outlives the process, so that clients learn at once that it has died. */
    private byte[] secret() {
        try {
            Storage storage = loop.storage(settings.dataDirectory());
            ByteBuffer kept = storage.read(SECRET);
            byte[] secret = new byte[32];
            if (kept != null && kept.remaining() == secret.length) {
                kept.get(secret);
                return secret;
            }
            loop.entropy().nextBytes(secret);
            storage.replace(SECRET, ByteBuffer.wrap(secret), new Storage.Done() {
                @Override public void done(String error) {
                    if (error != null) log(Log.Level.WARNING, "Warning: " + settings.dataDirectory() + "/" + SECRET + ": " + error);
                }
            });
            return secret;
        } catch (UncheckedIOException e) {
            log(Log.Level.WARNING, "Warning: " + e.getCause().getMessage() + ": clients will not learn at once when this process dies.");
            return null;
        }
    }

    private Consumer<String> keyLog() throws StartException {
        if (settings.keyLogFile() == null) return null;
        try {
            Consumer<String> keyLog = loop.keyLog(Path.of(settings.keyLogFile()));
            log(Log.Level.WARNING, "Warning: TLS secrets go to " + settings.keyLogFile() + ": whoever reads it can read the traffic.");
            return keyLog;
        } catch (IOException | InvalidPathException e) {
            throw new StartException(StartException.CONFIG, "sslkeylogfile cannot be written: " + e.getMessage() + ".");
        }
    }

    private void writePid(Path file) throws StartException {
        try {
            Files.writeString(file, ProcessHandle.current().pid() + "\n");
            pidFile = file;
        } catch (IOException e) {
            String reason = e instanceof NoSuchFileException ? "No such file or directory" : e instanceof AccessDeniedException
                ? "Permission denied" : e.getMessage();
            throw new StartException(StartException.UNUSABLE, "Unable to write pid file " + file + ": " + reason + ".");
        }
    }

    private void ready() {
        StringBuilder line = new StringBuilder("mqttq ").append(Server.VERSION).append(" ready:");
        for (BoundListener listener : listeners) listener.describe(line);
        log(Log.Level.INFO, "mqttq version " + Server.VERSION + " starting");
        log(Log.Level.INFO, options.configFile() == null ? "Using default config." : "Config loaded from " + options.configFile() + ".");
        for (String warning : settings.warnings()) log(Log.Level.WARNING, warning);
        for (BoundListener listener : listeners) {
            for (Transport.Bound bound : listener.bound) {
                log(Log.Level.INFO, "Listening on " + BoundListener.url(listener.settings.transport(), bound.local()) + ".");
            }
        }
        log(Log.Level.INFO, "mqttq version " + Server.VERSION + " running");
        ready.ready(line.toString());
        broker.tellLost(this::reset);
        new HeapTrimmer(loop, new JvmMemory());
        if (settings.localOnly()) {
            log(Log.Level.NOTICE, "Starting in local only mode. Connections will only be possible from clients running on this machine. "
                + "Use --listen quic://0.0.0.0:14567, or a configuration file which defines a listener, to allow remote access.");
        }
        files.start();
        loop.onLowMemory(broker::shed);
        if (own != null) {
            certificateTimer = loop.timer(this::checkCertificate);
            checkCertificate();
        }
    }

    private boolean reset(byte[] id, InetSocketAddress local, InetSocketAddress remote) {
        for (BoundListener listener : listeners) {
            for (Transport.Bound bound : listener.bound) if (bound.reset(id, local, remote)) return true;
        }
        return false;
    }

    // ---- the certificate's life

    private void checkCertificate() {
        certificateTimer.at(loop.now() + CERTIFICATE_CHECK);
        X509Certificate leaf = own.chain().get(0);
        if (BrokerCertificate.isDue(leaf, loop.wallMillis())) renewCertificate();
        Set<InetAddress> missing = new LinkedHashSet<>();
        loop.offload(() -> missing.addAll(BrokerCertificate.missing(leaf, HostNames.addresses())), () -> {
            for (InetAddress address : missing) {
                if (!warnedAbout.add(address)) continue;
                log(Log.Level.WARNING, "Warning: " + certificate.file() + " does not name the address " + address.getHostAddress()
                    + ": clients that use it will refuse the certificate. Delete broker.crt and broker.key and restart to make a new one.");
            }
        });
    }

    private void renewCertificate() {
        long wallMillis = loop.wallMillis();
        IOException[] failed = new IOException[1];
        Identity[] renewed = new Identity[1];
        loop.offload(() -> {
            try {
                certificate.renew(wallMillis);
                renewed[0] = certificate.load();
            } catch (IOException e) {
                failed[0] = e;
            }
        }, () -> {
            if (renewed[0] == null) {
                log(Log.Level.ERROR, "Error: cannot renew the certificate: " + (failed[0] == null ? "see above" : failed[0].getMessage()));
                return;
            }
            own = renewed[0];
            for (BoundListener listener : listeners) {
                if (listener.tls == null || listener.settings.tls().certFile() != null) continue;
                listener.tls.use(listener.tls.content().with(own));
                listener.transport.reload(listener.tls.content());
            }
            log(Log.Level.NOTICE, "Renewed " + certificate.file() + " with the same key.");
        });
    }

    // ---- reload

    /**
     * As Mosquitto on SIGHUP. A configuration that does not parse leaves the running one in force, whose files are read again all the same;
     * where one of those cannot be read, all stays as it is.
     */
    void reload() {
        if (ending) return;
        log(Log.Level.INFO, "Reloading config.");
        loop.logWriter().reopen();
        ServerSettings changed = settings;
        try {
            changed = ServerSettings.load(options);
        } catch (ConfigException e) {
            log(Log.Level.ERROR, "Error: " + e.getMessage());
            log(Log.Level.ERROR, "Error: the configuration that was in force stays in force.");
        }
        reload(changed);
    }

    /**
     * A password, an ACL, a certificate was changed, and nobody told us: what the configuration in force names is read again, not the
     * configuration.
     */
    void filesChanged() {
        if (ending) return;
        log(Log.Level.NOTICE, "Files that the configuration names have changed: reading them again.");
        reload(settings);
    }

    private void reload(ServerSettings changed) {
        files.use(changed);
        reloads.reading(options.configFile(), changed);
        Identity before = own;
        own = null;
        try {
            Prepared read = read(changed, false);
            if (!changed.log().equals(settings.log())) Server.use(changed.log(), loop.logWriter());
            apply(changed, read);
        } catch (AccessFileException | IOException e) {
            log(Log.Level.ERROR, "Error: " + e.getMessage());
            log(Log.Level.ERROR, "Error: nothing was reloaded; what was in force stays in force.");
        }
        if (own == null) own = before;
        reloads.run();
    }

    private void apply(ServerSettings changed, Prepared read) {
        for (String warning : changed.warnings()) log(Log.Level.WARNING, warning);
        Set<BoundListener> left = new LinkedHashSet<>(listeners);
        for (int i = 0; i < changed.listeners().size(); i++) {
            ListenerSettings now = changed.listeners().get(i);
            BoundListener same = null;
            for (BoundListener listener : left) if (same == null && listener.isSame(now)) same = listener;
            if (same == null) {
                log(Log.Level.WARNING, "Warning: " + now.where() + ": a listener that is new or changed takes effect at the next start.");
                continue;
            }
            left.remove(same);
            same.settings = now;
            same.access.apply(now, read.access.get(i));
            if (same.tls != null) {
                same.tls.use(read.tls.get(i));
                same.transport.reload(read.tls.get(i));
            }
            same.door.settings(BrokerMapping.listener(now, reloads.before(same.access), same.access, same.door.settings().name()));
        }
        for (BoundListener listener : left) {
            log(Log.Level.WARNING, "Warning: " + listener.settings.where()
                + ": a listener that is gone or changed stays until the next start.");
        }
        settings = changed;
        logToTopics();
        broker.settings(changed.broker().fit(HEAP));
        broker.recheck();
    }

    /** SIGUSR1. */
    void compact() { log(Log.Level.NOTICE, broker.compact() ? "Compacting the journal." : "There is no journal to compact."); }

    /** SIGUSR2. */
    void logSubscriptions() { broker.logSubscriptions(); }

    // ---- the end

    /** Says goodbye to all clients, waits for the last bytes to go, and stops the loop. */
    void shutdown() {
        if (ending) return;
        ending = true;
        files.stop();
        log(Log.Level.INFO, "mqttq version " + Server.VERSION + " terminating");
        if (broker == null) {
            loop.stop();
            return;
        }
        for (BoundListener listener : listeners) for (Transport.Bound bound : listener.bound) bound.close();
        broker.shutdown();
        shutdownDeadline = loop.now() + SHUTDOWN_NANOS;
        shutdownTimer = loop.timer(this::awaitClients);
        awaitClients();
    }

    private void awaitClients() {
        if (broker.openConnections() > 0 && loop.now() < shutdownDeadline) {
            shutdownTimer.at(loop.now() + SHUTDOWN_POLL);
            return;
        }
        broker.flush(this::flushed);
    }

    private void flushed() {
        if (pidFile != null) {
            try {
                Files.deleteIfExists(pidFile);
            } catch (IOException e) {
                log(Log.Level.WARNING, "Warning: cannot remove " + pidFile + ": " + e.getMessage());
            }
        }
        loop.stop();
    }

    private void log(Log.Level level, String line) { loop.log(level, line); }
}
