package mqttq.config;

/**
 * QUIC of all quic listeners.
 * @param retry whether every new client's address is checked with a Retry packet; otherwise only under load
 * @param idleTimeout seconds
 * @param maxStreams streams that a client may have open at a time
 * @param congestionControl "newreno" or "cubic"
 * @param qlogDirectory or null
 */
public record QuicSettings(boolean retry, int idleTimeout, int maxStreams, boolean earlyData, String congestionControl, String qlogDirectory) {
}
