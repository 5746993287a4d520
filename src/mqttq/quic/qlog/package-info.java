/**
 * What a connection does, for people: {@link mqttq.quic.qlog.ConnectionTrace} is what {@code quic} tells, {@link mqttq.quic.qlog.QlogTrace}
 * writes it as qlog that qvis loads.
 *
 * <p><b>In</b>: calls at each packet, loss, state change; one null check where nobody listens. <b>Out</b>: JSON text sequences in files,
 * written by the storage helper; a slow disk costs events, which are counted, and never memory.
 *
 * <p>Contents of streams, keys and tokens are left out. <b>Must not</b> call the connection back.
 *
 * <p>{@link mqttq.quic.qlog.HeaderText}, {@link mqttq.quic.qlog.FrameText} and {@link mqttq.quic.qlog.RecoveryText} know how one part of an
 * event is written; there is one of each for a whole directory of logs. Tests implement {@code ConnectionTrace} too: the trace hash of a
 * simulated run comes from there. Start with {@code ConnectionTrace}.
 */
package mqttq.quic.qlog;
