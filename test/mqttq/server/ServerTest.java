package mqttq.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.HexFormat;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import mqttq.auth.PasswordFile;
import mqttq.server.RunningBroker.Client;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The broker process from outside: real sockets on port 0. */
class ServerTest {
    private static final Path PKI = Path.of(Objects.requireNonNull(ServerTest.class.getResource("pki/ca.pem")).getPath()).getParent();

    @TempDir
    Path dir;

    private void users(String... namesAndPasswords) throws Exception {
        PasswordFile file = PasswordFile.empty();
        for (int i = 0; i < namesAndPasswords.length; i += 2) file.set(namesAndPasswords[i], namesAndPasswords[i + 1].getBytes(), 10, false, new SecureRandom());
        file.save(dir.resolve("pw"));
    }

    private void copy(String from, String to) throws IOException {
        Files.copy(PKI.resolve(from), dir.resolve(to), StandardCopyOption.REPLACE_EXISTING);
    }

    @Test
    void localOnlyModeServesLoopbackAndSaysGoodbye() throws Exception {
        Client client;
        try (RunningBroker broker = new RunningBroker(dir, null)) {
            assertTrue(broker.readyLine().matches("mqttq [0-9.]+ ready: quic://127\\.0\\.0\\.1:\\d+ mqtt://127\\.0\\.0\\.1:\\d+.*"), broker.readyLine());
            assertTrue(Files.exists(dir.resolve("data/broker.crt")));
            client = Client.tcp(broker.port("mqtt", 0), "c", null, null);
            assertEquals(0, client.connack());
            assertTrue(broker.log().contains("local only mode"));
        }
        assertEquals(0x8b, client.disconnect());
        assertNull(client.read());
    }

    /** A file of 3 GB fits into no array: to read it is an OutOfMemoryError, however much memory there is. */
    @Test
    void aBrokerThatRunsOutOfMemoryAtTheStartEnds() throws Exception {
        try (RandomAccessFile file = new RandomAccessFile(Files.createDirectories(dir.resolve("data/journal")).resolve("segment-0000000000000001").toFile(), "rw")) {
            file.setLength(3L << 30);
        }
        String config = "listener 0 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location " + dir + "/data/\n";
        StartException why = assertThrows(StartException.class, () -> new RunningBroker(dir, config));
        assertTrue(why.exitCode == 1 && why.getMessage().startsWith("cannot start: Required array size too large"), why.getMessage());
    }

