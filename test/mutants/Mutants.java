import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Takes one check at a time out of the broker and says whether the tests notice. Which checks: list.txt beside this, where it also says
 * how they are written down. {@code make mutants}, or test/mutants/run NUMBER... after {@code make test}; changes nothing but
 * build/mutants. Exit code 0: every one is noticed.
 */
public final class Mutants {
    record Mutant(String number, String file, List<String> tests, String what, List<String> out, List<String> in) { }

    static final Path WORK = Path.of("build/mutants");
    static final int PATIENCE_SECONDS = 120;

    public static void main(String[] args) throws Exception {
        List<Mutant> all = read(Files.readAllLines(Path.of("test/mutants/list.txt")));
        if (args.length > 0) all.removeIf(m -> !Arrays.asList(args).contains(m.number));
        clean(WORK);
        Path none = Files.createDirectories(WORK.resolve("none"));
        TreeSet<String> tests = new TreeSet<>();
        for (Mutant each : all) tests.addAll(each.tests);
        String broken = test(none, tests, 10 * PATIENCE_SECONDS);
        if (broken != null) {
            System.out.println("a test fails as it is, so there is nothing to be learned: " + broken);
            System.exit(2);
        }
        int noticed = 0, not = 0, lost = 0;
        for (Mutant each : all) {
            Path classes = Files.createDirectories(WORK.resolve(each.number).resolve("classes"));
            String why = compile(each, classes), by = why != null ? null : test(classes, each.tests, PATIENCE_SECONDS);
            if (why != null) lost++;
            else if (by == null) not++;
            else noticed++;
            String said = why != null ? "does not apply (" + why + ")" : by == null ? "NOT NOTICED" : "noticed by " + by;
            System.out.println(each.number + " " + said + ": " + each.what);
        }
        System.out.println((lost > 0 ? lost + " do not apply, " : "") + noticed + " noticed, " + not + " not noticed");
        System.exit(not + lost == 0 ? 0 : 1); // also where a mutant left a thread behind
    }

    static List<Mutant> read(List<String> lines) {
        List<Mutant> all = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i), rest = line.length() < 3 ? "" : line.substring(2);
            Mutant last = all.isEmpty() ? null : all.get(all.size() - 1);
            if (line.isBlank() || line.startsWith("#") || line.startsWith("=")) continue;
            if (line.startsWith("-")) last.out.add(rest);
            else if (line.startsWith("+")) last.in.add(rest);
            else {
                List<String> head = List.of(line.split(" "));
                List<String> tests = head.subList(2, head.size());
                all.add(new Mutant(head.get(0), head.get(1), tests, lines.get(++i), new ArrayList<>(), new ArrayList<>()));
            }
        }
        return all;
    }

    /** Null, or why there is no such mutant any more. */
    static String compile(Mutant mutant, Path classes) throws IOException {
        String text = Files.readString(Path.of("src/mqttq", mutant.file));
        for (int i = 0; i < mutant.out.size(); i++) {
            String out = mutant.out.get(i);
            String pattern = Arrays.stream(out.trim().split("\\s+")).map(Pattern::quote).collect(Collectors.joining("\\s+"));
            Matcher found = Pattern.compile(pattern).matcher(text);
            if (!found.find()) return "not found: " + out;
            int from = found.start(), to = found.end();
            if (found.find()) return "found twice: " + out;
            text = text.substring(0, from) + mutant.in.get(i) + text.substring(to);
        }
        Path source = classes.resolveSibling(Path.of(mutant.file).getFileName()), log = classes.resolveSibling("javac");
        Files.writeString(source, text);
        int code = ToolProvider.getSystemJavaCompiler().run(null, null, Files.newOutputStream(log), "--release", "17", "-encoding", "UTF-8",
            "-nowarn", "-XDstringConcat=inline", "-cp", "build/strict-classes", "-d", classes.toString(), source.toString());
        return code == 0 ? null : "does not compile, see " + log;
    }

    /** The first test that fails with these classes before all others, or null. */
    static String test(Path classes, Iterable<String> tests, int seconds) throws Exception {
        List<URL> path = new ArrayList<>();
        for (Path each : List.of(classes, Path.of("build/test-classes"), Path.of("build/strict-classes"), Path.of("test"))) {
            path.add(each.toUri().toURL());
        }
        CompletableFuture<String> result = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try (URLClassLoader loader = new URLClassLoader(path.toArray(new URL[0]))) {
                Thread.currentThread().setContextClassLoader(loader);
                List<DiscoverySelector> what = new ArrayList<>();
                for (String test : tests) {
                    int hash = test.indexOf('#');
                    Class<?> of = loader.loadClass("mqttq." + (hash < 0 ? test : test.substring(0, hash)));
                    if (hash < 0) what.add(DiscoverySelectors.selectClass(of));
                    for (Method method : hash < 0 ? new Method[0] : of.getDeclaredMethods()) {
                        if (method.getName().equals(test.substring(hash + 1))) what.add(DiscoverySelectors.selectMethod(of, method));
                    }
                }
                LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request().selectors(what).build();
                int[] passed = {0};
                LauncherFactory.create().execute(request, new TestExecutionListener() {
                    @Override public void executionFinished(TestIdentifier test, TestExecutionResult outcome) {
                        if (outcome.getStatus() == TestExecutionResult.Status.SUCCESSFUL) passed[0] += test.isTest() ? 1 : 0;
                        else result.complete(test.getDisplayName());
                    }
                });
                result.complete(passed[0] == 0 ? "no test at all" : null);
            } catch (Throwable e) {
                result.complete(e.toString());
            }
        });
        thread.setDaemon(true);
        thread.start();
        try {
            return result.get(seconds, TimeUnit.SECONDS); // the rest of the tests need not be waited for
        } catch (TimeoutException e) {
            return "waiting " + seconds + " s";
        }
    }

    static void clean(Path folder) throws IOException {
        if (!Files.exists(folder)) return;
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) Files.delete(file);
        }
    }
}
