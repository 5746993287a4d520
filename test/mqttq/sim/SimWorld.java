package mqttq.sim;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import mqttq.loop.TimerHeap;

/**
 * Hosts, links between them, and a clock that jumps from one event to the next. All chance comes from one seed; {@link #hash} sums up
 * everything that was delivered and when, the same in every JVM. One thread.
 */
public final class SimWorld {
    /** Turns at one instant after which somebody is taken to run in a circle. */
    private static final int LIVELOCK_TURNS = 100_000;

    /** Something that will happen. */
    abstract static class Event extends TimerHeap.Entry {
        abstract void fire();
    }

    private final long seed;
    private final TimerHeap events = new TimerHeap();
    private final List<SimLoop> hosts = new ArrayList<>();
    private final Map<InetAddress, SimLoop> routes = new LinkedHashMap<>();
    final Map<String, InetAddress[]> names = new LinkedHashMap<>();
    private final List<SimLoop> turn = new ArrayList<>();
    private SimLink[][] links = new SimLink[4][4];
    private final SimLink standard;
    private SimDatagram free;
    private long now, hash = 0xcbf29ce484222325L, delivered, turnNumber;
    private boolean running;
    private final Event wake = new Event() {
        @Override
        void fire() { }
    };
    /** Every datagram is handed to its receiver in here. */
    final byte[] receive = new byte[65536];
    final ByteBuffer receiveBuffer = ByteBuffer.wrap(receive);

    /** A world from the system property {@code mqttq.seed}, or else from a new seed that is printed. */
    public SimWorld() {
        this(Long.getLong("mqttq.seed", System.nanoTime()));
        System.out.println("mqttq.seed=" + seed);
    }

    public SimWorld(long seed) {
        this.seed = seed;
        standard = new SimLink(this, null, null, 0);
    }

    public long seed() {
        return seed;
    }

    /** Virtual nanoseconds since the world began. */
    public long now() {
        return now;
    }

    /** Of all deliveries and other events so far, with their times. */
    public long hash() {
        return hash;
    }

    /** Datagrams and TCP segments delivered so far. */
    public long delivered() {
        return delivered;
    }

    /** A host with these literal addresses; the first is the one that unbound traffic leaves from. */
    public SimLoop host(String... addresses) {
        SimLoop host = new SimLoop(this, hosts.size());
        hosts.add(host);
        for (String address : addresses) host.addAddress(address);
        return host;
    }

    /** The link between two hosts, both directions, made where there is none yet with the values of {@link #links}. */
    public SimLink link(SimLoop a, SimLoop b) {
        int most = Math.max(a.index, b.index);
        if (most >= links.length) {
            links = Arrays.copyOf(links, Math.max(most + 1, links.length * 2));
            for (int i = 0; i < links.length; i++) links[i] = links[i] == null ? new SimLink[links.length] : Arrays.copyOf(links[i], links.length);
        }
        SimLink link = links[a.index][b.index];
        if (link == null) {
            link = links[a.index][b.index] = links[b.index][a.index] = new SimLink(this, a, b, mix(seed, 31L * a.index + b.index + 1000));
            if (a != b) link.copy(standard);
        }
        return link;
    }

    /** What links are like that nobody has made yet; at the start without delay, loss or limit. */
    public SimLink links() {
        return standard;
    }

    /** Gives a host name, for {@code Loop.resolve}. */
    public void name(String name, String... addresses) {
        InetAddress[] all = new InetAddress[addresses.length];
        for (int i = 0; i < all.length; i++) all[i] = address(addresses[i]);
        names.put(name, all);
    }

    /** Runs everything up to and including the instant {@code until} (world nanoseconds), and leaves the clock there. */
    public void run(long until) {
        while (events.next() <= until) turn();
        now = until;
    }

    /** Runs on for a while. */
    public void runFor(long nanos) {
        run(now + nanos);
    }

    /** Runs until {@code condition} holds after some turn, or nothing is left, or the instant {@code limit} has come; says whether it holds. */
    public boolean runUntil(BooleanSupplier condition, long limit) {
        if (condition.getAsBoolean()) return true;
        while (events.next() <= limit) {
            turn();
            if (condition.getAsBoolean()) return true;
        }
        if (limit != Long.MAX_VALUE) now = Math.max(now, limit);
        return false;
    }

