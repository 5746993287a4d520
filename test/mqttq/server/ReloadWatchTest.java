package mqttq.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import mqttq.auth.Authenticator;
import mqttq.auth.ConnectInfo;
import mqttq.auth.Login;
import mqttq.config.ServerSettings;
import mqttq.config.StartOptions;
import mqttq.sim.SimLoop;
import mqttq.sim.SimWorld;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReloadWatchTest {
    private final SimWorld world = new SimWorld(1);
    private final SimLoop loop = world.host("10.0.0.1");
    private final ReloadWatch watch = new ReloadWatch(loop);
    private ServerSettings settings;
    private String config;
    private int asked;
    private final Authenticator access = watch.before(new Authenticator() {
        @Override
        public void authenticate(ConnectInfo info, Result result) {
            asked++;
        }

        @Override
        public void recheck(Login login, Result result) { }
    });

    @TempDir
    Path dir;

    @BeforeEach
    void start() throws Exception {
        Files.writeString(dir.resolve("acl"), "");
        config = Files.writeString(dir.resolve("c"), "listener 0 127.0.0.1\nacl_file " + dir + "/acl\n").toString();
        settings = ServerSettings.load(new StartOptions(config, List.of(), false, false, null, List.of(), dir.toString(), false));
        watch.reading(config, settings);
        watch.run();
    }

    private int connect() {
        access.authenticate(null, null);
        return asked;
    }

    @Test
    void whoConnectsAfterAFileChangedWaitsForTheReload() throws Exception {
        assertEquals(1, connect());
        Files.writeString(dir.resolve("acl"), "user bob\n");
        assertEquals(1, connect());
        assertEquals(1, connect());
        watch.reading(config, settings);
        watch.run();
        assertEquals(3, asked);
        assertEquals(4, connect());
    }

    @Test
    void noLongerThanATenthOfASecondAndOncePerChange() throws Exception {
        Files.writeString(dir.resolve("c"), "listener 0\n");
        assertEquals(0, connect());
        world.runFor(ReloadWatch.PATIENCE);
        assertEquals(1, asked);
        assertEquals(2, connect());
        Files.delete(dir.resolve("acl"));
        assertEquals(2, connect());
        world.runFor(ReloadWatch.PATIENCE);
        assertEquals(4, connect());
    }
}
