package mqttq.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BrokerUrlTest {
    @ParameterizedTest
    @CsvSource(nullValues = "-", value = {
        "quic://h,                        quic, -,    -,     h,         14567, -",
        "mqtt-quic://h/a/b,               quic, -,    -,     h,         14567, a/b",
        "mqtt://h,                        tcp,  -,    -,     h,         1883,  -",
        "mqtts://h:1/t,                   tls,  -,    -,     h,         1,     t",
        "ws://h/,                         ws,   -,    -,     h,         8083,  ''",
        "wss://h,                         wss,  -,    -,     h,         8084,  -",
        "mqtt://u@h/t,                    tcp,  u,    -,     h,         1883,  t",
        "mqtt://u:p@h:99/t@u:8,           tcp,  u,    p,     h,         99,    t@u:8",
        "mqtt://u:p@q:r@h,                tcp,  u,    p@q:r, h,         1883,  -",
        "mqtt://u%40x:a%2Fb%zz@h,         tcp,  u@x,  a/b%zz, h,        1883,  -",
        "quic://[::1],                    quic, -,    -,     ::1,       14567, -",
        "quic://u:p@[fe80::1%eth0]:1/a,   quic, u,    p,     fe80::1%eth0, 1,  a",
        "mqtt-quic://jo%40e:p+w%3A@[::1], quic, jo@e, p+w:,  ::1,       14567, -",
        "wss://h/path,                    wss,  -,    -,     h,         8084,  path",
        "quic://127.0.0.1:0,              quic, -,    -,     127.0.0.1, 0,     -",
    })
    void splits(String text, String transport, String user, String password, String host, int port, String topic) {
        assertEquals(new BrokerUrl(transport, user, password, host, port, topic), BrokerUrl.parse(text));
    }

    @ParameterizedTest
    @CsvSource({
        "h:1883, must start with",
        "http://h, must start with",
        "mqtt://, host is missing",
        "mqtt://:1883/t, host is missing",
        "mqtt://h:65536, port must be",
        "mqtt://h:, port must be",
        "mqtt://h:1x, port must be",
        "mqtt://::1, brackets",
        "mqtt://[::1, missing",
        "mqtt://[::1]x, may follow",
    })
    void refusesWithOneLine(String text, String part) {
        String message = assertThrows(IllegalArgumentException.class, () -> BrokerUrl.parse(text)).getMessage();
        assertTrue(message.contains(part) && message.contains(text) && !message.contains("\n"), message);
    }

    @Test
    void wellKnownPortsMeanTheirTransport() {
        for (String transport : new String[] {"quic", "tcp", "tls", "ws", "wss"}) {
            assertEquals(transport, BrokerUrl.transportOfPort(BrokerUrl.defaultPort(transport)));
        }
        assertEquals("quic", BrokerUrl.transportOfPort(-1));
        assertEquals("quic", BrokerUrl.transportOfPort(4433));
        assertEquals("mqtts", BrokerUrl.scheme("tls"));
        assertEquals("wss", BrokerUrl.scheme("wss"));
    }

    @Test
    void anyTextIsSplitOrRefused() {
        Random random = new Random(1);
        String alphabet = "quicmqttws://[]@:%/1a";
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder(random.nextBoolean() ? "mqtt://" : "");
            for (int n = random.nextInt(20); n > 0; n--) text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            try {
                BrokerUrl url = BrokerUrl.parse(text.toString());
                assertTrue(!url.host().isEmpty() && url.port() >= 0 && url.port() <= 65535);
            } catch (IllegalArgumentException e) {
                assertTrue(e.getMessage().contains("URL"));
            }
        }
    }
}