    /** One turn: everything due at the next instant, then what was deferred. False: nothing is left to happen. */
    public boolean turn() {
        long at = events.next();
        if (at == Long.MAX_VALUE) return false;
        if (at > now) {
            now = at;
            turnNumber = 0;
        } else if (++turnNumber > LIVELOCK_TURNS) {
            throw new AssertionError("seed " + seed + ": running in a circle at " + now + " ns");
        }
        long before = events.latestOrder();
        running = true;
        try {
            for (TimerHeap.Entry e; (e = events.first()) != null && e.deadline() <= now && e.order() <= before; ) {
                events.remove(e);
                ((Event) e).fire();
            }
            for (int i = 0; i < turn.size(); i++) turn.get(i).endTurn();
            turn.clear();
        } catch (RuntimeException e) {
            throw new AssertionError("seed " + seed + " at " + now + " ns: " + e, e);
        } finally {
            running = false;
        }
        return true;
    }

    /** What is still open: sockets, set timers, things under way. One line each; empty when all has been closed properly. */
    public String leaks() {
        StringBuilder out = new StringBuilder();
        for (SimLoop host : hosts) host.leaks(out);
        int underWay = 0;
        for (int i = 0; i < events.size(); i++) if (!(events.get(i) instanceof SimLoop.SimTimer)) underWay++;
        if (underWay > 0) out.append(underWay).append(" events under way\n");
        return out.toString();
    }

    /** The literal address, without a look-up. */
    public static InetAddress address(String literal) {
        if (literal.isEmpty() || literal.indexOf(':') < 0 && !Character.isDigit(literal.charAt(literal.length() - 1)))
            throw new IllegalArgumentException("not a literal address: " + literal);
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** The literal address with a port. */
    public static InetSocketAddress address(String literal, int port) {
        return new InetSocketAddress(address(literal), port);
    }

    void schedule(TimerHeap.Entry event, long at) {
        events.set(event, at == Long.MAX_VALUE ? at : Math.max(at, now));
    }

    void unschedule(TimerHeap.Entry event) {
        events.remove(event);
    }

    void atEndOfTurn(SimLoop host) {
        turn.add(host);
        if (!running) schedule(wake, now);
    }

    void unscheduleTimers(SimLoop host) {
        for (int i = events.size() - 1; i >= 0; i--) {
            if (i < events.size() && events.get(i) instanceof SimLoop.SimTimer timer && timer.host() == host) {
                events.remove(timer);
                i = events.size();
            }
        }
    }

    int setTimers(SimLoop host) {
        int n = 0;
        for (int i = 0; i < events.size(); i++) if (events.get(i) instanceof SimLoop.SimTimer timer && timer.host() == host) n++;
        return n;
    }

    SimLoop hostOf(InetAddress address) {
        return routes.get(address);
    }

    void route(InetAddress address, SimLoop host) {
        if (host == null) routes.remove(address);
        else if (routes.putIfAbsent(address, host) != null) throw new IllegalArgumentException(address + " is taken");
    }

    SimDatagram datagram() {
        SimDatagram d = free;
        if (d == null) return new SimDatagram(this);
        free = d.nextFree;
        return d;
    }

    void free(SimDatagram d) {
        d.nextFree = free;
        free = d;
    }

    /** Adds to the hash what happened and when. */
    void trace(int what, int where, long value) {
        hash = mix(hash, now);
        hash = mix(hash, (long) what << 32 | where & 0xffff_ffffL);
        hash = mix(hash, value);
    }

    void traceDelivery(int port, InetAddress from, int fromPort, byte[] data, int length) {
        delivered++;
        trace(1, from.hashCode() * 31 + fromPort, (long) port << 32 | length);
        long h = hash;
        int i = 0;
        for (; i + 8 <= length; i += 8) h = (h ^ (long) LONGS.get(data, i)) * 0x100000001b3L ^ h >>> 29;
        for (; i < length; i++) h = (h ^ data[i] & 0xff) * 0x100000001b3L;
        hash = h;
    }

    private static final java.lang.invoke.VarHandle LONGS =
        java.lang.invoke.MethodHandles.byteArrayViewVarHandle(long[].class, java.nio.ByteOrder.LITTLE_ENDIAN);

    static long mix(long h, long value) {
        long z = (h ^ value) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 29) * 0x94d049bb133111ebL;
        return z ^ z >>> 32;
    }
}
