/**
 * The world as the rest of the house sees it: time, timers, entropy, sockets, files, log. Interfaces, and {@link mqttq.loop.TimerHeap}, a
 * plain data structure that all who have deadlines share.
 *
 * <p><b>Going in</b>: a {@link mqttq.loop.Loop} is handed to whoever needs the world; it makes timers, binds ports
 * ({@link mqttq.loop.UdpPort}, {@link mqttq.loop.TcpPort}), opens a directory ({@link mqttq.loop.Storage}) and runs slow work on a helper
 * thread ({@code offload}).
 *
 * <p><b>Coming out</b>: callbacks, all on the one loop thread, so that nobody above needs a lock. Times are nanoseconds of {@code now()},
 * which never goes back; wall-clock time is asked for by name and may jump.
 *
 * <p><b>Two implementations</b>: {@link mqttq.loop.nio} on a selector, and the simulator of the tests, which runs the whole product in
 * virtual time from one seed. What a test cannot do through these interfaces is a missing interface, not a reason for a real socket.
 *
 * <p><b>Must not know</b> any protocol. Start with {@link mqttq.loop.Loop}.
 */
package mqttq.loop;
