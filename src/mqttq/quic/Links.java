package mqttq.quic;

/** A place in a doubly linked ring of connections, or its head (without an owner). Moving allocates nothing. */
final class Links {
    final Connection owner;
    private Links previous = this, next = this;

    Links(Connection owner) { this.owner = owner; }

    /** Of a head: the one added first, or null. */
    Connection oldest() { return next.owner; }

    /** Of a head: adds {@code links} as the youngest, wherever it was. */
    void add(Links links) {
        links.remove();
        links.previous = previous;
        links.next = this;
        previous.next = links;
        previous = links;
    }

    void remove() {
        previous.next = next;
        next.previous = previous;
        previous = next = this;
    }
}
