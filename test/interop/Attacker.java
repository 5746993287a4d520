import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import mqttq.quic.CloseReason;
import mqttq.quic.Connection;
import mqttq.quic.ConnectionListener;
import mqttq.quic.ConnectionOptions;
import mqttq.quic.Endpoint;
import mqttq.quic.EndpointConfig;
import mqttq.quic.ServerMemory;
import mqttq.quic.stream.QuicStream;
import mqttq.quic.stream.StreamHandler;
import mqttq.tls.TlsConfig;
import mqttq.tls.Trust;

/**
 * One attack on a broker at 127.0.0.1, in a process of its own: NAME QUIC-PORT TCP-PORT TLS-PORT PASSWORD-PORT SECONDS
 * (of "idle" the fourth port is one for WebSocket). It comes from many addresses
 * of 127.0.0.0/8. Ends with a line that says what it did.
 */
public final class Attacker {
    private static final String BROKER = "127.0.0.1";
    private static int quic, tcp, tls, password;
    private static long end;
    private static final AtomicInteger done = new AtomicInteger(), refused = new AtomicInteger();

    /** One try; what it throws means that the broker hung up. */
    private interface Try {
        void run(int number) throws Exception;
    }

    public static void main(String[] args) throws Exception {
        quic = Integer.parseInt(args[1]);
        tcp = Integer.parseInt(args[2]);
        tls = Integer.parseInt(args[3]);
        password = Integer.parseInt(args[4]);
        end = System.nanoTime() + Long.parseLong(args[5]) * 1_000_000_000L;
        switch (args[0]) {
            case "initials" -> paced(1, 500, initials());
            case "connects" -> paced(4, 1000, Attacker::connect);
            case "half-open" -> paced(2, 300, halfOpen());
            case "slow senders" -> paced(2, 60, slowSenders());
            case "slow readers" -> paced(2, 60, slowReaders());
            case "giants" -> paced(16, 100, Attacker::giant);
            case "aliases" -> paced(2, 300, aliases());
            case "wildcards" -> paced(2, 200, wildcards());
            case "guesses" -> paced(16, 100, Attacker::guess);
            case "gaps" -> paced(4, 60, gaps(true));
            case "early gaps" -> paced(4, 60, gaps(false));
            case "idle" -> paced(2, 1000, idle());
            case "passwords at once" -> paced(100, 200, 100, Attacker::guesses);
            case "offline queues" -> paced(1, 2000, offlineQueues());
            default -> throw new IllegalArgumentException(args[0]);
        }
        System.out.println(args[0] + ": " + done + " tries, " + refused + " cut short");
        System.exit(0);
    }

    /** Runs tries on so many threads, at so many a second in all, until the time is over. */
    private static void paced(int threads, int perSecond, Try each) throws InterruptedException {
        paced(threads, perSecond, 1, each);
    }

    private static void paced(int threads, int perSecond, int atOnce, Try each) throws InterruptedException {
        long start = System.nanoTime();
        AtomicInteger next = new AtomicInteger();
        Thread[] all = new Thread[threads];
        for (int i = 0; i < threads; i++) {
            all[i] = new Thread(() -> {
                while (System.nanoTime() < end) {
                    int number = next.getAndIncrement();
                    long at = start + number / atOnce * atOnce * 1_000_000_000L / perSecond;
                    for (long left = at - System.nanoTime(); left > 0; left = at - System.nanoTime()) LockSupport.parkNanos(left);
                    try {
                        each.run(number);
                    } catch (Exception e) {
                        refused.incrementAndGet();
                    }
                    done.incrementAndGet();
                }
            });
            all[i].setDaemon(true);
            all[i].start();
        }
        for (Thread thread : all) thread.join(Math.max(1, (end - System.nanoTime()) / 1_000_000 + 2000));
    }

    // --- QUIC

    /** ClientHellos that are never followed by anything; every other one proves its address by the Retry's token first. */
    private static Try initials() throws Exception {
        SecureRandom random = new SecureRandom();
        TlsConfig config = TlsConfig.builder(random, System::currentTimeMillis).applicationProtocols("mqtt").trustManager(Trust.ofPem(Path.of("certs/ca.pem"))).build();
        InetSocketAddress broker = new InetSocketAddress(BROKER, quic);
        DatagramChannel[] sockets = new DatagramChannel[100];
        for (int i = 0; i < sockets.length; i++) {
            sockets[i] = DatagramChannel.open().bind(new InetSocketAddress("127.0.1." + (1 + i), 0));
            sockets[i].configureBlocking(false);
        }
        Endpoint[] endpoints = new Endpoint[sockets.length];
        ByteBuffer in = ByteBuffer.allocate(2048);
        return number -> {
            int i = number % sockets.length;
            InetSocketAddress local = (InetSocketAddress) sockets[i].getLocalAddress();
            in.clear();
            while (sockets[i].receive(in) != null) {
                // a Retry, to what this socket sent last: RFC 9000 §17.2.5
                if ((in.get(0) & 0xf0) == 0xf0 && number / sockets.length % 2 == 0) {
                    endpoints[i].receive(0, in.flip(), local, broker);
                    transmit(endpoints[i], sockets[i], 0);
                }
                in.clear();
            }
            endpoints[i] = new Endpoint(EndpointConfig.of(random, null), null);
            endpoints[i].connect(0, config, ConnectionOptions.CLIENT, "localhost", local, broker, new ServerMemory(), new ConnectionListener() {
                @Override public StreamHandler onStream(Connection connection, QuicStream stream) {
                    return null;
                }

                @Override public void onHandshakeComplete(Connection connection) { }

                @Override public void onClosed(Connection connection, CloseReason reason) { }
            });
            transmit(endpoints[i], sockets[i], 0);
        };
    }

