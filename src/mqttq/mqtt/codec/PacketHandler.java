package mqttq.mqtt.codec;

import mqttq.mqtt.Auth;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Connect;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;
import mqttq.mqtt.Suback;
import mqttq.mqtt.Subscribe;
import mqttq.mqtt.Unsuback;
import mqttq.mqtt.Unsubscribe;

/** Takes the packets of one peer, in order. What it throws leaves {@link PacketDecoder#decode} as it is. */
public interface PacketHandler {
    /** Server only. Comes again for a second CONNECT, which is a protocol error [MQTT-3.1.0-2]. */
    default void onConnect(Connect connect) throws MqttException { }

    /** Client only. */
    default void onConnack(Connack connack) throws MqttException { }

    /** {@code publish} is valid during the call; keep {@link Publish#message}. */
    void onPublish(Publish publish) throws MqttException;

    /** PUBACK, PUBREC, PUBREL or PUBCOMP; of MQTT 3 always SUCCESS and empty. */
    void onAck(PacketType type, int packetId, ReasonCode reasonCode, Properties properties) throws MqttException;

    /** Server only. */
    default void onSubscribe(Subscribe subscribe) throws MqttException { }

    /** Client only. */
    default void onSuback(Suback suback) throws MqttException { }

    /** Server only. */
    default void onUnsubscribe(Unsubscribe unsubscribe) throws MqttException { }

    /** Client only. */
    default void onUnsuback(Unsuback unsuback) throws MqttException { }

    /** Server only. */
    default void onPingreq() throws MqttException { }

    /** Client only. */
    default void onPingresp() throws MqttException { }

    void onDisconnect(Disconnect disconnect) throws MqttException;

    /** MQTT 5 only. */
    void onAuth(Auth auth) throws MqttException;
}
