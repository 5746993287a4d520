package mqttq.auth;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Lines of {@code user:hash}, as mosquitto_passwd writes them: what {@code passwd} edits and the broker reads. Blank lines and those that
 * start with # are kept and skipped.
 */
public final class PasswordFile {
    /** 110 to 160 ms on a small server; Mosquitto reads it too. */
    public static final int DEFAULT_ITERATIONS = 100_000;

    private final List<String> lines;

    private PasswordFile(List<String> lines) { this.lines = lines; }
    public static PasswordFile empty() { return new PasswordFile(new ArrayList<>()); }

    /** Reads a file to edit; passwords in it may still be plain text. */
    public static PasswordFile read(Path file) throws AccessFileException {
        List<String> lines = lines(file);
        for (int i = 0; i < lines.size(); i++) {
            if (isEntry(lines.get(i)) && userOf(lines.get(i)) == null) {
                throw new AccessFileException(file + ":" + (i + 1) + ": corrupt password file: the line is not USER:PASSWORD.");
            }
        }
        return new PasswordFile(lines);
    }

    /**
     * The users and their hashes. As Mosquitto, a line that is neither is left out and warned about: nobody logs in by it.
     * @throws AccessFileException where the file cannot be read
     */
    static Map<String, PasswordHash> load(Path file, List<String> warnings) throws AccessFileException {
        Map<String, PasswordHash> users = new HashMap<>();
        List<String> lines = lines(file);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i), user = userOf(line);
            if (!isEntry(line)) continue;
            String where = "Warning: " + file + ":" + (i + 1) + ": ";
            try {
                if (user == null) warnings.add(where + "the line is ignored: it is not USER:HASH.");
                else if (users.containsKey(user)) warnings.add(where + "the line is ignored: user '" + user + "' was there before.");
                else users.put(user, PasswordHash.parse(line.substring(line.indexOf(':') + 1).trim()));
            } catch (IllegalArgumentException e) {
                warnings.add(where + "user '" + user + "' cannot log in: " + e.getMessage() + ".");
            }
        }
        return users;
    }

    /** The lines of a text file that an operator named. */
    static List<String> lines(Path file) throws AccessFileException {
        String reason;
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(Files.readAllBytes(file))).toString();
            List<String> lines = new ArrayList<>();
            for (int i = 0, end; i < text.length(); i = end + 1) {
                end = text.indexOf('\n', i);
                if (end < 0) end = text.length();
                lines.add(text.substring(i, end > i && text.charAt(end - 1) == '\r' ? end - 1 : end));
            }
            return lines;
        } catch (NoSuchFileException e) {
            reason = "No such file or directory";
        } catch (AccessDeniedException e) {
            reason = "Permission denied";
        } catch (CharacterCodingException e) {
            reason = "it is not UTF-8 text";
        } catch (IOException e) {
            reason = e.getMessage();
        }
        throw new AccessFileException("Unable to open " + file + ": " + reason + ".");
    }

    private static boolean isEntry(String line) { return !line.isBlank() && !line.startsWith("#"); }

    private static String userOf(String line) {
        int colon = line.indexOf(':');
        return colon < 1 || line.substring(0, colon).isBlank() ? null : line.substring(0, colon).trim();
    }

    private int find(String user) {
        for (int i = 0; i < lines.size(); i++) {
            if (isEntry(lines.get(i)) && user.equals(userOf(lines.get(i)))) return i;
        }
        return -1;
    }

    /**
     * Adds a user or changes a password; takes as long as a login.
     * @param scram for SCRAM-SHA-256 too, in a form that Mosquitto does not read
     * @return whether the user was there
     * @throws IllegalArgumentException for a name that the file cannot hold, with a text for the user
     */
    public boolean set(String user, byte[] password, int iterations, boolean scram, SecureRandom random) {
        if (user.isEmpty() || user.length() > 65_535) throw new IllegalArgumentException("Username must be 1 to 65535 characters long.");
        if (user.indexOf(':') >= 0) throw new IllegalArgumentException("Username must not contain the ':' character.");
        for (int i = 0; i < user.length(); i++) {
            if (Character.isISOControl(user.charAt(i))) throw new IllegalArgumentException("Username must not contain control characters.");
        }
        if (user.startsWith("#") || !user.equals(user.trim())) {
            throw new IllegalArgumentException("Username must not start with '#' and not start or end with a blank.");
        }
        String line = user + ":" + PasswordHash.create(password, iterations, scram, random);
        int at = find(user);
        if (at < 0) lines.add(line);
        else lines.set(at, line);
        return at >= 0;
    }

    /** Whether the user was there. */
    public boolean delete(String user) {
        int at = find(user);
        if (at >= 0) lines.remove(at);
        return at >= 0;
    }

    /** Hashes the passwords that are plain text ({@code -U}); returns how many. */
    public int convert(int iterations, boolean scram, SecureRandom random) {
        int converted = 0;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            String password = isEntry(line) ? line.substring(line.indexOf(':') + 1) : "$";
            if (password.startsWith("$6$") || password.startsWith("$7$") || password.startsWith("$scram-") || password.startsWith("$argon2")
                || password.equals("$")) {
                continue;
            }
            lines.set(i, userOf(line) + ":" + PasswordHash.create(password.getBytes(StandardCharsets.UTF_8), iterations, scram, random));
            converted++;
        }
        return converted;
    }

    /** Writes the file anew beside the old one and renames it; a new file has mode 600, an old one keeps its mode. */
    public void save(Path file) throws IOException {
        StringBuilder text = new StringBuilder();
        for (String line : lines) text.append(line).append('\n');
        Path target = Files.exists(file) ? file.toRealPath() : file, temporary = target.resolveSibling(target.getFileName() + ".new");
        Set<PosixFilePermission> mode = EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
        Files.deleteIfExists(temporary);
        boolean posix = Files.getFileStore(target.toAbsolutePath().getParent()).supportsFileAttributeView("posix");
        if (posix) Files.createFile(temporary, PosixFilePermissions.asFileAttribute(mode));
        Files.write(temporary, text.toString().getBytes(StandardCharsets.UTF_8));
        if (posix && Files.exists(target)) Files.setPosixFilePermissions(temporary, Files.getPosixFilePermissions(target));
        Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
}
