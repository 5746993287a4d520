package mqttq.loop.nio;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/** Signals as tasks of the loop. {@code sun.misc.Signal} is used by name alone: the JVM may come without it. */
final class Signals {
    private static final long SHUTDOWN_MILLIS = 5000, FLUSH_MILLIS = 500;

    private final NioLoop loop;
    private int exitStatus;
    private boolean closed;

    Signals(NioLoop loop) { this.loop = loop; }

    boolean on(String name, Runnable task) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal"), handler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(handler.getClassLoader(), new Class<?>[] {handler}, new Handler(task));
            signal.getMethod("handle", signal, handler).invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
            return true;
        } catch (ReflectiveOperationException | RuntimeException e) {
            return false;
        }
    }

    void onShutdown(Runnable task) {
        Runtime.getRuntime().addShutdownHook(new Thread(null, new Runnable() {
            @Override public void run() {
                if (awaitEnd(task)) return;
                loop.logWriter().flush(FLUSH_MILLIS);
                Runtime.getRuntime().halt(exitStatus());
            }
        }, "mqttq-shutdown"));
    }

    /** Runs the task and waits until the loop is closed. True: it had ended before, somebody calls {@code exit} and keeps his status. */
    private synchronized boolean awaitEnd(Runnable task) {
        if (closed || !loop.isRunning()) return true;
        loop.execute(task);
        long end = System.nanoTime() + SHUTDOWN_MILLIS * 1_000_000;
        try {
            for (long left; !closed && (left = (end - System.nanoTime()) / 1_000_000) > 0; ) wait(left);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    synchronized void closed() {
        closed = true;
        notifyAll();
    }

    synchronized void exitStatus(int status) {
        exitStatus = status;
    }

    private synchronized int exitStatus() { return exitStatus; }

    private final class Handler implements InvocationHandler {
        private final Runnable task;

        Handler(Runnable task) { this.task = task; }

        @Override public Object invoke(Object proxy, Method method, Object[] arguments) {
            switch (method.getName()) {
                case "handle" -> loop.execute(task);
                case "hashCode" -> {
                    return System.identityHashCode(proxy);
                }
                case "equals" -> {
                    return proxy == arguments[0];
                }
                case "toString" -> {
                    return "mqttq signal handler";
                }
                default -> { }
            }
            return null;
        }
    }
}
