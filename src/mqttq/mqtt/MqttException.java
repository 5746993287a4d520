package mqttq.mqtt;

/** What went wrong in the protocol, by what the peer sent or answered; it has no stack trace, because a peer can cause it at will. */
public final class MqttException extends Exception {
    private static final long serialVersionUID = 1;
    private final ReasonCode reasonCode;

    /** @param reason for a log line and, where allowed, the reason string on the wire */
    public MqttException(ReasonCode reasonCode, String reason) {
        super(reason, null, false, false);
        this.reasonCode = reasonCode;
    }

    /** A packet that cannot be parsed: 0x81 (MQTT 5 §4.13.1). */
    public static MqttException malformed(String reason) { return new MqttException(ReasonCode.MALFORMED_PACKET, reason); }

    /** A packet that parses and says what is not allowed: 0x82. */
    public static MqttException protocolError(String reason) { return new MqttException(ReasonCode.PROTOCOL_ERROR, reason); }
    public ReasonCode reasonCode() { return reasonCode; }
}
