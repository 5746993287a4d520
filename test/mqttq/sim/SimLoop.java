package mqttq.sim;

import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import mqttq.loop.Loop;
import mqttq.loop.Storage;
import mqttq.loop.TcpListener;
import mqttq.loop.TcpPort;
import mqttq.loop.UdpPort;

/** One simulated host: the loop that product code runs on there, and what a test may do to it. */
public final class SimLoop implements Loop {
    private static final boolean PRINT = Boolean.getBoolean("mqttq.sim.log");
    private static final int KEPT_LINES = 10_000;

    final SimWorld world;
    final int index;
    private final List<InetAddress> addresses = new ArrayList<>();
    private final SimUdp[][] udp = new SimUdp[256][];
    private final Map<Integer, SimListener> listeners = new LinkedHashMap<>();
    private final List<SimTcp> connections = new ArrayList<>();
    private final Map<String, SimDisk> disks = new LinkedHashMap<>();
    private ArrayDeque<Runnable> deferred = new ArrayDeque<>(), deferredNext = new ArrayDeque<>();
    private SecureRandom entropy;
    private final List<String> lines = new ArrayList<>();
    private final EnumSet<Level> levels = EnumSet.of(Level.ERROR, Level.WARNING, Level.NOTICE, Level.INFO);
    private SimNat nat;
    private int nextPort = 49152, life, openUdp;
    private long started, wallAtZero = 1_700_000_000_000L, batch, offloadNanos = 1_000_000, resolveNanos = 1_000_000;
    private boolean inTurn;
    boolean down;
    int sendRoom = Integer.MAX_VALUE;
    /** From a change of addresses until sockets hear of it. */
    public static final long ROUTES_NANOS = 3_000_000_000L;

    SimLoop(SimWorld world, int index) {
        this.world = world;
        this.index = index;
        started = world.now();
        entropy = new SimEntropy(SimWorld.mix(world.seed(), index + 1));
    }

    // What a test does to the host

    /** One more literal address. */
    public SimLoop addAddress(String literal) {
        InetAddress address = SimWorld.address(literal);
        world.route(address, this);
        addresses.add(address);
        lookAtRoutes();
        return this;
    }

    /** One more literal address, from which new sockets leave from now on. */
    public SimLoop preferAddress(String literal) {
        addAddress(literal);
        addresses.add(0, addresses.remove(addresses.size() - 1));
        return this;
    }

    /** As the real loop does every few seconds. */
    private void lookAtRoutes() {
        List<SimUdp> connected = new ArrayList<>();
        for (SimUdp[] page : udp) if (page != null) for (SimUdp first : page) for (SimUdp s = first; s != null; s = s.next) if (s.isConnected()) connected.add(s);
        if (connected.isEmpty()) return;
        world.schedule(new SimWorld.Event() {
            @Override
            void fire() {
                for (SimUdp socket : connected) socket.lookAtRoute();
            }
        }, world.now() + ROUTES_NANOS);
    }

    public SimLoop removeAddress(String literal) {
        InetAddress address = SimWorld.address(literal);
        if (!addresses.remove(address)) throw new IllegalArgumentException(literal);
        world.route(address, null);
        lookAtRoutes();
        return this;
    }

    /** The host leaves one network for another: unconnected wildcard sockets go on from the new address, others send into nothing. */
    public SimLoop move(String from, String to) {
        return removeAddress(from).addAddress(to);
    }

    /** Puts the host behind a NAT with this public address. Others reach it only where it has sent from. */
    public SimNat nat(String publicAddress) {
        return nat = new SimNat(this, publicAddress);
    }

    /** Nothing reaches the host or leaves it; its timers go on. */
    public SimLoop down(boolean down) {
        this.down = down;
        return this;
    }

    /** The process is killed: sockets, timers and tasks vanish without a word, what was not synced may be lost, the clock starts anew. */
    public void crash() {
        life++;
        world.unscheduleTimers(this);
        deferred.clear();
        deferredNext.clear();
        for (SimUdp[] page : udp) if (page != null) for (int i = 0; i < 256; i++) while (page[i] != null) page[i].close();
        for (SimListener listener : listeners.values().toArray(new SimListener[0])) listener.close();
        for (SimTcp connection : connections.toArray(new SimTcp[0])) connection.vanish();
        for (SimDisk disk : disks.values()) disk.powerCut();
        started = world.now();
        entropy = new SimEntropy(SimWorld.mix(world.seed(), index + 1 + 1000L * life));
    }

    /** Sets the wall clock, which may jump. */
    public SimLoop wall(long millis) {
        wallAtZero = millis - world.now() / 1_000_000;
        return this;
    }

    /** Arrivals are handed over in turns this far apart, as a busy host does; 0: each at once. */
    public SimLoop turns(long nanos) {
        batch = nanos;
        return this;
    }

    /** How long {@code offload} and {@code resolve} take, ns. */
    public SimLoop helpers(long offloadNanos, long resolveNanos) {
        this.offloadNanos = offloadNanos;
        this.resolveNanos = resolveNanos;
        return this;
    }