    @Test
    void whatIsKeptOutlivesTheProcess() throws Exception {
        Files.writeString(Files.createDirectory(dir.resolve("data")).resolve("mosquitto.db"), "Mosquitto's");
        String config = "listener 0 127.0.0.1\nallow_anonymous true\npersistence true\npersistence_location " + dir.resolve("data") + "/\n";
        for (int start = 0; start < 3; start++) {
            try (RunningBroker broker = new RunningBroker(dir, config); Client client = Client.tcp(broker.port("mqtt", 0), "c", null, null)) {
                assertEquals(0, client.connack());
                if (start == 0) client.packet(0x33, HexFormat.of().parseHex("000172000100" + "78")); // retained, QoS 1
                if (start == 0) assertEquals(0x40, client.read()[0]);
                client.packet(0x82, HexFormat.of().parseHex("000200" + "00017200"));
                assertEquals(0x90, client.read()[0] & 0xff);
                assertEquals(0x31, client.read()[0], "start " + start);
                assertTrue(broker.log().contains("mosquitto.db is Mosquitto's and is left alone"));
            }
        }
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("data/journal"))));
        try (var files = Files.list(dir.resolve("data/journal"))) {
            for (Path file : files.toList()) assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)), file.toString());
        }
        assertEquals("Mosquitto's", Files.readString(dir.resolve("data/mosquitto.db")));
        Path segment = dir.resolve("data/journal/segment-0000000000000001");
        byte[] content = Files.readAllBytes(segment);
        content[7] = 9;
        CRC32C crc = new CRC32C();
        crc.update(content, 0, 28);
        ByteBuffer.wrap(content).putInt(28, (int) crc.getValue());
        Files.write(segment, content);
        StartException e = assertThrows(StartException.class, () -> new RunningBroker(dir, config));
        assertTrue(e.exitCode == 1 && e.getMessage().contains("has format 9"), e.getMessage());
    }

    @Test
    void nothingIsLeftBoundWhereOneAddressIsTaken() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port = free.getLocalPort();
        }
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            StartException e = assertThrows(StartException.class, () -> new RunningBroker(dir, "listener " + port + " 127.0.0.1\nlistener " + taken.getLocalPort() + " 127.0.0.1\n"));
            assertEquals(1, e.exitCode);
            assertEquals(dir + "/mqttq.conf:2: cannot listen: mqtt://127.0.0.1:" + taken.getLocalPort() + ": Address already in use.", e.getMessage());
            new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1")).close();
        }
    }

    @Test
    void listensOnUnixDomainSocketsAndLeavesNoFileBehind() throws Exception {
        Path plain = dir.resolve("m.sock"), web = dir.resolve("w.sock");
        try (ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            killed.bind(UnixDomainSocketAddress.of(plain));
        }
        assertTrue(Files.exists(plain), "a stale socket");
        String config = "listener 0 " + plain + "\nallow_anonymous true\nlistener 0 " + web + "\nprotocol websockets\n";
        try (RunningBroker broker = new RunningBroker(dir, config); SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(plain))) {
            assertTrue(broker.readyLine().endsWith("ready: unix://" + plain + " ws+unix://" + web), broker.readyLine());
            client.write(ByteBuffer.wrap(new byte[] {0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 1, 'u'}));
            ByteBuffer connack = ByteBuffer.allocate(4);
            while (connack.hasRemaining() && client.read(connack) >= 0) { }
            assertEquals("20020000", HexFormat.of().formatHex(connack.array()));
            assertTrue(broker.log().contains("New client connected from local as u"), broker.log());
            StartException e = assertThrows(StartException.class, () -> new RunningBroker(Files.createDirectory(dir.resolve("2")), "listener 0 " + plain + "\n"));
            assertEquals("1 " + dir + "/2/mqttq.conf:1: cannot listen: " + plain + ": Address already in use.", e.exitCode + " " + e.getMessage());
        }
        assertFalse(Files.exists(plain) || Files.exists(web));
        Files.writeString(plain, "precious");
        StartException e = assertThrows(StartException.class, () -> new RunningBroker(dir, "listener 0 " + plain + "\n"));
        assertTrue(e.getMessage().endsWith(plain + ": it exists and is no socket."), e.getMessage());
        assertEquals("precious", Files.readString(plain));
    }

    @Test
    void filesThatCannotBeReadAreNamed() {
        StartException e = assertThrows(StartException.class, () -> new RunningBroker(dir, "listener 0 127.0.0.1\npassword_file /nowhere\n"));
        assertEquals("13 Unable to open /nowhere: No such file or directory.", e.exitCode + " " + e.getMessage());
        e = assertThrows(StartException.class, () -> new RunningBroker(dir, "listener 0 127.0.0.1\nprotocol quic\ncertfile /nowhere\nkeyfile /nowhere\n"));
        assertEquals("1 " + dir + "/mqttq.conf:1: /nowhere: no such file", e.exitCode + " " + e.getMessage());
        e = assertThrows(StartException.class, () -> new RunningBroker(dir, "listener 18999 no-such-host.invalid\n"));
        assertEquals("1 " + dir + "/mqttq.conf:1: cannot listen: the host name 'no-such-host.invalid' is not known.", e.exitCode + " " + e.getMessage());
        e = assertThrows(StartException.class, () -> new RunningBroker(dir, "listener 0\nbind_interface nix0\n"));
        assertEquals("1 " + dir + "/mqttq.conf:1: cannot listen: there is no network interface 'nix0'.", e.exitCode + " " + e.getMessage());
    }

    @Test
    void aReloadDropsThoseWhoMayNoLongerBeThere() throws Exception {
        users("alice", "a", "bob", "b");
        try (RunningBroker broker = new RunningBroker(dir, "listener 0 127.0.0.1\npassword_file " + dir.resolve("pw") + "\nallow_anonymous true\n")) {
            int port = broker.port("mqtt", 0);
            try (Client wrong = Client.tcp(port, "x", "alice", "b"); Client alice = Client.tcp(port, "a", "alice", "a"); Client bob = Client.tcp(port, "b", "bob", "b");
                    Client anonymous = Client.tcp(port, "c", null, null)) {
                assertEquals(0x87, wrong.connack());
                assertEquals(0, alice.connack());
                assertEquals(0, bob.connack());
                assertEquals(0, anonymous.connack());

                Files.writeString(Path.of(broker.options.configFile()), "listener 0 127.0.0.1\nnonsense\n");
                broker.reload();
                assertTrue(alice.alive() && bob.alive() && anonymous.alive());
                assertTrue(broker.log().contains("mqttq.conf:2: Unknown configuration variable 'nonsense'"), broker.log());

                users("alice", "a", "bob", "changed");
                Files.writeString(Path.of(broker.options.configFile()), "listener 0 127.0.0.1\npassword_file " + dir.resolve("pw") + "\n");
                broker.reload();
                assertEquals(0x87, bob.disconnect());
                assertEquals(0x87, anonymous.disconnect());
                assertTrue(alice.alive());
                try (Client later = Client.tcp(port, "d", null, null)) {
                    assertEquals(0x87, later.connack());
                }
            }
        }
    }

    @Test
    void changedFilesCountWithoutASignalAndTheConfigurationDoesNot() throws Exception {
        users("alice", "a", "bob", "b");
        try (RunningBroker broker = new RunningBroker(dir, "listener 0 127.0.0.1\npassword_file " + dir.resolve("pw") + "\n")) {
            int port = broker.port("mqtt", 0);
            try (Client alice = Client.tcp(port, "a", "alice", "a"); Client bob = Client.tcp(port, "b", "bob", "b")) {
                assertEquals(0, alice.connack());
                assertEquals(0, bob.connack());
                Files.writeString(Path.of(broker.options.configFile()), "nonsense\n");
                Files.delete(dir.resolve("pw"));
                broker.filesChanged();
                assertTrue(alice.alive() && bob.alive());
                assertTrue(broker.log().contains("Error: Unable to open " + dir.resolve("pw")), broker.log());
                users("alice", "a");
                broker.filesChanged();
                assertEquals(0x87, bob.disconnect());
                assertTrue(alice.alive());
                assertFalse(broker.log().contains("nonsense"), broker.log());
            }
        }
    }

    @Test
    void tlsListenersKnowTheirClientsAndTakeNewCertificates() throws Exception {
        copy("server.pem", "cert.pem");
        copy("server.key", "cert.key");
        copy("empty.crl", "crl");
        String tls = "\ncafile " + PKI.resolve("ca.pem") + "\ncertfile " + dir.resolve("cert.pem") + "\nkeyfile " + dir.resolve("cert.key") + "\n";
        String config = "listener 0 127.0.0.1" + tls + "require_certificate true\nuse_identity_as_username true\ncrlfile " + dir.resolve("crl") + "\n"
            + "listener 0 127.0.0.1" + tls + "tls_version tlsv1.3\nlistener_allow_anonymous true\n";
        SSLContext known = RunningBroker.tls(PKI.resolve("ca.pem"), PKI.resolve("client.pem"), PKI.resolve("client.key"));
        SSLContext other = RunningBroker.tls(PKI.resolve("ca.pem"), PKI.resolve("revoked.pem"), PKI.resolve("revoked.key"));
        SSLContext nobody = RunningBroker.tls(PKI.resolve("ca.pem"), null, null);
        try (RunningBroker broker = new RunningBroker(dir, config)) {
            int mutual = broker.port("mqtts", 0), open = broker.port("mqtts", 1);
            try (Client client = Client.tls(known, mutual, "c", "mallory", "x"); Client doomed = Client.tls(other, mutual, "d", null, null);
                    Client anonymous = Client.tls(nobody, open, "e", null, null)) {
                assertEquals(0, client.connack(), broker.log());
                assertEquals(0, doomed.connack());
                assertEquals(0, anonymous.connack());
                assertTrue(broker.log().contains("u'client'"), broker.log());
                assertThrows(IOException.class, () -> Client.tls(nobody, mutual, "f", null, null).connack());

                copy("server2.pem", "cert.pem");
                copy("server2.key", "cert.key");
                copy("revoked.crl", "crl");
                broker.reload();
                assertEquals(0x87, doomed.disconnect());
                assertTrue(client.alive() && anonymous.alive());
                // a session from before would show its own certificate, if it were resumed
                try (SSLSocket socket = (SSLSocket) nobody.getSocketFactory().createSocket("127.0.0.1", open)) {
                    socket.startHandshake();
                    assertEquals("CN=server2", ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSubjectX500Principal().getName());
                }
                assertThrows(IOException.class, () -> Client.tls(other, mutual, "g", null, null).connack());
            }
        }
    }

    @Test
    void aClientOfTls12NegotiatesOnce() throws Exception {
        String config = "listener 0 127.0.0.1\nallow_anonymous true\ncertfile " + PKI.resolve("server.pem") + "\nkeyfile " + PKI.resolve("server.key") + "\n";
        SSLContext context = RunningBroker.tls(PKI.resolve("ca.pem"), null, null);
        try (RunningBroker broker = new RunningBroker(dir, config);
                SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", broker.port("mqtts", 0))) {
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.startHandshake();
            Client client = new Client(socket, "c", null, null);
            assertEquals(0, client.connack());
            assertThrows(IOException.class, () -> {
                socket.startHandshake();
                client.alive();
            });
        }
    }

    @Test
    void logLinesAreMessagesToo() throws Exception {
        try (RunningBroker broker = new RunningBroker(dir, "listener 0 127.0.0.1\nallow_anonymous true\nlog_dest topic\nlog_dest stderr\n")) {
            try (Client client = Client.tcp(broker.port("mqtt", 0), "c", null, null)) {
                assertEquals(0, client.connack());
                client.packet(0x82, new byte[] {0, 1, 0, 0, 17, '$', 'S', 'Y', 'S', '/', 'b', 'r', 'o', 'k', 'e', 'r', '/', 'l', 'o', 'g', '/', '#', 0});
                assertEquals((byte) 0x90, client.read()[0]);
                try (Client other = Client.tcp(broker.port("mqtt", 0), "d", null, null)) {
                    assertEquals(0, other.connack());
                    String message = new String(client.read());
                    assertTrue(message.contains("$SYS/broker/log/N") && message.contains("New connection from 127.0.0.1"), message);
                }
            }
        }
    }

    @Test
    void webSocketsAnswerTheirUpgrade() throws Exception {
        try (RunningBroker broker = new RunningBroker(dir, "listener 0 127.0.0.1\nprotocol websockets\nallow_anonymous true\n")) {
            try (Socket socket = new Socket("127.0.0.1", broker.port("ws", 0))) {
                socket.setSoTimeout(10_000);
                socket.getOutputStream().write(("GET /mqtt HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                    + "Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Version: 13\r\n\r\n").getBytes());
                byte[] answer = socket.getInputStream().readNBytes(12);
                assertEquals("HTTP/1.1 101", new String(answer));
            }
        }
    }

    private Process process(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1", "-cp",
            Path.of(Server.class.getProtectionDomain().getCodeSource().getLocation().getPath()).toString(), "mqttq.Main", "broker"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).start();
    }

    @Test
    void theProcessSaysByItsExitCodeWhatIsWrong() throws Exception {
        String listener = "listener 0 127.0.0.1\n", tls = listener + "certfile " + PKI.resolve("server.pem") + "\nkeyfile ";
        String[][] cases = {
            {"13", "Unable to open " + dir + ": Is a directory.", listener + "password_file " + dir},
            {"13", "Unable to open /nowhere: No such file or directory.", listener + "acl_file /nowhere"},
            {"13", "acl:1: Invalid line in ACL file", listener + "acl_file " + Files.writeString(dir.resolve("acl"), "nonsense x\n")},
            {"1", "c3:1: /nowhere: no such file", tls + "/nowhere"},
            {"1", "client.key", tls + PKI.resolve("client.key")},
            {"3", "c5:1: Unknown configuration variable 'nonsense'", "nonsense"},
            {"3", "c6:2: ", listener + "max_connections many"},
        };
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < cases.length; i++) {
            processes.add(process("-c", Files.writeString(dir.resolve("c" + i), cases[i][2] + "\n").toString(), "--data", dir.resolve("data").toString()));
        }
        processes.add(process("-c", "/nowhere"));
        for (int i = 0; i < processes.size(); i++) {
            String expected = i < cases.length ? cases[i][1] : "/nowhere";
            String said = new String(processes.get(i).getErrorStream().readAllBytes());
            assertEquals(i < cases.length ? cases[i][0] : "3", String.valueOf(processes.get(i).waitFor()), said);
            assertTrue(said.startsWith("Error: ") && said.contains(expected) && said.indexOf('\n') == said.length() - 1, said);
        }
    }

    @Test
    void theProcessEndsWithZeroOnSigterm() throws Exception {
        Process process = process("--listen", "mqtt://127.0.0.1:0", "--allow-anonymous", "--data", dir.resolve("data").toString());
        try {
            byte[] line = new byte[200];
            int length = 0;
            for (int b = process.getInputStream().read(); b >= 0 && b != '\n'; b = process.getInputStream().read()) line[length++] = (byte) b;
            String ready = new String(line, 0, length);
            assertTrue(ready.matches("mqttq [0-9.]+ ready: mqtt://127\\.0\\.0\\.1:\\d+"), ready + new String(process.getErrorStream().readNBytes(process.getErrorStream().available())));
            try (Client client = Client.tcp(Integer.parseInt(ready.substring(ready.lastIndexOf(':') + 1)), "c", null, null)) {
                assertEquals(0, client.connack());
                process.destroy();
                assertEquals(0x8b, client.disconnect());
                assertTrue(process.waitFor(5, TimeUnit.SECONDS));
                assertEquals(0, process.exitValue());
            }
            assertFalse(Files.exists(dir.resolve("data/broker.crt")), "no certificate where none is shown");
        } finally {
            process.destroyForcibly();
        }
    }
}
