package mqttq.server;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import mqttq.config.ServerSettings;
import mqttq.config.StartOptions;
import mqttq.loop.nio.LogWriter;
import mqttq.loop.nio.NioLoop;
import mqttq.tls.Identity;
import mqttq.tls.Trust;

/** A broker in this JVM with real sockets, and a small MQTT client for it. */
public final class RunningBroker implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 10_000;

    final ByteArrayOutputStream log = new ByteArrayOutputStream();
    final StartOptions options;
    private final NioLoop loop;
    private final BrokerProcess process;
    private final Thread thread;
    private final CountDownLatch ready = new CountDownLatch(1);
    private String readyLine;

    public RunningBroker(Path directory, String config) throws Exception {
        this(options(directory, config));
    }

    RunningBroker(StartOptions options) throws Exception {
        this.options = options;
        loop = NioLoop.open(new LogWriter(log));
        ServerSettings settings = ServerSettings.load(options);
        process = new BrokerProcess(loop, options, settings, line -> {
            readyLine = line;
            ready.countDown();
        });
        try {
            process.prepare();
        } catch (StartException e) {
            loop.close();
            throw e;
        }
        thread = new Thread(() -> {
            loop.run();
            loop.close();
            ready.countDown();
        });
        thread.start();
        if (!ready.await(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)) throw new AssertionError("not ready");
        if (process.failure != null) {
            thread.join();
            throw process.failure;
        }
    }

    static StartOptions options(Path directory, String config) throws IOException {
        return new StartOptions(config == null ? null : Files.writeString(directory.resolve("mqttq.conf"), config).toString(), config == null ? List.of(0) : List.of(), true, false, null, List.of(),
            directory.resolve("data").toString(), false);
    }

    String readyLine() {
        return readyLine;
    }

    /** The port of the n-th listener with this scheme. */
    public int port(String scheme, int n) {
        Matcher matcher = Pattern.compile("\\b" + scheme + "://[^ ]*:(\\d+)").matcher(readyLine);
        for (int i = 0; i <= n; i++) if (!matcher.find()) throw new AssertionError("no " + scheme + " in " + readyLine);
        return Integer.parseInt(matcher.group(1));
    }

    void reload() throws InterruptedException {
        onLoop(process::reload);
    }

    void filesChanged() throws InterruptedException {
        onLoop(process::filesChanged);
    }

    private void onLoop(Runnable task) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        loop.execute(() -> {
            task.run();
            done.countDown();
        });
        if (!done.await(TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)) throw new AssertionError("the loop does not answer");
    }

    /** Every line from now on. */
    public void logEverything() {
        loop.execute(() -> loop.logWriter().types(-1));
    }

    /** Waits for a line that contains this. */
    public void awaitLog(String pattern) throws InterruptedException {
        Pattern wanted = Pattern.compile(pattern);
        for (long end = System.nanoTime() + TIMEOUT_MILLIS * 1_000_000L; !wanted.matcher(log()).find(); loop.logWriter().flush(1000)) {
            if (System.nanoTime() > end) throw new AssertionError("no " + pattern + " in " + log());
            Thread.onSpinWait();
        }
    }

    String log() {
        loop.logWriter().flush(1000);
        return log.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        loop.execute(process::shutdown);
        try {
            thread.join(TIMEOUT_MILLIS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        if (thread.isAlive()) throw new AssertionError("does not end");
    }

    static SSLContext tls(Path trusted, Path chain, Path key) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(chain == null ? new KeyManager[0] : new KeyManager[] {Identity.ofPem(chain, key)}, new TrustManager[] {Trust.ofPem(trusted)}, new SecureRandom());
        return context;
    }

    /** A connected client that speaks MQTT 5. */
    static final class Client implements AutoCloseable {
        final Socket socket;

        Client(Socket socket, String id, String user, String password) throws IOException {
            this.socket = socket;
            socket.setSoTimeout(TIMEOUT_MILLIS);
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            body.write(new byte[] {0, 4, 'M', 'Q', 'T', 'T', 5, (byte) (2 | (user == null ? 0 : 0x80) | (password == null ? 0 : 0x40)), 0, 60, 0});
            for (String text : new String[] {id, user, password}) {
                if (text == null) continue;
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                body.write(new byte[] {0, (byte) bytes.length});
                body.write(bytes);
            }
            packet(0x10, body.toByteArray());
        }

        static Client tcp(int port, String id, String user, String password) throws IOException {
            return new Client(new Socket("127.0.0.1", port), id, user, password);
        }

        static Client tls(SSLContext context, int port, String id, String user, String password) throws IOException {
            SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port);
            socket.startHandshake();
            return new Client(socket, id, user, password);
        }

        void packet(int first, byte[] body) throws IOException {
            byte[] all = new byte[body.length + 2];
            all[0] = (byte) first;
            all[1] = (byte) body.length;
            System.arraycopy(body, 0, all, 2, body.length);
            socket.getOutputStream().write(all);
        }

        /** The next packet, shorter than 128 bytes; null where the connection has ended. */
        byte[] read() throws IOException {
            int first = socket.getInputStream().read();
            if (first < 0) return null;
            byte[] rest = socket.getInputStream().readNBytes(socket.getInputStream().read());
            byte[] all = new byte[rest.length + 1];
            all[0] = (byte) first;
            System.arraycopy(rest, 0, all, 1, rest.length);
            return all;
        }

        /** The reason code of CONNACK. */
        int connack() throws IOException {
            byte[] packet = read();
            if (packet == null) throw new EOFException("no CONNACK");
            if (packet[0] != 0x20) throw new AssertionError("no CONNACK but " + packet[0]);
            return packet[2] & 0xff;
        }

        /** The reason code of DISCONNECT. */
        int disconnect() throws IOException {
            byte[] packet = read();
            if (packet == null || (packet[0] & 0xff) != 0xe0) throw new AssertionError("no DISCONNECT");
            return packet[1] & 0xff;
        }

        boolean alive() throws IOException {
            packet(0xc0, new byte[0]);
            byte[] packet = read();
            return packet != null && (packet[0] & 0xff) == 0xd0;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
