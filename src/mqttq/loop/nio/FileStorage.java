package mqttq.loop.nio;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import mqttq.loop.Storage;

/**
 * Files of one directory on the helper thread, which alone touches the channels. Names that appear or vanish are synced with the directory.
 */
final class FileStorage implements Storage {
    /** Files kept open between operations. */
    private static final int OPEN_FILES = 8;
    /** Descriptors set aside for when clients have taken all others. */
    private static final int RESERVE = 3;
    private static final int ZEROS = 64 << 10;
    /** A process that was told to end needs no longer. */
    private static final long LOCK_MILLIS = 5000, LOCK_POLL_MILLIS = 20;
    private static final Set<OpenOption> READ_WRITE = Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);

    private interface Work {
        void run() throws IOException;
    }

    private final NioLoop loop;
    private final Helper helper;
    private final Path directory;
    private final FileAttribute<?>[] privateFile;
    private final Map<String, FileChannel> open = new LinkedHashMap<>(16, 0.75f, true);
    private final ArrayDeque<FileChannel> reserve = new ArrayDeque<>();
    private boolean namesChanged;
    /** Whether the directory is this process's; what is there now may be another's. */
    private boolean locked, lost;

    FileStorage(NioLoop loop, Helper helper, Path directory) {
        this.loop = loop;
        this.helper = helper;
        this.directory = directory;
        privateFile = privateFile(directory);
        try {
            makeDirectory();
        } catch (IOException e) {
            throw new UncheckedIOException(new IOException(directory + ": " + text(e), e));
        }
        helper.give(this::setAside);
    }

    private void makeDirectory() throws IOException {
        if (!Files.isDirectory(directory)) Files.createDirectories(directory, privateFile.length > 0 ? mode(
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE)) : privateFile);
    }

    private void setAside() {
        try {
            while (reserve.size() < RESERVE) reserve.add(FileChannel.open(directory, StandardOpenOption.READ));
        } catch (IOException e) {
            // None is left, and the next operation tries again; Windows opens no directories, and does not run out of handles.
        }
    }

    /** Opens a file, with what was set aside where nothing else is left. */
    private FileChannel opened(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
        while (true) {
            try {
                return FileChannel.open(path, options, attributes);
            } catch (NoSuchFileException | AccessDeniedException | FileAlreadyExistsException e) {
                throw e;
            } catch (IOException e) {
                if (reserve.isEmpty() && open.isEmpty()) throw e;
                if (reserve.isEmpty()) forget(open.keySet().iterator().next());
                else reserve.poll().close();
            }
        }
    }

    @Override public void lock() {
        long end = System.nanoTime() + LOCK_MILLIS * 1_000_000;
        try {
            FileChannel file = FileChannel.open(path("lock"), READ_WRITE, privateFile);
            loop.closesWith(file);
            locked = true;
            while (!tryLock(file)) {
                if (System.nanoTime() > end) {
                    throw new UncheckedIOException(new IOException(directory
                        + " is in use by another process; give this one a directory of its own (--data DIR or persistence_location)"));
                }
                Thread.sleep(LOCK_POLL_MILLIS);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(new IOException(path("lock") + ": " + text(e), e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean tryLock(FileChannel file) throws IOException {
        try {
            return file.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // another loop of this process
        }
    }

    @Override public ByteBuffer read(String name) {
        try {
            return ByteBuffer.wrap(Files.readAllBytes(path(name)));
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(new IOException(path(name) + ": " + text(e), e));
        }
    }

    @Override public String[] list() {
        List<String> names = new ArrayList<>();
        try (var files = Files.newDirectoryStream(directory)) {
            for (Path file : files) if (Files.isRegularFile(file)) names.add(file.getFileName().toString());
        } catch (IOException e) {
            throw new UncheckedIOException(new IOException(directory + ": " + text(e), e));
        }
        names.sort(null);
        return names.toArray(new String[0]);
    }

    @Override public void replace(String name, ByteBuffer content, Done done) {
        ByteBuffer data = content.duplicate();
        run(name, done, () -> {
            Path temporary = path(name + ".new");
            Files.deleteIfExists(temporary);
            try (FileChannel file = opened(temporary, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                privateFile)) {
                writeAll(file, data, 0);
                file.force(true);
            }
            forget(name);
            Files.move(temporary, path(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            syncNames();
        });
    }

    @Override public void write(String name, long position, ByteBuffer data, Done done) {
        ByteBuffer content = data.duplicate();
        run(name, done, () -> writeAll(channel(name), content, position));
    }

    @Override public void preallocate(String name, long length, Done done) {
        run(name, done, () -> {
            FileChannel file = channel(name);
            ByteBuffer zeros = ByteBuffer.allocate(ZEROS);
            for (long at = file.size(); at < length; at += zeros.limit()) {
                zeros.clear().limit((int) Math.min(ZEROS, length - at));
                writeAll(file, zeros, at);
            }
            file.force(true);
        });
    }

    @Override public void sync(String name, Done done) {
        run(name, done, () -> {
            channel(name).force(false);
            if (namesChanged) syncNames();
        });
    }

    @Override public void truncate(String name, long length, Done done) {
        run(name, done, () -> {
            channel(name).truncate(length);
            channel(name).force(true);
        });
    }

    @Override public void rename(String from, String to, Done done) {
        run(from, done, () -> {
            forget(from);
            forget(to);
            Files.move(path(from), path(to), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            syncNames();
        });
    }

    @Override public void delete(String name, Done done) {
        run(name, done, () -> {
            forget(name);
            Files.delete(path(name));
            syncNames();
        });
    }

    @Override public void check(String[] names, Done done) {
        run("", done, () -> {
            String gone = Files.notExists(directory) ? "the directory" : null;
            for (String name : names) if (gone == null && Files.notExists(path(name))) gone = name;
            if (gone == null) return;
            for (String name : open.keySet().toArray(new String[0])) forget(name);
            makeDirectory();
            lost = locked;
            throw new FileSystemException(null, null, gone + " was removed");
        });
    }

    /** Another process may have the directory by now. */
    private void relock() throws IOException {
        FileChannel file = opened(path("lock"), READ_WRITE, privateFile);
        try {
            if (file.tryLock() == null) {
                file.close();
                throw new FileSystemException(null, null, "in use by another process");
            }
        } catch (OverlappingFileLockException e) {
            // That file was not removed: it is locked by this process still, and would not be any more if this channel were closed.
        }
        loop.execute(() -> loop.closesWith(file));
        lost = false;
    }

    private void run(String name, Done done, Work work) {
        try {
            give(name, done, work);
        } catch (OutOfMemoryError e) { // the thread had ended, being idle, and the system has none for it now
            loop.execute(() -> done.done(path(name) + ": " + e.getMessage()));
        }
    }

    private void give(String name, Done done, Work work) {
        helper.give(() -> {
            String error = null;
            try {
                if (lost) relock();
                work.run();
            } catch (IOException e) {
                error = path(name) + ": " + text(e);
            } catch (RuntimeException e) {
                error = path(name) + ": " + e;
            }
            if (reserve.size() < RESERVE) setAside();
            String outcome = error;
            loop.execute(() -> done.done(outcome));
        });
    }

    private FileChannel channel(String name) throws IOException {
        FileChannel file = open.get(name);
        if (file != null) return file;
        if (open.size() >= OPEN_FILES) forget(open.keySet().iterator().next());
        Path path = path(name);
        namesChanged |= !Files.exists(path);
        file = opened(path, READ_WRITE, privateFile);
        open.put(name, file);
        return file;
    }

    private void forget(String name) throws IOException {
        FileChannel file = open.remove(name);
        if (file != null) file.close();
    }

    private void syncNames() throws IOException {
        try (FileChannel names = opened(directory, Set.of(StandardOpenOption.READ))) {
            names.force(true);
        } catch (AccessDeniedException e) {
            // Windows opens no directories, and needs no more than the rename.
            if (privateFile.length > 0) throw e;
        }
        namesChanged = false;
    }

    private Path path(String name) { return directory.resolve(name); }

    private static void writeAll(FileChannel file, ByteBuffer data, long position) throws IOException {
        int end = data.limit();
        while (data.position() < end) {
            data.limit(Math.min(end, data.position() + ZEROS)); // the JDK keeps a direct buffer as large as the largest write
            position += file.write(data, position);
        }
    }

    private static FileAttribute<?>[] mode(Set<PosixFilePermission> permissions) {
        return new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)};
    }

    /** Mode 600 for a file to be made at or in {@code path}, where the system has modes. */
    static FileAttribute<?>[] privateFile(Path path) {
        boolean posix = path.getFileSystem().supportedFileAttributeViews().contains("posix");
        return posix ? mode(EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE)) : new FileAttribute<?>[0];
    }

    /** The system's words without the file's name, which Java puts in their place. */
    static String text(IOException e) {
        if (e instanceof NoSuchFileException) return "No such file or directory";
        if (e instanceof AccessDeniedException) return "Permission denied";
        if (e instanceof FileAlreadyExistsException) return "Not a directory";
        if (e instanceof FileSystemException f && f.getReason() != null) return f.getReason();
        return LocalAddresses.reason(e);
    }
}
