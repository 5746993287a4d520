package mqttq.sim;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import mqttq.loop.TcpPort;

/** One end of a simulated TCP connection: in order, never losing, as slow as the link, with buffers of {@link #BUFFER} bytes at both ends. */
final class SimTcp implements TcpPort {
    private static final int BUFFER = 65536, SEGMENT = 1448;
    private static final long GIVE_UP = 127_000_000_000L, RETRY = 1_000_000_000L;

    private enum Kind { SYN, ACCEPTED, REFUSED, DATA, ACK, FIN, RESET, TIMED_OUT }

    private final SimLoop host;
    private final SimWorld world;
    private final InetSocketAddress local, remote;
    private Handler handler;
    private SimTcp peer;
    private SimLink.Path path;
    private long lastArrival;

    private boolean connected, closed, gone, finQueued, finSent, wantsRoom;
    private final byte[] out = new byte[BUFFER];
    private int outHead, outLength, inFlight;

    private boolean reading = true, finArrived, endTold;
    private final byte[] in = new byte[BUFFER];
    private int inHead, inTail;

    private Segment free;
    private String reason;
    private final SimWorld.Event offer = new SimWorld.Event() {
        @Override
        void fire() {
            deliver();
        }
    };
    private final SimWorld.Event farewell = new SimWorld.Event() {
        @Override
        void fire() {
            if (handler != null) handler.onClosed(reason); // null: reset before it was accepted
        }
    };

    private SimTcp(SimLoop host, InetSocketAddress local, InetSocketAddress remote) {
        this.host = host;
        this.world = host.world;
        this.local = local;
        this.remote = remote;
        host.opened(this);
    }

    static SimTcp connect(SimLoop host, InetSocketAddress local, InetSocketAddress remote, Handler handler) {
        SimTcp tcp = new SimTcp(host, local, remote);
        tcp.handler = handler;
        SimLoop target = remote.isUnresolved() ? null
            : remote.getAddress().isLoopbackAddress() ? host : host.world.hostOf(remote.getAddress());
        if (target == null) {
            tcp.fail("No route to host");
        } else {
            // The other end exists from the start, and learns of it when the SYN arrives.
            SimTcp other = tcp.peer = new SimTcp(target, remote, new InetSocketAddress(host.seenAs(local.getAddress()), local.getPort()));
            target.closed(other);
            other.peer = tcp;
            tcp.path = host.world.link(host, target).from(host);
            other.path = tcp.path.opposite();
            tcp.send(Kind.SYN, 0);
        }
        return tcp;
    }

    @Override
    public int write(ByteBuffer data) {
        if (closed || finQueued) return 0;
        int start = data.position();
        while (connected && data.hasRemaining() && outLength < BUFFER) {
            while (data.hasRemaining() && outLength < BUFFER) {
                int tail = (outHead + outLength) % BUFFER, n = Math.min(data.remaining(), Math.min(BUFFER - outLength, BUFFER - tail));
                data.get(out, tail, n);
                outLength += n;
            }
            pump();
        }
        if (data.hasRemaining()) wantsRoom = true;
        return data.position() - start;
    }

    @Override
    public void read(boolean on) {
        reading = on;
        if (on && !closed && (inTail > inHead || finArrived && !endTold)) world.schedule(offer, world.now());
    }

    @Override
    public void finish() {
        finQueued = true;
        pump();
    }

    @Override
    public void close() {
        if (closed) return;
        boolean unread = inTail > inHead;
        end(null);
        finQueued = true;
        if (peer != null && !connected) gone = true;
        if (connected && unread) reset();
        else pump();
    }

    @Override
    public InetSocketAddress local() {
        return local;
    }

    @Override
    public InetSocketAddress remote() {
        return remote;
    }

    @Override
    public String toString() {
        return local + " to " + remote;
    }

    /** As when the process is killed by a power cut: without a word to anybody. */
    void vanish() {
        closed = gone = true;
        world.unschedule(offer);
        world.unschedule(farewell);
        host.closed(this);
    }

    void resetBoth() {
        if (peer != null) peer.fail("Connection reset by peer");
        fail("Connection reset by peer");
    }

    private void pump() {
        while (connected && !gone && outLength > 0 && inFlight < BUFFER) {
            int n = Math.min(Math.min(SEGMENT, outLength), BUFFER - inFlight);
            inFlight += n;
            send(Kind.DATA, n);
        }
        if (connected && !gone && finQueued && !finSent && outLength == 0) {
            finSent = true;
            send(Kind.FIN, 0);
        }
    }

