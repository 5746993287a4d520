package mqttq.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import mqttq.mqtt.Property;
import mqttq.mqtt.ProtocolVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command lines of pub, sub and rr: what mosquitto_pub, mosquitto_sub and mosquitto_rr 2.0 say to the wrong ones, and what the right ones mean. */
class ClientOptionsTest {
    @TempDir
    Path directory;

    private static ClientOptions parse(ClientOptions.Tool tool, String line) throws UsageException {
        return ClientOptions.parse(tool, line.isEmpty() ? new String[0] : line.split(" "), Map.of());
    }

    private static ClientOptions sub(String line) throws UsageException {
        return parse(ClientOptions.Tool.SUB, line);
    }

    private static ClientOptions pub(String line) throws UsageException {
        return parse(ClientOptions.Tool.PUB, line);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "PUB | -t a | Error: Both topic and message must be supplied.",
        "PUB | -m x | Error: Both topic and message must be supplied.",
        "PUB | -t a -m | Error: -m argument given but no message specified.",
        "PUB | -t a/# -m x | Error: Invalid publish topic 'a/#', does it contain '+' or '#'?",
        "PUB | -t a -m x -q 3 | Error: Invalid QoS given: 3",
        "PUB | -t a -m x -q | Error: -q argument given but no QoS specified.",
        "PUB | -t a -m x -n | Error: Only one type of message can be sent at once.",
        "PUB | -t a -s -l | Error: Only one type of message can be sent at once.",
        "PUB | -t a -f /nonexistent | Error: Unable to open file \"/nonexistent\".",
        "PUB | -t a -m x -V 6 | Error: Invalid protocol version argument given.",
        "PUB | -t a -m x -p 70000 | Error: Invalid port given: 70000",
        "PUB | -t a -m x -p 0 | Error: Invalid port given: 0",
        "PUB | -t a -m x -k 4 | Error: Invalid keepalive given, it must be between 5 and 65535 inclusive.",
        "PUB | -t a -m x -k 70000 | Error: Invalid keepalive given, it must be between 5 and 65535 inclusive.",
        "PUB | -t a -m x -c | Error: You must provide a client id if you are using the -c option.",
        "PUB | -t a -m x -c -I p | Error: You must provide a client id if you are using the -c option.",
        "PUB | -t a -m x -i a -I b | Error: -i and -I argument cannot be used together.",
        "PUB | -t a -m x -P pw | Error: Problem setting username and/or password.",
        "PUB | -t a -m x --will-payload x | Error: Will payload given, but no will topic given.",
        "PUB | -t a -m x --will-retain | Error: Will retain given, but no will topic given.",
        "PUB | -t a -m x --will-topic a/# | Error: Invalid will topic 'a/#', does it contain '+' or '#'?",
        "PUB | -t a -m x --will-topic | Error: --will-topic argument given but no will topic specified.",
        "PUB | -t a -m x --will-qos 5 | Error: Invalid will QoS 5.",
        "PUB | -t a -m x --cert x | Error: Both certfile and keyfile must be provided if one of them is set.",
        "PUB | -t a -m x -Z | Error: Unknown option '-Z'.",
        "PUB | -t a -m x extra | Error: Unknown option 'extra'.",
        "PUB | -t a -m x --repeat 0 | Error: --repeat argument must be >0.",
        "PUB | -t a -m x --repeat-delay -1 | Error: --repeat-delay argument must be >=0.0.",
        "PUB | -m x -L mqtt://host | Error: Invalid URL for -L argument specified - topic missing.",
        "PUB | -t a -m x -L | Error: -L argument given but no URL specified.",
        "PUB | -t a -m x -M 0 | Error: Maximum inflight messages must be greater than 0.",
        "PUB | -t a -m x -x abc | Error: session-expiry-interval not a number.",
        "PUB | -t a -m x -x 9999999999 | Error: session-expiry-interval out of range.",
        "PUB | -t a -m x -V 5 -x -1 | Error: You must provide a client id if you are using an infinite session expiry interval.",
        "PUB | -t a -m x -D publish | Error: --property argument given but not enough arguments specified.",
        "PUB | -t a -m x -D foo bar x | Error: Invalid command given in --property argument.",
        "PUB | -t a -m x -D publish foo x | Error: Invalid property name given in --property argument.",
        "PUB | -t a -m x -D publish receive-maximum 1 | Error: receive-maximum property not allowed for publish in --property argument.",
        "PUB | -t a -m x -D publish payload-format-indicator 300 | Error: Property value (300) out of range for property payload-format-indicator.",
        "PUB | -t a -m x -D publish user-property a | Error: --property argument given but not enough arguments specified.",
        "PUB | -t a -m x -D publish content-type a -D publish content-type b | Error: Unable to add content-type property: CONTENT_TYPE given twice.",
        "PUB | -t a -m x -A | Error: -A argument given but no address specified.",
        "PUB | -t a -m x --unix | Error: --unix argument given but no socket path specified.",
        "PUB | -t a -m x --psk aa | Error: --psk is not supported by mqttq.",
        "PUB | -t a -m x --transport foo | Error: Unknown transport 'foo': it must be quic, tcp, tls, ws or wss.",
        "PUB | -t a -m x --transport tcp --cafile x | Error: Certificates are given, but --transport tcp has no TLS; it must be quic, tls or wss.",
        "PUB | -t a -m x -p 1883 --fallback | Error: --fallback is for --transport quic.",
        "PUB | -t a -m x -p 1883 --fallback-port 8883 | Error: --fallback is for --transport quic.",
        "PUB | -t a -m x --fallback-port 0 | Error: Invalid port given: 0",
        "PUB | -t a -m x --streams two | Error: Invalid --streams argument given, it must be single, topic or qos.",
        "PUB | -t a -m x -D connect authentication-method SCRAM-SHA-256 -u a | Error: SCRAM-SHA-256 takes a user name (-u) and a password (-P).",
        "PUB | -t a -m x --transport tls --streams qos | Error: --streams is for --transport quic.",
        "PUB | -t a -m x --tls-version tlsv1.2 | Error: --tls-version takes tlsv1.3.",
        "PUB | -t a -m x -C 1 | Error: Unknown option '-C'.",
        "SUB | '' | Error: You must specify a topic to subscribe to.",
        "SUB | -t a# | Error: Invalid subscription topic 'a#', are all '+' and '#' wildcards correct?",
        "SUB | -t a -C 0 | Error: Invalid message count \"0\".",
        "SUB | -t a -C | Error: -C argument given but no count specified.",
        "SUB | -t a -W 0 | Error: Invalid timeout \"0\".",
        "SUB | -t a -W x | Error: Invalid timeout \"x\".",
        "SUB | -t a -T a# | Error: Invalid filter topic 'a#', are all '+' and '#' wildcards correct?",
        "SUB | -t a -U a# | Error: Invalid unsubscribe topic 'a#', are all '+' and '#' wildcards correct?",
        "SUB | -t a --random-filter 0 | Error: --random-filter chance must be between 0.1-100.0",
        "SUB | -t a --random-filter x | Error: --random-filter chance must be between 0.1-100.0",
        "SUB | -t a -R --retained-only | Error: Combining '-R' and '--retained-only' makes no sense.",
        "SUB | -t a --retain-handling x | Error: Invalid --retain-handling argument given, it must be always, new or never.",
        "SUB | -t a --watch | Error: --watch is not supported by mqttq.",
        "SUB | -t a -m x | Error: Unknown option '-m'.",
        "RR | -t a | Error: All of topic, message, and response topic must be supplied.",
        "RR | -t a -e b | Error: All of topic, message, and response topic must be supplied.",
        "RR | -t a -e b/# -m x | Error: Invalid response topic 'b/#', does it contain '+' or '#'?",
        "RR | -t a -e b -l | Error: Unknown option '-l'.",
        "RR | -t a -e b -E | Error: Unknown option '-E'."})
    void wrongCommandLinesAreNamedInMosquittosWords(ClientOptions.Tool tool, String line, String message) {
        assertEquals(message, assertThrows(UsageException.class, () -> parse(tool, line)).getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "-t a, quic, 14567", "-t a -p 1883, tcp, 1883", "-t a -p 8883, tls, 8883", "-t a -p 8083, ws, 8083", "-t a -p 8084, wss, 8084", "-t a -p 999, quic, 999",
        "-t a --transport tcp, tcp, 1883", "-t a --transport ws -p 1883, ws, 1883", "-t a -p 1883 --cafile x, tls, 1883", "-t a --cafile x, quic, 14567",
        "-t a -p 8083 --tls-use-os-certs, wss, 8083", "-L mqtt://h/a, tcp, 1883", "-L mqtts://h/a, tls, 8883", "-L quic://h/a, quic, 14567", "-L wss://h:1/a, wss, 1",
        "-t a --unix /tmp/x, tcp, 1883", "-t a --ws, ws, 8083", "-t a --ws -p 1883, ws, 1883", "-t a --ws --cafile x, wss, 8084", "-t a -p 8084 --ws, wss, 8084",
        "-t a -p 1883 --cafile x --no-tls, tcp, 1883"})
    void transportAndPortFollowFromOneAnother(String line, String transport, int port) throws UsageException {
        ClientOptions options = sub(line);
        assertEquals(transport + " " + port, options.transport + " " + options.port);
    }

    @Test
    void theFallbackHasAPortOfItsOwn() throws UsageException {
        assertEquals("14567 false 8883", port("-t a"));
        assertEquals("9000 true 8883", port("-t a -p 9000 --transport quic --fallback"));
        assertEquals("9000 true 9001", port("-t a -p 9000 --transport quic --fallback-port 9001"));
    }

    private static String port(String line) throws UsageException {
        ClientOptions options = sub(line);
        return options.port + " " + options.fallback + " " + options.fallbackPort;
    }

    @Test
    void aUrlHasItAll() throws UsageException {
        ClientOptions options = sub("-L quic://jo%40e:p%3aw@example.org:99/a/# -t b");
        assertEquals("example.org jo@e", options.host + " " + options.userName);
        assertArrayEquals("p:w".getBytes(), options.password);
        assertEquals(List.of("a/#", "b"), options.topics);
    }

    @Test
    void sessionsExpireAsWithMosquitto() throws UsageException {
        assertEquals(0xffff_ffffL, sub("-t a -c -i x -V 5").properties.connect.build().number(Property.SESSION_EXPIRY_INTERVAL, -1));
        assertEquals(60, sub("-t a -c -i x -V 5 -x 60").properties.connect.build().number(Property.SESSION_EXPIRY_INTERVAL, -1));
        assertEquals(7, sub("-t a -x 60 -D connect session-expiry-interval 7").properties.connect.build().number(Property.SESSION_EXPIRY_INTERVAL, -1));
        assertEquals(-1, sub("-t a -V 5").properties.connect.build().number(Property.SESSION_EXPIRY_INTERVAL, -1));
        assertFalse(sub("-t a -c -i x").cleanStart);
    }

    @Test
    void propertiesMakeItMqtt5() throws UsageException {
        ClientOptions options = pub("-t a -m x -D publish user-property k v -D will will-delay-interval 3 --will-topic w -D publish topic-alias 4");
        assertEquals(ProtocolVersion.MQTT_5, options.version);
        assertEquals("v", options.properties.publish.build().user("k"));
        assertEquals(3, options.properties.will.build().number(Property.WILL_DELAY_INTERVAL, 0));
        assertEquals(ProtocolVersion.MQTT_3_1_1, pub("-t a -m x").version);
        assertEquals(ProtocolVersion.MQTT_5, parse(ClientOptions.Tool.RR, "-t a -e b -m x").version);
    }

    @Test
    void theLastTopicOfPubCounts() throws UsageException {
        assertEquals(List.of("b"), pub("-t a -m x -t b").topics);
    }

    @Test
    void timesMayHaveFractions() throws UsageException {
        assertEquals(1_500_000_000L, sub("-t a -W 1.5").timeout);
        assertEquals(250_000_000L, pub("-t a -m x --repeat 2 --repeat-delay 0.25").repeatDelay);
        assertEquals(5, sub("-t a --random-filter 0.1").randomFilter / 2);
    }

    @Test
    void anOptionsFileComesBeforeTheCommandLine() throws IOException, UsageException {
        Path file = directory.resolve("mqttq/sub");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "# comment\n\n-h broker.example\n-t from/file\n-q 2\n-D connect user-property a b c\n--will-topic w\n--will-payload two words\n-v\n");
        ClientOptions options = ClientOptions.parse(ClientOptions.Tool.SUB, new String[] {"-t", "x", "-q", "1"}, Map.of("XDG_CONFIG_HOME", directory.toString()));
        assertEquals("broker.example [from/file, x] 1 two words", options.host + " " + options.topics + " " + options.qos + " " + new String(options.willPayload));
        assertEquals("b c", options.properties.connect.build().user("a"));
        assertTrue(options.verbose);
    }

    @Test
    void aWrongLineOfAnOptionsFileIsNamed() throws IOException {
        Path file = directory.resolve(".config/mqttq/pub");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "-q 1\n-q 7\n");
        String message = assertThrows(UsageException.class, () -> ClientOptions.parse(ClientOptions.Tool.PUB, new String[0], Map.of("HOME", directory.toString()))).getMessage();
        assertEquals("Error: Invalid QoS given: 7 (" + file + ", line 2)", message);
    }
}
