package mqttq.auth;

/** What a client wants of a topic; the names are those of Mosquitto's ACL checks. */
public enum Access {
    /** A message is about to be delivered to it. */
    READ,
    /** It publishes, by PUBLISH or by its will. */
    WRITE,
    /** It subscribes to a topic filter. */
    SUBSCRIBE,
    /** It unsubscribes from a topic filter. */
    UNSUBSCRIBE
}
