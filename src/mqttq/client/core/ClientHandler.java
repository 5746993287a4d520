package mqttq.client.core;

import mqttq.mqtt.Connack;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.Publish;
import mqttq.transport.Pipe;

/** What a {@link ClientCore} tells its owner; loop thread. The client may be used from within all of it. */
public interface ClientHandler {
    /**
     * Why a connection ended or did not come about.
     * @param refusal the CONNACK that refused it, or null
     * @param disconnect the DISCONNECT by which the broker ended it (MQTT 5), or null
     * @param reason one line
     */
    record Loss(Connack refusal, Disconnect disconnect, String reason) { }

    /** CONNACK with success came over {@code pipe}; what waited is sent when this returns. */
    void onConnected(Connack connack, Pipe pipe);

    /** A message; {@code publish} is valid during the call. It is acknowledged when this returns. */
    void onMessage(Publish publish) throws MqttException;

    /**
     * The connection came to nothing or is lost.
     * @param again whether the client comes back by itself; if not, this is the last call
     */
    void onDisconnected(Loss loss, boolean again);

    /** {@link ClientCore#disconnect} is complete. The last call. */
    void onClosed();

    /** A line for those who watch: a packet sent or received, in Mosquitto's wording. Called only if {@link #traces}. */
    default void trace(String line) { }

    /** Whether {@link #trace} is wanted; always the same. */
    default boolean traces() { return false; }
}
