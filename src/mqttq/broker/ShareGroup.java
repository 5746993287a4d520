package mqttq.broker;

import java.util.Arrays;

/** The members of one shared subscription (MQTT 5.0 §4.8.2): each message goes to one of them in turn, to those connected first. */
final class ShareGroup implements Subscription.Place {
    /** So many of the members that may have a message are asked to take it before it is dropped. */
    static final int MAX_ATTEMPTS = 16;
    final byte[] name;
    private final SubscriptionTree.Node node;
    private final int hash;
    /** Those online come first. */
    private Subscription[] members = new Subscription[2];
    private int count, online, turn, awayTurn;

    ShareGroup(SubscriptionTree.Node node, byte[] name, int hash) {
        this.node = node;
        this.name = name;
        this.hash = hash;
    }

    @Override public int placeHash() { return hash; }
    @Override public SubscriptionTree.Node node() { return node; }
    int size() { return count; }

    /**
     * The member whose turn it is; {@code attempt} 0, 1, … goes on to others while they do not take the message, those away last. Null: no
     * more to try.
     */
    Subscription next(int attempt) {
        if (attempt >= count) return null;
        if (attempt < online) {
            if (turn >= online) turn = 0;
            return members[turn++];
        }
        if (awayTurn < online || awayTurn >= count) awayTurn = online;
        return members[awayTurn++];
    }

    /** What {@link #next} would return, which stays the next. */
    Subscription peek(int attempt) {
        int choices = online > 0 ? online : count;
        return attempt >= choices ? null : members[((turn >= choices ? 0 : turn) + attempt) % choices];
    }

    void add(Subscription member) {
        if (count == members.length) members = Arrays.copyOf(members, count * 2);
        place(member, count++);
        if (member.subscriber.online()) online(member, true);
    }

    void remove(Subscription member) {
        online(member, false);
        Subscription last = members[--count];
        members[count] = null;
        if (last != member) place(last, member.index);
    }

    void online(Subscription member, boolean now) {
        if (now == member.index < online) return;
        int border = now ? online++ : --online;
        Subscription other = members[border];
        place(other, member.index);
        place(member, border);
    }

    private void place(Subscription member, int index) {
        members[index] = member;
        member.index = index;
    }
}
