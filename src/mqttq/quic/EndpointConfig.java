package mqttq.quic;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import mqttq.loop.Log;
import mqttq.quic.crypto.AeadProtection;
import mqttq.quic.crypto.ProtectionFactory;
import mqttq.quic.qlog.ConnectionTrace;
import mqttq.quic.stream.Budget;
import mqttq.tls.Hkdf;

/**
 * What an endpoint is made of.
 *
 * @param entropy for keys, connection ids, tokens
 * @param secret 32 bytes from which the stateless-reset key is derived; kept across restarts, so that a new process can end what the
 *        old one left. The key of address tokens comes from {@code entropy}: tokens die with the process
 * @param budget bytes that all connections together may use beyond what each is promised
 * @param log null for none
 * @param protection where packet protection comes from
 * @param traces hears of every new connection; null for none
 */
public record EndpointConfig(SecureRandom entropy, byte[] secret, Limits limits, Budget budget, Log log, ProtectionFactory protection,
        ConnectionTrace.Factory traces) {
    /** As of a process that keeps nothing: its resets are known to nobody after it. */
    public static EndpointConfig of(SecureRandom entropy, Log log) {
        byte[] secret = new byte[32];
        entropy.nextBytes(secret);
        return new EndpointConfig(entropy, secret, Limits.DEFAULT, new Budget(64 << 20), log, AeadProtection.FACTORY, null);
    }

    public EndpointConfig withLimits(Limits value) { return new EndpointConfig(entropy, secret, value, budget, log, protection, traces); }
    public EndpointConfig withBudget(long bytes) {
        return new EndpointConfig(entropy, secret, limits, new Budget(bytes), log, protection, traces);
    }
    public EndpointConfig withSecret(byte[] value) { return new EndpointConfig(entropy, value, limits, budget, log, protection, traces); }
    public EndpointConfig withProtection(ProtectionFactory value) {
        return new EndpointConfig(entropy, secret, limits, budget, log, value, traces);
    }

    /**
     * For one of several endpoints of a process. RFC 9000 §5.2.3, §21.11: none is to give away, by a reset, the token of another's
     * connection.
     */
    public EndpointConfig forListener(InetSocketAddress local) {
        byte[] address = local.getAddress().getAddress();
        byte[] name = ByteBuffer.allocate(address.length + 2).put(address).putShort((short) local.getPort()).array();
        return withSecret(Hkdf.expandLabel("HmacSHA256", secret, "mqttq listener", name, 32));
    }

    public EndpointConfig withTraces(ConnectionTrace.Factory value) {
        return new EndpointConfig(entropy, secret, limits, budget, log, protection, value);
    }
}
