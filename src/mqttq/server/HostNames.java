package mqttq.server;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/** By what names and addresses clients may call this host. */
final class HostNames {
    /** A host with hundreds of virtual interfaces does not need all of them in its certificate. */
    private static final int MAX_ADDRESSES = 40;

    private HostNames() { }

    /** The host's own name in lower case; null where there is none that a certificate may hold (keytool rejects underscores). */
    static String hostName() {
        String name;
        try {
            name = Files.readString(Path.of("/proc/sys/kernel/hostname"));
        } catch (IOException e) {
            try {
                name = InetAddress.getLocalHost().getHostName();
            } catch (UnknownHostException unknown) {
                return null;
            }
        }
        return valid(name.trim().toLowerCase(Locale.ROOT));
    }

    static String valid(String name) {
        if (name.isEmpty() || name.length() > 64 || name.startsWith(".") || name.endsWith(".") || name.contains("..")) return null;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.')) return null;
        }
        return name.startsWith("-") || Character.isDigit(name.charAt(0)) && name.matches("[0-9.]+") ? null : name;
    }

    /** localhost, the name and NAME.local. */
    static Set<String> names(String hostName) {
        Set<String> names = new LinkedHashSet<>();
        names.add("localhost");
        if (hostName != null) {
            names.add(hostName);
            int dot = hostName.indexOf('.');
            names.add((dot < 0 ? hostName : hostName.substring(0, dot)) + ".local");
        }
        return names;
    }

    /** Loopback, and the addresses of interfaces that are up; no IPv6 link-local ones, which need a zone. Without scope. */
    static Set<InetAddress> addresses() {
        Set<InetAddress> addresses = new LinkedHashSet<>();
        try {
            addresses.add(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
            addresses.add(InetAddress.getByAddress(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
            Enumeration<NetworkInterface> interfaces = NetworkInterface.getNetworkInterfaces();
            while (interfaces.hasMoreElements()) {
                NetworkInterface one = interfaces.nextElement();
                if (!one.isUp()) continue;
                Enumeration<InetAddress> of = one.getInetAddresses();
                while (of.hasMoreElements() && addresses.size() < MAX_ADDRESSES) {
                    InetAddress address = of.nextElement();
                    if (address.isAnyLocalAddress() || address.isMulticastAddress() || address instanceof Inet6Address
                        && address.isLinkLocalAddress()) {
                        continue;
                    }
                    addresses.add(InetAddress.getByAddress(address.getAddress()));
                }
            }
        } catch (SocketException | UnknownHostException e) {
            // what was found so far is what there is
        }
        return addresses;
    }
}