    private static void transmit(Endpoint endpoint, DatagramChannel socket, long now) {
        endpoint.transmit(now, (datagram, local, remote) -> {
            try {
                socket.send(datagram, remote);
            } catch (IOException e) {
                refused.incrementAndGet();
            }
            return true;
        });
    }

    /**
     * QUIC clients of one address that leave out a byte and are never heard of again: with {@code login} after their CONNACK, else on streams 4
     * and 8, without stream 0.
     */
    private static Try gaps(boolean login) throws Exception {
        SecureRandom random = new SecureRandom();
        TlsConfig config = TlsConfig.builder(random, System::currentTimeMillis).applicationProtocols("mqtt").trustManager(Trust.ofPem(Path.of("certs/ca.pem"))).build();
        InetSocketAddress broker = new InetSocketAddress(BROKER, quic);
        return number -> {
            ByteBuffer in = ByteBuffer.allocate(2048);
            DatagramChannel socket = DatagramChannel.open().bind(new InetSocketAddress("127.0.3.1", 0));
            socket.configureBlocking(false);
            InetSocketAddress local = (InetSocketAddress) socket.getLocalAddress();
            boolean[] stands = new boolean[2];
            Endpoint endpoint = new Endpoint(EndpointConfig.of(random, null), null);
            Connection connection = endpoint.connect(0, config, ConnectionOptions.CLIENT, "localhost", local, broker, new ServerMemory(), new ConnectionListener() {
                @Override public StreamHandler onStream(Connection c, QuicStream stream) {
                    return null;
                }

                @Override public void onHandshakeComplete(Connection c) {
                    stands[0] = true;
                }

                @Override public void onClosed(Connection c, CloseReason reason) { }
            });
            StreamHandler handler = new StreamHandler() {
                @Override public void onData(QuicStream stream, ByteBuffer data) {
                    data.position(data.limit());
                    stands[1] = true;
                }

                @Override public void onEnd(QuicStream stream) { }

                @Override public void onClosed(QuicStream stream, String reason) { }
            };
            QuicStream control = null;
            long start = System.nanoTime();
            while (!stands[login ? 1 : 0] && System.nanoTime() - start < 3_000_000_000L) {
                if (stands[0] && control == null) {
                    control = connection.open(true, handler);
                    if (login) control.write(ByteBuffer.wrap(hex(Packets.connect5("gap" + number))));
                }
                transmit(endpoint, socket, System.nanoTime() - start);
                in.clear();
                if (socket.receive(in) != null) endpoint.receive(System.nanoTime() - start, in.flip(), local, broker);
                else LockSupport.parkNanos(200_000);
            }
            if (!stands[login ? 1 : 0]) throw new IOException("refused");
            if (control == null) control = connection.open(true, handler);
            for (int i = 0; i < 2; i++) {
                QuicStream stream = login && i == 0 ? control : connection.open(true, handler);
                stream.write(ByteBuffer.allocate(1));
                endpoint.transmit(System.nanoTime() - start, (datagram, from, to) -> true); // lost
                stream.write(ByteBuffer.allocate(8000));
            }
            // as fast as the pacer lets them; acknowledgements are not read, or the lost bytes would be sent again
            for (int i = 0; i < 20; i++) {
                transmit(endpoint, socket, System.nanoTime() - start);
                LockSupport.parkNanos(1_000_000);
            }
        };
    }

    /** A thousand TCP connections to TLS and WebSocket that say nothing. */
    private static Try idle() {
        ArrayDeque<Socket> open = new ArrayDeque<>();
        return number -> {
            synchronized (open) {
                if (open.size() >= 1000) open.poll().close();
            }
            keep(open, open(number % 2 == 0 ? tls : password));
            if (number > 1000) LockSupport.parkNanos(10_000_000);
        };
    }

    // --- TCP

