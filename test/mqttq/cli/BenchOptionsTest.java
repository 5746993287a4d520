package mqttq.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import mqttq.mqtt.ProtocolVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchOptionsTest {
    private static BenchOptions parse(String line) throws UsageException {
        return BenchOptions.parse(line.isEmpty() ? new String[0] : line.split(" "));
    }

    @Test
    void takesItsOwnOptionsAndThoseOfTheConnection() throws UsageException {
        BenchOptions options = parse("pub -h h -p 8883 -c 100 -n 50 -R 2.5 -s 1000 -q 1 -t a/%i/b -V 5 --json -u joe -P pw -k 30");
        assertEquals("h 8883 tls", options.connection.host + " " + options.connection.port + " " + options.connection.transport);
        assertEquals("100 50 2.5 1000 1 a/7/b", options.clients + " " + options.messages + " " + options.rate + " " + options.size + " " + options.connection.qos + " "
            + options.topic(7));
        assertEquals(ProtocolVersion.MQTT_5, options.connection.version);
    }

    @Test
    void warmsUpWithoutTakingLong() throws UsageException {
        assertEquals(1000, parse("pub").warmup);
        assertEquals(2000, parse("pub -c 10 -n 5000").warmup);
        assertEquals(4, parse("rtt -c 10 -n 5000 -R 2").warmup);
        assertEquals(0, parse("pub --warmup 0").warmup);
        assertEquals(16, parse("rtt -s 0").size);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "'' | bench needs one of pub, sub, conn and rtt.",
        "foo | bench needs one of pub, sub, conn and rtt.",
        "pub -c 0 | Invalid number of clients: 0",
        "pub -n x | Invalid number of messages: x",
        "pub -R -1 | Invalid rate: -1",
        "pub -t a/# | Invalid topic 'a/#', are all '+' and '#' wildcards correct?",
        "sub -t a# | Invalid topic 'a#', are all '+' and '#' wildcards correct?",
        "pub -m x | Unknown option '-m'.",
        "pub -P x | Problem setting username and/or password."})
    void namesWhatIsWrong(String line, String message) {
        assertEquals("Error: " + message, assertThrows(UsageException.class, () -> parse(line)).getMessage());
    }
}
