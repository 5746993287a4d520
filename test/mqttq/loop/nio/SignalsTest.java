package mqttq.loop.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SignalsTest {
    /** A process that says "ready", answers SIGHUP and SIGUSR1, and ends as its argument says. */
    static final class Probe {
        private Probe() { }

        public static void main(String[] arguments) {
            NioLoop loop = NioLoop.open();
            for (String signal : new String[] {"HUP", "USR1"}) loop.onSignal(signal, () -> System.out.println("signal"));
            loop.onShutdown(() -> {
                System.out.println("shutdown");
                if (arguments[0].equals("exit 7")) loop.exitStatus(7);
                if (!arguments[0].equals("hang")) loop.timer(loop::stop).at(loop.now() + 50_000_000);
            });
            loop.execute(() -> System.out.println("ready"));
            if (arguments[0].equals("own end")) loop.timer(loop::stop).at(loop.now() + 50_000_000);
            loop.run();
            loop.log(mqttq.loop.Log.Level.ERROR, "last words");
            loop.close();
            System.exit(arguments[0].equals("own end") ? 13 : 0);
        }
    }

    private static String home(Class<?> type) {
        return java.nio.file.Path.of(java.net.URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString())).toString();
    }

    private static int run(String how, String signal, StringBuilder out) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "-cp",
            home(Probe.class) + java.io.File.pathSeparator + home(NioLoop.class), "-XX:TieredStopAtLevel=1", Probe.class.getName(), how).redirectErrorStream(true).start();
        java.util.concurrent.CompletableFuture.delayedExecutor(60, TimeUnit.SECONDS).execute(process::destroyForcibly);
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream()))) {
            for (String line; (line = lines.readLine()) != null; ) {
                out.append(line.replaceFirst("^\\d+: ", "")).append('|');
                if (line.equals("ready") && signal != null) new ProcessBuilder("kill", ignored(1) ? "-USR1" : "-HUP", "" + process.pid()).start().waitFor();
                if (line.equals("signal")) new ProcessBuilder("kill", signal, "" + process.pid()).start().waitFor();
            }
        }
        assertTrue(process.waitFor(10, TimeUnit.SECONDS));
        return process.exitValue();
    }

    /** Whether our children begin with a signal ignored, which the JVM leaves so: under nohup (1, SIGHUP), in the background of a script (2, SIGINT). */
    private static boolean ignored(int signal) throws IOException {
        java.nio.file.Path status = java.nio.file.Path.of("/proc/self/status");
        if (!java.nio.file.Files.exists(status)) return false;
        for (String line : java.nio.file.Files.readAllLines(status))
            if (line.startsWith("SigIgn:")) return (Long.parseUnsignedLong(line.substring(7).strip(), 16) >> signal - 1 & 1) != 0;
        return false;
    }

    @Test
    void terminationRunsOnTheLoopAndEndsWithTheStatusAskedFor() throws IOException, InterruptedException {
        StringBuilder out = new StringBuilder();
        assertEquals(0, run("exit 0", "-TERM", out), out.toString());
        assertEquals("ready|signal|shutdown|last words|", out.toString());
        assertEquals(7, run("exit 7", ignored(2) ? "-TERM" : "-INT", new StringBuilder()));
    }

    @Test
    void anOwnEndKeepsItsStatus() throws IOException, InterruptedException {
        StringBuilder out = new StringBuilder();
        assertEquals(13, run("own end", null, out), out.toString());
        assertEquals("ready|last words|", out.toString());
    }

    @Test
    void aSignalThatTheSystemLacksIsNoError() {
        try (OnLoop on = new OnLoop()) {
            assertFalse(on.loop.onSignal("NOSUCH", () -> { }));
        }
    }
}
