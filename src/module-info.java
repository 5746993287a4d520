/** MQTT over QUIC: broker, client and tools. Needs {@code java.base} alone. */
module mqttq {
    exports mqttq.client;
    exports mqttq.mqtt;
}
