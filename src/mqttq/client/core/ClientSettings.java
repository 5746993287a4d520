package mqttq.client.core;

import mqttq.mqtt.Connect;
import mqttq.transport.Transport;

/**
 * What a client is told. Immutable.
 * @param transport how to connect; it knows trust and identity
 * @param host a name or an address
 * @param port 1 to 65535
 * @param connect the CONNECT packet to send; on reconnects without Clean Start where a session may be left
 * @param receiveMaximum the most QoS 1 and 2 messages in flight to the broker, 1 to 65535
 * @param connectTimeout ns for transport and CONNACK together
 * @param reconnect whether to come back by itself when a connection that stood is lost
 * @param reconnectMin first pause before coming back, ns; doubles up to {@code reconnectMax}, with up to a fifth of random spread
 * @param reconnectMax longest pause, ns
 * @param queueLimit the most messages waiting to be sent
 */
public record ClientSettings(Transport transport, String host, int port, Connect connect, int receiveMaximum, long connectTimeout,
                             boolean reconnect, long reconnectMin, long reconnectMax, int queueLimit) {
    private static final long SECOND = 1_000_000_000L;

    public static ClientSettings of(Transport transport, String host, int port, Connect connect) {
        return new ClientSettings(transport, host, port, connect, 20, 30 * SECOND, true, SECOND, 30 * SECOND, 1000);
    }

    public ClientSettings withReconnect(boolean on) {
        return new ClientSettings(transport, host, port, connect, receiveMaximum, connectTimeout, on, reconnectMin, reconnectMax, queueLimit);
    }

    public ClientSettings withReceiveMaximum(int messages) {
        return new ClientSettings(transport, host, port, connect, messages, connectTimeout, reconnect, reconnectMin, reconnectMax, queueLimit);
    }

    public ClientSettings withQueueLimit(int messages) {
        return new ClientSettings(transport, host, port, connect, receiveMaximum, connectTimeout, reconnect, reconnectMin, reconnectMax, messages);
    }
}
