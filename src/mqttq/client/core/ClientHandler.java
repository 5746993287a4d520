package mqttq.client.core;

import mqttq.mqtt.Connack;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.Publish;
import mqttq.transport.Pipe;

/** What a {@link ClientCore} tells its owner; loop thread. */
public interface ClientHandler {
    /** CONNACK with success came over {@code pipe}; what waited is being sent. */
    void onConnected(Connack connack, Pipe pipe);

    /** A message; {@code publish} is valid during the call. It is acknowledged when this returns. */
    void onMessage(Publish publish) throws MqttException;

    /**
     * The connection came to nothing or is lost.
     * @param connack what refused it, or null
     * @param reason one line
     * @param again whether the client comes back by itself; if not, this is the last call
     */
    void onDisconnected(Connack connack, String reason, boolean again);

    /** {@link ClientCore#disconnect} is complete. The last call. */
    void onClosed();

    /** A line for those who watch: a packet sent or received, in Mosquitto's wording. Called only if {@link #traces}. */
    default void trace(String line) { }

    /** Whether {@link #trace} is wanted. */
    default boolean traces() {
        return false;
    }
}
