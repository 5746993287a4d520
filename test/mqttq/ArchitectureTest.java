package mqttq;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds the design's rules by reading the compiled classes: layers, one home for I/O, clock and threads, and {@code java.base} alone. */
class ArchitectureTest {
    /** Every package and what it may import, bottom up. A subpackage not named here counts as its parent. */
    private static final Map<String, List<String>> LAYERS = new LinkedHashMap<>();

    static {
        layer("wire");
        layer("loop", "wire");
        layer("loop.nio", "loop", "wire");
        layer("tls", "wire");
        layer("mqtt", "wire");
        layer("quic", "tls", "loop", "wire");
        layer("transport", "quic", "tls", "loop", "wire");
        layer("link", "transport", "mqtt", "wire", "loop");
        layer("kafka", "transport", "loop", "wire");
        layer("journal", "loop", "wire");
        layer("session", "mqtt", "wire");
        layer("client", "session", "link", "mqtt", "transport", "tls", "loop", "loop.nio", "wire");
        layer("config", "wire");
        layer("auth", "config", "mqtt", "wire");
        layer("broker", "auth", "config", "journal", "session", "link", "mqtt", "transport", "loop", "wire");
        layer("bridge", "broker", "client", "kafka", "journal", "session", "mqtt", "link", "loop", "config", "wire");
        List<String> all = new ArrayList<>(LAYERS.keySet());
        layer("server", all.toArray(String[]::new));
        all.add("server");
        layer("cli", all.toArray(String[]::new));
        layer("", "cli");
    }

    /** What only {@code loop.nio} may do, as class or class.method in internal form. */
    private static final Pattern WORLD = Pattern.compile(
        "java/lang/System\\.(nanoTime|currentTimeMillis)|java/time/(Instant|LocalDateTime|ZonedDateTime)\\.now|java/lang/Thread(\\.<init>|\\.start|\\.sleep)"
        + "|java/util/concurrent/Executors.*|java/util/Timer\\..*|java/nio/channels/\\w+(Channel|Selector)\\.open|java/net/(Datagram|Server)?Socket\\.<init>"
        + "|java/io/(RandomAccessFile|FileOutputStream)\\.<init>|java/security/SecureRandom\\.(<init>|getInstance\\w*)|java/util/concurrent/locks/.*");
    /** Packages beside {@code loop.nio} that may read and write files an operator named, at start or reload. */
    private static final Pattern FILES = Pattern.compile("java/nio/file/Files\\..*|java/io/FileInputStream\\.<init>");
    private static final Set<String> MAY_READ_FILES = Set.of("loop.nio", "tls", "config", "auth", "server", "cli");

    private static final Path CLASSES = classes();
    private final Map<String, ClassFile> files = readAll();

    @Test
    void packagesImportOnlyDownwards() {
        Set<String> wrong = new TreeSet<>();
        files.forEach((name, file) -> {
            String from = layerOf(name);
            for (String to : file.classes) {
                if (!to.startsWith("mqttq/")) continue;
                String layer = layerOf(to);
                if (!layer.equals(from) && !LAYERS.get(from).contains(layer)) wrong.add(name + " uses " + to);
            }
        });
        assertEquals(Set.of(), wrong);
    }

    @Test
    void subpackagesOfQuicFormNoCircle() {
        Map<String, Set<String>> uses = new TreeMap<>();
        files.forEach((name, file) -> file.classes.stream().filter(to -> name.startsWith("mqttq/") && to.startsWith("mqttq/"))
            .filter(to -> !packageOf(name).equals(packageOf(to))).forEach(to -> uses.computeIfAbsent(packageOf(name), p -> new TreeSet<>()).add(packageOf(to))));
        Map<String, Set<String>> left = new TreeMap<>(uses);
        boolean progress = true;
        while (progress) {
            Set<String> leaves = left.entrySet().stream().filter(e -> e.getValue().stream().noneMatch(left::containsKey)).map(Map.Entry::getKey)
                .collect(Collectors.toSet());
            left.keySet().removeAll(leaves);
            progress = !leaves.isEmpty();
        }
        assertEquals(Map.of(), left, "packages in a circle");
    }

