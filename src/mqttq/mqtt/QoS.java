package mqttq.mqtt;

/** The quality of service levels, plain integers everywhere. */
public final class QoS {
    public static final int AT_MOST_ONCE = 0, AT_LEAST_ONCE = 1, EXACTLY_ONCE = 2;

    private QoS() { }
}
