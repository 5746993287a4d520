/**
 * {@link mqttq.loop} on the JDK: the only package that opens a channel or a file, reads a clock, or starts a thread.
 *
 * <p><b>The turn</b>: {@link mqttq.loop.nio.NioLoop} runs what the sockets have, then timers that are due, then tasks of other threads,
 * then what was deferred to the end of the turn, so that all that one turn produced for a connection leaves together.
 *
 * <p><b>Threads</b>: one for the loop; {@link mqttq.loop.nio.Helper}s for what blocks (files, name look-ups, passwords), which hand results
 * back as tasks of the loop; {@link mqttq.loop.nio.LogWriter} for the log, {@link mqttq.loop.nio.LineReader} for standard input. Locks and
 * {@code volatile} exist here and nowhere else.
 *
 * <p><b>UDP</b>: one socket for each local address, because the JDK can neither tell which address a datagram came to nor choose the one
 * that an answer leaves from ({@link mqttq.loop.nio.NioUdp}, {@link mqttq.loop.nio.LocalAddresses}).
 *
 * <p><b>Start-up</b>: on the way of a client's first packet, anonymous classes stand in for lambdas, which cost some 20 ms to link on a Pi.
 *
 * <p><b>Must not know</b> QUIC, TLS or MQTT. Start with {@code NioLoop.run}.
 */
package mqttq.loop.nio;
