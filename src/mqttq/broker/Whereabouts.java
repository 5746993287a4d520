package mqttq.broker;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import mqttq.loop.Timers;
import mqttq.mqtt.Utf8;

/**
 * Where each client is that is connected over QUIC, and the connection id that it sends to, in the journal: after the process has died, the
 * next one tells it at once that its connection is gone (RFC 9000 §10.3), instead of waiting until it says something. At most once: before
 * the first is told, the journal has it that all of before were. What is written here waits for something else to be written, or makes one
 * sync of its own every {@link #EVERY}.
 */
final class Whereabouts {
    /** The most that are told, the newest; how many in a step of {@link #STEP} ns, which makes 500 a second; how long at most. */
    static final int MOST = 10_000, PER_STEP = 10;
    private static final long SECOND = 1_000_000_000L, EVERY = 10 * SECOND, STEP = SECOND / 50, PATIENCE = 60 * SECOND;

    /** What a client of this or an earlier process is told by. */
    private record Place(byte[] id, InetSocketAddress local, InetSocketAddress remote) {
        boolean is(Place other) {
            return other != null && Arrays.equals(id, other.id) && local.equals(other.local) && remote.equals(other.remote);
        }
    }

    private record Lost(String client, Place place) { }

    private final Broker broker;
    private final Keeper keeper;
    /** What the journal has; whose place may be another by now; those of the process before, the newest last. */
    private final Map<String, Place> written = new LinkedHashMap<>();
    private final Set<String> moved = new LinkedHashSet<>();
    private final Map<String, Place> before = new LinkedHashMap<>();
    private List<String> toWrite = List.of();
    private int nextToWrite;
    private final Timers.Timer alone, telling;
    private long lastAlone = -EVERY;
    /** Who is to be told, the newest first; the addresses that were; from which position of the journal on they may be; until when. */
    private final ArrayDeque<Lost> lost = new ArrayDeque<>();
    private final Set<InetSocketAddress> told = new HashSet<>();
    private long from, until;
    private Broker.Resetter resetter;

    Whereabouts(Broker broker, Keeper keeper) {
        this.broker = broker;
        this.keeper = keeper;
        alone = broker.loop().timer(this::alone);
        telling = broker.loop().timer(this::tell);
    }

    // ---- this process's clients

    /** A client came, went, or is somewhere else. */
    void moved(String client) {
        if (moved.isEmpty()) alone.at(Math.max(broker.now() + SECOND, lastAlone + EVERY));
        moved.add(client);
    }

    private void alone() {
        if (!write()) return;
        lastAlone = broker.now();
        keeper.journal.awaited();
    }

    /** Writes what has changed, before something else is; false: nothing. */
    boolean write() {
        if (moved.isEmpty()) return false;
        List<String> clients = new ArrayList<>(moved);
        moved.clear();
        boolean any = false;
        for (String client : clients) {
            Session session = broker.session(client);
            Place now = session == null || session.connection() == null ? null : place(session.connection()), old = written.remove(client);
            if (now != null) written.put(client, now);
            if (now == null ? old == null : now.is(old)) continue;
            put(client, now);
            any = true;
        }
        return any;
    }

    private static Place place(Connection of) {
        byte[] id = of.sentTo();
        return id == null ? null : new Place(id, of.local(), of.remote());
    }

    private void put(String client, Place place) {
        byte[] name = Utf8.bytes(client), none = {};
        ByteBuffer out = keeper.begin(Records.PLACE, Keeper.HEAD + name.length);
        Records.put(out, name);
        Records.put(out, place == null ? none : place.id);
        Records.put(out, place == null ? none : bytes(place.local));
        Records.put(out, place == null ? none : bytes(place.remote));
    }

    private static byte[] bytes(InetSocketAddress address) {
        byte[] ip = address.getAddress().getAddress();
        return ByteBuffer.allocate(ip.length + 2).put(ip).putShort((short) address.getPort()).array();
    }

    /** A snapshot begins; {@link #slice} goes on with it. */
    void snapshot() {
        toWrite = new ArrayList<>(written.keySet());
        nextToWrite = 0;
    }

    /** Writes more of the snapshot, as long as the journal's position is below {@code end}. */
    void slice(long end) {
        write();
        for (; nextToWrite < toWrite.size() && keeper.journal.position() < end; nextToWrite++) {
            Place place = written.get(toWrite.get(nextToWrite));
            if (place != null) put(toWrite.get(nextToWrite), place);
        }
    }

    // ---- the clients of the process before

    /** A record of the journal. */
    void replay(ByteBuffer in) {
        String client = Records.text(in);
        byte[] id = Records.bytes(in), local = Records.bytes(in), remote = Records.bytes(in);
        before.remove(client);
        if (id.length > 0) before.put(client, new Place(id, address(local), address(remote)));
        if (before.size() > MOST) before.remove(before.keySet().iterator().next());
    }

    private static InetSocketAddress address(byte[] from) {
        try {
            int ip = from.length - 2;
            return new InetSocketAddress(InetAddress.getByAddress(Arrays.copyOf(from, ip)), ByteBuffer.wrap(from).getShort(ip) & 0xffff);
        } catch (UnknownHostException | IndexOutOfBoundsException | NegativeArraySizeException e) {
            throw new IllegalArgumentException("an address");
        }
    }

    /** They were told. */
    void replayTold() { before.clear(); }

    /** All is replayed. */
    void opened() {
        if (before.isEmpty()) return;
        keeper.begin(Records.TOLD, 1);
        from = keeper.journal.position();
        before.forEach((client, place) -> lost.addFirst(new Lost(client, place)));
        before.clear();
    }

    /** From now on, but for {@link #safe}. */
    void begin(Broker.Resetter by) {
        resetter = by;
        until = broker.now() + PATIENCE;
        safe();
    }

    /** The journal has gone on. */
    void safe() { if (!lost.isEmpty() && resetter != null && told.isEmpty() && keeper.journal.durable() >= from) tell(); }

    private void tell() {
        int sent = 0;
        for (int i = lost.size(); i > 0 && sent < PER_STEP; i--) {
            Lost next = lost.poll();
            Session session = broker.session(next.client);
            if (session != null && session.online() || told.contains(next.place.remote)) continue;
            if (!resetter.reset(next.place.id, next.place.local, next.place.remote)) {
                lost.add(next); // the network is not there yet
                continue;
            }
            told.add(next.place.remote);
            sent++;
        }
        if (broker.now() >= until) lost.clear();
        if (lost.isEmpty()) told.clear();
        else telling.at(broker.now() + (sent > 0 ? STEP : SECOND));
    }
}
