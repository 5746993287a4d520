package mqttq.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import mqttq.config.ServerSettings;
import mqttq.config.StartOptions;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileWatchTest {
    private final SimWorld world = new SimWorld(1);
    private final SimLoop loop = world.host("10.0.0.1");
    private ServerSettings settings;
    private FileWatch watch;
    private int changes;
    private long clock = 1_000_000_000_000L;

    @TempDir
    Path dir;

    @BeforeEach
    void start() throws Exception {
        for (String name : new String[] {"pw", "acl", "cert", "key", "ca", "crl"}) touch(name);
        Path config = Files.writeString(dir.resolve("c"), "listener 0 127.0.0.1\ncertfile " + dir + "/cert\nkeyfile " + dir + "/key\ncafile " + dir + "/ca\ncrlfile " + dir
            + "/crl\npassword_file " + dir + "/pw\nacl_file " + dir + "/acl\n");
        settings = ServerSettings.load(new StartOptions(config.toString(), List.of(), false, false, null, List.of(), dir.toString(), false));
        watch = new FileWatch(loop, () -> changes++);
        watch.use(settings);
        watch.start();
    }

    private void touch(String name) throws IOException {
        Path file = dir.resolve(name);
        if (!Files.exists(file)) Files.writeString(file, name);
        Files.setLastModifiedTime(file, FileTime.fromMillis(clock += 1000));
    }

    private int after(long nanos) {
        world.runFor(nanos);
        return changes;
    }

    @Test
    void everyNamedFileIsSeenToChangeOnce() throws Exception {
        assertEquals(0, after(10 * FileWatch.PERIOD));
        int expected = 0;
        for (String name : new String[] {"pw", "acl", "cert", "key", "ca", "crl"}) {
            touch(name);
            assertEquals(++expected, after(FileWatch.PERIOD + FileWatch.SETTLE), name);
        }
        touch("c");
        assertEquals(expected, after(10 * FileWatch.PERIOD), "the configuration itself waits for SIGHUP");
    }

    @Test
    void aChangeIsTakenWhenItHasComeToRest() throws Exception {
        touch("cert");
        world.runFor(FileWatch.PERIOD + 1);
        for (int i = 0; i < 10; i++) {
            touch("key");
            assertEquals(0, after(FileWatch.SETTLE));
        }
        assertEquals(1, after(FileWatch.SETTLE));
        assertEquals(1, after(10 * FileWatch.PERIOD));
    }

    @Test
    void aFileMayVanishAndComeBack() throws Exception {
        Files.delete(dir.resolve("pw"));
        assertEquals(1, after(2 * FileWatch.PERIOD));
        touch("pw");
        assertEquals(2, after(2 * FileWatch.PERIOD));
        Files.move(Files.writeString(dir.resolve("new"), "pw"), dir.resolve("pw"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertEquals(3, after(2 * FileWatch.PERIOD));
    }

    @Test
    void whatAReloadHasReadIsNoChange() throws Exception {
        touch("pw");
        watch.use(settings);
        assertEquals(0, after(10 * FileWatch.PERIOD));
        watch.stop();
        touch("pw");
        assertEquals(0, after(10 * FileWatch.PERIOD));
    }
}
