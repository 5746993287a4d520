import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import tech.kwik.agent15.TlsConstants;
import tech.kwik.core.QuicClientConnection;
import tech.kwik.core.QuicConnection;
import tech.kwik.core.QuicSessionTicket;
import tech.kwik.core.QuicStream;
import tech.kwik.core.impl.QuicClientConnectionImpl;
import tech.kwik.core.log.NullLogger;
import tech.kwik.core.log.SysOutLogger;
import tech.kwik.core.server.ApplicationProtocolConnection;
import tech.kwik.core.server.ApplicationProtocolConnectionFactory;
import tech.kwik.core.server.ServerConnectionConfig;
import tech.kwik.core.server.ServerConnector;

/**
 * kwik as a peer for raw streams and datagrams, with options as name=value. {@code client PORT} and one of
 * <ul><li>{@code script=HEX/COUNT,...}: on stream 0: send HEX, wait for COUNT more bytes, go on; prints "RECEIVED hex"
 * <li>{@code streams=N size=BYTES}: send BYTES on each of N streams, end them, compare the echo; prints "ECHO OK streams=N bytes=N"
 * <li>{@code rounds=N [act=update-keys]}: so many times: send some bytes on stream 0, wait for their echo; after a third of them act; prints "ROUNDS OK N"</ul>
 * and {@code cipher= version= prefer= ticket=FILE early datagram=TEXT p12=FILE}.
 * {@code server PORT p12=FILE [retry] [versions=V1,V2]} echoes every bidirectional stream and every datagram.
 */
public class KwikPeer {
    private static final byte[] WORDS = "there and back".getBytes(StandardCharsets.US_ASCII);

    public static void main(String[] args) throws Exception {
        Map<String, String> options = new HashMap<>();
        for (int i = 2; i < args.length; i++) {
            int equals = args[i].indexOf('=');
            options.put(equals < 0 ? args[i] : args[i].substring(0, equals), equals < 0 ? "" : args[i].substring(equals + 1));
        }
        if (args[0].equals("client")) client(Integer.parseInt(args[1]), options);
        else server(Integer.parseInt(args[1]), options);
    }

    private static int number(Map<String, String> options, String name) {
        return Integer.parseInt(options.getOrDefault(name, "0"));
    }

    private static void client(int port, Map<String, String> options) throws Exception {
        QuicClientConnection.Builder builder = QuicClientConnection.newBuilder().uri(new URI("https://127.0.0.1:" + port)).applicationProtocol("mqtt")
            .connectTimeout(Duration.ofSeconds(10)).maxIdleTimeout(Duration.ofSeconds(30)).noServerCertificateCheck().enableDatagramExtension()
            .logger(options.containsKey("debug") ? loud() : new NullLogger());
        if (options.containsKey("cipher")) builder.cipherSuite(TlsConstants.CipherSuite.valueOf(options.get("cipher")));
        if (options.containsKey("version")) builder.version(QuicConnection.QuicVersion.valueOf(options.get("version")));
        if (options.containsKey("prefer")) {
            builder.initialVersion(QuicConnection.QuicVersion.V1).preferredVersion(QuicConnection.QuicVersion.valueOf(options.get("prefer")));
        }
        if (options.containsKey("p12")) {
            builder.clientKeyManager(KeyStore.getInstance(new File(options.get("p12")), "changeit".toCharArray())).clientKey("changeit");
        }
        Path ticket = options.containsKey("ticket") ? Path.of(options.get("ticket")) : null;
        if (ticket != null && Files.exists(ticket)) builder.sessionTicket(Files.readAllBytes(ticket));
        QuicClientConnection connection = builder.build();
        connection.setConnectionListener(ended -> System.out.println("ENDED " + ended.closeReason()));
        connection.setDatagramHandler(data -> System.out.println("DATAGRAM " + new String(data, StandardCharsets.UTF_8)));
        if (options.containsKey("early")) {
            early(connection, number(options, "size"));
        } else {
            connection.connect();
            System.out.println("HANDSHAKE version=" + connection.getQuicVersion());
            if (options.containsKey("streams")) echo(connection, number(options, "streams"), number(options, "size"));
            else if (options.containsKey("rounds")) rounds(connection, options);
            else script(connection.createStream(true), options.getOrDefault("script", ""));
        }
        if (ticket != null) {
            for (int i = 0; i < 20 && connection.getNewSessionTickets().isEmpty(); i++) Thread.sleep(50);
            List<QuicSessionTicket> tickets = connection.getNewSessionTickets();
            System.out.println("TICKETS " + tickets.size());
            if (!tickets.isEmpty()) Files.write(ticket, tickets.get(0).serialize());
        }
        connection.closeAndWait();
        System.out.println("CLOSED");
        System.exit(0);
    }

