package mqttq.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import mqttq.wire.Values;

/** Takes a configuration file and those it includes apart into keys and values; a subclass knows what they mean. */
abstract class ConfigReader {
    private String file;
    private int line;
    /** The line at hand: its first word, and the rest without blanks at its ends. */
    String key, value;

    /** Acts on {@link #key} and {@link #value}. */
    abstract void take() throws ConfigException;

    final void readMain(String name) throws ConfigException { read(name, true); }

    private void read(String name, boolean main) throws ConfigException {
        String[] lines = lines(name);
        for (int i = 0; i < lines.length; i++) {
            file = name;
            line = i + 1;
            String text = lines[i].replace('\t', ' ').trim();
            if (text.isEmpty() || text.startsWith("#")) continue;
            int blank = text.indexOf(' ');
            key = blank < 0 ? text : text.substring(0, blank);
            value = blank < 0 ? "" : text.substring(blank + 1).trim();
            if (!key.equals("include_dir")) {
                take();
            } else if (!main) {
                throw error("'include_dir' may stand in the main configuration file only.");
            } else {
                for (Path included : included(text())) read(included.toString(), false);
            }
        }
    }

    private String[] lines(String name) throws ConfigException {
        try {
            byte[] bytes = Files.readAllBytes(Path.of(name));
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            if (text.startsWith("\ufeff")) text = text.substring(1);
            return text.split("\r?\n", -1);
        } catch (CharacterCodingException e) {
            throw new ConfigException("Unable to read config file " + name + ": it is not UTF-8 text.");
        } catch (IOException | IllegalArgumentException e) {
            throw new ConfigException("Unable to open config file " + name + ": " + reason(e) + ".");
        }
    }

    /**
     * The files of {@code directory} that end in .conf, in Mosquitto's order: alphabetical, upper case before lower case of the same
     * letter.
     */
    private List<Path> included(String directory) throws ConfigException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of(directory))) {
            for (Path entry : entries) {
                if (!entry.getFileName().toString().endsWith(".conf")) continue;
                int at = 0;
                while (at < files.size() && compare(files.get(at), entry) < 0) at++;
                files.add(at, entry);
            }
        } catch (IOException | IllegalArgumentException e) {
            throw error("Unable to open include_dir '" + directory + "': " + reason(e) + ".");
        }
        return files;
    }

    private static int compare(Path a, Path b) {
        String x = a.getFileName().toString(), y = b.getFileName().toString();
        for (int i = 0; i < Math.min(x.length(), y.length()); i++) {
            char p = x.charAt(i), q = y.charAt(i);
            if (p == q) continue;
            int order = Character.toLowerCase(p) - Character.toLowerCase(q);
            return order != 0 ? order : p - q;
        }
        return x.length() - y.length();
    }

    static String reason(Exception e) {
        if (e instanceof NoSuchFileException) return "No such file or directory";
        if (e instanceof AccessDeniedException) return "Permission denied";
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    /** FILE:LINE of the line at hand. */
    final String where() { return file + ":" + line; }
    final ConfigException error(String text) { return new ConfigException(where() + ": " + text); }
    final ConfigException invalid(String allowed) {
        return error("Invalid '" + key + "' value (" + value + "): it must be " + allowed + ".");
    }

    /** The value, which must not be empty. */
    final String text() throws ConfigException {
        if (value.isEmpty()) throw error("Empty '" + key + "' value in configuration.");
        return value;
    }

    /** The value of a key that may be given once only. */
    final String text(String earlier) throws ConfigException {
        if (earlier != null) throw error("Duplicate '" + key + "' value in configuration.");
        return text();
    }

    final boolean bool() throws ConfigException {
        return switch (text()) {
            case "true", "1" -> true;
            case "false", "0" -> false;
            default -> throw invalid("true or false");
        };
    }

    /** A whole number in {@code min}..{@code max}; {@code min} may be -1. */
    final long number(long min, long max) throws ConfigException {
        long number = text().equals("-1") ? min == -1 ? -1 : Long.MIN_VALUE : Values.number(value);
        if (number < min || number > max || number < 0 && !value.equals("-1")) {
            throw invalid(max == Long.MAX_VALUE ? "a number of at least " + min : "a number between " + min + " and " + max);
        }
        return number;
    }

    final int integer(int min, int max) throws ConfigException { return (int) number(min, max); }

    /** The value, one of those allowed. */
    final String choice(String... allowed) throws ConfigException {
        text();
        for (String one : allowed) {
            if (one.equals(value)) return one;
        }
        throw invalid("one of " + String.join(", ", allowed));
    }
}
