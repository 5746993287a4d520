package mqttq.client.core;

import mqttq.loop.Loop;
import mqttq.loop.Timers;
import mqttq.transport.Dialer;
import mqttq.transport.Pipe;
import mqttq.transport.Transport;

/**
 * Connects to the preferred endpoint, QUIC; when the network does not let it, tries again, and then goes to the other one, TLS
 * (MQTT over QUIC single-stream mode §6.5.1, §6.6). Without another endpoint it is a single {@link Dialer}. Loop thread.
 */
final class FallbackDialer implements Transport.Connected, Runnable {
    private static final long SECOND = 1_000_000_000L;
    /** §6.5.1: how long QUIC may take. */
    private static final long QUIC_TIMEOUT = 5 * SECOND;
    /** §6.6.1: retries after 1, 2 and 4 s, and no more than 10 s of all this. */
    private static final int RETRIES = 3;
    private static final long ALL_TRIES = 10 * SECOND;

    private final Loop loop;
    private final ClientSettings settings;
    private final Transport.Connected outcome;
    private final Timers.Timer retry;
    private final long started;
    private Dialer dialer;
    private int retries;
    private boolean fallenBack;

    /** Starts at once; the outcome comes in a later turn. */
    FallbackDialer(Loop loop, ClientSettings settings, Transport.Connected outcome) {
        this.loop = loop;
        this.settings = settings;
        this.outcome = outcome;
        retry = loop.timer(this);
        started = loop.now();
        run();
    }

    /** Gives up; nothing is called any more. */
    void cancel() {
        retry.cancel();
        if (dialer != null) dialer.cancel();
    }

    /** Tries. */
    @Override public void run() {
        long timeout = settings.connectTimeout();
        if (settings.fallback() != null && !fallenBack) {
            timeout = Math.min(Math.min(timeout, QUIC_TIMEOUT), started + ALL_TRIES - loop.now());
        }
        ClientSettings.Endpoint to = fallenBack ? settings.fallback() : settings.endpoint();
        dialer = new Dialer(loop, to.transport(), to.host(), to.port(), timeout, this);
    }

    @Override public Pipe.Handler onConnected(Pipe pipe) { return outcome.onConnected(pipe); }

    @Override public void onFailed(String reason) {
        if (settings.fallback() == null || fallenBack) {
            outcome.onFailed(reason);
            return;
        }
        long again = loop.now() + (SECOND << retries);
        if (retries++ < RETRIES && again < started + ALL_TRIES) retry.at(again);
        else fallBack();
    }

    /** §6.6.1: the endpoint was reached and does not speak MQTT over QUIC; to wait would change nothing. */
    @Override public void onRefused(String reason) {
        if (settings.fallback() == null || fallenBack) outcome.onRefused(reason);
        else fallBack();
    }

    private void fallBack() {
        fallenBack = true;
        run();
    }
}
