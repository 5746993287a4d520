/**
 * The broker as a process: everything is read, then everything bound, then it runs. Wires the other packages together and decides nothing
 * that they could.
 *
 * <p><b>Start</b>: {@link mqttq.server.Server} → {@link mqttq.server.BrokerProcess}: settings, certificate
 * ({@link mqttq.server.BrokerCertificate}), journal, listeners ({@link mqttq.server.ListenerTransports}, {@link mqttq.server.ListenerTls},
 * {@link mqttq.server.Addresses}), then the line that says it is ready. What goes wrong is a {@link mqttq.server.StartException}: one line
 * and an exit code.
 *
 * <p><b>Reload</b>: SIGHUP, or {@link mqttq.server.FileWatch} noticing a changed file; what does not parse changes nothing.
 *
 * <p><b>Must not</b> hold logic that a test could want without a process. Start with {@code BrokerProcess}.
 */
package mqttq.server;
