package mqttq.config;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * QUIC of all quic listeners.
 * @param retry whether every new client's address is checked with a Retry packet; otherwise only under load
 * @param idleTimeout seconds
 * @param maxStreams streams that a client may have open at a time
 * @param congestionControl "newreno" or "cubic"
 * @param qlogDirectory or null
 * @param preferredAddresses where clients are asked to go on after the handshake, at most one of each family; the same listener must be
 *     reached there
 */
public record QuicSettings(boolean retry, int idleTimeout, int maxStreams, boolean earlyData, String congestionControl,
    String qlogDirectory,
                           List<InetSocketAddress> preferredAddresses) {
}