    @Test
    void onlyLoopNioTouchesTheWorld() {
        Set<String> wrong = new TreeSet<>();
        files.forEach((name, file) -> {
            String layer = layerOf(name);
            if (layer.equals("loop.nio")) return;
            for (String method : file.methods) {
                if (WORLD.matcher(method).matches() || FILES.matcher(method).matches() && !MAY_READ_FILES.contains(layer)) {
                    wrong.add(name + " calls " + method);
                }
            }
        });
        assertEquals(Set.of(), wrong);
    }

    @Test
    void noLocksOutsideLoopNio() throws IOException {
        Pattern lock = Pattern.compile("\\b(synchronized|volatile)\\b(?=[^\"]*(\"[^\"]*\"[^\"]*)*$)");
        Set<String> wrong = new TreeSet<>();
        try (Stream<Path> sources = Files.walk(Path.of("src"))) {
            for (Path source : sources.filter(p -> p.toString().endsWith(".java") && !p.toString().contains("/loop/nio/")).toList()) {
                for (String line : Files.readAllLines(source)) {
                    String code = line.replaceFirst("^\\s*(/?\\*|//).*", "").replaceFirst("//.*", "");
                    if (lock.matcher(code).find()) wrong.add(source + ": " + line.strip());
                }
            }
        }
        assertEquals(Set.of(), wrong);
    }

    @Test
    void needsJavaBaseAlone() {
        StringWriter out = new StringWriter();
        int code = ToolProvider.findFirst("jdeps").orElseThrow().run(new PrintWriter(out), new PrintWriter(out), "--print-module-deps", "--ignore-missing-deps", CLASSES.toString());
        assertEquals("0 java.base", code + " " + out.toString().strip());
    }

    /** Lines of code: what is neither blank nor comment, package or import, at most 140 columns wide. */
    private static final int MOST_LINES = 28_800, WIDTH = 140, MOST_LINES_OF_A_FILE = 745, MOST_LINES_OF_A_METHOD = 70;
    private static final long MOST_BYTES_OF_THE_JAR = 1_250_000;
    /** Methods that are one table: the keys of the configuration, the options of the tools. */
    private static final Set<String> TABLES = Set.of("mqttq/config/ConfigParser.take", "mqttq/cli/ClientOptions.take");

    @Test
    void theHouseStaysCompact() throws IOException {
        Pattern other = Pattern.compile("\\s*(|(/\\*|\\*|//).*|(package|import) .*)");
        Set<String> wrong = new TreeSet<>();
        long code = 0;
        try (Stream<Path> sources = Files.walk(Path.of("src"))) {
            for (Path source : sources.filter(p -> p.toString().endsWith(".java")).toList()) {
                List<String> lines = Files.readAllLines(source);
                if (lines.size() > MOST_LINES_OF_A_FILE) wrong.add(source + " has " + lines.size() + " lines");
                for (String line : lines) {
                    if (!other.matcher(line).matches()) code++;
                    if (line.length() > WIDTH) wrong.add(source + ": " + line.strip());
                }
            }
        }
        files.forEach((name, file) -> file.lengths.forEach((method, length) -> {
            if (length > MOST_LINES_OF_A_METHOD && !method.startsWith("<") && !TABLES.contains(name + "." + method)) {
                wrong.add(name + "." + method + " has " + length + " lines");
            }
        }));
        long jar = Files.size(Path.of("mqttq.jar"));
        if (jar > MOST_BYTES_OF_THE_JAR) wrong.add("the jar has " + jar + " bytes");
        if (code > MOST_LINES) wrong.add("the source has " + code + " lines of code");
        assertEquals(Set.of(), wrong);
    }

    @Test
    void eachPackageSaysWhatItIs() throws IOException {
        Set<Path> without = new TreeSet<>();
        try (Stream<Path> sources = Files.walk(Path.of("src/mqttq"))) {
            for (Path source : sources.filter(p -> p.toString().endsWith(".java")).toList()) {
                if (!Files.exists(source.resolveSibling("package-info.java"))) without.add(source.getParent());
            }
        }
        assertEquals(Set.of(), without);
    }

    private static void layer(String name, String... mayUse) {
        LAYERS.put(name, List.of(mayUse));
    }

    private static String packageOf(String internalName) {
        return internalName.substring(0, internalName.lastIndexOf('/'));
    }

