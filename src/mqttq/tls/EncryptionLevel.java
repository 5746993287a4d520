package mqttq.tls;

/** The four levels at which QUIC protects packets and carries handshake bytes (RFC 9001 §2.1), in handshake order. */
public enum EncryptionLevel { INITIAL, EARLY_DATA, HANDSHAKE, APPLICATION }
