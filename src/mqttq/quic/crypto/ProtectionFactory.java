package mqttq.quic.crypto;

import mqttq.quic.packet.QuicVersion;
import mqttq.tls.CipherSuite;

/** Where packet protection comes from: {@link AeadProtection#FACTORY}, or something cheaper in a simulation. */
public interface ProtectionFactory {
    /** @param secret a traffic secret of TLS or an Initial secret; not kept as the caller's array */
    PacketProtection create(CipherSuite suite, QuicVersion version, byte[] secret);
}
