package mqttq.tls;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** A client and a server engine, joined without QUIC; what each is told is kept. */
final class Pair {
    /** Sees each handshake message on its way and may change it; null drops it. */
    interface Editor {
        byte[] edit(boolean fromClient, EncryptionLevel level, byte[] message);
    }

    static final long NOW = 1_700_000_000_000L;
    static final byte[] CLIENT_PARAMETERS = {1, 2, 3}, SERVER_PARAMETERS = {9, 8, 7, 6};

    static final class End implements QuicTlsEngine.Listener {
        QuicTlsEngine engine;
        final Map<EncryptionLevel, List<byte[]>> secrets = new EnumMap<>(EncryptionLevel.class);
        final List<SessionTicket> tickets = new ArrayList<>();
        byte[] peerParameters;
        Boolean earlyDecision;
        EarlyDataOffer offer;
        boolean acceptEarlyData = true, complete;
        TlsAlertException failure;

        @Override public void onSecrets(EncryptionLevel level, CipherSuite suite, byte[] clientSecret, byte[] serverSecret) {
            List<byte[]> both = new ArrayList<>();
            both.add(clientSecret);
            both.add(serverSecret);
            if (secrets.put(level, both) != null) throw new AssertionError("secrets of " + level + " twice");
        }

        @Override public void onTransportParameters(byte[] raw) {
            if (peerParameters != null) throw new AssertionError("transport parameters twice");
            peerParameters = raw;
        }

        @Override public boolean onEarlyData(EarlyDataOffer asked) {
            offer = asked;
            return acceptEarlyData;
        }

        @Override public void onEarlyDataDecision(boolean accepted) {
            if (earlyDecision != null) throw new AssertionError("decided twice");
            earlyDecision = accepted;
        }

        @Override public void onHandshakeComplete() {
            if (complete) throw new AssertionError("complete twice");
            complete = true;
        }

        @Override public void onTicket(SessionTicket ticket) {
            tickets.add(ticket);
        }
    }

    final End client = new End(), server = new End();
    int chunk = Integer.MAX_VALUE;
    Editor editor = (fromClient, level, message) -> message;
    long seed = 1;
    String host = "broker.example";
    long now = NOW;
    TicketKeys ticketKeys;
    final TlsConfig.Builder clientConfig, serverConfig;
    /** Everything that was sent, in order. */
    final List<byte[]> sent = new ArrayList<>();

    Pair() {
        this(1);
    }

    Pair(long seed) {
        clientConfig = TlsConfig.builder(new SeededRandom(seed), () -> now).applicationProtocols("mqtt").trustManager(Pems.trust());
        serverConfig = TlsConfig.builder(new SeededRandom(seed + 1000), () -> now).applicationProtocols("mqtt").keyManager(Pems.identity("ec256"));
    }

    Pair build() {
        client.engine = QuicTlsEngine.client(clientConfig.build(), host, 8883, CLIENT_PARAMETERS, client);
        server.engine = QuicTlsEngine.server(serverConfig.build(), server);
        server.engine.localTransportParameters(SERVER_PARAMETERS);
        return this;
    }

    /** A whole handshake; the first failure of either side ends it and stays in {@link End#failure}. */
    Pair run() {
        if (client.engine == null) build();
        try {
            client.engine.start();
        } catch (TlsAlertException e) {
            client.failure = e;
        }
        exchange();
        return this;
    }

    void exchange() {
        boolean moved = true;
        while (moved && client.failure == null && server.failure == null) moved = move(client, server, true) | move(server, client, false);
    }

    private boolean move(End from, End to, boolean fromClient) {
        boolean moved = false;
        for (EncryptionLevel level : EncryptionLevel.values()) {
            byte[] bytes = from.engine.transmit(level);
            if (bytes == null) continue;
            moved = true;
            TlsWriter edited = new TlsWriter(bytes.length);
            for (byte[] message : messages(bytes)) {
                byte[] after = editor.edit(fromClient, level, message);
                if (after != null) edited.bytes(after);
            }
            byte[] all = edited.toArray();
            sent.add(all);
            for (int at = 0; at < all.length && to.failure == null; at += Math.min(chunk, all.length - at)) {
                try {
                    to.engine.receive(level, ByteBuffer.wrap(all, at, Math.min(chunk, all.length - at)));
                } catch (TlsAlertException e) {
                    to.failure = e;
                }
            }
        }
        return moved;
    }

    /** Cuts a flight into its messages. */
    static List<byte[]> messages(byte[] flight) {
        List<byte[]> messages = new ArrayList<>();
        for (int at = 0; at < flight.length;) {
            int length = 4 + ((flight[at + 1] & 0xff) << 16 | (flight[at + 2] & 0xff) << 8 | flight[at + 3] & 0xff);
            messages.add(java.util.Arrays.copyOfRange(flight, at, at + length));
            at += length;
        }
        return messages;
    }
}
