package mqttq.broker;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import mqttq.auth.AddressBuckets;
import mqttq.config.BrokerSettings;
import mqttq.link.LinkContext;
import mqttq.link.MqttLink;
import mqttq.loop.Timers;
import mqttq.mqtt.Auth;
import mqttq.mqtt.Connack;
import mqttq.mqtt.Connect;
import mqttq.mqtt.Disconnect;
import mqttq.mqtt.MqttException;
import mqttq.mqtt.PacketType;
import mqttq.mqtt.Properties;
import mqttq.mqtt.Publish;
import mqttq.mqtt.ReasonCode;
import mqttq.transport.Pipe;

/** How many connections each address has and how fast it makes them; who is turned away is told so, as long as few are. */
final class Doors {
    /**
     * Connections that wait to be told why they are turned away, and ns until their CONNECT must be there; more are closed without a word.
     */
    static final int MAX_TURNED_AWAY = 100;
    static final long PATIENCE = 2_000_000_000L;
    /** Seconds over which {@link BrokerSettings#maxConnectRate} is the average. */
    static final int AVERAGE = 20;

    private final Broker broker;
    private final Map<Object, Integer> open = new HashMap<>();
    private AddressBuckets rate;
    private int perSecond, turnedAway;

    Doors(Broker broker) { this.broker = broker; }

    /** A connection wants in; null: it may, else which of the limits by address it passes. */
    Limit passes(InetSocketAddress remote) {
        BrokerSettings limits = broker.settings();
        if (remote == null) return null;
        if (limits.maxConnectRate != perSecond) {
            perSecond = limits.maxConnectRate;
            rate = perSecond == 0 ? null : new AddressBuckets(AVERAGE * perSecond, 1_000_000_000L / perSecond);
        }
        Object address = AddressBuckets.key(remote.getAddress());
        if (rate != null && !rate.may(address, broker.now())) return Limit.MAX_CONNECT_RATE;
        if (rate != null) rate.did(address, broker.now());
        int most = limits.maxConnectionsPerAddress;
        return most >= 0 && open.getOrDefault(address, 0) >= most ? Limit.MAX_CONNECTIONS_PER_ADDRESS : null;
    }

    /** What to give to {@link #closed}, or null. */
    Object opened(InetSocketAddress remote) {
        Object key = remote == null ? null : AddressBuckets.key(remote.getAddress());
        if (key != null) open.merge(key, 1, Integer::sum);
        return key;
    }

    void closed(Object key) { if (key != null) open.computeIfPresent(key, (address, count) -> count == 1 ? null : count - 1); }

    /** Null: at once, without a word. */
    Pipe.Handler turnAway(LinkContext context, Pipe pipe, Limit why) {
        if (turnedAway >= MAX_TURNED_AWAY) return null;
        MqttLink link = MqttLink.server(context, pipe, broker.settings().maxConnectPacketSize);
        link.handler(new TurnedAway(link, why == Limit.MAX_CONNECT_RATE ? ReasonCode.CONNECTION_RATE_EXCEEDED : ReasonCode.QUOTA_EXCEEDED));
        return link;
    }

    /** Answers CONNECT with the reason, since a client that knows it waits before it tries again. */
    private final class TurnedAway implements MqttLink.Handler {
        private final MqttLink link;
        private final ReasonCode reason;
        private final Timers.Timer timer = broker.loop().timer(this::end);

        TurnedAway(MqttLink link, ReasonCode reason) {
            this.link = link;
            this.reason = reason;
            turnedAway++;
            timer.at(broker.now() + PATIENCE);
        }

        @Override public void onConnect(Connect connect) {
            link.send(new Connack(false, reason, Properties.EMPTY));
            end();
        }

        private void end() { link.close(null, Pipe.OVERLOADED, "one too many"); }

        @Override public void onClosed(String why) {
            timer.cancel();
            turnedAway--;
        }

        @Override public void onError(MqttException error) { end(); }
        @Override public void onEnd() { end(); }
        @Override public void onDisconnect(Disconnect disconnect) { end(); }
        // nothing of this comes before CONNECT, and nothing at all after it
        @Override public void onWritable() { }
        @Override public void onPublish(Publish publish) { }
        @Override public void onAck(PacketType type, int packetId, ReasonCode code, Properties properties) { }
        @Override public void onAuth(Auth auth) { }
    }
}
