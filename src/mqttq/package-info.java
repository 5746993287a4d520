/**
 * mqttq: an MQTT broker, a client and their tools over QUIC, TCP, TLS and WebSocket, in one jar without dependencies. This is the plan of
 * the house; each package has a page of its own.
 *
 * <pre>
 *   cli ── one class a command            server ── the broker as a process: listeners, reload, signals
 *      │                                     │
 *   client ── API, client.core            broker ── sessions, routing, limits ── auth ── config
 *      └───────────┬─────────────────────────┤                │
 *               session ── identifiers,      │             journal ── what outlives the process
 *                  │       messages in flight│                │
 *                link ── MQTT packets over a pipe ── mqtt     │
 *                  │                                          │
 *              transport ── byte pipes: QUIC, TCP, TLS, WebSocket
 *                  │                                          │
 *                quic ── tls                                  │
 *                  └───────────────── loop ───────────────────┘   time, sockets, files (loop.nio: the JDK; tests: a simulator)
 *                                     wire                        numbers and text, for all
 * </pre>
 *
 * <p><b>Layers</b>: a package imports only from below it in this drawing; {@code ArchitectureTest} has the exact table and reads the
 * compiled classes. Protocols are state machines without I/O: time, entropy and ports come in through {@link mqttq.loop.Loop}, so that the
 * whole product runs in a test on a virtual clock from one seed. Everything happens on one loop thread; only {@link mqttq.loop.nio} knows
 * threads, clocks, sockets and files.
 *
 * <p><b>A datagram in.</b> {@code loop.nio.NioUdp} reads it and hands it to {@code transport.QuicDriver}, which calls
 * {@code quic.Endpoint.receive}. The endpoint finds the {@code quic.Connection} by its id; {@code quic.Receiver} removes the protection and
 * {@code quic.frame.FrameParser} shows it the frames. A STREAM frame goes by {@code quic.stream.Streams} to a {@code ReceiveStream}, which
 * delivers what is in order to {@code transport.QuicPipe}; from there the bytes reach {@code link.MqttLink} and
 * {@code mqtt.codec.PacketDecoder}, which is where a STREAM frame becomes a PUBLISH. How much the peer may send is decided in
 * {@code quic.stream}, how much we may have in flight by the {@code quic.recovery.CongestionController} of the path.
 *
 * <p><b>A PUBLISH through.</b> {@code broker.Connection.onPublish} checks topic, alias, rights and limits, and hands it to
 * {@code broker.Router}, which walks the {@code SubscriptionTree} once. Each {@code broker.Session} that matches sends it at once through
 * the client's connection, by {@code PublishSender}, or keeps it in its {@code MessageQueue}. What a turn
 * of the loop has produced for a connection leaves at the end of the turn in as few datagrams as possible ({@code quic.Sender}). The
 * acknowledgement to the publisher waits in {@code broker.HeldAcks} until the disk has what it promises.
 *
 * <p><b>A record to the disk.</b> Each change of what is kept is told to {@code broker.StateListener}; {@code broker.Keeper} writes it as
 * bytes into {@code journal.Journal}, which gathers the changes of a turn into one batch, has it written and synced by the helper thread
 * behind {@code loop.Storage}, and then tells the broker that everything up to a position is safe. At the next start
 * {@code broker.Restore} gets the same bytes back.
 *
 * <p><b>A key of the configuration</b> is read in {@code config.ConfigParser.take}, becomes a field of {@code config.BrokerSettings} (or of
 * a listener's settings), and is asked there by the broker; limits that are hit are counted by {@code broker.Limit}.
 */
package mqttq;
