package mqttq.server;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import mqttq.config.ListenerSettings;
import mqttq.config.QuicSettings;
import mqttq.config.ServerSettings;
import mqttq.loop.Loop;
import mqttq.quic.ConnectionOptions;
import mqttq.quic.EndpointConfig;
import mqttq.tls.CipherSuite;
import mqttq.tls.TicketKeys;
import mqttq.tls.TlsConfig;
import mqttq.transport.QuicTransport;
import mqttq.transport.TcpTransport;
import mqttq.transport.Transport;
import mqttq.transport.TransportLimits;

/** Makes the transport of each listener as the settings say. */
final class ListenerTransports {
    private static final long SECOND = 1_000_000_000L, TICKET_MILLIS = 86_400_000L;

    private final Loop loop;
    private final ServerSettings settings;
    private final EndpointConfig endpoint;
    private final boolean chachaFirst;
    private final Consumer<String> keyLog;

    /** @param secret 32 bytes for stateless resets; null for ones that die with the process */
    ListenerTransports(Loop loop, ServerSettings settings, byte[] secret, boolean chachaFirst, Consumer<String> keyLog) {
        this.loop = loop;
        this.settings = settings;
        this.chachaFirst = chachaFirst;
        this.keyLog = keyLog;
        EndpointConfig config = EndpointConfig.of(loop.entropy(), loop);
        endpoint = secret == null ? config : config.withSecret(secret);
    }

    Transport of(ListenerSettings listener, ListenerTls tls) throws StartException {
        return switch (listener.transport()) {
            case "quic" -> quic(tls);
            case "tcp" -> new TcpTransport(TransportLimits.DEFAULT);
            default -> throw Addresses.failed(listener, "the transport '" + listener.transport() + "' is not supported");
        };
    }

    private Transport quic(ListenerTls tls) {
        QuicSettings quic = settings.quic();
        boolean mutual = tls.trust != null;
        mqttq.quic.stream.Limits streams = mqttq.quic.stream.Limits.DEFAULT;
        streams = new mqttq.quic.stream.Limits(streams.streamWindow(), streams.maxStreamWindow(), streams.connectionWindow(), quic.maxStreams(), streams.uniStreams(),
            streams.gaps(), streams.sendBuffer(), streams.maxSendBuffer());
        ConnectionOptions options = ConnectionOptions.SERVER.withIdleTimeout(quic.idleTimeout() * SECOND).withStreams(streams);
        if (mutual) options = options.withCryptoBuffer(64 << 10);
        TlsConfig.Builder config = TlsConfig.builder(loop.entropy(), loop::wallMillis).applicationProtocols("mqtt").keyManager(tls.keys).cipherSuites(suites(tls))
            .ticketKeys(new TicketKeys(loop.entropy(), TICKET_MILLIS)).keyLog(keyLog);
        if (mutual) config.trustManager(tls.trust).clientAuth(TlsConfig.ClientAuth.NEED);
        return QuicTransport.server(endpoint, config.build(), options);
    }

    /** The operator's order, or that which is fast here. */
    private CipherSuite[] suites(ListenerTls tls) {
        List<CipherSuite> suites = new ArrayList<>();
        if (tls.settings.tls13Suites() != null) {
            for (String name : tls.settings.tls13Suites()) suites.add(CipherSuite.valueOf(name));
        } else {
            suites.addAll(List.of(CipherSuite.TLS_AES_128_GCM_SHA256, CipherSuite.TLS_AES_256_GCM_SHA384));
            suites.add(chachaFirst ? 0 : 2, CipherSuite.TLS_CHACHA20_POLY1305_SHA256);
        }
        return suites.toArray(new CipherSuite[0]);
    }
}