    /** Datagrams that a socket takes in one instant before it is full for 10 µs. */
    public SimLoop sendRoom(int datagrams) {
        sendRoom = datagrams;
        return this;
    }

    /** All TCP connections of this host are reset, at both ends. */
    public void resetConnections() {
        for (SimTcp connection : connections.toArray(new SimTcp[0])) connection.resetBoth();
    }

    /** Switches levels of the log on or off; DEBUG and the finer ones are off at the start. */
    public SimLoop logLevel(Level level, boolean on) {
        if (on) levels.add(level);
        else levels.remove(level);
        return this;
    }

    /** The last lines logged, oldest first. */
    public List<String> lines() {
        return lines;
    }

    /** Whether a logged line contains {@code text}. */
    public boolean logged(String text) {
        for (String line : lines) if (line.contains(text)) return true;
        return false;
    }

    /** The disk behind {@link #storage}. */
    public SimDisk disk(String directory) {
        SimDisk disk = disks.get(directory);
        if (disk == null) disks.put(directory, disk = new SimDisk(this, SimWorld.mix(world.seed(), 7777 + 31L * index + disks.size())));
        return disk;
    }

    public int openSockets() {
        return openUdp + listeners.size() + connections.size();
    }

    /** Timers that are set. */
    public int setTimers() {
        return world.setTimers(this);
    }

    public InetAddress address() {
        return addresses.get(0);
    }

    // Loop

    @Override
    public long now() {
        return world.now() - started;
    }

    @Override
    public long wallMillis() {
        return wallAtZero + world.now() / 1_000_000;
    }

    @Override
    public boolean logs(Level level) {
        return levels.contains(level);
    }

    @Override
    public void log(Level level, String line) {
        if (!levels.contains(level)) return;
        if (lines.size() == KEPT_LINES) lines.subList(0, KEPT_LINES / 2).clear();
        lines.add(line);
        if (PRINT) System.out.println(world.now() / 1000 + " us " + addresses + " " + level + " " + line);
    }

    @Override
    public Timer timer(Runnable action) {
        return new SimTimer(action);
    }

    @Override
    public void defer(Runnable task) {
        if (deferred.isEmpty() && !inTurn) world.atEndOfTurn(this);
        deferred.add(task);
    }

    @Override
    public void execute(Runnable task) {
        after(0, task);
    }

    @Override
    public void offload(Runnable work, Runnable done) {
        after(offloadNanos, () -> {
            work.run();
            done.run();
        });
    }

    @Override
    public void hash(Runnable work, Runnable done) {
        offload(work, done);
    }

    @Override
    public SecureRandom entropy() {
        return entropy;
    }

    @Override
    public UdpPort udp(InetSocketAddress local, UdpPort.Handler handler) {
        InetAddress address = bindable(local);
        int port = local.getPort();
        for (int tries = 0; port == 0 || !free(address, port); tries++) {
            if (local.getPort() != 0 || tries > 16384) throw new UncheckedIOException(new BindException("Address already in use"));
            port = nextPort = nextPort == 65535 ? 49152 : nextPort + 1;
        }
        SimUdp socket = new SimUdp(this, port == local.getPort() ? local : new InetSocketAddress(address, port), handler);
        SimUdp[] page = udp[port >> 8] == null ? udp[port >> 8] = new SimUdp[256] : udp[port >> 8];
        socket.next = page[port & 255];
        page[port & 255] = socket;
        openUdp++;
        return socket;
    }

    @Override
    public TcpPort tcp(InetSocketAddress remote, TcpPort.Handler handler) {
        nextPort = nextPort == 65535 ? 49152 : nextPort + 1;
        InetAddress from = remote.isUnresolved() ? address() : primary(remote.getAddress());
        return SimTcp.connect(this, new InetSocketAddress(from, nextPort), remote, handler);
    }

    @Override
    public TcpListener listen(InetSocketAddress local, TcpListener.Handler handler) {
        InetAddress address = bindable(local);
        int port = local.getPort();
        while (port == 0 || local.getPort() == 0 && listeners.containsKey(port)) port = nextPort = nextPort == 65535 ? 49152 : nextPort + 1;
        if (listeners.containsKey(port)) throw new UncheckedIOException(new BindException("Address already in use"));
        SimListener listener = new SimListener(this, new InetSocketAddress(address, port), handler);
        listeners.put(port, listener);
        return listener;
    }

    @Override
    public void resolve(String host, Resolved then) {
        InetAddress[] known = world.names.get(host);
        if (known == null && host.matches("[0-9a-fA-F:]*:[0-9a-fA-F:.]*|(\\d{1,3}\\.){3}\\d{1,3}")) {
            try {
                known = new InetAddress[] {SimWorld.address(host)};
            } catch (IllegalArgumentException e) {
                // looks like one, and is none
            }
        }
        InetAddress[] found = known == null ? new InetAddress[0] : known.clone();
        after(resolveNanos, () -> then.resolved(found, found.length == 0 ? host + ": Name or service not known" : null));
    }

