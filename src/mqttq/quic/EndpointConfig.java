package mqttq.quic;

import java.security.SecureRandom;
import mqttq.loop.Log;
import mqttq.quic.crypto.AeadProtection;
import mqttq.quic.crypto.ProtectionFactory;
import mqttq.quic.qlog.ConnectionTrace;
import mqttq.quic.stream.Budget;

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
    public EndpointConfig withBudget(long bytes) { return new EndpointConfig(entropy, secret, limits, new Budget(bytes), log, protection, traces); }
    public EndpointConfig withSecret(byte[] value) { return new EndpointConfig(entropy, value, limits, budget, log, protection, traces); }
    public EndpointConfig withProtection(ProtectionFactory value) { return new EndpointConfig(entropy, secret, limits, budget, log, value, traces); }

    public EndpointConfig withTraces(ConnectionTrace.Factory value) {
        return new EndpointConfig(entropy, secret, limits, budget, log, protection, value);
    }
}
