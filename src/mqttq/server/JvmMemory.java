package mqttq.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import mqttq.loop.Loop;

/** This process's memory, on Linux and glibc; elsewhere there is nothing to trim. Loop thread. */
final class JvmMemory implements HeapTrimmer.Memory {
    private final Loop loop;

    JvmMemory(Loop loop) { this.loop = loop; }
    @Override public long heap() { return Runtime.getRuntime().totalMemory(); }
    @Override public long used() { return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory(); }
    @Override public void collect() { System.gc(); }

    @Override public long resident() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmRSS:")) return Long.parseLong(line.replaceAll("\\D", "")) << 10;
            }
        } catch (IOException | NumberFormatException e) {
            // not Linux
        }
        return 0;
    }

    /** What {@code jcmd System.trim_native_heap} does (JDK 17.0.9, 21), by reflection: the product needs no module but java.base. Its classes take 10 MB. */
    @Override public void trim() {
        loop.offload(() -> {
            try {
                Object server = Class.forName("java.lang.management.ManagementFactory").getMethod("getPlatformMBeanServer").invoke(null);
                Class<?> name = Class.forName("javax.management.ObjectName");
                Class.forName("javax.management.MBeanServerConnection").getMethod("invoke", name, String.class, Object[].class, String[].class)
                    .invoke(server, name.getConstructor(String.class).newInstance("com.sun.management:type=DiagnosticCommand"), "systemTrimNativeHeap", null, null);
            } catch (ReflectiveOperationException | LinkageError e) {
                // a Java without it keeps the memory
            }
        }, () -> { });
    }
}
