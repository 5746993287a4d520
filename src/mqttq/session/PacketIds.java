package mqttq.session;

/** Hands out the packet identifiers of one sender: 1 to 65535 in turn, leaving out those in use (MQTT 5.0 §2.2.1). */
public final class PacketIds {
    private final IdSet used = new IdSet();
    private int last;

    /** An unused identifier, in use from now on; 0 where all 65,535 are. */
    public int allocate() {
        if (used.size() == 0xffff) return 0;
        do last = last == 0xffff ? 1 : last + 1;
        while (!used.add(last));
        return last;
    }

    /** Marks an identifier that a kept session brings along; false where it is in use. */
    public boolean claim(int id) {
        if (!used.add(id)) return false;
        last = id;
        return true;
    }

    /** Makes an identifier free again; false where it was not in use. */
    public boolean release(int id) { return used.remove(id); }
    public boolean inUse(int id) { return used.contains(id); }
}
