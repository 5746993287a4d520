package mqttq.server;

import java.io.File;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import mqttq.auth.Authenticator;
import mqttq.auth.ConnectInfo;
import mqttq.auth.Login;
import mqttq.config.ListenerSettings;
import mqttq.config.ServerSettings;
import mqttq.loop.Loop;
import mqttq.loop.Timers;

/**
 * Lets clients wait for a moment while a file that decides about them is not the one that was read: SIGHUP may be on its way, which the JVM
 * delivers up to some milliseconds late. Who changes a file, sends SIGHUP and connects is met by what he wrote. Loop thread.
 */
final class ReloadWatch implements Runnable {
    /** The longest wait, in ns, once for each change. */
    static final long PATIENCE = 100_000_000L;

    private final Loop loop;
    private final Timers.Timer timer;
    private final List<File> files = new ArrayList<>();
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private long seen;

    ReloadWatch(Loop loop) {
        this.loop = loop;
        timer = loop.timer(this);
    }

    /** These files will be read now. */
    void reading(String configFile, ServerSettings settings) {
        files.clear();
        if (configFile != null) files.add(new File(configFile));
        for (ListenerSettings listener : settings.listeners()) {
            for (String name : new String[] {listener.security().passwordFile(), listener.security().aclFile()}) {
                if (name != null && !files.contains(new File(name))) files.add(new File(name));
            }
        }
        seen = state();
    }

    /** They have been, or nobody asked for it in time. */
    @Override public void run() {
        timer.cancel();
        if (waiting.isEmpty()) return;
        seen = state();
        for (Runnable next; (next = waiting.poll()) != null; ) next.run();
    }

    private long state() {
        long state = 0;
        for (File file : files) state = (state * 31 + file.lastModified()) * 31 + file.length();
        return state;
    }

    /** The same, but that who connects may have to wait. */
    Authenticator before(Authenticator then) {
        return new Authenticator() {
            @Override public void authenticate(ConnectInfo info, Result result) {
                if (waiting.isEmpty() && state() == seen) {
                    then.authenticate(info, result);
                    return;
                }
                if (waiting.isEmpty()) timer.at(loop.now() + PATIENCE);
                waiting.add(() -> then.authenticate(info, result));
            }

            @Override public Exchange exchange(String method, ConnectInfo info) { return then.exchange(method, info); }
            @Override public void recheck(Login login, Result result) { then.recheck(login, result); }
        };
    }
}