    private void send(Kind kind, int length) {
        Segment segment = free == null ? new Segment() : free;
        free = segment.next;
        segment.fill(kind, length);
        long arrival = host.down ? -1 : path.carryReliably(length, lastArrival);
        if (arrival < 0) {
            segment.kind = Kind.TIMED_OUT;
            arrival = world.now() + GIVE_UP;
        } else {
            lastArrival = arrival = peer.host.batched(arrival);
        }
        world.schedule(segment, arrival);
    }

    private void reset() {
        if (gone) return;
        gone = true;
        send(Kind.RESET, 0);
    }

    private void fail(String why) {
        gone = true;
        outLength = 0;
        if (!closed) end(why);
    }

    private void end(String why) {
        closed = true;
        reason = why;
        world.unschedule(offer);
        host.closed(this);
        world.schedule(farewell, world.now());
    }

    private void deliver() {
        if (closed || !reading) return;
        if (inTail > inHead) {
            ByteBuffer data = ByteBuffer.wrap(in, inHead, inTail - inHead);
            handler.onData(data);
            int taken = data.position() - inHead;
            inHead += taken;
            if (inHead == inTail) inHead = inTail = 0;
            if (taken > 0) {
                Segment ack = free == null ? new Segment() : free;
                free = ack.next;
                ack.fill(Kind.ACK, 0);
                ack.length = taken;
                world.schedule(ack, world.now() + path.delay());
            }
        }
        if (!closed && reading && inTail == inHead && finArrived && !endTold) {
            endTold = true;
            handler.onEnd();
        }
    }

    private void arrive(Segment s) {
        switch (s.kind) {
            case SYN -> accept();
            case ACCEPTED -> {
                if (closed) {
                    connected = true;
                    gone = false;
                    reset();
                    return;
                }
                connected = true;
                handler.onConnected();
                if (wantsRoom && !closed) {
                    wantsRoom = false;
                    handler.onWritable();
                }
            }
            case REFUSED -> fail("Connection refused");
            case TIMED_OUT -> fail("Connection timed out");
            case RESET -> fail("Connection reset by peer");
            case FIN -> {
                finArrived = true;
                deliver();
            }
            case ACK -> {
                inFlight -= s.length;
                pump();
                if (wantsRoom && !closed && outLength <= BUFFER / 2) {
                    wantsRoom = false;
                    handler.onWritable();
                }
            }
            case DATA -> {
                if (closed) {
                    gone = false;
                    reset();
                    return;
                }
                if (inHead > 0 && inTail + s.length > BUFFER) {
                    System.arraycopy(in, inHead, in, 0, inTail - inHead);
                    inTail -= inHead;
                    inHead = 0;
                }
                System.arraycopy(s.data, 0, in, inTail, s.length);
                inTail += s.length;
                world.traceDelivery(local.getPort(), remote.getAddress(), remote.getPort(), s.data, s.length);
                deliver();
            }
        }
    }

    private void accept() {
        if (closed) return;
        SimListener listener = host.listener(local);
        connected = true;
        if (listener == null) {
            send(Kind.REFUSED, 0);
            gone = true;
            return;
        }
        host.opened(this);
        send(Kind.ACCEPTED, 0);
        handler = listener.handler.onAccept(this);
        if (handler != null) return;
        host.closed(this);
        closed = true;
        world.unschedule(farewell);
        reset();
    }

    /** Something on its way to the other end, or with an ACK back from it; pooled by the end that sent it. */
    private final class Segment extends SimWorld.Event {
        private Kind kind;
        private byte[] data;
        private int length, tries;
        private Segment next;

        void fill(Kind kind, int length) {
            this.kind = kind;
            this.length = length;
            tries = 0;
            if (length > 0 && data == null) data = new byte[SEGMENT];
            for (int done = 0; done < length; ) {
                int n = Math.min(length - done, BUFFER - outHead);
                System.arraycopy(out, outHead, data, done, n);
                outHead = (outHead + n) % BUFFER;
                done += n;
            }
            if (kind == Kind.DATA) outLength -= length;
        }

        @Override
        void fire() {
            SimTcp at = kind == Kind.TIMED_OUT ? SimTcp.this : peer;
            if (kind != Kind.TIMED_OUT && at.host.down) {
                if (++tries * RETRY > GIVE_UP) kind = Kind.TIMED_OUT;
                world.schedule(this, world.now() + RETRY);
                return;
            }
            world.trace(2, kind.ordinal(), at.local.getPort());
            at.arrive(this);
            next = free;
            free = this;
        }
    }
}