    private static void script(QuicStream stream, String script) throws IOException {
        OutputStream out = stream.getOutputStream();
        InputStream in = stream.getInputStream();
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        for (String step : script.split(",")) {
            String[] parts = step.split("/");
            out.write(HexFormat.of().parseHex(parts[0]));
            out.flush();
            int count = Integer.parseInt(parts[1]);
            received.write(in.readNBytes(count));
        }
        System.out.println("RECEIVED " + HexFormat.of().formatHex(received.toByteArray()));
    }

    private static byte[] pattern(int stream, int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) bytes[i] = (byte) (stream + i * 31 + (i >> 8) * 7);
        return bytes;
    }

    private static void echo(QuicClientConnection connection, int streams, int size) throws Exception {
        List<Thread> threads = new ArrayList<>();
        int[] good = new int[1];
        for (int i = 0; i < streams; i++) {
            QuicStream stream = connection.createStream(true);
            byte[] sent = pattern(stream.getStreamId(), size);
            Thread writer = new Thread(() -> {
                try (OutputStream out = stream.getOutputStream()) {
                    out.write(sent);
                } catch (IOException e) {
                    System.out.println("STREAM " + stream.getStreamId() + " " + e);
                }
            });
            Thread reader = new Thread(() -> {
                try {
                    if (!Arrays.equals(sent, stream.getInputStream().readAllBytes())) return;
                    synchronized (good) {
                        good[0]++;
                    }
                } catch (IOException e) {
                    System.out.println("STREAM " + stream.getStreamId() + " " + e);
                }
            });
            threads.addAll(List.of(writer, reader));
            writer.start();
            reader.start();
        }
        for (Thread thread : threads) thread.join();
        System.out.println(good[0] == streams ? "ECHO OK streams=" + streams + " bytes=" + (long) streams * size : "ECHO WRONG, right " + good[0]);
    }

    private static void rounds(QuicClientConnection connection, Map<String, String> options) throws Exception {
        QuicStream stream = connection.createStream(true);
        int rounds = number(options, "rounds"), good = 0;
        for (int i = 0; i < rounds; i++) {
            if (i == 1 && options.containsKey("datagram")) connection.sendDatagram(options.get("datagram").getBytes(StandardCharsets.UTF_8));
            if (i == rounds / 3 && options.containsKey("act")) {
                ((QuicClientConnectionImpl) connection).updateKeys();
                System.out.println("KEYS UPDATED");
            }
            stream.getOutputStream().write(WORDS);
            stream.getOutputStream().flush();
            if (Arrays.equals(WORDS, stream.getInputStream().readNBytes(WORDS.length))) good++;
        }
        System.out.println(good == rounds ? "ROUNDS OK " + rounds : "ROUNDS WRONG, right " + good);
    }

    private static void early(QuicClientConnection connection, int size) throws Exception {
        byte[] sent = pattern(0, size);
        QuicStream stream = connection.connect(List.of(new QuicClientConnection.StreamEarlyData(sent, true))).get(0);
        System.out.println("HANDSHAKE version=" + connection.getQuicVersion() + " early=" + (stream != null));
        if (stream != null) System.out.println(Arrays.equals(sent, stream.getInputStream().readAllBytes()) ? "ECHO OK streams=1 bytes=" + size : "ECHO WRONG");
    }

    private static void server(int port, Map<String, String> options) throws Exception {
        KeyStore keys = KeyStore.getInstance(new File(options.get("p12")), "changeit".toCharArray());
        ServerConnectionConfig settings = ServerConnectionConfig.builder().maxOpenPeerInitiatedBidirectionalStreams(100)
            .maxOpenPeerInitiatedUnidirectionalStreams(3).maxIdleTimeoutInSeconds(30).retryRequired(options.containsKey("retry")).build();
        List<QuicConnection.QuicVersion> versions = new ArrayList<>();
        for (String version : options.getOrDefault("versions", "V1").split(",")) versions.add(QuicConnection.QuicVersion.valueOf(version));
        ServerConnector connector = ServerConnector.builder().withSocket(new DatagramSocket(new InetSocketAddress("127.0.0.1", port)))
            .withKeyStore(keys, "mqtt", "changeit".toCharArray()).withConfiguration(settings).withSupportedVersions(versions)
            .withLogger(options.containsKey("debug") ? loud() : told()).build();
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

        @Override public boolean enableDatagramExtension() {
            return true;
        }

        @Override public ApplicationProtocolConnection createConnection(String protocol, QuicConnection connection) {
            System.out.println("HANDSHAKE alpn=" + protocol + " version=" + connection.getQuicVersion());
            connection.setConnectionListener(ended -> System.out.println("ENDED " + ended.closeReason()));
        connection.setDatagramHandler(data -> {
                System.out.println("DATAGRAM " + new String(data, StandardCharsets.UTF_8));
                connection.sendDatagram(data);
            });
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

    /** Says what happens, packets aside: that it took early data, for one. */
    private static SysOutLogger told() {
        SysOutLogger log = new SysOutLogger();
        log.logInfo(true);
        return log;
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
