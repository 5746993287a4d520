package mqttq;

import mqttq.config.BrokerSettings;

/** A broker's settings without the limits that follow the memory: what most tests want, since they hit limits of their own only. */
public final class Unlimited {
    private Unlimited() { }

    public static BrokerSettings settings() {
        BrokerSettings settings = new BrokerSettings();
        settings.maxConnections = settings.maxConnectionsPerAddress = -1;
        settings.maxConnectRate = 0;
        settings.maxRetainedBytes = 0;
        settings.maxHandshakes = 1000;
        return settings;
    }
}
