import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.KeyStore;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import tech.kwik.agent15.TlsConstants;
import tech.kwik.core.QuicClientConnection;
import tech.kwik.core.QuicConnection;
import tech.kwik.core.QuicStream;
import tech.kwik.core.log.NullLogger;
import tech.kwik.core.log.SysOutLogger;
import tech.kwik.core.server.ApplicationProtocolConnection;
import tech.kwik.core.server.ApplicationProtocolConnectionFactory;
import tech.kwik.core.server.ServerConnectionConfig;
import tech.kwik.core.server.ServerConnector;

/**
 * kwik as a peer for raw streams, with options as name=value:
 * {@code client PORT script=HEX/COUNT,... [cipher=TLS_...]} sends HEX on stream 0, waits for COUNT more bytes, goes on, prints "RECEIVED hex";
 * {@code server PORT p12=FILE} echoes every bidirectional stream.
 */
public class KwikPeer {
    public static void main(String[] args) throws Exception {
        Map<String, String> options = new HashMap<>();
        for (int i = 2; i < args.length; i++) {
            int equals = args[i].indexOf('=');
            options.put(equals < 0 ? args[i] : args[i].substring(0, equals), equals < 0 ? "" : args[i].substring(equals + 1));
        }
        if (args[0].equals("client")) client(Integer.parseInt(args[1]), options);
        else server(Integer.parseInt(args[1]), options);
    }

    private static void client(int port, Map<String, String> options) throws Exception {
        QuicClientConnection.Builder builder = QuicClientConnection.newBuilder().uri(new URI("https://127.0.0.1:" + port)).applicationProtocol("mqtt")
            .connectTimeout(Duration.ofSeconds(10)).maxIdleTimeout(Duration.ofSeconds(30)).noServerCertificateCheck()
            .logger(options.containsKey("debug") ? loud() : new NullLogger());
        if (options.containsKey("cipher")) builder.cipherSuite(TlsConstants.CipherSuite.valueOf(options.get("cipher")));
        QuicClientConnection connection = builder.build();
        connection.connect();
        System.out.println("HANDSHAKE version=" + connection.getQuicVersion());
        QuicStream stream = connection.createStream(true);
        OutputStream out = stream.getOutputStream();
        InputStream in = stream.getInputStream();
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        for (String step : options.getOrDefault("script", "").split(",")) {
            String[] parts = step.split("/");
            out.write(HexFormat.of().parseHex(parts[0]));
            out.flush();
            int count = Integer.parseInt(parts[1]);
            received.write(in.readNBytes(count));
        }
        System.out.println("RECEIVED " + HexFormat.of().formatHex(received.toByteArray()));
        connection.closeAndWait();
        System.out.println("CLOSED");
        System.exit(0);
    }

    private static void server(int port, Map<String, String> options) throws Exception {
        KeyStore keys = KeyStore.getInstance(new File(options.get("p12")), "changeit".toCharArray());
        ServerConnectionConfig settings = ServerConnectionConfig.builder().maxOpenPeerInitiatedBidirectionalStreams(100)
            .maxOpenPeerInitiatedUnidirectionalStreams(3).maxIdleTimeoutInSeconds(30).retryRequired(options.containsKey("retry")).build();
        ServerConnector connector = ServerConnector.builder().withSocket(new DatagramSocket(new InetSocketAddress("127.0.0.1", port)))
            .withKeyStore(keys, "mqtt", "changeit".toCharArray()).withConfiguration(settings)
            .withSupportedVersions(List.of(QuicConnection.QuicVersion.V1, QuicConnection.QuicVersion.V2))
            .withLogger(options.containsKey("debug") ? loud() : new NullLogger()).build();
        connector.registerApplicationProtocol("mqtt", new Echo());
        connector.start();
        System.out.println("LISTENING");
        Thread.currentThread().join();
    }

    private static final class Echo implements ApplicationProtocolConnectionFactory {
        @Override public int maxConcurrentPeerInitiatedBidirectionalStreams() {
            return 100;
        }

        @Override public int maxConcurrentPeerInitiatedUnidirectionalStreams() {
            return 3;
        }

        @Override public ApplicationProtocolConnection createConnection(String protocol, QuicConnection connection) {
            System.out.println("HANDSHAKE alpn=" + protocol + " version=" + connection.getQuicVersion());
            return new ApplicationProtocolConnection() {
                @Override public void acceptPeerInitiatedStream(QuicStream stream) {
                    if (stream.isBidirectional()) new Thread(() -> echo(stream)).start();
                }
            };
        }

        private static void echo(QuicStream stream) {
            try (OutputStream out = stream.getOutputStream()) {
                InputStream in = stream.getInputStream();
                byte[] buffer = new byte[16_384];
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    out.write(buffer, 0, n);
                    out.flush();
                }
            } catch (IOException e) {
                System.out.println("STREAM " + stream.getStreamId() + " " + e);
            }
        }
    }

    private static SysOutLogger loud() {
        SysOutLogger log = new SysOutLogger();
        log.logPackets(true);
        log.logInfo(true);
        log.logWarning(true);
        log.logDebug(true);
        return log;
    }
}
