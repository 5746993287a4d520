package mqttq.config;

/**
 * The files that say who may do what. One object for all listeners, or one each with {@code per_listener_settings}.
 * @param passwordFile or null
 * @param aclFile or null: everything is allowed
 * @param clientIdPrefix what a client id must start with, or null
 */
public record SecuritySettings(String passwordFile, String aclFile, String clientIdPrefix) {
}
