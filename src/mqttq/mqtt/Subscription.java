package mqttq.mqtt;

/** One topic filter of SUBSCRIBE, {@code $share/…/} included. */
public record Subscription(String topicFilter, SubscriptionOptions options) { }
