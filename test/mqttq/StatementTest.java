package mqttq;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every normative statement of MQTT 5 is named by a test, or here with the reason why nobody could see it. */
class StatementTest {
    private static final Map<String, String> UNOBSERVABLE = new TreeMap<>(Map.of(
        "MQTT-3.3.4-10", "CONNECT has no Maximum QoS; a subscription's QoS is what limits (3.8.4-8)",
        "MQTT-3.1.2-30", "binds clients with enhanced authentication, which ours does not offer",
        "MQTT-4.12.1-1", "binds clients with enhanced authentication, which ours does not offer"));

    /** In an annotation, or in a table of packets: a string of its own. */
    private static final Pattern NAMED = Pattern.compile("\"(MQTT-[0-9.]+-[0-9]+)\"");

    @Test
    void eachIsNamedByATest() throws IOException {
        List<String> all = Files.readAllLines(Path.of("test/mqttq/statements.txt"));
        assertEquals(251, all.size());
        Set<String> named = new TreeSet<>();
        try (Stream<Path> files = Files.walk(Path.of("test/mqttq"))) {
            for (Path file : (Iterable<Path>) files.filter(f -> f.toString().endsWith("Test.java") && !f.endsWith("StatementTest.java"))::iterator) {
                NAMED.matcher(Files.readString(file)).results().forEach(found -> named.add(found.group(1)));
            }
        }
        Set<String> missing = new TreeSet<>(all), unknown = new TreeSet<>(named), needless = new TreeSet<>(UNOBSERVABLE.keySet());
        missing.removeAll(named);
        missing.removeAll(UNOBSERVABLE.keySet());
        unknown.removeAll(all);
        needless.retainAll(named);
        assertEquals("[] [] []", missing + " " + unknown + " " + needless);
    }
}