    private static Socket open(int port) throws IOException {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        Socket socket = new Socket(InetAddress.getByName(BROKER), port, InetAddress.getByName("127.0." + random.nextInt(2, 4) + "." + random.nextInt(1, 250)), 0);
        socket.setSoTimeout(3000);
        return socket;
    }

    private static void send(Socket socket, byte[]... packets) throws IOException {
        OutputStream out = socket.getOutputStream();
        for (byte[] packet : packets) out.write(packet);
    }

    private static byte[] hex(String packet) {
        return HexFormat.of().parseHex(packet);
    }

    /** A connected client of MQTT 5. */
    private static Socket client(String id) throws IOException {
        Socket socket = open(tcp);
        send(socket, hex(Packets.connect5(id)));
        DataInputStream in = new DataInputStream(socket.getInputStream());
        in.readByte();
        byte[] connack = new byte[in.readByte()];
        in.readFully(connack);
        if (connack[1] != 0) throw new IOException("refused");
        return socket;
    }

    /** A packet of {@code length} claimed bytes, as far as {@code body} has it. */
    private static byte[] packet(int first, int length, byte... body) {
        byte[] head = {(byte) first, (byte) (length & 127 | 128), (byte) (length >> 7 & 127 | 128), (byte) (length >> 14 & 127 | 128), (byte) (length >> 21)};
        byte[] all = Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, all, head.length, body.length);
        return all;
    }

    /** A PUBLISH with what is in {@code properties}, the length without its shortest form's rules. */
    private static byte[] publish(int flags, String topic, byte[] properties, byte[] payload, int packetId) {
        ByteBuffer body = ByteBuffer.allocate(6 + topic.length() + properties.length + payload.length);
        body.putShort((short) topic.length()).put(topic.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
        if ((flags & 6) != 0) body.putShort((short) packetId);
        body.put((byte) properties.length).put(properties).put(payload).flip();
        int length = body.limit();
        ByteBuffer all = ByteBuffer.allocate(length + 5).put((byte) (0x30 | flags));
        do {
            all.put((byte) (length & 127 | (length > 127 ? 128 : 0)));
            length >>= 7;
        } while (length > 0);
        return Arrays.copyOf(all.put(body).array(), all.position());
    }

    private static void connect(int number) throws IOException {
        try (Socket socket = client("flood" + number)) {
            if (number % 2 == 0) send(socket, hex(Packets.DISCONNECT));
        }
    }

    /** Keeps the newest so many sockets open. */
    private static Try keeping(int most, Try each, ArrayDeque<Socket> open) {
        return number -> {
            each.run(number);
            synchronized (open) {
                while (open.size() > most) open.poll().close();
            }
        };
    }

    private static void keep(ArrayDeque<Socket> open, Socket socket) {
        synchronized (open) {
            open.add(socket);
        }
    }

    private static Try halfOpen() {
        ArrayDeque<Socket> open = new ArrayDeque<>();
        return keeping(1500, number -> {
            Socket socket = open(number % 3 == 2 ? tls : tcp);
            keep(open, socket);
            if (number % 3 == 1) send(socket, Arrays.copyOf(hex(Packets.connect5("half")), 9));
            if (number % 3 == 2) send(socket, new byte[] {22, 3, 1, 2, 0, 1, 0, 1, (byte) 252, 3, 3}); // a record and a ClientHello begin
        }, open);
    }

    /** 200 KB of a PUBLISH of 1.9 MB, and then a byte now and then. */
    private static Try slowSenders() {
        ArrayDeque<Socket> open = new ArrayDeque<>();
        return keeping(300, number -> {
            Socket socket = client("slow" + number);
            keep(open, socket);
            byte[] part = new byte[200_000];
            part[1] = 1;
            part[2] = 't';
            send(socket, packet(0x30, 1_900_000, part));
            for (Socket other : new Socket[] {open.peek()}) if (other != null) send(other, new byte[1]);
        }, open);
    }

    /** Subscribers that never read, and messages for them. */
    private static Try slowReaders() {
        ArrayDeque<Socket> open = new ArrayDeque<>();
        return keeping(200, number -> {
            if (number % 3 == 0) {
                Socket socket = open(tcp);
                socket.setReceiveBufferSize(4096);
                keep(open, socket);
                send(socket, hex(Packets.connect5("reader" + number)), hex("820f0001000009726561646572732f2301"));
            } else {
                try (Socket socket = client("feeder" + number)) {
                    send(socket, publish(0, "readers/" + number, new byte[0], new byte[500_000], 0));
                }
            }
        }, open);
    }

    private static void giant(int number) throws IOException {
        int kind = number % 5;
        try (Socket socket = kind < 2 ? open(tcp) : client("giant" + number)) {
            switch (kind) {
                case 0 -> send(socket, packet(0x10, 268_435_455, new byte[60_000]));
                case 1 -> send(socket, packet(0x10, 99_000, new byte[90_000]));
                case 2 -> send(socket, packet(0x30, 268_435_455, new byte[60_000]));
                case 3 -> send(socket, publish(0, "giant", new byte[0], new byte[1_900_000], 0));
                default -> send(socket, new byte[] {0x30, -1, -1, -1, -1, -1, -1});
            }
            if (kind != 3) socket.getInputStream().read();
        }
    }

    /** Fills the table of aliases with long topics, over and over; then a number that is not allowed, or one that nobody knows. */
    private static Try aliases() {
        ArrayDeque<Socket> open = new ArrayDeque<>();
        return keeping(200, number -> {
            Socket socket = client("alias" + number);
            keep(open, socket);
            String topic = Integer.toString(number % 10).repeat(6000);
            for (int alias = 1; alias <= 10; alias++) send(socket, publish(0, topic + alias, new byte[] {0x23, 0, (byte) alias}, new byte[1], 0));
            if (number % 4 == 0) send(socket, publish(0, topic, new byte[] {0x23, (byte) 0xff, (byte) 0xff}, new byte[1], 0));
            if (number % 4 == 1) send(socket, publish(0, "", new byte[] {0x23, 0, 99}, new byte[1], 0));
        }, open);
    }

    /** Deep filters of wildcards by the hundred, deep topics that match them all, and retained messages on topics of their own. */
    private static Try wildcards() {
        ArrayDeque<Socket> open = new ArrayDeque<>();
        return keeping(20, number -> {
            Socket socket = client("bomb" + number);
            keep(open, socket);
            ThreadLocalRandom random = ThreadLocalRandom.current();
            for (int packet = 1; packet <= 4; packet++) {
                ByteBuffer body = ByteBuffer.allocate(60_000);
                body.putShort((short) packet).put((byte) 0);
                for (int i = 0; i < 100; i++) {
                    StringBuilder filter = new StringBuilder();
                    for (int level = 0; level < 20; level++) filter.append(random.nextInt(3) == 0 ? "a/" : "+/");
                    filter.append('#');
                    body.putShort((short) filter.length()).put(filter.toString().getBytes()).put((byte) 0);
                }
                send(socket, packet(0x82, body.position(), Arrays.copyOf(body.array(), body.position())));
            }
            for (int i = 0; i < 5; i++) send(socket, publish(0, "a/".repeat(100) + i, new byte[0], new byte[10], 0));
            for (int i = 0; i < 20; i++) send(socket, publish(1, "kept/" + number + "/" + i, new byte[0], new byte[1000], 0));
        }, open);
    }

    private static void guess(int number) throws IOException {
        try (Socket socket = open(password)) {
            byte[] user = "alice".getBytes(), guess = ("guess" + number).getBytes();
            ByteBuffer body = ByteBuffer.allocate(100).put(hex("00044d51545405c2003c00")).putShort((short) 1).put((byte) 'g');
            body.putShort((short) user.length).put(user).putShort((short) guess.length).put(guess).flip();
            send(socket, new byte[] {0x10, (byte) body.limit()}, Arrays.copyOf(body.array(), body.limit()));
            if (socket.getInputStream().read() != 0x20) throw new IOException("closed");
        }
    }

    /** Half of them from one address, the others from 50; for one user who is there and many who are not; plain and SCRAM. */
    private static void guesses(int number) throws Exception {
        try (Socket socket = Guessing.open(password, "127.0.0." + (number % 4 < 2 ? 2 : 3 + number % 50))) {
            boolean scram = number % 2 == 1;
            Login.of(socket, "guess" + number, number % 3 == 0 ? "user" + number : "alice", scram ? null : "guess" + number, scram);
        }
    }

    /** Sessions that stay away, each with a queue of its own. */
    private static Try offlineQueues() throws IOException {
        for (int i = 0; i < 60; i++) {
            try (Socket socket = open(tcp)) {
                String filter = HexFormat.of().formatHex(("away/" + (char) ('A' + i)).getBytes());
                // MQTT 3.1.1 without clean session, and QoS 1
                send(socket, hex("101300044d5154540400003c0007" + HexFormat.of().formatHex(("queue" + (char) ('A' + i) + "x").getBytes())));
                socket.getInputStream().readNBytes(4);
                send(socket, hex("820b00010006" + filter + "01"));
                socket.getInputStream().readNBytes(5);
                send(socket, hex(Packets.DISCONNECT));
            }
        }
        Socket[] from = {null};
        return number -> {
            if (from[0] == null) from[0] = client("filler");
            send(from[0], publish(2, "away/" + (char) ('A' + number % 60), new byte[0], new byte[10_000], 1 + number % 60_000));
            int waiting = from[0].getInputStream().available();
            if (waiting > 0) from[0].getInputStream().skipNBytes(waiting);
        };
    }
}
