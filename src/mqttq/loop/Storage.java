package mqttq.loop;

import java.nio.ByteBuffer;

/**
 * Files of one directory, written by a helper thread in the order asked for. Results come back on the loop thread. The simulator's
 * disk implements it with tears, errors and power cuts.
 */
public interface Storage {
    /** Outcome of an operation: null, or one line that says what failed. */
    interface Done {
        void done(String error);
    }

    /**
     * Takes the directory for this process until the loop is closed, at start only; waits a while for another to leave it. @throws
     * java.io.UncheckedIOException where it does not
     */
    void lock();

    /** Reads a whole file now, at start only; null where there is none. @throws java.io.UncheckedIOException where it cannot be read */
    ByteBuffer read(String name);

    /** Names of the files here, sorted, at start only. */
    String[] list();

    /** Writes a file anew: to a temporary name, synced, renamed, directory synced. Mode 600. */
    void replace(String name, ByteBuffer content, Done done);

    /** Writes {@code data} (left untouched until done) at {@code position}; creates the file, mode 600. */
    void write(String name, long position, ByteBuffer data, Done done);

    /** Makes sure that {@code length} bytes of room are allocated for the file. */
    void preallocate(String name, long length, Done done);

    /** All writes asked for before are on the disk when this is done without an error. */
    void sync(String name, Done done);

    void truncate(String name, long length, Done done);

    void rename(String from, String to, Done done);

    void delete(String name, Done done);

    /**
     * Whether these files are there still. Where one is not: the directory is made anew if need be, and what follows goes to files that
     * are in it.
     */
    void check(String[] names, Done done);
}
