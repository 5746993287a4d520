package mqttq.transport;

import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import mqttq.loop.Loop;
import mqttq.loop.Timers;

/**
 * Connects to a host by name: looks it up and tries its addresses a little after one another, IPv6 first and in turn, until one
 * stands (Happy Eyeballs, RFC 8305). Loop thread.
 */
public final class Dialer {
    /** RFC 8305 §5: the Connection Attempt Delay it recommends. */
    private static final long ATTEMPT_DELAY = 250_000_000L;
    /** Whoever answers for the name decides how many addresses there are, but not how many are tried. */
    private static final int MAX_ADDRESSES = 16;

    private final Loop loop;
    private final Transport transport;
    private final int port;
    private final Transport.Connected outcome;
    private final Timers.Timer next, deadline;
    private final List<InetSocketAddress> addresses = new ArrayList<>();
    private final List<Transport.Attempt> attempts = new ArrayList<>();
    private int tried, failed;
    private String firstReason;
    private boolean refused, over;

    /** Starts at once; the outcome comes in a later turn, and after {@code timeout} (ns) at the latest. */
    public Dialer(Loop loop, Transport transport, String host, int port, long timeout, Transport.Connected outcome) {
        this.loop = loop;
        this.transport = transport;
        this.port = port;
        this.outcome = outcome;
        next = loop.timer(new Runnable() {
            @Override public void run() { tryNext(); }
        });
        deadline = loop.timer(new Runnable() {
            @Override public void run() { timedOut(); }
        });
        deadline.at(loop.now() + timeout);
        loop.resolve(host, new Loop.Resolved() {
            @Override public void resolved(InetAddress[] found, String error) { Dialer.this.resolved(found, error); }
        });
    }

    /** Gives up; nothing is called any more. */
    public void cancel() {
        if (over) return;
        over = true;
        next.cancel();
        deadline.cancel();
        for (Transport.Attempt attempt : attempts) attempt.cancel();
    }

    private void resolved(InetAddress[] found, String error) {
        if (over) return;
        if (found.length == 0) {
            fail(error);
            return;
        }
        // RFC 8305 §4: families in turn, each in the resolver's order
        List<InetAddress> six = new ArrayList<>(), four = new ArrayList<>();
        for (InetAddress address : found) (address instanceof Inet6Address ? six : four).add(address);
        for (int i = 0; i < found.length && addresses.size() < MAX_ADDRESSES; i++) {
            if (i < six.size()) addresses.add(new InetSocketAddress(six.get(i), port));
            if (i < four.size()) addresses.add(new InetSocketAddress(four.get(i), port));
        }
        tryNext();
    }

    private void tryNext() {
        if (over || tried == addresses.size()) return;
        InetSocketAddress address = addresses.get(tried++);
        if (tried < addresses.size()) next.at(loop.now() + ATTEMPT_DELAY);
        try {
            attempts.add(attempt(address));
        } catch (UncheckedIOException e) { // no socket to be had, or none that reaches this address
            attemptFailed(e.getCause().getMessage());
        }
    }

    private Transport.Attempt attempt(InetSocketAddress address) {
        return transport.connect(loop, address, new Transport.Connected() {
            @Override public Pipe.Handler onConnected(Pipe pipe) {
                if (over) return null;
                cancel();
                return outcome.onConnected(pipe);
            }

            @Override public void onFailed(String reason) { attemptFailed(reason); }

            @Override public void onRefused(String reason) {
                refused = true;
                attemptFailed(reason);
            }
        });
    }

    private void attemptFailed(String reason) {
        if (over) return;
        failed++;
        if (firstReason == null) firstReason = reason;
        if (failed == addresses.size()) fail(firstReason);
        else if (failed == tried) tryNext();
    }

    private void timedOut() { if (!over) fail(firstReason != null ? firstReason : "no answer in time"); }

    private void fail(String reason) {
        cancel();
        if (refused) outcome.onRefused(reason);
        else outcome.onFailed(reason);
    }
}
