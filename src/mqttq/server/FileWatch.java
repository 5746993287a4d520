package mqttq.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import mqttq.config.ListenerSettings;
import mqttq.config.ServerSettings;
import mqttq.config.TlsSettings;
import mqttq.loop.Loop;
import mqttq.loop.Timers;

/**
 * Notices that a file which the settings name (passwords, ACLs, certificates, keys, revocation lists) is another than when it was read: for
 * systems where nobody sends SIGHUP after a certificate was renewed. A file is looked at by the loop's helper, by its time, size and
 * identity.
 */
final class FileWatch {
    /**
     * Between looks; and until a change has to have come to rest, since a file may be half written, or a key may still be that of the old
     * certificate.
     */
    static final long PERIOD = 30_000_000_000L, SETTLE = 2_000_000_000L;

    private final Loop loop;
    private final Runnable changed;
    private Timers.Timer timer;
    private ServerSettings settings;
    private String seen, changing, looked;

    /** @param changed called once a change, on the loop; it is to call {@link #use} */
    FileWatch(Loop loop, Runnable changed) {
        this.loop = loop;
        this.changed = changed;
    }

    /** From now on these files; what they are now is about to be read. */
    void use(ServerSettings from) {
        settings = from;
        seen = stamps(from);
        changing = null;
    }

    void start() {
        timer = loop.timer(this::look);
        timer.at(loop.now() + PERIOD);
    }

    void stop() { if (timer != null) timer.cancel(); }

    private void look() {
        ServerSettings from = settings;
        loop.offload(() -> looked = stamps(from), () -> {
            boolean same = from != settings || looked == null || looked.equals(seen), rests = !same && looked.equals(changing);
            changing = same || rests ? null : looked;
            timer.at(loop.now() + (changing == null ? PERIOD : SETTLE));
            if (!rests) return;
            seen = looked; // whatever comes of it: no second try before the next change
            changed.run();
        });
    }

    private static String stamps(ServerSettings settings) {
        StringBuilder all = new StringBuilder();
        for (ListenerSettings listener : settings.listeners()) {
            stamp(listener.security().passwordFile(), all);
            stamp(listener.security().aclFile(), all);
            TlsSettings tls = listener.tls();
            if (tls == null) continue;
            for (String file : new String[] {tls.certFile(), tls.keyFile(), tls.caFile(), tls.caPath(), tls.crlFile()}) stamp(file, all);
        }
        return all.toString();
    }

    private static void stamp(String file, StringBuilder to) {
        if (file == null) return;
        try {
            BasicFileAttributes is = Files.readAttributes(Path.of(file), BasicFileAttributes.class);
            to.append(is.lastModifiedTime()).append(' ').append(is.size()).append(' ').append(is.fileKey());
        } catch (IOException | InvalidPathException e) {
            to.append('-');
        }
        to.append('\n');
    }
}
