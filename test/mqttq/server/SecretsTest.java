package mqttq.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import mqttq.auth.PasswordFile;
import mqttq.config.ConfigException;
import mqttq.config.ServerSettings;
import mqttq.config.StartOptions;
import mqttq.server.RunningBroker.Client;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No password, payload or key is in any log, whatever is logged. */
class SecretsTest {
    private static final Path PKI = Path.of(Objects.requireNonNull(SecretsTest.class.getResource("pki/ca.pem")).getPath()).getParent();

    @TempDir
    Path dir;

    private static byte[] text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8), all = new byte[utf8.length + 2];
        all[1] = (byte) utf8.length;
        System.arraycopy(utf8, 0, all, 2, utf8.length);
        return all;
    }

    private static byte[] join(Object... parts) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (Object part : parts) all.write(part instanceof String text ? text(text) : part instanceof byte[] bytes ? bytes : new byte[] {((Integer) part).byteValue()});
        return all.toByteArray();
    }

    @Test
    void nothingSecretIsLoggedAtAnyLevel() throws Exception {
        PasswordFile users = PasswordFile.empty();
        users.set("alice", "SECRET-right".getBytes(), 10, false, new SecureRandom());
        users.set("bob", "SECRET-scram".getBytes(), 4096, true, new SecureRandom());
        users.save(dir.resolve("pw"));
        Files.writeString(dir.resolve("pw"), Files.readString(dir.resolve("pw")) + "carol:SECRET-plain\nSECRET-noname\ndave:$7$SECRET-malformed\n");
        String tls = "certfile " + PKI.resolve("server.pem") + "\nkeyfile " + PKI.resolve("server.key") + "\n";
        String config = "log_type all\nlog_dest topic\nlistener 0 127.0.0.1\npassword_file " + dir.resolve("pw") + "\nlistener 0 127.0.0.1\n" + tls + "listener 0 127.0.0.1\nprotocol quic\n" + tls;
        try (RunningBroker broker = new RunningBroker(dir, config)) {
            broker.logEverything();
            int port = broker.port("mqtt", 0);
            for (String wrong : new String[] {"alice", "bob", "carol", "nobody"}) {
                try (Client client = Client.tcp(port, wrong, wrong, "SECRET-wrong")) {
                    assertEquals(0x87, client.connack());
                }
            }
            try (Client watcher = Client.tcp(port, "watcher", "alice", "SECRET-right"); Client alice = Client.tcp(port, "alice", "alice", "SECRET-right")) {
                assertEquals(0, watcher.connack());
                assertEquals(0, alice.connack());
                watcher.packet(0x82, join(0, 1, 0, "t/#", 2));
                assertNotNull(watcher.read());
                for (int qos = 0; qos < 3; qos++) {
                    byte[] id = qos == 0 ? new byte[0] : new byte[] {0, (byte) (qos + 10)};
                    alice.packet(0x31 | qos << 1, join("t/" + qos, id, 0, "SECRET-payload".getBytes()));
                    if (qos > 0) assertNotNull(alice.read());
                    assertNotNull(watcher.read());
                }
                alice.packet(0x30, join("t/+", 0, "SECRET-malformed".getBytes()));
                assertTrue(alice.disconnect() > 0x80);
            }
            // a will, a method of authentication with its data, a packet that is not MQTT at all
            try (Client client = Client.tcp(port, "x", null, null)) {
                assertEquals(0x87, client.connack());
            }
            byte[][] raw = {
                join(0x10, 71, "MQTT", 5, 0xc6, 0, 60, 0, "willed", 0, "t/will", "SECRET-will", "alice", "SECRET-right"),
                join(0x10, 47, "MQTT", 5, 2, 0, 60, 30, 0x15, "SCRAM-SHA-256", 0x16, "SECRET-data", "s"),
                "SECRET-noise SECRET-noise SECRET-noise".getBytes(),
            };
            raw[0][1] = (byte) (raw[0].length - 2);
            raw[1][1] = (byte) (raw[1].length - 2);
            for (byte[] bytes : raw) {
                try (java.net.Socket socket = new java.net.Socket("127.0.0.1", port)) {
                    socket.setSoTimeout(10_000);
                    socket.getOutputStream().write(bytes);
                    socket.shutdownOutput();
                    socket.getInputStream().readAllBytes();
                } catch (java.net.SocketException e) {
                    // it may be reset
                }
            }
            broker.reload();
            String log = broker.log();
            assertTrue(log.contains("Received PUBLISH from alice") && log.contains("Client nobody [127.0.0.1:") && log.contains("as willed") && log.contains("carol"), log);
            List<String> secrets = new ArrayList<>(List.of("SECRET"));
            for (String line : Files.readAllLines(PKI.resolve("server.key"))) if (line.length() > 20 && !line.startsWith("-")) secrets.add(line);
            assertTrue(secrets.size() > 2);
            for (String secret : secrets) assertFalse(log.contains(secret), log);
        }
    }

    @Test
    void aPasswordInAnAddressIsNotShown() {
        for (String url : new String[] {"quic://user:SECRET@localhost:1", "nonsense://user:SECRET@localhost", "quic://user:SECRET@[::1", "mqtt://user:SECRET/@host:99999"}) {
            String said = assertThrows(ConfigException.class, () -> ServerSettings.load(new StartOptions(null, List.of(), false, false, null, List.of(url), dir.toString(), false))).getMessage();
            assertFalse(said.contains("SECRET"), said);
        }
    }
}
