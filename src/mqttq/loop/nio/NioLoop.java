package mqttq.loop.nio;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import mqttq.loop.Loop;
import mqttq.loop.Storage;
import mqttq.loop.TcpListener;
import mqttq.loop.TcpPort;
import mqttq.loop.TimerHeap;
import mqttq.loop.UdpPort;

/**
 * The loop on one {@link Selector}. One turn: what the sockets have, timers, tasks, what was deferred. Unless said otherwise methods are
 * for the thread in {@link #run}, or for any one thread before it.
 */
public final class NioLoop implements Loop, AutoCloseable {
    /** A deadline nearer than this is waited for by polling; the selector's own time-out is in milliseconds. */
    private static final long SPIN_NANOS = 50_000;
    /** Times that deferred tasks may defer further ones before the sockets get their turn. */
    private static final int DEFER_ROUNDS = 16;
    private static final int BUFFER_BYTES = 65536;
    private static final long FLUSH_MILLIS = 1000, FAILED_SELECT_MILLIS = 100;

    /** What a selection key is attached to. */
    interface Channel {
        void ready(int ops);
    }

    private final Selector selector;
    private final long started = System.nanoTime();
    private final TimerHeap timers = new TimerHeap();
    private final SecureRandom entropy = new SecureRandom();
    private final LogWriter log;
    private final Helper worker, passwords, names, disk;
    private final Consumer<SelectionKey> dispatch = new Dispatch();
    private final LocalAddresses addresses = new LocalAddresses(this);
    final Routes routes = new Routes(this);
    private final Signals signals = new Signals(this);
    private long now;
    private boolean clockRead, running;

    private ArrayDeque<Runnable> deferred = new ArrayDeque<>(), deferredNext = new ArrayDeque<>();
    private final Object lock = new Object();
    private ArrayDeque<Runnable> tasks = new ArrayDeque<>(), tasksNext = new ArrayDeque<>();
    private volatile boolean tasksWait, stopping;
    private volatile Thread thread;

    private final List<java.nio.channels.Channel> closedLast = new ArrayList<>();

