package mqttq.tls;

import java.nio.ByteBuffer;

/**
 * Loads what a first handshake would load, so that the first client does not wait for it and send probes instead (100 ms and more on a Pi).
 */
public final class TlsWarmUp {
    private static final class Quiet implements QuicTlsEngine.Listener {
        @Override public void onSecrets(EncryptionLevel level, CipherSuite suite, byte[] clientSecret, byte[] serverSecret) { }
        @Override public void onTransportParameters(byte[] raw) { }
        @Override public void onHandshakeComplete() { }
    }

    private TlsWarmUp() { }

    /**
     * One handshake in memory with this server's configuration; what comes of it is of no interest. Tens of milliseconds, before listening.
     */
    public static void run(TlsConfig server) {
        TlsConfig client = TlsConfig.builder(server.random, server.epochMillis).applicationProtocols(server.applicationProtocols.get(0))
            .cipherSuites(server.cipherSuites.get(0)).groups(server.groups.get(0)).trustManager(Trust.insecure()).build();
        QuicTlsEngine a = QuicTlsEngine.client(client, "localhost", 0, new byte[1], new Quiet()),
            b = QuicTlsEngine.server(server, new Quiet());
        b.localTransportParameters(new byte[1]);
        try {
            a.start();
            move(a, b);
            move(b, a);
            move(a, b);
        } catch (TlsAlertException e) {
            // a server that insists on a client certificate; by then all has been loaded
        }
    }

    private static void move(QuicTlsEngine from, QuicTlsEngine to) throws TlsAlertException {
        for (EncryptionLevel level : EncryptionLevel.values()) {
            byte[] bytes = from.transmit(level);
            if (bytes != null) to.receive(level, ByteBuffer.wrap(bytes));
        }
    }
}
