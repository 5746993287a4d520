package mqttq.sim;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Both directions between two hosts. Every setting here applies to both; {@link #from} gives one of them. */
public final class SimLink {
    /** Looks at what a direction is about to carry. */
    public interface Filter {
        /** Whether to let it pass. {@code number} counts this direction's datagrams from 0; the datagram is not to be changed. */
        boolean pass(long number, ByteBuffer datagram);
    }

    private final SimLoop a;
    private final Path forth, back;

    SimLink(SimWorld world, SimLoop a, SimLoop b, long seed) {
        this.a = a;
        forth = new Path(world, this, SimWorld.mix(seed, 1));
        back = a == b && a != null ? forth : new Path(world, this, SimWorld.mix(seed, 2));
    }

    /** The direction from {@code host} to the other. */
    public Path from(SimLoop host) {
        return host == a ? forth : back;
    }

    void copy(SimLink other) {
        forth.copy(other.forth);
        back.copy(other.back);
    }

    /** One-way delay. */
    public SimLink delay(long nanos) {
        forth.delay(nanos);
        back.delay(nanos);
        return this;
    }

    /** One-way delay in milliseconds. */
    public SimLink delayMillis(long millis) {
        return delay(millis * 1_000_000);
    }

    /** Up to this much more delay, evenly; never changes the order. */
    public SimLink jitter(long nanos) {
        forth.jitter(nanos);
        back.jitter(nanos);
        return this;
    }

    /** Each datagram is lost with this probability. */
    public SimLink loss(double p) {
        forth.loss(p);
        back.loss(p);
        return this;
    }

    /** This share is lost, in bursts of {@code length} on average. */
    public SimLink bursts(double p, double length) {
        forth.bursts(p, length);
        back.bursts(p, length);
        return this;
    }

    /** Bits a second, and how many datagrams wait at most before the last is dropped; 0: no limit. */
    public SimLink bandwidth(long bitsPerSecond, int queue) {
        forth.bandwidth(bitsPerSecond, queue);
        back.bandwidth(bitsPerSecond, queue);
        return this;
    }

    /** With this probability a datagram takes {@code nanos} longer and is overtaken. */
    public SimLink reorder(double p, long nanos) {
        forth.reorder(p, nanos);
        back.reorder(p, nanos);
        return this;
    }

    /** With this probability a datagram comes twice. */
    public SimLink duplicate(double p) {
        forth.duplicate(p);
        back.duplicate(p);
        return this;
    }

    /** With this probability one to three bytes are changed (UDP only). */
    public SimLink corrupt(double p) {
        forth.corrupt(p);
        back.corrupt(p);
        return this;
    }

    /** Over and over: carries for {@code on}, then nothing for {@code off} nanoseconds; an {@code off} of 0 ends it. */
    public SimLink blackouts(long on, long off) {
        forth.blackouts(on, off);
        back.blackouts(on, off);
        return this;
    }

    /** Bytes of the largest IP packet that passes; larger ones vanish. */
    public SimLink mtu(int bytes) {
        forth.mtu(bytes);
        back.mtu(bytes);
        return this;
    }

    /** False: nothing passes. */
    public SimLink up(boolean up) {
        forth.up(up);
        back.up(up);
        return this;
    }

    /** One direction. */
    public static final class Path {
        private static final int NO_QUEUE = 1 << 20;
        private final SimWorld world;
        private final SimLink link;
        private final SimRandom random;
        private long delay, jitter, bandwidth, reorderNanos, on, off, blackoutStart;
        private double loss, burstEnter, burstLeave, reorder, duplicate, corrupt;
        private int mtu = 65535;
        private boolean up = true, inBurst;
        private Filter filter;
        /** When those that wait leave: a ring. */
        private long[] departures = new long[0];
        private int head, waiting, queueLimit;
        private long busyUntil, lastArrival;
        private int headerBytes = 28;
        /** Counts since the start. */
        long sent, lost, queueDrops, bytes, arrived, delivered;

        Path(SimWorld world, SimLink link, long seed) {
            this.world = world;
            this.link = link;
            random = new SimRandom(seed);
        }

        public Path delay(long nanos) {
            delay = nanos;
            return this;
        }

        public Path jitter(long nanos) {
            jitter = nanos;
            return this;
        }

        public Path loss(double p) {
            loss = p;
            return this;
        }

        public Path bursts(double p, double length) {
            burstLeave = 1 / Math.max(1, length);
            burstEnter = p <= 0 ? 0 : p >= 1 ? 1 : p * burstLeave / (1 - p);
            return this;
        }

        public Path bandwidth(long bitsPerSecond, int queue) {
            bandwidth = bitsPerSecond;
            queueLimit = queue == 0 ? NO_QUEUE : queue;
            departures = bandwidth == 0 ? new long[0] : new long[Math.min(queueLimit, 1024)];
            head = waiting = 0;
            return this;
        }

        public Path reorder(double p, long nanos) {
            reorder = p;
            reorderNanos = nanos;
            return this;
        }

        public Path duplicate(double p) {
            duplicate = p;
            return this;
        }

        public Path corrupt(double p) {
            corrupt = p;
            return this;
        }

        public Path blackouts(long on, long off) {
            this.on = on;
            this.off = off;
            blackoutStart = world.now();
            return this;
        }

        public Path mtu(int bytes) {
            mtu = bytes;
            return this;
        }

        public Path up(boolean up) {
            this.up = up;
            return this;
        }

        /** Null: none. */
        public Path filter(Filter filter) {
            this.filter = filter;
            return this;
        }

        /** Loses the datagrams numbered {@code first} to {@code last} from now on, the next one being 0. */
        public Path drop(long first, long last) {
            long base = sent;
            return filter((number, datagram) -> number - base < first || number - base > last);
        }

        /** Datagrams given to this direction. */
        public long sent() {
            return sent;
        }

        /** UDP payload bytes given to this direction. */
        public long bytes() {
            return bytes;
        }

        /** Lost on the way for whatever reason, {@link #queueDrops} not counted. */
        public long lost() {
            return lost;
        }

        /** Dropped because the queue was full. */
        public long queueDrops() {
            return queueDrops;
        }

        /** Handed to a socket. */
        public long delivered() {
            return delivered;
        }

        long delay() {
            return delay;
        }

        Path opposite() {
            return link.forth == this ? link.back : link.forth;
        }

        void copy(Path o) {
            delay(o.delay).jitter(o.jitter).loss(o.loss).bandwidth(o.bandwidth, o.queueLimit).reorder(o.reorder, o.reorderNanos)
                .duplicate(o.duplicate).corrupt(o.corrupt).mtu(o.mtu).up(o.up);
            burstEnter = o.burstEnter;
            burstLeave = o.burstLeave;
            on = o.on;
            off = o.off;
            blackoutStart = o.blackoutStart;
        }

        /** Carries a datagram, or drops it. */
        void carry(SimDatagram d) {
            long number = sent++, now = world.now();
            bytes += d.length;
            boolean pass = passes(now) && d.length + headerBytes <= mtu
                && (filter == null || filter.pass(number, ByteBuffer.wrap(d.data, 0, d.length).asReadOnlyBuffer()));
            if (!pass) {
                lost++;
                world.free(d);
                return;
            }
            long leaves = leaves(now, d.length + headerBytes, queueLimit);
            if (leaves < 0) {
                queueDrops++;
                world.free(d);
                return;
            }
            long arrival = leaves + delay + (jitter == 0 ? 0 : random.below(jitter));
            if (random.chance(reorder)) arrival += reorderNanos;
            else lastArrival = arrival = Math.max(arrival, lastArrival);
            if (random.chance(duplicate)) {
                SimDatagram twin = world.datagram();
                twin.fill(d);
                world.schedule(twin, d.target.batched(arrival + random.below(Math.max(delay, 1000))));
            }
            if (corrupt > 0 && d.length > 0 && random.chance(corrupt)) {
                for (long n = 1 + random.below(3); n > 0; n--) d.data[(int) random.below(d.length)] ^= (byte) (1 + random.below(255));
            }
            world.schedule(d, d.target.batched(arrival));
        }

        /** When a TCP segment sent now arrives, losses and blackouts repaired; -1: never. */
        long carryReliably(int length, long notBefore) {
            long at = world.now(), timeout = 200_000_000;
            for (int attempt = 0; attempt < 12; attempt++, at += timeout, timeout = Math.min(timeout * 2, 60_000_000_000L)) {
                if (!passes(at)) continue;
                long leaves = leaves(at, length + 40, NO_QUEUE);
                if (leaves < 0) continue;
                return Math.max(notBefore, leaves + delay + (jitter == 0 ? 0 : random.below(jitter)));
            }
            return -1;
        }

        private boolean passes(long at) {
            if (!up) return false;
            if (off > 0 && (at - blackoutStart) % (on + off) >= on) return false;
            if (burstEnter > 0) {
                inBurst = inBurst ? !random.chance(burstLeave) : random.chance(burstEnter);
                if (inBurst) return false;
            }
            return !random.chance(loss);
        }

        /** When the last bit of it has left, or -1 where the queue is full. */
        private long leaves(long at, int length, int limit) {
            if (bandwidth == 0) return at;
            while (waiting > 0 && departures[head] <= at) {
                head = head + 1 == departures.length ? 0 : head + 1;
                waiting--;
            }
            if (waiting >= limit) return -1;
            if (waiting == departures.length) {
                long[] larger = Arrays.copyOf(departures, departures.length * 2);
                for (int i = 0; i < waiting; i++) larger[i] = departures[(head + i) % departures.length];
                departures = larger;
                head = 0;
            }
            busyUntil = Math.max(busyUntil, at) + length * 8_000_000_000L / bandwidth;
            departures[(head + waiting++) % departures.length] = busyUntil;
            return busyUntil;
        }
    }
}
