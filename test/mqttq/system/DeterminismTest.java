package mqttq.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The same seed gives the same trace, in another JVM and on every JDK of this machine; another seed gives another. */
class DeterminismTest {
    /** Prints the trace hash of a whole run. */
    public static void main(String[] args) {
        System.out.println(hash(Long.parseLong(args[0])));
    }

    private static String hash(long seed) {
        return Long.toHexString(BadNetworkTest.run(BadNetworkTest.Network.LOSS_2_PERCENT, seed)) + Long.toHexString(BadNetworkTest.run(BadNetworkTest.Network.BLACKOUTS, seed));
    }

    @Test
    void sameSeedSameTraceEverywhere() throws IOException, InterruptedException {
        String here = hash(7);
        assertEquals(here, hash(7));
        assertNotEquals(here, hash(8));
        for (Path java : javas()) {
            Process other = new ProcessBuilder(java.toString(), "-cp", System.getProperty("java.class.path"), DeterminismTest.class.getName(), "7").redirectErrorStream(true).start();
            String said = new String(other.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            assertEquals(here, said, java.toString());
            assertEquals(0, other.waitFor());
        }
    }

    /** This JVM's program, and that of every other JDK from 17 on that is installed. */
    private static Set<Path> javas() throws IOException {
        Set<Path> found = new TreeSet<>();
        found.add(Path.of(System.getProperty("java.home"), "bin", "java").toRealPath());
        Path all = Path.of("/usr/lib/jvm");
        if (!Files.isDirectory(all)) return found;
        try (Stream<Path> homes = Files.list(all)) {
            for (Path home : homes.toList()) {
                Path java = home.resolve("bin/java"), release = home.resolve("release");
                if (!Files.isExecutable(java) || !Files.isReadable(release)) continue;
                String version = Files.readString(release).replaceFirst("(?s).*JAVA_VERSION=\"(\\d+).*", "$1");
                if (Integer.parseInt(version) >= 17) found.add(java.toRealPath());
            }
        }
        return found;
    }
}
