package mqttq;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectPackage;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * Runs the tests of the packages, classes or methods ({@code package.Class#method}) named, or all. Prints a dot for every 40 tests, what
 * failed with the command that repeats it, and last {@code N passed, N failed}.
 */
final class TestRunner {
    public static void main(String[] args) throws ClassNotFoundException {
        List<DiscoverySelector> what = new ArrayList<>();
        for (String arg : args) {
            int hash = arg.indexOf('#');
            if (hash > 0) {
                Class<?> of = Class.forName(arg.substring(0, hash), false, TestRunner.class.getClassLoader());
                for (Method method : of.getDeclaredMethods()) {
                    if (method.getName().equals(arg.substring(hash + 1)) && !method.isSynthetic()) what.add(selectMethod(of, method));
                }
            } else what.add(Character.isUpperCase(arg.charAt(arg.lastIndexOf('.') + 1)) ? selectClass(arg) : selectPackage(arg));
        }
        if (what.isEmpty()) what.add(selectPackage("mqttq"));
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request().selectors(what)
            .configurationParameter("junit.jupiter.execution.parallel.enabled", "true")
            .configurationParameter("junit.jupiter.execution.parallel.mode.default", "same_thread")
            .configurationParameter("junit.jupiter.execution.parallel.mode.classes.default", "concurrent")
            .configurationParameter("junit.jupiter.execution.parallel.config.strategy", "fixed")
            .configurationParameter("junit.jupiter.execution.parallel.config.fixed.parallelism", "2")
            .build();
        Report report = new Report();
        long start = System.nanoTime();
        LauncherFactory.create().execute(request, report);
        report.print((System.nanoTime() - start) / 1_000_000_000);
        System.exit(report.failed.isEmpty() && report.passed > 0 ? 0 : 1);
    }

    private static final class Report implements TestExecutionListener {
        final Map<String, Throwable> failed = new TreeMap<>();
        final Map<String, Long> started = new TreeMap<>(), took = new TreeMap<>();
        int passed, ended;

        @Override public synchronized void executionStarted(TestIdentifier test) {
            started.put(test.getUniqueId(), System.nanoTime());
        }

        @Override public synchronized void executionFinished(TestIdentifier test, TestExecutionResult result) {
            boolean good = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
            if (test.isTest() && good) passed++;
            if (test.isTest() && ++ended % 40 == 0) System.out.print(ended % 2000 == 0 ? ".\n" : ".");
            if (test.isTest()) took.put(name(test), (System.nanoTime() - started.get(test.getUniqueId())) / 1_000_000);
            if (!good) {
                Throwable cause = result.getThrowable().orElse(new AssertionError(result.getStatus()));
                failed.put(name(test), cause);
                System.out.println("\nFAILED " + name(test) + ": " + cause);
                System.out.println("    again: " + again(test));
                for (StackTraceElement at : cause.getStackTrace()) {
                    if (at.getClassName().startsWith("mqttq.")) System.out.println("    at " + at);
                }
                for (Throwable inner = cause.getCause(); inner != null; inner = inner.getCause()) {
                    System.out.println("    caused by " + inner + (inner.getStackTrace().length > 0 ? " at " + inner.getStackTrace()[0] : ""));
                }
            }
            if (test.isTest()) Seeds.LAST.remove();
        }

        @Override public synchronized void executionSkipped(TestIdentifier test, String reason) {
            failed.put(name(test), new AssertionError("skipped: " + reason));
        }

        private static String name(TestIdentifier test) {
            Object source = test.getSource().orElse(null);
            if (source instanceof MethodSource m) return m.getClassName() + "." + test.getDisplayName().replace('\n', ' ');
            return source instanceof ClassSource c ? c.getClassName() : test.getDisplayName();
        }

        private static String again(TestIdentifier test) {
            Object source = test.getSource().orElse(null);
            Long seed = Seeds.LAST.get();
            return "make test" + (source instanceof MethodSource m ? " ONLY='" + m.getClassName() + "#" + m.getMethodName() + "'"
                : source instanceof ClassSource c ? " ONLY=" + c.getClassName() : "") + (seed == null ? "" : " SEED=" + seed)
                + (Seeds.SOAK && seed == null ? " PROPERTIES=-Dmqttq.soak=true" : "");
        }

        void print(long seconds) {
            System.out.println();
            took.entrySet().stream().sorted((a, b) -> Long.compare(b.getValue(), a.getValue())).limit(8).filter(e -> e.getValue() > 1000)
                .forEach(e -> System.out.println("slow: " + e.getValue() + " ms " + e.getKey()));
            if (!failed.isEmpty()) System.out.println("\nFailed:");
            failed.forEach((name, cause) -> System.out.println("  " + name + ": " + cause));
            System.out.println("Java " + Runtime.version() + ", " + seconds + " s" + (Seeds.SOAK ? ", soak" : ""));
            System.out.println(passed + " passed, " + failed.size() + " failed");
        }
    }
}