    private static String layerOf(String internalName) {
        String pack = packageOf(internalName).substring("mqttq".length()).replaceFirst("^/", "").replace('/', '.');
        while (!LAYERS.containsKey(pack)) {
            int dot = pack.lastIndexOf('.');
            if (dot < 0) throw new AssertionError("package of " + internalName + " has no place in the house");
            pack = pack.substring(0, dot);
        }
        return pack;
    }

    private static Path classes() {
        try {
            return Path.of(Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static Map<String, ClassFile> readAll() {
        Map<String, ClassFile> all = new TreeMap<>();
        try (Stream<Path> found = Files.walk(CLASSES)) {
            for (Path path : found.filter(p -> p.toString().endsWith(".class") && !p.endsWith("module-info.class")).toList()) {
                String name = CLASSES.relativize(path).toString().replace(".class", "");
                all.put(name, new ClassFile(Files.readAllBytes(path)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all;
    }

    /** The classes and methods that a class file's constant pool names (JVMS §4.4), and how many lines its own methods have (§4.7.12). */
    private static final class ClassFile {
        final Set<String> classes = new TreeSet<>(), methods = new TreeSet<>();
        final Map<String, Integer> lengths = new TreeMap<>();

        ClassFile(byte[] bytes) throws IOException {
            DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
            in.skipBytes(8);
            int count = in.readUnsignedShort();
            String[] utf8 = new String[count];
            int[] tag = new int[count], a = new int[count], b = new int[count];
            for (int i = 1; i < count; i++) {
                tag[i] = in.readUnsignedByte();
                switch (tag[i]) {
                    case 1 -> utf8[i] = in.readUTF();
                    case 3, 4 -> in.skipBytes(4);
                    case 5, 6 -> {
                        in.skipBytes(8);
                        i++;
                    }
                    case 7, 8, 16, 19, 20 -> a[i] = in.readUnsignedShort();
                    case 15 -> in.skipBytes(3);
                    default -> {
                        a[i] = in.readUnsignedShort();
                        b[i] = in.readUnsignedShort();
                    }
                }
            }
            for (int i = 1; i < count; i++) {
                if (tag[i] == 7) classes.add(utf8[a[i]].replaceFirst("^\\[+L?", "").replace(";", ""));
                if (tag[i] == 10 || tag[i] == 11) methods.add(utf8[a[a[i]]] + "." + utf8[a[b[i]]]);
                if (tag[i] == 1 && utf8[i].contains("Lmqttq/")) {
                    for (String part : utf8[i].split("(?=Lmqttq/)")) {
                        if (part.startsWith("Lmqttq/") && part.indexOf(';') > 0) classes.add(part.substring(1, part.indexOf(';')).replaceFirst("<.*", ""));
                    }
                }
            }
            in.skipBytes(6);
            in.skipBytes(2 * in.readUnsignedShort());
            for (int kind = 0; kind < 2; kind++) {
                for (int members = in.readUnsignedShort(); members > 0; members--) {
                    in.skipBytes(2);
                    String name = utf8[in.readUnsignedShort()];
                    in.skipBytes(2);
                    int[] lines = {Integer.MAX_VALUE, 0};
                    attributes(in, utf8, lines);
                    if (lines[1] > 0) lengths.merge(name, lines[1] - lines[0] + 1, Math::max);
                }
            }
        }

        /** Widens {@code lines} to what the LineNumberTables say. */
        private static void attributes(DataInputStream in, String[] utf8, int[] lines) throws IOException {
            for (int left = in.readUnsignedShort(); left > 0; left--) {
                String name = utf8[in.readUnsignedShort()];
                int length = in.readInt();
                if (name.equals("Code")) {
                    in.skipBytes(4);
                    in.skipBytes(in.readInt());
                    in.skipBytes(8 * in.readUnsignedShort());
                    attributes(in, utf8, lines);
                } else if (name.equals("LineNumberTable")) {
                    for (int n = in.readUnsignedShort(); n > 0; n--) {
                        in.skipBytes(2);
                        int line = in.readUnsignedShort();
                        lines[0] = Math.min(lines[0], line);
                        lines[1] = Math.max(lines[1], line);
                    }
                } else {
                    in.skipBytes(length);
                }
            }
        }
    }
}
