package mqttq.quic.crypto;

import mqttq.quic.packet.ConnectionId;
import mqttq.quic.packet.QuicVersion;
import mqttq.tls.CipherSuite;
import mqttq.tls.Hkdf;

/** The secrets of Initial packets, which any observer can derive (RFC 9001 §5.2). */
public final class InitialSecrets {
    public static final CipherSuite SUITE = CipherSuite.TLS_AES_128_GCM_SHA256;

    /** What protects the packets of each side. */
    public final byte[] client, server;

    /** @param destination the Destination Connection ID of the client's first Initial, or of the first after a Retry */
    public InitialSecrets(QuicVersion version, ConnectionId destination) {
        byte[] initial = Hkdf.extract(SUITE.hmac, version.initialSalt(), destination.bytes());
        client = Hkdf.expandLabel(SUITE.hmac, initial, "client in", new byte[0], SUITE.hashLength);
        server = Hkdf.expandLabel(SUITE.hmac, initial, "server in", new byte[0], SUITE.hashLength);
    }
}
