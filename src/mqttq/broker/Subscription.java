package mqttq.broker;

import java.nio.charset.StandardCharsets;

/** One subscription: who, where in the tree, and its options. */
final class Subscription {
    /** Where subscriptions hang: a node of the tree, or a share group at one. */
    interface Place {
        int placeHash();

        SubscriptionTree.Node node();
    }

    final Subscriber subscriber;
    final Place place;
    /** Where it is in its place's list. */
    int index;
    /** Granted QoS in bits 0 and 1, no-local bit 2, retain-as-published bit 3, as in SUBSCRIBE (MQTT 5.0 §3.8.3.1). */
    byte options;
    /** The subscription identifier, 0 for none. */
    int identifier;

    Subscription(Subscriber subscriber, Place place) {
        this.subscriber = subscriber;
        this.place = place;
    }

    int qos() { return options & 3; }
    boolean noLocal() { return (options & 4) != 0; }
    boolean retainAsPublished() { return (options & 8) != 0; }

    /** The filter's bytes as the client gave them, with {@code $share/…} where it is shared. */
    byte[] filter() {
        byte[] share = place instanceof ShareGroup group ? group.name : null;
        int prefix = share == null ? 0 : 8 + share.length, length = place.node().pathLength();
        byte[] filter = new byte[prefix + length];
        if (share != null) {
            System.arraycopy("$share/".getBytes(StandardCharsets.US_ASCII), 0, filter, 0, 7);
            System.arraycopy(share, 0, filter, 7, share.length);
            filter[prefix - 1] = '/';
        }
        place.node().path(filter, filter.length);
        return filter;
    }
}
