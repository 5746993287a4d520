package mqttq.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * This process's memory, in bytes; beside the heap there is something to see and to trim on Linux with glibc alone. Not final: tests have
 * their own.
 */
class JvmMemory {
    long heap() { return Runtime.getRuntime().totalMemory(); }
    long used() { return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory(); }
    void collect() { System.gc(); }

    long resident() {
        try {
            String status = Files.readString(Path.of("/proc/self/status"));
            return Long.parseLong(status.split("VmRSS:\\s*| kB\\s+RssAnon")[1]) << 10;
        } catch (IOException | RuntimeException e) {
            return 0;
        }
    }

    /**
     * What {@code jcmd System.trim_native_heap} does (JDK 17.0.9, 21), by reflection: the product needs no module but java.base. Slow the
     * first time, and its classes take 10 MB; where Java lacks it nothing happens. Any thread.
     */
    void trim() {
        try {
            Object server = Class.forName("java.lang.management.ManagementFactory").getMethod("getPlatformMBeanServer").invoke(null);
            Class<?> name = Class.forName("javax.management.ObjectName"), door = Class.forName("javax.management.MBeanServerConnection");
            door.getMethod("invoke", name, String.class, Object[].class, String[].class)
                .invoke(server, name.getConstructor(String.class).newInstance("com.sun.management:type=DiagnosticCommand"),
                    "systemTrimNativeHeap", null, null);
        } catch (ReflectiveOperationException | LinkageError e) {
            return;
        }
    }
}