    /** Shared by all sockets, one after the other: the kernel's side, and the arrays that handlers see. */
    final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER_BYTES), out = ByteBuffer.allocateDirect(BUFFER_BYTES);
    final ByteBuffer heap = ByteBuffer.allocate(BUFFER_BYTES);

    /** Null: the system chooses; null: none. */
    InetAddress outgoing;
    private volatile LowMemory lowMemory;
    UnixDomainSocketAddress unixSocket;

    private NioLoop(LogWriter log) throws IOException {
        this.log = log;
        selector = Selector.open();
        worker = new Helper("mqttq-worker", this);
        passwords = new Helper("mqttq-passwords", this);
        names = new Helper("mqttq-names", this);
        disk = new Helper("mqttq-storage", this);
    }

    /** A loop that logs to stderr. @throws UncheckedIOException where the system has no selector for it */
    public static NioLoop open() { return open(new LogWriter()); }

    public static NioLoop open(LogWriter log) {
        try {
            return new NioLoop(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs on the calling thread until {@link #stop}. */
    public void run() {
        thread = Thread.currentThread();
        running = true;
        try {
            while (!stopping) turn();
        } finally {
            running = false;
            thread = null;
        }
    }

    /** Runs on a daemon thread of its own. */
    public Thread start(String name) { return start(name, this::run); }

    /** Runs on a daemon thread of its own, and closes itself after {@link #stop}. */
    public Thread startOnce(String name) {
        return start(name, () -> {
            try {
                run();
            } finally {
                close();
            }
        });
    }

    private static Thread start(String name, Runnable body) {
        Thread own = new Thread(null, body, name);
        own.setDaemon(true);
        own.start();
        return own;
    }

    /** From now on connections leave from this address: those of TCP, and of UDP sockets that are bound to neither address nor port. */
    public void leaveFrom(InetAddress local) { outgoing = local; }

    /** From now on TCP connections go to this Unix-domain socket, wherever they were to go. */
    public void toUnixSocket(Path socket) { unixSocket = UnixDomainSocketAddress.of(socket); }

    /** Makes {@link #run} return after this turn. Any thread. */
    public void stop() {
        stopping = true;
        selector.wakeup();
    }

    /**
     * Closes every socket without a word, finishes what storage was asked to do, and flushes the log, a second each at most. After {@link
     * #run}.
     */
    @Override public void close() {
        for (SelectionKey key : selector.keys()) close(key.channel());
        try {
            selector.close();
            disk.await(FLUSH_MILLIS);
            for (java.nio.channels.Channel each : closedLast) each.close();
        } catch (IOException | InterruptedException e) {
            log(Level.ERROR, "Error: closing: " + e);
        }
        log.flush(FLUSH_MILLIS);
        signals.closed();
    }

    /** Where log lines go, and which. */
    public LogWriter logWriter() { return log; }

    /** The exit status of a process that ends by a signal; 0 unless set. Any thread. */
    public void exitStatus(int status) { signals.exitStatus(status); }

    /**
     * Runs {@code task} on the loop each time the signal comes ("HUP", "USR1", "USR2"). Nothing where the JVM has no signals or keeps this
     * one to itself.
     * @return whether it is caught
     */
    public boolean onSignal(String name, Runnable task) { return signals.on(name, task); }

    /**
     * On SIGTERM or SIGINT runs {@code task} on the loop; it must lead to {@link #stop} and {@link #close}, or after 5 s the process ends
     * without. The exit status is then {@link #exitStatus}. An exit after {@code close} keeps its own.
     */
    public void onShutdown(Runnable task) { signals.onShutdown(task); }
    @Override public long now() { return running ? now : System.nanoTime() - started; }
    @Override public long wallMillis() { return System.currentTimeMillis(); }

    /** µs since 1970, to compare with other processes. */
    public long wallMicros() { return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()); }
    @Override public boolean logs(Level level) { return log.logs(level); }
    @Override public void log(Level level, String line) { log.log(level, line); }
    @Override public Timer timer(Runnable action) { return new NioTimer(action); }
    @Override public void defer(Runnable task) { deferred.add(task); }

    @Override public void execute(Runnable task) {
        synchronized (lock) {
            tasks.add(task);
            if (tasksWait) return;
            tasksWait = true;
        }
        if (thread != Thread.currentThread()) selector.wakeup();
    }

    @Override public void offload(Runnable work, Runnable done) { give(worker, work, done); }
    @Override public void hash(Runnable work, Runnable done) { give(passwords, work, done); }

    private void give(Helper to, Runnable work, Runnable done) {
        to.give(() -> {
            try {
                work.run();
            } catch (Throwable e) {
                failed(e);
            }
            execute(done);
        });
    }

    @Override public SecureRandom entropy() { return entropy; }

    @Override public UdpPort udp(InetSocketAddress local, UdpPort.Handler handler) {
        try {
            boolean open = outgoing != null && local.getPort() == 0 && local.getAddress().isAnyLocalAddress();
            return new NioUdp(this, open ? new InetSocketAddress(outgoing, 0) : local, handler);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override public TcpPort tcp(InetSocketAddress remote, TcpPort.Handler handler) { return NioTcp.connect(this, remote, handler); }

    @Override public TcpListener listen(InetSocketAddress local, TcpListener.Handler handler) {
        try {
            return new NioTcpListener(this, local, handler);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override public void resolve(String host, Resolved then) {
        names.give(() -> {
            InetAddress[] found;
            String error;
            try {
                found = InetAddress.getAllByName(host);
                error = null;
            } catch (UnknownHostException e) {
                found = new InetAddress[0];
                error = host + ": Name or service not known";
            }
            InetAddress[] addresses = found;
            String reason = error;
            execute(() -> then.resolved(addresses, reason));
        });
    }

    @Override public Storage storage(String directory) { return new FileStorage(this, disk, Path.of(directory)); }

    /**
     * What takes TLS secrets in NSS key log format and appends them to a file, made with mode 600. @throws IOException in one line, where
     * it cannot be opened
     */
    public Consumer<String> keyLog(Path file) throws IOException {
        try {
            return new KeyLogFile(this, disk, file);
        } catch (IOException e) {
            throw new IOException(file + ": " + FileStorage.text(e), e);
        }
    }

    // For the sockets and signals

    /** Whether {@link #run} is under way. Any thread. */
    boolean isRunning() { return thread != null; }

    /** What is closed after everything else. */
    void closesWith(java.nio.channels.Channel last) { closedLast.add(last); }
    LocalAddresses addresses() { return addresses; }

    SelectionKey register(SelectableChannel channel, int ops, Channel attachment) throws IOException {
        channel.configureBlocking(false);
        return channel.register(selector, ops, attachment);
    }

    static void close(java.nio.channels.Channel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing can be done about it, and nothing depends on it.
        }
    }

    /** On low memory, or when it ran out, runs {@code task}: it is to let go of what it can. */
    public void onLowMemory(Runnable task) { lowMemory = new LowMemory(this, task); }
    LowMemory lowMemory() { return lowMemory; }

    /** Logs what escaped from a handler; the loop goes on. Any thread. */
    void failed(Throwable cause) {
        if (cause instanceof OutOfMemoryError && lowMemory != null) { // to tell of it now would fail as well
            lowMemory.ranOut();
            return;
        }
        StringWriter trace = new StringWriter();
        cause.printStackTrace(new PrintWriter(trace));
        log(Level.ERROR, "Error: internal: " + trace.toString().trim());
    }

    // The turn

    private void turn() {
        Thread.interrupted();
        clockRead = false;
        try {
            select();
        } catch (IOException | RuntimeException | Error e) {
            failed(e);
            pause();
        }
        readClock();
        if (lowMemory != null) lowMemory.turn();
        fireTimers();
        runTasks();
        runDeferred();
    }

    private void select() throws IOException {
        if (tasksWait || !deferred.isEmpty() || stopping) {
            selector.selectNow(dispatch);
            return;
        }
        long next = timers.next();
        if (next == Long.MAX_VALUE) {
            selector.select(dispatch);
            return;
        }
        long left = next - (System.nanoTime() - started);
        if (left <= SPIN_NANOS) selector.selectNow(dispatch);
        else selector.select(dispatch, (left + 999_999) / 1_000_000);
    }

    /** Should the selector itself fail for good, that must not cost all of the processor. */
    private static void pause() {
        try {
            Thread.sleep(FAILED_SELECT_MILLIS);
        } catch (InterruptedException e) {
            // The next turn is as good a time to go on.
        }
    }

    private void readClock() {
        if (clockRead) return;
        clockRead = true;
        now = System.nanoTime() - started;
    }


    private void fireTimers() {
        long before = timers.latestOrder();
        for (TimerHeap.Entry e; (e = timers.first()) != null && e.deadline() <= now && e.order() <= before; ) {
            timers.remove(e);
            run(((NioTimer) e).action);
        }
    }

    private void runTasks() {
        if (!tasksWait) return;
        ArrayDeque<Runnable> ready;
        synchronized (lock) {
            ready = tasks;
            tasks = tasksNext;
            tasksNext = ready;
            tasksWait = false;
        }
        for (Runnable task; (task = ready.poll()) != null; ) run(task);
    }

    private void runDeferred() {
        for (int round = 0; round < DEFER_ROUNDS && !deferred.isEmpty(); round++) {
            ArrayDeque<Runnable> ready = deferred;
            deferred = deferredNext;
            deferredNext = ready;
            for (Runnable task; (task = ready.poll()) != null; ) run(task);
        }
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (Throwable e) {
            failed(e);
        }
    }

    /** A class and not a lambda, as everything on the way to the first packet: the first lambda costs tens of milliseconds. */
    private final class Dispatch implements Consumer<SelectionKey> {
        @Override public void accept(SelectionKey key) {
            readClock();
            try {
                ((Channel) key.attachment()).ready(key.readyOps());
            } catch (CancelledKeyException e) {
                // Closed by a handler earlier in this turn.
            } catch (Throwable e) {
                failed(e);
            }
        }
    }

    private final class NioTimer extends TimerHeap.Entry implements Timer {
        private final Runnable action;

        NioTimer(Runnable action) { this.action = action; }
        @Override public void at(long deadline) { timers.set(this, deadline); }
        @Override public void cancel() { timers.remove(this); }
    }
}
