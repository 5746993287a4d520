package mqttq.mqtt.codec;

import mqttq.mqtt.Auth;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;

/** Takes everything and does nothing. */
class Silent implements PacketHandler {
    @Override
    public void onPublish(Publish publish) throws MqttException { }

    @Override
    public void onAck(PacketType type, int packetId, ReasonCode reasonCode, Properties properties) throws MqttException { }

    @Override
    public void onDisconnect(Disconnect disconnect) throws MqttException { }

    @Override
    public void onAuth(Auth auth) throws MqttException { }
}
