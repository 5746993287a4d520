package mqttq.sim;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/** A NAT in front of one host (UDP): a public port for each inner socket, the same towards everybody, open to everybody. */
public final class SimNat {
    private record Mapping(InetSocketAddress inside, InetSocketAddress outside) { }

    private final SimLoop host;
    private final Map<InetSocketAddress, Mapping> byInside = new LinkedHashMap<>();
    private final Map<Integer, Mapping> byPort = new LinkedHashMap<>();
    private final Map<Mapping, long[]> used = new LinkedHashMap<>();
    private InetAddress address;
    private int nextPort = 20_000;
    private long timeout = Long.MAX_VALUE;

    SimNat(SimLoop host, String publicAddress) {
        this.host = host;
        address = SimWorld.address(publicAddress);
        host.world.route(address, host);
    }

    /** Forgets all mappings: the host appears at new ports, and is no longer reached at the old ones. */
    public SimNat rebind() {
        byInside.clear();
        byPort.clear();
        used.clear();
        return this;
    }

    /** As {@link #rebind()}, with another public address. */
    public SimNat rebind(String publicAddress) {
        host.world.route(address, null);
        address = SimWorld.address(publicAddress);
        host.world.route(address, host);
        return rebind();
    }

    /** Mappings that nothing left through for this long (ns) are forgotten. */
    public SimNat timeout(long nanos) {
        timeout = nanos;
        return this;
    }

    InetAddress address() {
        return address;
    }

    InetSocketAddress outgoing(InetSocketAddress inside) {
        Mapping mapping = byInside.get(inside);
        if (mapping != null && expired(mapping)) {
            forget(mapping);
            mapping = null;
        }
        if (mapping == null) {
            mapping = new Mapping(inside, new InetSocketAddress(address, ++nextPort));
            byInside.put(inside, mapping);
            byPort.put(nextPort, mapping);
            used.put(mapping, new long[1]);
        }
        used.get(mapping)[0] = host.world.now();
        return mapping.outside;
    }

    InetSocketAddress incoming(InetSocketAddress outside) {
        if (!outside.getAddress().equals(address)) return outside;
        Mapping mapping = byPort.get(outside.getPort());
        return mapping == null || expired(mapping) ? null : mapping.inside;
    }

    private boolean expired(Mapping mapping) {
        return host.world.now() - used.get(mapping)[0] > timeout;
    }

    private void forget(Mapping mapping) {
        byInside.remove(mapping.inside);
        byPort.remove(mapping.outside.getPort());
        used.remove(mapping);
    }
}