    @Override
    public Storage storage(String directory) {
        return disk(directory);
    }

    // For the rest of the simulator

    void endTurn() {
        inTurn = true;
        try {
            for (int round = 0; !deferred.isEmpty(); round++) {
                if (round > 10_000) throw new AssertionError("defer runs in a circle");
                ArrayDeque<Runnable> tasks = deferred;
                deferred = deferredNext;
                deferredNext = tasks;
                for (Runnable task; (task = tasks.poll()) != null; ) task.run();
            }
        } finally {
            inTurn = false;
        }
    }

    /** Runs a task later, unless the process has been killed by then. */
    void after(long nanos, Runnable task) {
        int mine = life;
        world.schedule(new SimWorld.Event() {
            @Override
            void fire() {
                if (life == mine) task.run();
            }
        }, world.now() + nanos);
    }

    long batched(long arrival) {
        return batch == 0 ? arrival : (arrival + batch - 1) / batch * batch;
    }

    boolean owns(InetAddress address) {
        return addresses.contains(address) || address.isLoopbackAddress();
    }

    InetAddress primary(InetAddress towards) {
        if (towards.isLoopbackAddress()) return towards;
        boolean four = towards instanceof Inet4Address;
        for (int i = 0; i < addresses.size(); i++) if (addresses.get(i) instanceof Inet4Address == four) return addresses.get(i);
        return addresses.isEmpty() ? towards : addresses.get(0);
    }

    /** The socket for a datagram to {@code local} from {@code remote}: connected ones first, then those bound to the address, then wildcards. */
    SimUdp socket(InetSocketAddress local, InetSocketAddress remote) {
        SimUdp[] page = udp[local.getPort() >> 8];
        if (page == null) return null;
        SimUdp best = null;
        for (SimUdp s = page[local.getPort() & 255]; s != null; s = s.next)
            if (s.accepts(local, remote) && (best == null || s.rank() > best.rank())) best = s;
        return best;
    }

    void unbind(SimUdp socket, int port) {
        SimUdp[] page = udp[port >> 8];
        openUdp--;
        if (page[port & 255] == socket) {
            page[port & 255] = socket.next;
            return;
        }
        for (SimUdp s = page[port & 255]; s != null; s = s.next) if (s.next == socket) s.next = socket.next;
    }

    SimListener listener(InetSocketAddress at) {
        SimListener listener = listeners.get(at.getPort());
        if (listener == null) return null;
        InetAddress bound = listener.local().getAddress();
        return bound.isAnyLocalAddress() || bound.equals(at.getAddress()) ? listener : null;
    }

    void closed(SimListener listener) {
        listeners.remove(listener.local().getPort(), listener);
    }

    void opened(SimTcp connection) {
        connections.add(connection);
    }

    void closed(SimTcp connection) {
        connections.remove(connection);
    }

    InetSocketAddress translate(InetSocketAddress from) {
        return nat == null || from.getAddress().isLoopbackAddress() ? from : nat.outgoing(from);
    }

    InetSocketAddress untranslate(InetSocketAddress to) {
        return nat == null ? to : nat.incoming(to);
    }

    InetAddress seenAs(InetAddress address) {
        return nat == null ? address : nat.address();
    }

    void leaks(StringBuilder out) {
        String me = "host " + addresses + ": ";
        if (openUdp > 0) out.append(me).append(openUdp).append(" UDP sockets\n");
        if (!listeners.isEmpty()) out.append(me).append(listeners.size()).append(" TCP listeners\n");
        for (SimTcp connection : connections) out.append(me).append("TCP ").append(connection).append('\n');
        if (setTimers() > 0) out.append(me).append(setTimers()).append(" timers set\n");
        if (!deferred.isEmpty()) out.append(me).append(deferred.size()).append(" deferred tasks\n");
    }

    private InetAddress bindable(InetSocketAddress local) {
        InetAddress address = local.getAddress();
        if (address == null || !address.isAnyLocalAddress() && !owns(address))
            throw new UncheckedIOException(new BindException("Cannot assign requested address"));
        return address;
    }

    private boolean free(InetAddress address, int port) {
        SimUdp[] page = udp[port >> 8];
        if (page != null) for (SimUdp s = page[port & 255]; s != null; s = s.next) if (s.binds(address)) return false;
        return true;
    }

    /** Host deadlines are counted from the start of its process, the world's from its own. */
    final class SimTimer extends SimWorld.Event implements Timer {
        private final Runnable action;

        SimTimer(Runnable action) {
            this.action = action;
        }

        SimLoop host() {
            return SimLoop.this;
        }

        @Override
        void fire() {
            action.run();
        }

        @Override
        public void at(long deadline) {
            world.schedule(this, deadline >= Long.MAX_VALUE - started ? Long.MAX_VALUE : started + deadline);
        }

        @Override
        public void cancel() {
            world.unschedule(this);
        }
    }
}
